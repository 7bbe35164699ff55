"""Contact-centre figures: each indicator by whom, where and when it is asked for, against its target and the period before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.breach import BREACHES, FigureChange, TargetMet, change, met
from qa_service.domain.indicator import Estimate, Indicator, Tally, estimate
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import Scope
from qa_service.domain.target import TargetSet, applied
from qa_service.errors import InputError, NotFoundError
from qa_service.services.clock import Clock
from qa_service.settings import Settings
from qa_service.store.indicators import Choice, IndicatorCell, Place, Rules
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: What figures can be grouped by.
GROUPS = ("team", "agent", "channel", "queue")
#: Periods of one report, and figures in it.
MOST_PERIODS, MOST_FIGURES = 120, 50_000
#: Periods shown where nobody says which.
_LATELY = 6


class Asked(NamedTuple):
    """Which figures."""

    #: ``since <= contact < until``.
    since: datetime | None = None
    until: datetime | None = None
    #: One row for each of these in the time; ``None``: one for all of it.
    every: PeriodKind | None = None
    #: One row for each of these: team, agent, channel, queue.
    by: tuple[str, ...] = ()
    place: Place = Place()
    #: Ids; ``None``: all.
    indicators: tuple[str, ...] | None = None
    purpose: Purpose = Purpose.LIVE


class IndicatorFigure(Record):
    """One figure."""

    #: Id of the indicator; ``definitions`` tell what it is.
    indicator: str
    #: The channel, of figures that are told by channel alone in rows that are not.
    channel: Channel | None = None
    #: Value, in the indicator's unit; null where nothing tells it.
    value: float | None
    #: Lower bound of its 95 % interval; null where the sample tells none.
    low: float | None
    #: Upper bound.
    high: float | None
    #: Contacts, answers or customers that the denominator counts.
    n: int
    #: What counts, of a share.
    numerator: float | None
    #: Contacts, answers or customers that should tell it and do not.
    unknown: int
    #: What it should reach; null: nothing is wanted.
    target: float | None
    #: ``set`` by people, ``shipped``, or ``none``.
    target_told_by: str
    #: Whether it does, as far as the interval tells.
    met: TargetMet
    #: What is missing, where it cannot be told.
    missing: str | None
    #: Against the period before; null where there is none.
    change: FigureChange | None


class FigureRow(Record):
    """The figures of one group in one period; what it is not grouped by is null, and so is what contacts do not tell."""

    #: Team at the time.
    team: str | None
    #: Agent.
    agent: str | None
    #: Channel.
    channel: Channel | None
    #: Queue.
    queue: str | None
    #: ``2026-11``, ``2026-W47``, ``2026-11-22``; null for the whole time.
    period: str | None
    #: First moment; null: from the first contact on.
    since: AwareDatetime | None
    #: Moment behind the last; null: until now.
    until: AwareDatetime | None
    #: One for each indicator; one for each channel of those that are told by channel.
    figures: tuple[IndicatorFigure, ...]


class FigureReport(Record):
    """Figures, with what they are and what they are measured against."""

    #: Of every figure in it: what it counts of what, its unit, which way is good.
    definitions: tuple[Indicator, ...]
    #: Seconds that count as answered in time.
    answer_within_seconds: float
    #: Seconds within which an abandoned contact counts nowhere.
    short_abandon_seconds: float
    #: Days within which coming back for the same reason makes a repeat.
    repeat_days: int
    #: Version of the targets; 1 is the shipped one.
    targets_version: int
    #: Time zone that periods are cut in.
    time_zone: str
    #: What rows are made by.
    by: tuple[str, ...]
    #: One for each group and period; periods in order.
    rows: tuple[FigureRow, ...]


class Breach(Record):
    """A figure that misses its target."""

    #: Team at the time.
    team: str | None
    #: Agent.
    agent: str | None
    #: Channel.
    channel: Channel | None
    #: Queue.
    queue: str | None
    #: Name of the period; null for the whole time.
    period: str | None
    #: First moment; null: from the first contact on.
    since: AwareDatetime | None
    #: Moment behind the last; null: until now.
    until: AwareDatetime | None
    #: The whole interval misses it; otherwise it may be luck.
    certain: bool
    #: The figure.
    figure: IndicatorFigure


class BreachReport(Record):
    """Figures that miss their targets, the certain ones first."""

    #: Of every figure in it.
    definitions: tuple[Indicator, ...]
    #: Version of the targets; 1 is the shipped one.
    targets_version: int
    #: Figures that have a target and could be told; one in forty of those that just meet it is taken for a certain miss by luck.
    judged: int
    #: The certain ones first.
    breaches: tuple[Breach, ...]


class _Span(NamedTuple):
    name: str | None
    since: datetime | None
    until: datetime | None


_Found = Mapping[Place, Mapping[str, Tally]]


class IndicatorDesk:
    """Tells contact-centre figures."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def report(self, asked: Asked, *, within: Scope | None = None) -> FigureReport:
        """The figures asked for; what nothing tells is null and says what is missing.

        Raises :class:`NotFoundError` for an agent nobody knows or out of reach, :class:`InputError` for more than can be told at once.
        """
        wanted = self._wanted(asked)
        spans = self._spans(asked)
        with self._database.reading() as unit:
            if asked.place.agent is not None:
                unit.agents.get(asked.place.agent, within=within)
            targets = unit.target_sets.newest()
            rules = self._rules(unit, targets.targets)
            found = [self._found(unit, span, wanted, asked, rules, within) for span in spans]
        rows = tuple(
            row
            for before, span, now in zip((None, *found[:-1]), spans, found, strict=True)
            if before is not None or len(spans) == 1
            for row in _rows(asked, span, now, before, wanted, targets.targets)
        )
        return FigureReport(
            definitions=wanted, answer_within_seconds=rules.answer_within, short_abandon_seconds=rules.short_abandon,
            repeat_days=self._settings.repeat_days, targets_version=targets.version, time_zone=self._settings.time_zone, by=asked.by,
            rows=rows,
        )

    def breaches(self, asked: Asked, *, certain: bool = False, within: Scope | None = None) -> BreachReport:
        """Figures that miss their targets; ``certain``: those alone whose whole interval does. Raises as :meth:`report`."""
        report = self.report(asked, within=within)
        told = [(row, one) for row in report.rows for one in row.figures if one.target is not None and one.value is not None]
        missed = [(row, one) for row, one in told if one.met in BREACHES and (not certain or one.met is TargetMet.MISSED)]
        breaches = (_breach(row, one) for row, one in missed)
        return BreachReport(
            definitions=report.definitions, targets_version=report.targets_version, judged=len(told),
            breaches=tuple(sorted(breaches, key=lambda one: not one.certain)),
        )

    def _wanted(self, asked: Asked) -> tuple[Indicator, ...]:
        for one in asked.indicators or ():
            if one not in INDICATORS:
                raise NotFoundError(f"no indicator {one!r}", field="indicator", hint=f"one of: {', '.join(INDICATORS)}")
        for one in asked.by:
            if one not in GROUPS:
                raise InputError(f"figures cannot be grouped by {one!r}", field="by", hint=f"by: {', '.join(GROUPS)}")
        return tuple(one for one in INDICATORS.values() if asked.indicators is None or one.id in asked.indicators)

    def _rules(self, unit: Unit, targets: TargetSet) -> Rules:
        return Rules(
            answer_within=targets.answer_within_seconds, short_abandon=targets.short_abandon_seconds,
            window=timedelta(days=self._settings.repeat_days), horizon=unit.contacts.horizon(),
        )

    def _found(
        self, unit: Unit, span: _Span, wanted: Sequence[Indicator], asked: Asked, rules: Rules, within: Scope | None
    ) -> _Found:
        choice = Choice(since=span.since, until=span.until, place=asked.place, purpose=asked.purpose, within=within)
        apart = _apart(asked)
        plain = [one.id for one in wanted if not (apart and one.by_channel)]
        cells = [*unit.indicators.tally(plain, choice, rules=rules, by=asked.by)] if plain else []
        if apart and len(plain) < len(wanted):
            split = [one.id for one in wanted if one.by_channel]
            cells += unit.indicators.tally(split, choice, rules=rules, by=(*asked.by, "channel"))
        found = _merged(cells)
        if len(found) * len(wanted) > MOST_FIGURES:
            hint = "ask for fewer groups, periods or indicators"
            raise InputError(f"these are more than {MOST_FIGURES} figures", field="by", hint=hint)
        return found

    def _spans(self, asked: Asked) -> list[_Span]:
        """What is asked for, with the span before it; that alone where there is none before."""
        if asked.every is not None:
            return [_Span(one.name, one.since, one.until) for one in self._periods(asked, asked.every)]
        if asked.since is None:
            return [_Span(None, None, asked.until)]
        until = max(asked.until or self._clock(), asked.since)
        return [_Span(None, asked.since - (until - asked.since), asked.since), _Span(None, asked.since, asked.until)]

    def _periods(self, asked: Asked, kind: PeriodKind) -> list[Period]:
        """Periods that the time touches, whole, in order, with the one before."""
        zone = self._settings.zone
        last = Period.of((asked.until or self._clock() + timedelta(microseconds=1)) - timedelta(microseconds=1), kind, zone=zone)
        found = [last]
        while len(found) <= MOST_PERIODS and (asked.since < found[-1].since if asked.since is not None else len(found) < _LATELY):
            found.append(found[-1].before(zone=zone))
        if len(found) > MOST_PERIODS:
            raise InputError(f"these are more than {MOST_PERIODS} periods", field="from", hint="a shorter time, or longer periods")
        return [found[-1].before(zone=zone), *reversed(found)]


