"""The month: everything within one's reach at a glance, against the month before; what chance could have made is not called a change."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from qa_service.domain.agent import FINISHED
from qa_service.domain.breach import FigureChange, change, surely
from qa_service.domain.comparison import Comparison, compare_past
from qa_service.domain.estimation import Share, wilson
from qa_service.domain.indicator import BetterIs, Estimate
from qa_service.domain.moments import Cell, Item, ItemKind, Moments
from qa_service.domain.period import Period
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.domain.profile import DisputeCounts
from qa_service.domain.promise import PromiseStatus
from qa_service.domain.rubric import Severity
from qa_service.domain.standings import pooled
from qa_service.domain.team import ReviewCoverage
from qa_service.errors import NotFoundError
from qa_service.services.forms_in_force import FormInForce, FormsInForce
from qa_service.services.history import History
from qa_service.services.indicators import Asked, FigureReport, IndicatorDesk, IndicatorFigure
from qa_service.services.rollups import Rollups
from qa_service.services.satisfaction import CsatReport, SatisfactionDesk
from qa_service.services.trends import TopicTrend, Trends
from qa_service.store.indicators import Place
from qa_service.store.outcomes import Place as OutcomePlace
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class MonthSources(NamedTuple):
    """The services that it is put together from."""

    rollups: Rollups
    indicators: IndicatorDesk
    history: History
    trends: Trends
    satisfaction: SatisfactionDesk


class FamilyMove(NamedTuple):
    """Scorecards in which something of one severity was missed, against the month before."""

    family: Severity
    missed: Share
    change: FigureChange
    #: Whether that is a change, with regard to how much was looked at.
    sure: bool


class FigureMove(NamedTuple):
    """A contact-centre figure, with whether it changed, with regard to how much was looked at."""

    figure: IndicatorFigure
    sure: bool


class ReviewWork(NamedTuple):
    """Reviews of the month's contacts against what was drawn for it."""

    scorecards: int
    drawn: int
    done: int


class MonthTold(NamedTuple):
    """What a month tells to whoever asks; ``None``: not theirs to know, or nothing is known."""

    now: Period
    before: Period
    team: str | None
    coverage: ReviewCoverage
    coverage_before: ReviewCoverage
    #: All forms together, then form by form; criteria that people answered. Against the month before.
    whole: Comparison
    totals: tuple[Comparison, ...]
    criteria: tuple[Comparison, ...]
    #: Their items have the name of the channel or team for a rubric.
    channels: tuple[Comparison, ...]
    teams: tuple[Comparison, ...]
    families: tuple[FamilyMove, ...]
    work: ReviewWork
    disputes: DisputeCounts | None
    disputes_before: DisputeCounts | None
    #: Criteria on which the machine abstained, of all that it was asked.
    undecided: float | None
    undecided_before: float | None
    topics: TopicTrend | None
    promises: Mapping[PromiseStatus, int]
    figures: FigureReport | None
    moves: tuple[FigureMove, ...]
    csat: CsatReport | None
    forms: Mapping[str, FormInForce]

    @property
    def nearest(self) -> Comparison | None:
        """The criterion about which the fewest further reviews would tell."""
        found = [one for one in self.criteria if one.more is not None]
        return min(found, key=lambda one: (one.more or 0, one.item), default=None)


