"""Folding: equal words fold alike, and places lead back to the original."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.analysis.fold import fold, fold_characters

LANGUAGES = ("en", "fa", "ar", "xx")
LETTERS = st.text(st.sampled_from("abcXYZ09 .,?!'’-\n\u200c\u200dيىكیکأإآاةهؤئءًّـچپگسلام٣۳٫؟،«»😀\u00a0"), max_size=60)


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("en", "I'll CALL you", "i will call you"),
        ("en", "Don’t worry!", "do not worry"),
        ("en", "That's it, what’s next", "that is it what is next"),
        ("fa", "می‌روم", "مي روم"),
        ("fa", "كتاب‌ها ۱۲", "کتاب ها 12"),
        ("fa", "متأسفم", "متاسفم"),
        ("ar", "والخدمةُ", "الخدمه"),
        ("ar", "أهلاً", "اهلا"),
        ("ar", "٢٤ ساعـــة", "24 ساعة"),
        ("ar", "على", "علي"),
    ],
)
def test_what_a_reader_takes_for_the_same(language, one, other):
    assert fold(one, language).text == fold(other, language).text


@settings(max_examples=150, deadline=None)
@given(LETTERS, st.sampled_from(LANGUAGES))
def test_case_and_letter_forms_do_not_matter(text, language):
    assert fold(fold_characters(text), language).text == fold(text, language).text
    assert fold_characters(fold_characters(text)) == fold_characters(text)


@settings(max_examples=150, deadline=None)
@given(LETTERS, st.sampled_from(LANGUAGES))
def test_offsets_quote_the_original(text, language):
    folded = fold(text, language)
    assert len(fold_characters(text)) == len(text)
    assert len(folded.starts) == len(folded.spans) == len(folded.words)
    last = 0
    for word, start, (first, end) in zip(folded.words, folded.starts, folded.spans, strict=True):
        assert folded.text[start : start + len(word)] == word
        assert last <= first < end <= len(text)
        assert folded.original(start, start + len(word)) == (first, end)
        last = first


def test_the_quote_of_a_phrase_is_verbatim():
    text = "خب، «می‌خوام»  با  مدیر\u200cتون حرف بزنم!"
    folded = fold(text, "fa")
    at = folded.text.find(" میخوام با ")
    start, end = folded.original(at, at + len(" میخوام با"))
    assert text[start:end] == "می‌خوام»  با"


def test_threads_fold_as_one_does() -> None:
    texts = [f"I'll call you on 5pm{number} about order A-{number}x, won't you?" for number in range(3000)]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda text: fold(text, "en").text, texts))
    fold.cache_clear()
    assert together == [fold(text, "en").text for text in texts]


@pytest.mark.parametrize("text", ["'" * 20_000, "{" * 20_000, "a'" * 10_000, "-0" * 10_000, "http://" * 3_000], ids=lambda text: text[:6])
def test_marks_without_a_blank_are_read_in_their_own_time(text: str) -> None:
    """Where the tokenizer is given them at once, these take minutes."""
    found = fold(text, "en")
    assert all(0 <= start < end <= len(text) for start, end in found.spans)


def test_any_number_of_placeholders_without_a_blank() -> None:
    assert fold("[NAME]," * 3_000 + "hello", "en").words == ("_name",) * 3_000 + ("hello",)


def test_a_long_word_stays_one_word() -> None:
    assert fold("x" * 5_000, "en").words == ("x" * 5_000,)
