"""Language of a turn and of an interaction."""

from __future__ import annotations

import pytest

from qa_service.analysis.language import by_script, detect, main_language, turn_language
from qa_service.domain.transcript import Speaker, Transcript, Turn


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Hello, where is my order?", "en"),
        ("سلام، سفارش من کجاست؟", "fa"),
        ("خیلی ممنون از شما", "fa"),
        ("السلام عليكم، أين طلبي؟", "ar"),
        ("ليش الفاتورة زادت", "ar"),
        ("شكرا", "ar"),
        ("555-0142", None),
        ("👍", None),
        ("", None),
    ],
)
def test_script(text, language):
    assert by_script(text).language == language


def turn(text: str) -> Turn:
    return Turn(speaker=Speaker.CUSTOMER, text=text)


@pytest.mark.parametrize(
    ("text", "main", "language"),
    [
        ("WiFi", "fa", "fa"),
        ("ok thanks", "fa", "fa"),
        ("please send me the new invoice", "fa", "en"),
        ("7730", "ar", "ar"),
        ("لطفا فاکتور جدید را برای من بفرستید", "en", "fa"),
        ("hello there my friend", None, "en"),
        ("hallo mein lieber Freund", "de", "de"),
    ],
)
def test_a_few_foreign_words_do_not_change_the_language(text, main, language):
    assert turn_language(turn(text), main=main) == language


def test_a_language_that_was_told_stays():
    assert turn_language(turn("hello my dear friend").model_copy(update={"language": "de"}), main="fa") == "de"


def test_the_longer_part_decides():
    assert main_language(Transcript(turns=(turn("hi"), turn("سلام، من از دیروز منتظر پیک هستم و هنوز نرسیده")))).language == "fa"


@pytest.mark.parametrize(
    ("text", "language"),
    [("I would like to know the price", "en"), ("من می‌خواهم قیمت را بدانم", "fa"), ("أريد أن أعرف السعر", "ar"), ("123", None)],
)
def test_detector(text, language):
    assert detect(text).language == language
