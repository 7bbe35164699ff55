"""Numerals: words and figures of three languages, with their places, and the runs they make."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.analysis.numerals import Kind, numerals, runs

_ENGLISH = (
    ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen",
     "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
    ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"),
)  # fmt: skip
_PERSIAN = (
    ("صفر", "یک", "دو", "سه", "چهار", "پنج", "شش", "هفت", "هشت", "نه", "ده", "یازده", "دوازده", "سیزده", "چهارده", "پانزده", "شانزده",
     "هفده", "هجده", "نوزده"),
    ("بیست", "سی", "چهل", "پنجاه", "شصت", "هفتاد", "هشتاد", "نود"),
    ("صد", "دویست", "سیصد", "چهارصد", "پانصد", "ششصد", "هفتصد", "هشتصد", "نهصد"),
)  # fmt: skip
_ARABIC = (
    ("صفر", "واحد", "اثنين", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة", "عشرة", "أحد عشر", "اثني عشر", "ثلاثة عشر",
     "أربعة عشر", "خمسة عشر", "ستة عشر", "سبعة عشر", "ثمانية عشر", "تسعة عشر"),
    ("عشرين", "ثلاثين", "أربعين", "خمسين", "ستين", "سبعين", "ثمانين", "تسعين"),
    ("مئة", "مئتين", "ثلاثمئة", "أربعمئة", "خمسمئة", "ستمئة", "سبعمئة", "ثمانمئة", "تسعمئة"),
)  # fmt: skip


def english(value: int) -> str:
    if value >= 1000:
        return f"{english(value // 1000)} thousand" + (f" {english(value % 1000)}" if value % 1000 else "")
    if value >= 100:
        return f"{english(value // 100)} hundred" + (f" and {english(value % 100)}" if value % 100 else "")
    if value >= 20:
        return _ENGLISH[1][value // 10 - 2] + (f" {english(value % 10)}" if value % 10 else "")
    return _ENGLISH[0][value]


def persian(value: int) -> str:
    if value >= 1000:
        return f"{persian(value // 1000)} هزار" + (f" و {persian(value % 1000)}" if value % 1000 else "")
    if value >= 100:
        return _PERSIAN[2][value // 100 - 1] + (f" و {persian(value % 100)}" if value % 100 else "")
    if value >= 20:
        return _PERSIAN[1][value // 10 - 2] + (f" و {persian(value % 10)}" if value % 10 else "")
    return _PERSIAN[0][value]


def arabic(value: int) -> str:
    if value >= 1000:
        thousands = "ألف" if value < 2000 else "ألفين" if value < 3000 else f"{arabic(value // 1000)} ألف"
        return thousands + (f" و{arabic(value % 1000)}" if value % 1000 else "")
    if value >= 100:
        return _ARABIC[2][value // 100 - 1] + (f" و{arabic(value % 100)}" if value % 100 else "")
    if value >= 20:
        return (f"{_ARABIC[0][value % 10]} و" if value % 10 else "") + _ARABIC[1][value // 10 - 2]
    return _ARABIC[0][value]


@settings(max_examples=300, deadline=None)
@given(value=st.integers(0, 999_999), language=st.sampled_from(["en", "fa", "ar"]))
def test_every_number_is_read_back(value: int, language: str) -> None:
    said = {"en": english, "fa": persian, "ar": arabic}[language](value)
    (found,) = numerals(said, language)
    assert (found.kind, found.value, found.digits, found.start, found.end) == (Kind.CARDINAL, value, str(value), 0, len(said))


@settings(max_examples=100, deadline=None)
@given(digits=st.text("0123456789", min_size=1, max_size=20), language=st.sampled_from(["en", "fa", "ar"]))
def test_digits_one_by_one_are_one_run(digits: str, language: str) -> None:
    words = {"en": _ENGLISH, "fa": _PERSIAN, "ar": _ARABIC}[language][0]
    (run,) = runs(" ".join(words[int(digit)] for digit in digits), language)
    assert run.digits == digits


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "four one one one, double five", [["4", "1", "1", "1", "55"]]),
        ("en", "triple zero, treble nine, oh", [["000", "999"]]),
        ("en", "oh four oh two", [["0", "4", "0", "2"]]),
        ("en", "Oh, one more. Oh dear", [["1"]]),
        ("en", "nineteen eighty four", [["19", "84"]]),
        ("en", "nine forty five", [["9", "45"]]),
        ("en", "nineteen hundred", [["1900"]]),
        ("en", "one hundred and two hundred", [["100"], ["200"]]),
        ("en", "a hundred, a thousand", [["100", "1000"]]),
        ("en", "two million five hundred thousand", [["2500000"]]),
        ("en", "5 million", [["5000000"]]),
        ("en", "three point one four", [["3.14"]]),
        ("en", "1,200.50 and 1,000", [["1200.50"], ["1000"]]),
        ("en", "4-1-1-1 and 4,1,1,1", [["4", "1", "1", "1"], ["4", "1", "1", "1"]]),
        ("en", "12/05/2020 at 9:45", [["12"], ["05"], ["2020"], ["9"], ["45"]]),
        ("en", "twenty first", [["21"]]),
        ("en", "someone, anyone, often, tens, o'clock", []),
        ("fa", "بیست‌وپنج، سیصدوپنجاه", [["25", "350"]]),
        ("fa", "دو تا صفر", [["00"]]),
        ("fa", "دو تا پنج", [["2"], ["5"]]),
        ("fa", "چاردَه شیش ۴۵", [["14", "6", "45"]]),
        ("fa", "بیست و یکم، سی ام", [["21"], ["30"]]),
        ("fa", "می‌ده و سی‌دی", []),
        ("fa", "دو و سه", [["2"], ["3"]]),
        ("ar", "ثلاثة آلاف وخمس مية", [["3500"]]),
        ("ar", "تمنتعش ألف", [["18000"]]),
        ("ar", "خمسة وستة", [["5"], ["6"]]),
        ("ar", "دبل خمسة وصفرين", [["55"], ["00"]]),
        ("ar", "الخامس والعشرين", [["25"]]),
        ("ar", "بعشرين لثلاثين", [["20"], ["30"]]),
        ("ar", "المية مقطوعة", []),
    ],
)
def test_runs(language: str, text: str, expected: list[list[str]]) -> None:
    assert [[one.digits for one in run.numerals] for run in runs(text, language)] == expected


LETTERS = st.text(st.sampled_from("0123456789۴٤ .,-و\u200cabc one two صد بیست مئة ألف"), max_size=60)


@settings(max_examples=200, deadline=None)
@given(text=LETTERS, language=st.sampled_from(["en", "fa", "ar", None]))
def test_places_are_in_the_text_and_apart(text: str, language: str | None) -> None:
    end = 0
    for one in numerals(text, language):
        assert end <= one.start < one.end <= len(text)
        end = one.end
        assert one.words[-1].end == end


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
@pytest.mark.parametrize(
    "text",
    [
        "9" * 5000, "1" + "0" * 400, "five " * 600, "پنج " * 600, "خمسة " * 600, "9" * 400 + " billion", "3." + "1" * 6000,
        "1" + ",000" * 200,
    ],
    ids=lambda text: text[:9],
)
def test_any_number_of_figures(text: str, language: str) -> None:
    """Neither Python's limit of figures nor that of floats is anybody's business."""
    assert all(0 <= one.value < 1e200 for one in numerals(text, language))
