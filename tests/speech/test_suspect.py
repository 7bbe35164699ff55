"""Signs of invented text, each by itself, and real speech without any."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.speech.suspect import why_suspect
from qa_service.speech.turns import HeardWord


def _words(text: str, *, seconds: float, confidence: float = 0.9) -> list[HeardWord]:
    texts = text.split()
    step = seconds * 1000 / len(texts)
    return [
        HeardWord(party=0, text=f" {word}", start_ms=round(i * step), end_ms=round((i + 1) * step), confidence=confidence)
        for i, word in enumerate(texts)
    ]


REAL = "So, I can see two payments of thirty eight pounds fifty, both on the first of November."


@pytest.mark.parametrize(
    ("text", "seconds", "facts", "sign"),
    [
        (REAL, 5.0, {}, None),
        (REAL, 5.0, {"no_speech": 0.9, "avg_logprob": -0.4}, None),  # quiet, but the text is sure
        (REAL, 5.0, {"no_speech": 0.9, "avg_logprob": -1.2}, "silence"),
        (REAL, 5.0, {"voice": 0.05}, "no voice"),
        (REAL, 5.0, {"voice": 0.6}, None),
        (REAL, 1.2, {}, "rate"),
        ("No, no, no.", 1.0, {}, None),
        ("Four nine nine nine nine nine, please.", 3.0, {}, None),
        ("No " * 9, 5.0, {}, "repetition"),
        ("Thank you. Thank you. Thank you. Thank you. Thank you.", 4.0, {}, "repetition"),
        ("I'm going to go to the store. " * 12, 40.0, {}, "repetition"),
        ("Thanks for watching!", 1.5, {}, "subtitle"),
        ("Thanks for waiting, Mister Hanley.", 2.0, {}, None),
        ("ترجمة نانسي قنقر", 2.0, {}, "subtitle"),
        ("نعم، شكرا جزيلا لك.", 2.0, {}, None),
    ],
)
def test_signs(text: str, seconds: float, facts: dict[str, Any], sign: str | None) -> None:
    assert why_suspect(_words(text, seconds=seconds), **facts) == sign


def test_a_text_of_guesses_is_suspect() -> None:
    assert why_suspect(_words("and the other one", seconds=2.0, confidence=0.1)) == "confidence"


def test_a_single_unsure_word_is_not() -> None:
    assert why_suspect(_words("Satilly.", seconds=0.6, confidence=0.1)) is None


def test_no_words_are_no_invention() -> None:
    assert why_suspect([], no_speech=1.0, avg_logprob=-3.0, voice=0.0) is None
