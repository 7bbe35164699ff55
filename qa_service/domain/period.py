"""Periods: days, weeks and months of a time zone, by names that sort: ``2026-11-22``, ``2026-W47``, ``2026-11``."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from enum import StrEnum

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.errors import InputError


class PeriodKind(StrEnum):
    """How long a period is; weeks begin on Monday (ISO 8601)."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


_NAMES = {
    PeriodKind.DAY: (re.compile(r"\d{4}-\d\d-\d\d"), "2026-11-22"), PeriodKind.WEEK: (re.compile(r"\d{4}-W\d\d"), "2026-W47"),
    PeriodKind.MONTH: (re.compile(r"\d{4}-\d\d"), "2026-11"),
}  # fmt: skip


class Period(Record):
    """``since <= contact < until``."""

    kind: PeriodKind
    #: As people write it.
    name: str
    since: AwareDatetime
    until: AwareDatetime

    @classmethod
    def of(cls, moment: datetime, kind: PeriodKind, *, zone: tzinfo) -> Period:
        """The period that a moment lies in."""
        return cls._from(_first(moment.astimezone(zone).date(), kind), kind, zone=zone)

    @classmethod
    def named(cls, name: str, kind: PeriodKind, *, zone: tzinfo) -> Period:
        """The period of that name; raises :class:`InputError` for one that is none."""
        pattern, example = _NAMES[kind]
        hint = f"a {kind.value} is written as {example}"
        if not pattern.fullmatch(name) or not "1900" < name[:4] < "9000":
            raise InputError(f"{name!r} is no {kind.value}", field="period", hint=hint)
        first = _day(name, kind)
        if first is None:
            raise InputError(f"there is no {kind.value} {name!r}", field="period", hint=hint)
        return cls._from(first, kind, zone=zone)

    @classmethod
    def _from(cls, first: date, kind: PeriodKind, *, zone: tzinfo) -> Period:
        return cls(kind=kind, name=_name(first, kind), since=_midnight(first, zone), until=_midnight(_next(first, kind), zone))

    def before(self, *, zone: tzinfo) -> Period:
        """The period before."""
        return Period.of(self.since - timedelta(hours=1), self.kind, zone=zone)


def last_over(now: datetime, kind: PeriodKind, *, zone: tzinfo) -> Period:
    """The last period that is over."""
    return Period.of(now, kind, zone=zone).before(zone=zone)


def _first(day: date, kind: PeriodKind) -> date:
    if kind is PeriodKind.WEEK:
        return day - timedelta(days=day.weekday())
    return day.replace(day=1) if kind is PeriodKind.MONTH else day


def _next(first: date, kind: PeriodKind) -> date:
    if kind is PeriodKind.MONTH:
        return (first + timedelta(days=32)).replace(day=1)
    return first + timedelta(days=7 if kind is PeriodKind.WEEK else 1)


def _name(first: date, kind: PeriodKind) -> str:
    if kind is PeriodKind.WEEK:
        year, week, _ = first.isocalendar()
        return f"{year:04}-W{week:02}"
    return first.isoformat()[: 7 if kind is PeriodKind.MONTH else 10]


def _day(name: str, kind: PeriodKind) -> date | None:
    """The first day of the period of that name; ``None`` where the calendar has none."""
    year, number = int(name[:4]), int(name[-2:])
    if kind is PeriodKind.WEEK:
        # The last week of a year is the one that holds the 28th of December.
        return date.fromisocalendar(year, number, 1) if 1 <= number <= date(year, 12, 28).isocalendar()[1] else None
    month = int(name[5:7])
    if not 1 <= month <= 12:
        return None
    if kind is PeriodKind.MONTH:
        return date(year, month, 1)
    last = (_next(date(year, month, 1), PeriodKind.MONTH) - timedelta(days=1)).day
    return date(year, month, number) if 1 <= number <= last else None


def _midnight(day: date, zone: tzinfo) -> datetime:
    """The first moment of a day there, in UTC."""
    return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
