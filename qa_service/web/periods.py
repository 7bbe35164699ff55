"""Periods: the months that a reader chooses from, by the calendar of their language, and days as it writes them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, NamedTuple

from fastapi import Query

from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.profile import Span
from qa_service.domain.solar_hijri import gregorian, solar
from qa_service.errors import InputError
from qa_service.rendering.locale import Locale

#: A month of either calendar, ``2026-11`` or ``1405-08``; empty: everything.
MonthName = Annotated[str, Query(alias="month", max_length=7, pattern=r"^(\d{4}-\d{2})?$")]
#: Months to choose from.
_MANY = 15
#: Years of the Solar Hijri calendar lie below, Gregorian ones above.
_BETWEEN = 1700
_NAME = re.compile(r"([0-9]{4})-([0-9]{2})")


class Month(NamedTuple):
    """One to choose."""

    name: str
    #: As people call it.
    title: str


def months(locale: Locale, now: datetime, *, chosen: str = "") -> tuple[Month, ...]:
    """This one and those before it, the newest first; and what was chosen in another calendar."""
    year, month = _of(now.astimezone(locale.zone).date(), solar_year=locale.language.solar)
    found: list[Month] = []
    for _ in range(_MANY):
        found.append(Month(f"{year}-{month:02}", locale.text(f"{locale.language.months[month - 1]} {year}")))
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    if chosen and all(one.name != chosen for one in found):
        found.append(Month(chosen, days_of(month_span(chosen, locale), locale)))
    return tuple(found)


def gregorian_months(locale: Locale, now: datetime, *, chosen: str = "") -> tuple[Month, ...]:
    """The same where months are Gregorian whatever the language: called by their days where that writes dates by another calendar."""
    year, month = _of(now.astimezone(locale.zone).date(), solar_year=False)
    names: list[str] = []
    for _ in range(_MANY):
        names.append(f"{year}-{month:02}")
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)
    names += [chosen] if chosen and chosen not in names else []
    return tuple(Month(name, month_title(name, locale)) for name in names)


def month_title(name: str, locale: Locale) -> str:
    """What a month is called; by its days, where the language has another calendar."""
    span = month_span(name, locale)
    year, month = (int(part) for part in name.split("-"))
    same = locale.language.solar is (year < _BETWEEN)
    return locale.text(f"{locale.language.months[month - 1]} {year}") if same else days_of(span, locale)


def month_span(name: str, locale: Locale) -> Span:
    """From its first moment to the next one's, where the reader is; an empty name: everything. Raises :class:`InputError`."""
    if not name:
        return Span(since=None, until=None)
    found = _NAME.fullmatch(name)
    if found is None:
        raise _none(name)
    year, month = int(found[1]), int(found[2])
    try:
        first, after = _first(year, month), _first(year + month // 12, month % 12 + 1)
    except ValueError as error:
        raise _none(name) from error
    since, until = (datetime(day.year, day.month, day.day, tzinfo=locale.zone) for day in (first, after))
    return Span(since=since, until=until)


def month_now(locale: Locale, now: datetime) -> str:
    """The one that can tell most: this one from its eighth day on, else the one before."""
    year, month = _of((now - timedelta(days=7)).astimezone(locale.zone).date(), solar_year=locale.language.solar)
    return f"{year}-{month:02}"


def month_chain(name: str, locale: Locale, *, many: int) -> tuple[Period, ...]:
    """A month and those before it, by its own calendar, the newest first. Raises :class:`InputError`."""
    found: list[Period] = []
    for _ in range(many):
        span = month_span(name, locale)
        assert span.since is not None
        assert span.until is not None
        found.append(Period(kind=PeriodKind.MONTH, name=name, since=span.since, until=span.until))
        year, month = (int(part) for part in name.split("-"))
        name = f"{year}-{month - 1:02}" if month > 1 else f"{year - 1}-12"
    return tuple(found)


def days_of(span: Span, locale: Locale) -> str:
    """First and last day."""
    assert span.since is not None
    assert span.until is not None
    return f"{locale.day(span.since)} – {locale.day(span.until - span.until.resolution)}"


def day_of(day: date, locale: Locale) -> str:
    """A day by the calendar of the language."""
    return locale.day(datetime(day.year, day.month, day.day, 12, tzinfo=locale.zone))


def _of(day: date, *, solar_year: bool) -> tuple[int, int]:
    year, month, _ = solar(day) if solar_year else (day.year, day.month, day.day)
    return year, month


def _first(year: int, month: int) -> date:
    return gregorian(year, month, 1) if 1300 <= year < _BETWEEN else _within(year, month)


def _within(year: int, month: int) -> date:
    if not 1900 <= year <= 9000:
        raise ValueError(year)
    return date(year, month, 1)


def _none(name: str) -> InputError:
    return InputError(f"there is no month {name!r}", field="month", hint="a month is written as 2026-11, or 1405-08")
