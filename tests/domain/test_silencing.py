"""Silencing: which channel is silent when."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.domain.recording import ChannelMap, Muted, Muting, Recording
from qa_service.domain.redaction import Kind, Redaction
from qa_service.domain.silencing import silenced, united
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word

AGENT, CUSTOMER, BOT = Speaker.AGENT, Speaker.CUSTOMER, Speaker.BOT


def turn(speaker: Speaker, start: int, end: int, *words: tuple[int, int]) -> Turn:
    timed = tuple(Word(text="x", start_ms=low, end_ms=high, confidence=1.0) for low, high in words)
    return Turn(speaker=speaker, text=" ".join("x" for _ in words) or "x", start_ms=start, end_ms=end, words=timed)


def said(*turns: Turn, at: int = 0, start: int | None = 1000, end: int | None = 2000) -> Transcript:
    one = Redaction(kind=Kind.CARD, turn=at, start=0, end=6, start_ms=start, end_ms=end)
    return Transcript(turns=turns, redactions=(one,))


def told(stretches: tuple[Muted, ...]) -> list[tuple[int, int, int]]:
    return [(one.channel, one.start_ms, one.end_ms) for one in stretches]


@pytest.mark.parametrize(
    ("transcript", "channels", "agent", "silent"),
    [
        # 200 ms before and behind, on the channel of whoever spoke, and on the other one as crosstalk.
        (said(turn(CUSTOMER, 0, 3000)), 2, 0, [(0, 800, 2200), (1, 800, 2200)]),
        # The agent talks from 1.5 to 1.7 s meanwhile: those words stay.
        (said(turn(CUSTOMER, 0, 3000), turn(AGENT, 1500, 1700, (1500, 1700))), 2, 0, [(0, 800, 1500), (0, 1700, 2200), (1, 800, 2200)]),
        (said(turn(CUSTOMER, 0, 3000), turn(AGENT, 500, 2500)), 2, 1, [(0, 800, 2200)]),
        # What the agent, or the company's machine, says stands on the agent's channel; the customer talks all the while.
        (said(turn(AGENT, 0, 3000), turn(CUSTOMER, 0, 3000)), 2, 0, [(0, 800, 2200)]),
        (said(turn(BOT, 0, 3000), turn(CUSTOMER, 0, 3000)), 2, 1, [(1, 800, 2200)]),
        # One channel, or nobody knows which is whose.
        (said(turn(CUSTOMER, 0, 3000), turn(AGENT, 0, 3000)), 1, None, [(0, 800, 2200)]),
        (said(turn(CUSTOMER, 0, 3000), turn(AGENT, 0, 3000)), 2, None, [(0, 800, 2200), (1, 800, 2200)]),
        # Nothing before the beginning; nothing without times.
        (said(turn(CUSTOMER, 0, 3000), turn(AGENT, 0, 3000), start=100, end=300), 2, 0, [(1, 0, 500)]),
        (said(turn(CUSTOMER, 0, 3000), start=None, end=None), 2, 0, []),
        (Transcript(turns=(turn(CUSTOMER, 0, 3000),)), 2, 0, []),
    ],
)
def test_stretches(transcript: Transcript, channels: int, agent: int | None, silent: list[Any]) -> None:
    assert told(silenced(transcript, channels=channels, agent=agent)) == silent


def test_stretches_of_a_kind_that_touch_are_one() -> None:
    def card(channel: int, start: int, end: int, kind: Kind = Kind.CARD) -> Muted:
        return Muted(channel=channel, start_ms=start, end_ms=end, kind=kind)

    assert united([card(1, 5, 9), card(0, 30, 40), card(0, 10, 20), card(0, 20, 25), card(0, 12, 14, Kind.CVV)]) == (
        card(0, 10, 25), card(0, 12, 14, Kind.CVV), card(0, 30, 40), card(1, 5, 9),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("muting", "heard", "kept", "name"),
    [
        (None, True, "a" * 64, "call.mp3"),
        (Muting(), False, "a" * 64, "call.mp3"),
        (Muting(done=True), True, "a" * 64, "call.mp3"),
        (Muting(done=True, file_sha256="b" * 64, replaced=("a" * 64,)), True, "b" * 64, "call.flac"),
    ],
)
def test_which_file_is_kept(muting: Muting | None, heard: bool, kept: str, name: str) -> None:
    recording = Recording(
        sha256="a" * 64, file_name="call.mp3", size=1, duration_ms=1, sample_rate=8000, channels=2, codec="mp3", channel_map=ChannelMap(),
        muting=muting,
    )  # fmt: skip
    assert (recording.may_be_heard, recording.kept_sha256, recording.kept_name) == (heard, kept, name)
    nameless = recording.model_copy(update={"file_name": "call"})
    assert nameless.kept_name == ("call.flac" if kept == "b" * 64 else "call")