def _apart(asked: Asked) -> bool:
    """Whether figures that are told by channel need rows of their own."""
    return "channel" not in asked.by and asked.place.channel is None


def _merged(cells: Sequence[IndicatorCell]) -> dict[Place, dict[str, Tally]]:
    found: dict[Place, dict[str, Tally]] = {}
    for place, tallies in cells:
        found.setdefault(place, {}).update(tallies)
    return found


def _rows(
    asked: Asked, span: _Span, now: _Found, before: _Found | None, wanted: Sequence[Indicator], targets: TargetSet
) -> Iterator[FigureRow]:
    apart = _apart(asked)
    places = dict.fromkeys(place._replace(channel=None) if apart else place for place in now)
    for place in places or ({} if asked.by else {Place(): None}):
        figures = tuple(
            figure
            for one in wanted
            for figure in _figures(one, place, now, before, asked.place, targets, apart=apart)
        )
        yield FigureRow(
            team=place.team, agent=place.agent, channel=place.channel, queue=place.queue, period=span.name, since=span.since,
            until=span.until, figures=figures,
        )


def _figures(
    indicator: Indicator, place: Place, now: _Found, before: _Found | None, filters: Place, targets: TargetSet, *, apart: bool
) -> Iterator[IndicatorFigure]:
    """One; of what is told by channel one for each that tells it, or one that says what is missing."""
    places = [place]
    if apart and indicator.by_channel:
        split = (place._replace(channel=channel) for channel in Channel)
        places = [one for one in split if now.get(one, {}).get(indicator.id, Tally()).n] or places
    for one in places:
        tally = now.get(one, {}).get(indicator.id, Tally())
        earlier = None if before is None else estimate(indicator, before.get(one, {}).get(indicator.id, Tally()))
        shown = one.channel if apart else None
        # Without a channel there is no telling which target counts.
        yield _figure(indicator, estimate(indicator, tally), earlier, _known(one, filters), targets, shown)


