"""Content words."""

from __future__ import annotations

import pytest

from qa_service.analysis.content import content_words, is_number
from qa_service.analysis.fold import fold


@pytest.mark.parametrize(
    ("language", "text", "words"),
    [
        ("en", "I'd like to pay seventy-nine dollars", {"pay", "70", "9", "dollar"}),
        ("en", "flight AW318 on the 13th", {"flight", "318", "13"}),
        ("en", "okay thank you one moment please", set()),
        ("fa", "سه‌شنبه پونزدهم", {"سهشنبه", "15"}),
        ("ar", "ثلاث ليالي", {"3", "لیالی"}),
    ],
)
def test_content_words(language: str, text: str, words: set[str]) -> None:
    assert content_words(fold(text, language), language) == words


def test_is_number() -> None:
    assert is_number("15")
    assert not is_number("thursday")
