"""Trends: how often something is said, what a signal measures, and which reasons for contact rise, period by period with denominators."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Mean, Share, student95, wilson
from qa_service.domain.interaction import Channel
from qa_service.domain.period import Period, PeriodKind, last_over
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.domain.rise import Rise, rises
from qa_service.domain.search import Filters
from qa_service.domain.topic import OTHER, TopicSet
from qa_service.errors import InputError, NotFoundError
from qa_service.services.clock import Clock
from qa_service.services.search_terms import asked_of, read_query
from qa_service.settings import Settings
from qa_service.store.search_filters import Asked
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Periods of a series unless told, and at most; weeks that a rise is compared with.
_PERIODS, _MOST, _BASE = 12, 120, 8


class PhrasePoint(Record):
    """How often something was said in one period."""

    #: Its name.
    period: str
    #: Its begin.
    since: AwareDatetime
    #: Its end.
    until: AwareDatetime
    #: Whether the period is over.
    over: bool
    #: Interactions with a hit.
    found: int = Field(ge=0)
    #: Interactions that the filters leave.
    of: int = Field(ge=0)
    #: `found` of `of`, with its 95 % interval.
    share: Share


class PhraseTrend(Record):
    """A series, the first period first."""

    #: What was asked.
    query: str
    #: Length of the periods.
    every: PeriodKind
    #: The first period first.
    points: tuple[PhrasePoint, ...]


class SignalPoint(Record):
    """What a signal measured in one period."""

    #: Its name.
    period: str
    #: Its begin.
    since: AwareDatetime
    #: Its end.
    until: AwareDatetime
    #: Whether the period is over.
    over: bool
    #: Interactions that the filters leave; `mean.n` of them carry the signal.
    of: int = Field(ge=0)
    #: Mean over interactions, with its 95 % interval.
    mean: Mean


class SignalTrend(Record):
    """A series, the first period first."""

    #: Its name.
    signal: str
    #: Length of the periods.
    every: PeriodKind
    #: The first period first.
    points: tuple[SignalPoint, ...]


class TopicRise(Rise):
    """A reason for contact, this period and before."""

    #: Its id, or `other`.
    topic: str
    #: What people read.
    title: str
    #: Its share of contacts in the periods before and in this one, the first period first.
    points: tuple[PhrasePoint, ...] = ()


class TopicTrend(Record):
    """What rises and falls."""

    #: Number of the build of the topics.
    version: int
    #: The period that is looked at.
    period: str
    #: Its begin.
    since: AwareDatetime
    #: Its end.
    until: AwareDatetime
    #: Those before that it is compared with, the nearest first, as far as they had contacts.
    before: tuple[str, ...]
    #: Contacts of the period that tell a reason.
    contacts: int = Field(ge=0)
    #: Rising ones first, then those that nothing can be told of, then falling ones; the surest first.
    topics: tuple[TopicRise, ...]


class Trends:
    """Series over the archive, within the reader's reach."""

    def __init__(self, *, database: Database, signals: frozenset[str], settings: Settings, clock: Clock) -> None:
        """``signals``: names of the catalogue."""
        self._database = database
        self._signals = signals
        self._clock = clock
        # A machine without a time zone database still knows UTC.
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)

    def phrase(
        self, query: str, *, by: Actor, every: PeriodKind = PeriodKind.WEEK, since: datetime | None = None, until: datetime | None = None
    ) -> PhraseTrend:
        """How many interactions hold the words, of those that the filters leave; raises :class:`InputError`."""
        parsed, node = read_query(query)
        if node is None:
            raise InputError("a trend of what is said needs words", field="query", hint="filters alone have no share of themselves")
        points = []
        with self._database.reading() as unit:
            asked = self._asked(unit, parsed.filters, by)
            for period in self._periods(parsed.filters, every, since, until):
                cut = _within(asked, period)
                found, of = (unit.search_hits.interactions(node, cut), unit.search_hits.all(cut)) if cut is not None else (0, 0)
                points.append(PhrasePoint(**_named(period, self._clock()), found=found, of=of, share=wilson(found, of)))
        return PhraseTrend(query=query, every=every, points=tuple(points))

    def signal(
        self, signal: str, *, by: Actor, query: str | None = None, every: PeriodKind = PeriodKind.WEEK, since: datetime | None = None,
        until: datetime | None = None,
    ) -> SignalTrend:
        """The mean of a signal, of the interactions that the filters of a query leave; raises :class:`InputError` for words in it, and
        for a signal that nobody knows."""
        filters = Filters()
        if query is not None:
            parsed, node = read_query(query)
            filters = parsed.filters
            if node is not None:
                raise InputError("a trend of a signal takes filters, no words", field="query", hint="such as: channel:phone team:billing")
        if signal not in self._signals:
            raise InputError(f"no signal {signal!r} is known", field="signal", hint="GET /v1/signals lists them")
        points = []
        with self._database.reading() as unit:
            asked = self._asked(unit, filters, by)
            for period in self._periods(filters, every, since, until):
                cut = _within(asked, period)
                n, total, squares = unit.search_hits.signal(signal, cut) if cut is not None else (0, 0.0, 0.0)
                of = unit.search_hits.all(cut) if cut is not None else 0
                points.append(SignalPoint(**_named(period, self._clock()), of=of, mean=mean_of(n, total, squares)))
        return SignalTrend(signal=signal, every=every, points=tuple(points))

    def topics(
        self, *, within: Scope, every: PeriodKind = PeriodKind.WEEK, period: str | None = None, channel: Channel | None = None
    ) -> TopicTrend:
        """Which reasons for contact rise and fall in a period (the last that is over unless named), against the eight before.

        Raises :class:`NotFoundError` before the first build of topics, :class:`InputError` for a name that is no period.
        """
        named = last_over(self._clock(), every, zone=self._zone) if period is None else Period.named(period, every, zone=self._zone)
        before = [named.before(zone=self._zone)]
        while len(before) < _BASE:
            before.append(before[-1].before(zone=self._zone))
        return self.topics_of(named, before, within=within, channel=channel)

    def topics_of(
        self, named: Period, before: Sequence[Period], *, within: Scope, channel: Channel | None = None
    ) -> TopicTrend:
        """The same for periods of any calendar, those ``before`` the nearest first. Raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            topics = unit.topics.active()
            if topics is None:
                raise NotFoundError("no topics were built yet", field="topics", hint="qa-service topics build")
            course = [(one, _counts(unit, topics, one, channel, within)) for one in (named, *before)]
        now = course[0][1]
        earlier = [(one.name, counts) for one, counts in course[1:] if counts]
        found = rises(now, sum(now.values()), [(counts, sum(counts.values())) for _, counts in earlier])
        titles = {one.id: one.called for one in topics.topics} | {OTHER: OTHER}
        views = [
            TopicRise(**dict(rise), topic=key, title=titles.get(key, key), points=self._course(key, course)) for key, rise in found.items()
        ]
        return TopicTrend(
            version=topics.version, period=named.name, since=named.since, until=named.until, before=tuple(name for name, _ in earlier),
            contacts=sum(now.values()), topics=tuple(sorted(views, key=_urgency)),
        )

    def _course(self, topic: str, course: Sequence[tuple[Period, Mapping[str, int]]]) -> tuple[PhrasePoint, ...]:
        """Of one topic; ``course``: the last period first."""
        points = []
        for period, counts in reversed(course):
            found, of = counts.get(topic, 0), sum(counts.values())
            points.append(PhrasePoint(**_named(period, self._clock()), found=found, of=of, share=wilson(found, of)))
        return tuple(points)

    def _asked(self, unit: Unit, filters: Filters, by: Actor) -> Asked:
        scope = by.scope(Right.READ_HISTORY)
        return asked_of(unit, filters, within=scope, reader=by.id, signals=self._signals)

    def _periods(self, filters: Filters, every: PeriodKind, since: datetime | None, until: datetime | None) -> Iterator[Period]:
        """From the one that holds the start up to the one that holds the end: twelve up to now unless told."""
        first, last = since or filters.since, until or filters.until
        end = Period.of(self._clock() if last is None else last, every, zone=self._zone)
        if last is not None and end.since == last:
            end = end.before(zone=self._zone)
        found = [end]
        while len(found) < _PERIODS if first is None else found[-1].since > first:
            if len(found) == _MOST:
                raise InputError(f"a series has at most {_MOST} points", field="from", hint="longer periods, or a later start")
            found.append(found[-1].before(zone=self._zone))
        if first is not None and last is not None and last <= first:
            raise InputError("the period ends before it starts", field="to", hint="'from' comes before 'to'")
        return reversed(found)


def mean_of(n: int, total: float, squares: float) -> Mean:
    """Student's interval of a mean (Student 1908), of sums."""
    if n == 0:
        return Mean(n=0, value=None, low=None, high=None)
    middle = total / n
    if n == 1:
        return Mean(n=1, value=round(middle, 6), low=None, high=None)
    spread = max(0.0, squares - n * middle * middle) / (n - 1)
    half = student95(n - 1) * math.sqrt(spread / n)
    return Mean(n=n, value=round(middle, 6), low=round(middle - half, 6), high=round(middle + half, 6))


def _counts(unit: Unit, topics: TopicSet, period: Period, channel: Channel | None, within: Scope) -> dict[str, int]:
    found = unit.contacts.topic_counts(version=topics.version, since=period.since, until=period.until, channel=channel, within=within)
    counts: dict[str, int] = {}
    counted: Mapping[str, str] = topics.counted
    for topic, number in found.items():
        key = OTHER if topic is None else counted.get(topic, OTHER)
        counts[key] = counts.get(key, 0) + number
    return counts


def _urgency(one: TopicRise) -> tuple[int, float, int, str]:
    order = {"rising": 0, "cannot_tell": 1, "falling": 2}
    return order[one.standing.value], 1.0 if one.q is None else one.q, -one.seen, one.topic


def _named(period: Period, now: datetime) -> dict[str, object]:
    return {"period": period.name, "since": period.since, "until": period.until, "over": period.until <= now}


def _within(asked: Asked, period: Period) -> Asked | None:
    """The part of a period that the filters leave; ``None``: nothing."""
    since = max(period.since, asked.filters.since or period.since)
    until = min(period.until, asked.filters.until or period.until)
    if until <= since:
        return None
    return asked._replace(filters=asked.filters.model_copy(update={"since": since, "until": until}))
