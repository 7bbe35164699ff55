"""Coaching effects: what became of each criterion of a plan, against matched peers who were not coached on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.coaching_effect import Change, CoachingEffect, effect
from qa_service.domain.coaching_plan import CoachingGoal, CoachingPlan, CoachingPriority
from qa_service.domain.coaching_summary import CoachingSummary, summary
from qa_service.domain.moments import ItemKind, Moments
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import Actor, Right
from qa_service.errors import ConflictError, InputError
from qa_service.services.clock import Clock
from qa_service.services.coaching_plans import seen_plan
from qa_service.services.rollups import Rollups
from qa_service.settings import Settings
from qa_service.store.session import Database

#: Whole months before the one in which a plan starts that its effect is counted from, besides what there is of that one.
BASELINE_MONTHS = 3
#: Plans that are told together at most.
MOST_PLANS = 200
_Figures = Mapping[tuple[str, str], Mapping[str, Moments]]


class CriterionEffect(Record):
    """What became of one priority."""

    #: Rubric id.
    rubric: str
    #: Criterion id.
    criterion: str
    #: What was to be reached.
    goal: CoachingGoal
    #: Whether the share since then reaches it as observed; null without any.
    reached: bool | None
    #: Against matched peers.
    effect: CoachingEffect


class PlanEffect(Record):
    """What became of a plan so far."""

    #: The plan.
    plan: str
    #: From when to when contacts count as before.
    before_since: AwareDatetime
    #: First moment of practice: from here on they count as after.
    since: AwareDatetime
    #: Last moment that was looked at.
    until: AwareDatetime
    #: By priority, in the plan's order.
    criteria: tuple[CriterionEffect, ...]


class HouseEffect(Record):
    """What the plans of a time came to, together."""

    #: First day on which a plan began.
    since: date
    #: Last day on which one began.
    until: date
    #: Plans.
    plans: int = Field(ge=0)
    #: Of their priorities.
    summary: CoachingSummary


class CoachingEffects:
    """Works effects out; nothing is stored."""

    def __init__(self, *, database: Database, rollups: Rollups, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._rollups = rollups
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        self._clock = clock

    def effect(self, plan: str, *, by: Actor, until: datetime | None = None) -> PlanEffect:
        """Of a plan that was started, up to now unless told.

        Raises :class:`NotFoundError` for one out of reach, :class:`ConflictError` for a draft, :class:`InputError` for a moment before
        practice began.
        """
        end = until or self._clock()
        with self._database.reading() as unit:
            found = seen_plan(unit, plan, by=by, right=Right.READ_COACHING, expected=None)
            if not found.seen_by_agent:
                raise ConflictError("this plan was never started", field="state", hint="start it; effects show after some reviews")
            start = self._midnight(found.starts)
            if until is not None and until <= start:
                raise InputError(f"practice began on {found.starts}", field="to", hint="name a later moment")
            first = self._baseline(start)
            coached = {
                one.key: unit.coaching_plans.coached(one.rubric, one.criterion, since=first.date(), until=end.date())
                for one in found.priorities
            }
        rubrics = {one.rubric for one in found.priorities}
        before = self._figures(rubrics, first, start)
        # Without a told end whole months need no look at single contacts.
        after = self._figures(rubrics, start, until) if end > start else {}
        told = tuple(_told(found, one, before, after, coached[one.key]) for one in found.priorities)
        return PlanEffect(plan=found.id, before_since=first, since=start, until=max(start, end), criteria=told)

    def summary(self, *, by: Actor, since: date | None = None, until: date | None = None) -> HouseEffect:
        """Of all plans within reach that began from one day to another (the last year unless told), at most the last :data:`MOST_PLANS`.

        By whole months: the one in which a plan began counts neither as before nor as after. Raises :class:`InputError`.
        """
        last = until or self._clock().astimezone(self._zone).date()
        first = since or last - timedelta(days=365)
        if last < first:
            raise InputError("the period ends before it starts", field="to", hint="'from' comes before 'to'")
        with self._database.reading() as unit:
            plans = unit.coaching_plans.started(within=by.scope(Right.COACH), since=first, until=last, most=MOST_PLANS)
            coached = {
                (plan.id, *one.key): unit.coaching_plans.coached(
                    one.rubric, one.criterion, since=self._baseline(self._midnight(plan.starts)).date(), until=self._clock().date()
                )
                for plan in plans for one in plan.priorities
            }  # fmt: skip
        months = self._months(plans)
        begun = {f"{plan.starts:%Y-%m}": plan for plan in plans}
        sides = {month: self._sides(months, plan) for month, plan in begun.items()}
        found = [
            _told(plan, one, *sides[f"{plan.starts:%Y-%m}"], coached[(plan.id, *one.key)]).effect
            for plan in plans for one in plan.priorities
        ]  # fmt: skip
        return HouseEffect(since=first, until=last, plans=len(plans), summary=summary(found))

    def _months(self, plans: Sequence[CoachingPlan]) -> Mapping[str, _Figures]:
        """Of what the plans are about: month, rubric and criterion, then agent."""
        wanted = {one.key for plan in plans for one in plan.priorities}
        found: dict[str, dict[tuple[str, str], dict[str, Moments]]] = {}
        if not plans:
            return found
        since = self._baseline(self._midnight(min(plan.starts for plan in plans)))
        for rubric in sorted({rubric for rubric, _ in wanted}):
            for cell in self._rollups.cells(since=since, rubric=rubric, by=("agent", "month")):
                if cell.agent is None or cell.month is None or cell.item.kind is not ItemKind.CRITERION:
                    continue
                if (rubric, cell.item.id) in wanted:
                    found.setdefault(cell.month, {}).setdefault((rubric, cell.item.id), {})[cell.agent] = cell.moments
        return found

    def _sides(self, months: Mapping[str, _Figures], plan: CoachingPlan) -> tuple[_Figures, _Figures]:
        """The months before the one in which a plan began, and those after it."""
        own = f"{plan.starts:%Y-%m}"
        first = self._baseline(self._midnight(plan.starts)).astimezone(self._zone).strftime("%Y-%m")
        return _together(months, [one for one in months if first <= one < own]), _together(months, [one for one in months if one > own])

    def _baseline(self, start: datetime) -> datetime:
        month = Period.of(start, PeriodKind.MONTH, zone=self._zone)
        for _ in range(BASELINE_MONTHS):
            month = month.before(zone=self._zone)
        return month.since

    def _figures(self, rubrics: set[str], since: datetime, until: datetime | None) -> _Figures:
        """Rubric and criterion, then agent."""
        figures: dict[tuple[str, str], dict[str, Moments]] = {}
        for rubric in sorted(rubrics):
            for cell in self._rollups.cells(since=since, until=until, rubric=rubric, by=("agent",)):
                if cell.agent is not None and cell.item.kind is ItemKind.CRITERION:
                    figures.setdefault((rubric, cell.item.id), {})[cell.agent] = cell.moments
        return figures

    def _midnight(self, day: date) -> datetime:
        return datetime.combine(day, time(), tzinfo=self._zone).astimezone(UTC)


def _together(months: Mapping[str, _Figures], names: Sequence[str]) -> _Figures:
    sums: dict[tuple[str, str], dict[str, Moments]] = {}
    for name in names:
        for key, agents in months[name].items():
            some = sums.setdefault(key, {})
            for agent, moments in agents.items():
                some[agent] = some.get(agent, Moments()).plus(moments)
    return sums


def _told(plan: CoachingPlan, one: CoachingPriority, before: _Figures, after: _Figures, coached: frozenset[str]) -> CriterionEffect:
    first, last = before.get(one.key, {}), after.get(one.key, {})
    mine = Change(first.get(plan.agent, Moments()), last.get(plan.agent, Moments()))
    free = first.keys() - coached - {plan.agent}
    peers = {agent: Change(first[agent], last.get(agent, Moments())) for agent in sorted(free)}
    others = [first[agent] for agent in sorted(coached & first.keys()) if agent != plan.agent]
    aim = None if one.goal.share_from is None else one.goal.share_to - one.goal.share_from
    found = effect(mine, peers, coached=others, aim=aim)
    share = found.after.value
    reached = None if share is None else share >= one.goal.share_to
    return CriterionEffect(rubric=one.rubric, criterion=one.criterion, goal=one.goal, reached=reached, effect=found)
