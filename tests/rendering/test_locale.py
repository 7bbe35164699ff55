"""Numbers, dates and words as a language writes them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.report import Amount, Named, Said, Term, Unit, When
from qa_service.rendering.bidi import FIRST_STRONG, LEFT_TO_RIGHT, POP, tame
from qa_service.rendering.locale import NOTHING

L, P = LEFT_TO_RIGHT, POP


@pytest.mark.parametrize(
    ("language", "digits", "unit", "value", "written"),
    [
        ("en", "latin", Unit.SHARE, 0.713, "71%"),
        ("en", "native", Unit.COUNT, 12345, "12,345"),
        ("en", "latin", Unit.POINTS, -7.25, f"{L}\N{MINUS SIGN}7.2{P} pts"),
        ("en", "latin", Unit.SHARE_DIFFERENCE, 0.125, f"{L}+12{P} pp"),
        ("en", "latin", Unit.SHARE_DIFFERENCE, -0.001, "0 pp"),
        ("en", "latin", Unit.SECONDS, 42.4, "42 s"),
        ("en", "latin", Unit.SECONDS, 59.6, f"{L}1:00{P}"),
        ("en", "latin", Unit.SECONDS, 3725, f"{L}1:02:05{P}"),
        ("en", "latin", Unit.SECONDS, -185, f"{L}\N{MINUS SIGN}3:05{P}"),
        ("en", "latin", Unit.NUMBER, -0.224, f"{L}\N{MINUS SIGN}0.22{P}"),
        ("fa", "latin", Unit.SHARE, 0.713, "71%"),
        ("fa", "native", Unit.SHARE, 0.713, "۷۱٪"),
        ("fa", "native", Unit.COUNT, 12345, "۱۲٬۳۴۵"),
        ("fa", "native", Unit.SCORE, 78.4, "۷۸٫۴"),
        ("fa", "native", Unit.SECONDS, 185, f"{L}۳:۰۵{P}"),
        ("ar", "native", Unit.SHARE, 0.713, "٧١٪"),
        ("ar", "native", Unit.NUMBER, -0.224, f"{L}\N{MINUS SIGN}٠٫٢٢{P}"),
        ("ar", "latin", Unit.COUNT, None, NOTHING),
    ],
)
def test_amounts(locales: Callable[..., Any], language: str, digits: str, unit: Unit, value: float | None, written: str) -> None:
    assert locales(language, digits).value(Amount(value=value, unit=unit)) == written


@pytest.mark.parametrize(
    ("language", "digits", "written"),
    [("en", "latin", "25–75%"), ("fa", "native", "۲۵ تا ۷۵٪"), ("ar", "latin", "25 إلى 75%")],
)
def test_intervals_are_told_in_words_where_a_dash_would_turn_round(
    locales: Callable[..., Any], language: str, digits: str, written: str
) -> None:
    locale = locales(language, digits)
    assert locale.interval(Amount(value=0.5, low=0.25, high=0.75, unit=Unit.SHARE)) == written
    assert locale.interval(Amount(value=0.5, unit=Unit.SHARE)) == ""


@pytest.mark.parametrize(
    ("language", "digits", "day", "short", "moment"),
    [
        ("en", "latin", "22 November 2026", "2026-11-22", f"22 November 2026, {L}01:15{P}"),
        ("fa", "native", "۱ آذر ۱۴۰۵", "۱۴۰۵/۰۹/۰۱", f"۱ آذر ۱۴۰۵، ساعت {L}۰۱:۱۵{P}"),
        ("fa", "latin", "1 آذر 1405", "1405/09/01", f"1 آذر 1405، ساعت {L}01:15{P}"),
        ("ar", "native", "٢٢ نوفمبر ٢٠٢٦", "٢٠٢٦/١١/٢٢", f"٢٢ نوفمبر ٢٠٢٦، الساعة {L}٠١:١٥{P}"),
    ],
)
def test_dates_are_in_the_time_zone_and_calendar(
    locales: Callable[..., Any], language: str, digits: str, day: str, short: str, moment: str
) -> None:
    # a quarter to ten in the evening of the day before, in London
    at = datetime(2026, 11, 21, 21, 45, tzinfo=UTC)
    locale = locales(language, digits)
    assert (locale.day(at), locale.short_day(at), locale.cell(When(at=at, precise=True))) == (day, short, moment)


def test_words_of_people_are_isolated_and_steer_nothing(locales: Callable[..., Any]) -> None:
    locale = locales("fa")
    told = locale.cell(Said(text="abc \u202e\u2067def\x00"))
    assert told == f"{FIRST_STRONG}abc def\N{REPLACEMENT CHARACTER}{POP}"
    assert tame("\ud800") == "\N{REPLACEMENT CHARACTER}"


def test_texts_of_authors_in_the_language_of_the_reader(locales: Callable[..., Any]) -> None:
    both, one = Named(texts={"de": "Hallo?", "en": "Hello?", "fa": "سلام؟"}), Named(texts={"de": "Hallo?"})
    assert [locales(code).cell(both).strip(FIRST_STRONG + POP) for code in ("fa", "ar", "en")] == ["سلام؟", "Hello?", "Hello?"]
    assert locales("ar").cell(one).strip(FIRST_STRONG + POP) == "Hallo?"


def test_figures_of_messages_are_in_the_digits_of_the_reader_and_names_are_not(locales: Callable[..., Any]) -> None:
    assert "۹۵" in locales("fa", "native").say("plot.dots")
    assert "95%" in locales("ar", "latin").say("plot.dots")
    assert "AC1" in locales("fa", "native").say("column.ac1")


def test_a_value_that_looks_like_a_placeholder_stays_one(locales: Callable[..., Any]) -> None:
    told = locales().term(Term(key="note.head", values={"head": Said(text="{n} {0.__class__}")}))
    assert "{n} {0.__class__}" in told