class MonthDesk:
    """Gathers; stores nothing."""

    def __init__(self, *, database: Database, sources: MonthSources) -> None:
        self._database = database
        self._sources = sources
        self._forms = FormsInForce()

    def tell(self, months: Sequence[Period], *, team: str | None = None, by: Actor) -> MonthTold:
        """``months``: the one that is asked for, the one before, and those before that rising reasons are told by. Raises
        :class:`PermissionDeniedError`, and :class:`NotFoundError` for a team nobody knows or out of reach."""
        now, before = months[0], months[1]
        within = by.scope(Right.READ_HISTORY)
        rows = [self._cells(one, team, within, by) for one in (now, before)]
        if team is not None:
            self._check(team, within, known=any(rows))
        items, past = (_items(some) for some in rows)
        groups = compare_past(*(_groups(some) for some in rows))
        every = compare_past({**items, _WHOLE: _whole(rows[0])}, {**past, _WHOLE: _whole(rows[1])})
        figures, moves = self._figures(now, team, within, by)
        with self._database.reading() as unit:
            families = self._families(unit, (now, before), team, within, by)
            disputes = [_disputes(unit, one, team, by) for one in (now, before)]
            work, forms = _work(unit, now, team, within), self._forms.all(unit)
        return MonthTold(
            now=now, before=before, team=team, coverage=ReviewCoverage.of(_whole(rows[0])),
            coverage_before=ReviewCoverage.of(_whole(rows[1])), whole=next(one for one in every if one.item == _WHOLE),
            totals=tuple(one for one in every if one.item.kind is ItemKind.TOTAL and one.item != _WHOLE),
            criteria=tuple(one for one in every if one.item.kind is ItemKind.CRITERION and one.figure.reviews),
            channels=tuple(one for one in groups if one.item.id == _CHANNEL), teams=tuple(one for one in groups if one.item.id == _TEAM),
            families=families, work=work, disputes=disputes[0], disputes_before=disputes[1], undecided=_abstained(items),
            undecided_before=_abstained(past), topics=self._topics(months, team, within), promises=self._promises(now, team, within),
            figures=figures, moves=moves, csat=self._csat(now, team, by), forms=forms,
        )

    def _check(self, team: str, within: Scope, *, known: bool) -> None:
        """A team that all have left is known by its past; to whoever sees everything."""
        if within.whole and known:
            return
        with self._database.reading() as unit:
            if all(one.team != team for one in unit.agents.teams(within=within)):
                raise NotFoundError(f"no team {team!r}", field="team")

    def _cells(self, month: Period, team: str | None, within: Scope, by: Actor) -> tuple[Cell, ...]:
        return self._sources.rollups.cells(
            team=team, since=month.since, until=month.until, within=within, by=("channel", "team"), reader=by.id
        )

    def _families(
        self, unit: Unit, months: tuple[Period, Period], team: str | None, within: Scope, by: Actor
    ) -> tuple[FamilyMove, ...]:
        now, past = (
            {
                one.family: wilson(one.scorecards - one.clean, one.scorecards)
                for one in unit.results.families(
                    team=team, since=month.since, until=month.until, statuses=FINISHED, by_people=True, within=within, reader=by.id
                )
            }
            for month in months
        )
        shown = [one for one in now if one.critical]
        changes = [change(_estimate(now[one]), _estimate(past.get(one, wilson(0, 0))), BetterIs.LOWER) for one in shown]
        return tuple(
            FamilyMove(one, now[one], moved, sure) for one, moved, sure in zip(shown, changes, surely(changes), strict=True)
        )

    def _figures(
        self, month: Period, team: str | None, within: Scope, by: Actor
    ) -> tuple[FigureReport | None, tuple[FigureMove, ...]]:
        if not by.may(Right.READ_FIGURES):
            return None, ()
        asked = Asked(since=month.since, until=month.until, place=Place(team=team))
        report = self._sources.indicators.report(asked, within=within)
        told = [one for row in report.rows for one in row.figures if one.value is not None and one.change is not None]
        moved = surely([one.change for one in told if one.change is not None])
        return report, tuple(FigureMove(one, sure) for one, sure in zip(told, moved, strict=True))

    def _topics(self, months: Sequence[Period], team: str | None, within: Scope) -> TopicTrend | None:
        with self._database.reading() as unit:
            if unit.topics.active() is None:
                return None
        mine = within if team is None else Scope(teams=frozenset({team}))
        return self._sources.trends.topics_of(months[0], months[1:], within=mine)

    def _promises(self, month: Period, team: str | None, within: Scope) -> Mapping[PromiseStatus, int]:
        found = self._sources.history.promise_counts(since=month.since, until=month.until, team=team, within=within)
        return {status: sum(counts.get(status, 0) for counts in found.values()) for status in PromiseStatus}

    def _csat(self, month: Period, team: str | None, by: Actor) -> CsatReport | None:
        if not by.may(Right.READ_OUTCOMES):
            return None
        within = by.scope(Right.READ_OUTCOMES)
        return self._sources.satisfaction.report(OutcomePlace(month.since, month.until, team=team, within=within))


_CHANNEL, _TEAM = "channel", "team"
#: All forms together.
_WHOLE = Item("", ItemKind.TOTAL)


def _items(cells: Iterable[Cell]) -> dict[Item, Moments]:
    found: dict[Item, list[Moments]] = {}
    for one in cells:
        if one.item.kind is not ItemKind.SECTION:
            found.setdefault(one.item, []).append(one.moments)
    return {item: pooled(some) for item, some in found.items()}


def _whole(cells: Iterable[Cell]) -> Moments:
    return pooled(one.moments for one in cells if one.item.kind is ItemKind.TOTAL)


def _groups(cells: Iterable[Cell]) -> dict[Item, Moments]:
    """Totals of all forms by channel and by team."""
    found: dict[Item, list[Moments]] = {}
    for one in cells:
        if one.item.kind is ItemKind.TOTAL:
            names = ((_CHANNEL, one.channel.value if one.channel else None), (_TEAM, one.team))
            for kind, name in names:
                if name is not None:
                    found.setdefault(Item(name, ItemKind.TOTAL, kind), []).append(one.moments)
    return {item: pooled(found[item]) for item in sorted(found)}


def _abstained(items: Mapping[Item, Moments]) -> float | None:
    some = [one for item, one in items.items() if item.kind is ItemKind.CRITERION]
    asked = sum(one.all for one in some)
    return sum(one.abstained for one in some) / asked if asked else None


def _estimate(one: Share) -> Estimate:
    if one.value is None:
        return Estimate(value=None, low=None, high=None, n=0)
    return Estimate(value=one.value, low=one.low, high=one.high, n=one.n)


def _disputes(unit: Unit, month: Period, team: str | None, by: Actor) -> DisputeCounts | None:
    if not by.may(Right.READ_DISPUTES):
        return None
    return unit.attention.disputes(team=team, since=month.since, until=month.until, within=by.scope(Right.READ_DISPUTES))


def _work(unit: Unit, month: Period, team: str | None, within: Scope) -> ReviewWork:
    found = unit.workload.covered(since=month.since, until=month.until, team=team, within=within)
    return ReviewWork(sum(one.scorecards for one in found), sum(one.queued for one in found), sum(one.done for one in found))