def _known(place: Place, filters: Place) -> Place:
    """Where a figure is from, by its group or by what was asked for."""
    return Place(
        agent=place.agent or filters.agent, team=place.team or filters.team, channel=place.channel or filters.channel,
        queue=place.queue or filters.queue,
    )


def _figure(
    indicator: Indicator, found: Estimate, before: Estimate | None, place: Place, targets: TargetSet, shown: Channel | None
) -> IndicatorFigure:
    target = applied(targets, indicator.id, team=place.team, channel=place.channel, queue=place.queue)
    return IndicatorFigure(
        indicator=indicator.id, channel=shown, value=found.value, low=found.low, high=found.high, n=found.n, numerator=found.numerator,
        unknown=found.unknown, target=target.value, target_told_by=target.told_by, met=met(found, target.value, indicator.better),
        missing=_missing(indicator, found), change=None if before is None else change(found, before, indicator.better),
    )


def _missing(indicator: Indicator, found: Estimate) -> str | None:
    if found.value is not None:
        return None
    head = f"{found.unknown} do not tell it" if found.unknown else "nothing to count"
    return f"{head}; it needs {indicator.needs}"


def _breach(row: FigureRow, one: IndicatorFigure) -> Breach:
    return Breach(
        team=row.team, agent=row.agent, channel=one.channel or row.channel, queue=row.queue, period=row.period, since=row.since,
        until=row.until, certain=one.met is TargetMet.MISSED, figure=one,
    )
