"""Short ways to write transcripts in the tests of analysis."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.base import Analyzer
from qa_service.domain.acoustics import Acoustics
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word

_WHO = {"A": Speaker.AGENT, "C": Speaker.CUSTOMER, "B": Speaker.BOT, "S": Speaker.SYSTEM}


class Measure(Protocol):
    """Reads lines with one analyzer."""

    def __call__(
        self, analyzer: Analyzer, *lines: str, language: str | None = "en", channel: Channel = Channel.CHAT,
        acoustics: Acoustics | None = None, speakers_known: bool = True,
    ) -> Mapping[str, Signal]: ...  # fmt: skip


def turns(*lines: str) -> tuple[Turn, ...]:
    """``"A: hello"`` is a turn, ``"A 1.5-3: hello"`` one with times in seconds.

    ``"A* 1.5-3: hello there"`` has words with times, evenly spread; ``"A! 1.5-3: hello"`` is suspect.
    """
    return tuple(_turn(line) for line in lines)


def _turn(line: str) -> Turn:
    head, text = line.split(":", 1)
    who, _, times = head.partition(" ")
    text, speaker, suspect = text.strip(), _WHO[who[0]], "!" in who
    if not times:
        return Turn(speaker=speaker, text=text, suspect=suspect)
    start, _, end = times.partition("-")
    low, high = round(float(start) * 1000), round(float(end or start) * 1000)
    words = _words(text, low, high) if "*" in who else ()
    return Turn(speaker=speaker, text=text, start_ms=low, end_ms=high, words=words, suspect=suspect)


def _words(text: str, start: int, end: int) -> tuple[Word, ...]:
    parts = text.split()
    edges = [start + (end - start) * index // len(parts) for index in range(len(parts) + 1)]
    return tuple(
        Word(text=part, start_ms=edges[index], end_ms=edges[index + 1], confidence=0.9) for index, part in enumerate(parts)
    )


@pytest.fixture(scope="session")
def encoder_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where this session assembles the sentence encoder."""
    return tmp_path_factory.mktemp("encoder")


@pytest.fixture(scope="session")
def measure() -> Measure:
    """Signals of one analyzer by name."""
    compiled: dict[int, tuple[Analyzer, Analysis]] = {}

    def _measure(
        analyzer: Analyzer, *lines: str, language: str | None = "en", channel: Channel = Channel.CHAT,
        acoustics: Acoustics | None = None, speakers_known: bool = True,
    ) -> Mapping[str, Signal]:  # fmt: skip
        _, analysis = compiled.setdefault(id(analyzer), (analyzer, Analysis([analyzer])))
        transcript = Transcript(turns=turns(*lines), language=language, acoustics=acoustics, speakers_known=speakers_known)
        return analysis.read(Interaction(id="x", channel=channel, language=language), transcript).signals

    return _measure
