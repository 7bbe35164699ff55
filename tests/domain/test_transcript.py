"""Turns: which words lie under a range of characters, with what times and confidence."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.evidence import Evidence
from qa_service.domain.transcript import Speaker, Turn, Word


def word(text: str, start: int, end: int, confidence: float) -> Word:
    return Word(text=text, start_ms=start, end_ms=end, confidence=confidence)


#: "a" also stands inside "bad" and "day"; the blanks are as the speech engine gives them.
TURN = Turn(
    speaker=Speaker.AGENT, text="Bad day, a bad day.", start_ms=0, end_ms=5000,
    words=(word("Bad", 100, 400, 0.9), word(" day,", 500, 900, 0.8), word(" a", 1000, 1100, 0.4), word(" bad", 1200, 1500, 0.7),
           word(" day.", 1600, 2000, 0.6)),
)  # fmt: skip
WRITTEN = Turn(speaker=Speaker.CUSTOMER, text="hello", start_ms=7, end_ms=7)


@pytest.mark.parametrize(
    ("start", "end", "times", "confidence"),
    [
        (0, 3, (100, 400), 0.9),
        (9, 10, (1000, 1100), 0.4),  # the article, not the letter in "Bad"
        (11, 14, (1200, 1500), 0.7),  # the second "bad"
        (4, 14, (500, 1500), (0.8 + 0.4 + 0.7) / 3),
        (5, 6, (500, 900), 0.8),  # inside a word
        (3, 4, (0, 5000), 1.0),  # only the blank between words: the turn's own times
        (0, None, (100, 2000), 3.4 / 5),
    ],
)
def test_words_under_a_range(start: int, end: int | None, times: tuple[int, int], confidence: float) -> None:
    assert TURN.times(start, end) == times
    assert TURN.confidence(start, end) == pytest.approx(confidence)


def test_written_turns_have_the_turns_times_and_full_confidence() -> None:
    assert WRITTEN.times(0, 2) == (7, 7)
    assert WRITTEN.confidence() == 1.0
    assert Turn(speaker=Speaker.BOT, text="x").times() == (None, None)


def test_words_that_the_text_lacks_are_passed_over() -> None:
    turn = Turn(speaker=Speaker.AGENT, text="one three", words=(word("one", 0, 1, 0.9), word("two", 2, 3, 0.1), word("three", 4, 5, 0.5)))
    assert turn.times() == (0, 5)
    assert turn.confidence() == pytest.approx(0.7)


@pytest.mark.parametrize(
    "values",
    [{"start_ms": 10, "end_ms": 9}, {"start_ms": -1}, {"language": "english"}, {"speaker": "manager"}, {"sent_at": "2026-03-01T10:00:00"},
     {"x": 1}],
)
def test_impossible_turns_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Turn.model_validate({"speaker": "agent", "text": "x", **values})


def test_evidence_quotes_exactly_these_characters() -> None:
    piece = Evidence.quoting(TURN, index=3, start=11, end=14, rule="a.b.said", confidence=0.5)
    assert (piece.turn, piece.speaker, piece.quote, piece.start, piece.end, piece.start_ms, piece.end_ms) == (3, "agent", "bad", 11, 14,
        1200, 1500)
    assert Evidence.model_validate(piece.model_dump(mode="json")) == piece


def test_evidence_between_turns_has_no_characters() -> None:
    assert Evidence(start_ms=1, end_ms=2, rule="a.b.signal").model_dump() == {
        "turn": None, "speaker": None, "quote": "", "start_ms": 1, "end_ms": 2, "rule": "a.b.signal", "confidence": 1.0,
    }  # fmt: skip
