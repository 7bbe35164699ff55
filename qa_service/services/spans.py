"""Spans: how a period lies over the months that figures are kept by, and what came before it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

from qa_service.domain.moments import Item, Moments
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.profile import Span
from qa_service.domain.standings import pooled
from qa_service.errors import InputError
from qa_service.settings import Settings


class Months(NamedTuple):
    """The months that a period touches; ``None``: no bound."""

    first: str | None
    last: str | None


class Spans:
    """Periods in the service's time zone."""

    def __init__(self, settings: Settings) -> None:
        self.zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)

    def of(self, since: datetime | None, until: datetime | None) -> Span:
        """The period; raises :class:`InputError` for one that ends before it starts."""
        if since is not None and until is not None and until <= since:
            raise InputError("the period ends before it starts", field="until")
        return Span(since=since, until=until)

    def month(self, name: str) -> Span:
        """The month of that name (``2026-11``); raises :class:`InputError` for one that is none."""
        found = Period.named(name, PeriodKind.MONTH, zone=self.zone)
        return Span(since=found.since, until=found.until)

    def start(self, month: str) -> datetime:
        """The first moment of a month."""
        return Period.named(month, PeriodKind.MONTH, zone=self.zone).since

    def before(self, span: Span) -> Span | None:
        """The period before, of equal length: as many months before whole months; ``None`` for an open period."""
        if span.since is None or span.until is None:
            return None
        if not self.whole(span):
            return Span(since=span.since - (span.until - span.since), until=span.since)
        since, end = span.since, span.since
        while end < span.until:
            end = Period.of(end, PeriodKind.MONTH, zone=self.zone).until
            since = Period.of(since, PeriodKind.MONTH, zone=self.zone).before(zone=self.zone).since
        return Span(since=since, until=span.since)

    def whole(self, span: Span) -> bool:
        """Whether it is made of whole months; an open end is."""
        return all(one is None or Period.of(one, PeriodKind.MONTH, zone=self.zone).since == one for one in (span.since, span.until))

    def months(self, span: Span) -> Months:
        """The months that it touches, whole or not."""
        first = None if span.since is None else Period.of(span.since, PeriodKind.MONTH, zone=self.zone).name
        if span.until is None:
            return Months(first, None)
        last = Period.of(span.until, PeriodKind.MONTH, zone=self.zone)
        return Months(first, last.name if last.since < span.until else last.before(zone=self.zone).name)

    def cut(self, span: Span, months: Mapping[str, Mapping[Item, Moments]]) -> dict[Item, Moments] | None:
        """What lies in a period of whole months; ``None`` for any other period."""
        if not self.whole(span):
            return None
        first, last = self.months(span)
        parts: dict[Item, list[Moments]] = {}
        for month in sorted(months):
            if (first is None or first <= month) and (last is None or month <= last):
                for item, moments in months[month].items():
                    parts.setdefault(item, []).append(moments)
        return {item: pooled(some) for item, some in parts.items()}
