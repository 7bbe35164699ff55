"""Hints: their text, their place in versions, and when a piece may be nothing but their echo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from qa_service.errors import ConfigurationError
from qa_service.speech.base import EngineOptions, RecognisedPiece, RecognisedWord
from qa_service.speech.hints import MOST_TOKENS, fitting, hint, marks, may_echo


def _options(**told: Any) -> EngineOptions:
    return EngineOptions(cache_dir=Path("cache"), **told)


def _piece(text: str, *, confidence: float = 0.9, no_speech: float = 0.0) -> RecognisedPiece:
    words = (RecognisedWord(text=f" {word}", start_ms=0, end_ms=1, confidence=confidence) for word in text.split())
    return RecognisedPiece(words=tuple(words), no_speech=no_speech)


@pytest.mark.parametrize(
    ("told", "text"),
    [
        ({}, None),
        ({"vocabulary": ("Fairmead", "Niamh")}, "Fairmead, Niamh."),
        ({"prompt": " Welcome to Fairmead. "}, "Welcome to Fairmead."),
        ({"prompt": "Welcome.", "vocabulary": ("Niamh",)}, "Welcome. Niamh."),
        ({"vocabulary": ("همراه اول", "گلناز")}, "همراه اول, گلناز."),
    ],
)
def test_text(told: dict[str, Any], text: str | None) -> None:
    assert hint(_options(**told)) == text


def test_too_long_a_hint_is_told() -> None:
    assert fitting(None, tokens=len) is None
    assert fitting("x" * (MOST_TOKENS - 1), tokens=len) == "x" * (MOST_TOKENS - 1)
    with pytest.raises(ConfigurationError, match="vocabulary: vocabulary and prompt are 224 tokens long, and the model takes 223"):
        fitting("x" * MOST_TOKENS, tokens=len)


HINT = "Welcome to Fairmead. Niamh, Yousef."


@pytest.mark.parametrize(
    ("piece", "text", "doubted"),
    [
        (_piece("Yousef,", confidence=0.05), HINT, True),
        (_piece("Welcome to Fairmead. Fairmead.", confidence=0.3), HINT, True),
        (_piece("Thank you.", confidence=0.5, no_speech=0.7), HINT, True),
        (_piece("Niamh.", confidence=0.8), HINT, False),
        (_piece("Welcome to Fairmead, this is Niamh speaking.", confidence=0.3), HINT, False),
        (_piece("Yousef,", confidence=0.05, no_speech=0.9), None, False),
        (RecognisedPiece(no_speech=1.0), HINT, False),
    ],
    ids=["a name into noise", "the prompt again", "likely silence", "a name clearly", "more than the hint", "no hint", "no words"],
)
def test_echo(piece: RecognisedPiece, text: str | None, doubted: bool) -> None:
    assert may_echo(piece, text) is doubted


@pytest.mark.parametrize(
    ("told", "mark"),
    [
        ({}, ""),
        ({"batch_size": 8}, " batch 8"),
        ({"language": "fa"}, " in fa"),
        ({"languages": ("en", "de")}, " of en+de"),
        ({"languages": ()}, " of all"),
        ({"prompt": "  "}, ""),
    ],
)
def test_marks(told: dict[str, Any], mark: str) -> None:
    assert marks(_options(**told)) == mark


def test_other_hints_make_another_version() -> None:
    told: list[dict[str, Any]] = [{"vocabulary": ("a", "b")}, {"vocabulary": ("b", "a")}, {"vocabulary": ("a b",)}, {"prompt": "a"}]
    found = [marks(_options(**one)) for one in told]
    assert len(set(found)) == len(found)
    assert all(one.startswith(" words ") and len(one) == len(" words ") + 8 for one in found)
