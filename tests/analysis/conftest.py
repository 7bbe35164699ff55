"""Short ways to write transcripts in the tests of analysis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.base import Analyzer
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Speaker, Transcript, Turn

_WHO = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER, "B": Speaker.BOT, "S": Speaker.SYSTEM}


class Measure(Protocol):
    """Reads lines with one analyzer."""

    def __call__(
        self, analyzer: Analyzer, *lines: str, language: str | None = "en", channel: Channel = Channel.CHAT
    ) -> Mapping[str, Signal]: ...


def turns(*lines: str) -> tuple[Turn, ...]:
    """``"A: hello"`` is a turn, ``"A 1.5-3: hello"`` one with times in seconds."""
    return tuple(_turn(line) for line in lines)


def _turn(line: str) -> Turn:
    head, text = line.split(":", 1)
    who, _, times = head.partition(" ")
    if not times:
        return Turn(speaker=_WHO[who], text=text.strip())
    start, _, end = times.partition("-")
    return Turn(speaker=_WHO[who], text=text.strip(), start_ms=round(float(start) * 1000), end_ms=round(float(end or start) * 1000))


@pytest.fixture(scope="session")
def measure() -> Measure:
    """Signals of one analyzer by name."""
    compiled: dict[int, tuple[Analyzer, Analysis]] = {}

    def _measure(
        analyzer: Analyzer, *lines: str, language: str | None = "en", channel: Channel = Channel.CHAT
    ) -> Mapping[str, Signal]:
        _, analysis = compiled.setdefault(id(analyzer), (analyzer, Analysis([analyzer])))
        reading = analysis.read(Interaction(id="x", channel=channel, language=language), Transcript(turns=turns(*lines), language=language))
        return reading.signals

    return _measure
