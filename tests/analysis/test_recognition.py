"""How far the words of a recording can be believed."""

from __future__ import annotations

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.analysis.recognition import Recognition
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word

RECOGNITION = Recognition()


def _turn(*confidences: float, suspect: bool = False) -> Turn:
    words = tuple(Word(text="word", start_ms=n * 100, end_ms=n * 100 + 90, confidence=value) for n, value in enumerate(confidences))
    return Turn(speaker=Speaker.AGENT, text=" ".join(word.text for word in words), start_ms=0, end_ms=999, words=words, suspect=suspect)


@pytest.mark.parametrize(
    ("turns", "share", "confidence"),
    [
        ((_turn(0.9, 0.8), _turn(0.7)), 0, 0.8),
        ((_turn(0.9, 0.8, 0.7), _turn(0.2, suspect=True)), 0.25, 0.65),
        ((_turn(0.1, 0.3, suspect=True),), 1, 0.2),
    ],
)
def test_hand_computed(turns, share, confidence):
    reading = Analysis([RECOGNITION]).read(Interaction(id="x", channel=Channel.PHONE, language="en"), Transcript(turns=turns))
    assert reading.signals["speech.suspect_share"].value == pytest.approx(share)
    assert reading.signals["speech.confidence"].value == pytest.approx(confidence)
    assert [place.turn for place in reading.signals["speech.suspect_share"].places] == [n for n, one in enumerate(turns) if one.suspect]


@pytest.mark.parametrize("channel", list(Channel))
def test_what_was_not_recognised_is_unmeasured(measure, channel):
    signals = measure(RECOGNITION, "A 0-1: hello", "C! 2-3: hi", channel=channel)
    assert {name: signal.value for name, signal in signals.items()} == {"speech.suspect_share": None, "speech.confidence": None}
