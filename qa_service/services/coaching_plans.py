"""Coaching plans: drafted from the figures, edited and started by a coach, read by the agent, ended with what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field

from qa_service.domain import coaching_plan as rules
from qa_service.domain.base import Record
from qa_service.domain.coaching_plan import CoachingPlan, CoachingPriority, ExampleRef, Late, PlanState
from qa_service.domain.gain import LEAST_REVIEWED, TARGET, Gain, reviews_to_see
from qa_service.domain.permission import Actor, Right
from qa_service.domain.shown_example import ShownExample
from qa_service.domain.user import left
from qa_service.errors import ConflictError, InputError, NotFoundError, StaleVersionError
from qa_service.services.clock import Clock
from qa_service.services.coaching_examples import checked_examples, found_examples, shown_examples
from qa_service.services.coaching_suggestions import CoachingSuggestion, Suggestions, behaviour, form_of, goal_for, spoken
from qa_service.settings import Settings
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class Wish(Record):
    """A priority as a coach puts it; what is left out is taken from the figures and the form."""

    #: Rubric id.
    rubric: str
    #: Criterion id.
    criterion: str
    #: What the agent is expected to do.
    behaviour: str | None = None
    #: Share to reach.
    share: float | None = Field(default=None, gt=0, le=1)
    #: Places to listen to, instead of those that are found.
    examples: tuple[ExampleRef, ...] | None = None


class PlanSheet(NamedTuple):
    """A plan, and what is to be known about it today."""

    plan: CoachingPlan
    overdue: tuple[Late, ...]
    #: The agent's team now.
    team_now: str | None
    #: Whether the coach can still reach the agent.
    in_reach: bool
    #: Whether the agent is still here: has an active user, or never had one.
    here: bool


class CoachingPlans:
    """What people do with plans. ``expected`` is the revision that the caller has seen; ``None`` takes the current one.

    Every method raises :class:`NotFoundError` for what does not exist or lies outside the actor's reach, and
    :class:`PermissionDeniedError` without the right, or for one's own plan.
    """

    def __init__(self, *, database: Database, suggestions: Suggestions, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._suggestions = suggestions
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        self._clock = clock

    def today(self) -> date:
        """The day in the service's time zone."""
        return self._clock().astimezone(self._zone).date()

    def suggest(
        self, agent: str, *, by: Actor, since: datetime | None = None, until: datetime | None = None, language: str | None = None
    ) -> CoachingSuggestion:
        """What would be a plan, and the working."""
        rules.check_other(by, agent=agent)
        return self._suggestions.suggest(agent, by=by, since=since, until=until, language=language)

    def create(
        self, agent: str, *, by: Actor, coach: str | None = None, starts: date | None = None, ends: date | None = None,
        wishes: Sequence[Wish] | None = None, language: str | None = None,
    ) -> PlanSheet:
        """A draft: of what the figures carry, or of what a coach wishes for.

        Raises :class:`ConflictError` where an open plan is there, or nothing is to be coached that the numbers carry; :class:`InputError`
        for days, a coach, a criterion or a goal that cannot be.
        """
        at = self._clock()
        first = starts or self.today()
        last = ends or first + timedelta(days=rules.DAYS)
        rules.check_days(first, last)
        found = self.suggest(agent, by=by, language=language)
        if wishes is None and not found.priorities:
            raise ConflictError("nothing to coach that the numbers carry", field="priorities", hint=_lacking(found))
        with self._database.unit() as unit:
            who = unit.agents.get(agent, within=by.scope(Right.COACH))
            _check_here(unit, agent)
            owner = _coach(unit, coach, by=by, agent=agent, team=who.team)
            chosen = found.priorities if wishes is None else self._wished(unit, agent, wishes, found, language)
            rules.check_priorities(chosen)
            made = CoachingPlan(
                id=uuid.uuid4().hex, agent=agent, team=who.team, coach=owner, starts=first, ends=last, priorities=chosen,
                created_by=by.id, created_at=at,
            )
            unit.coaching_plans.add(made)
            _note(unit, made, at=at, by=by, action="planned", suggested=wishes is None, **_told(made))
            return self._sheet(unit, made)

    def change(
        self, plan: str, *, by: Actor, expected: int | None, coach: str | None = None, starts: date | None = None, ends: date | None = None,
        wishes: Sequence[Wish] | None = None, language: str | None = None,
    ) -> PlanSheet:
        """Other contents for an open plan; priorities are given as a whole. Raises as :meth:`create`, and :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.reading() as unit:
            agent = seen_plan(unit, plan, by=by, right=Right.COACH, expected=expected).agent
        rules.check_other(by, agent=agent)
        found = None if wishes is None else self.suggest(agent, by=by, language=language)
        with self._database.unit() as unit:
            before = seen_plan(unit, plan, by=by, right=Right.COACH, expected=expected)
            team = unit.agents.get(agent).team
            owner = None if coach is None else _coach(unit, coach, by=by, agent=agent, team=team)
            chosen = None if wishes is None or found is None else self._wished(unit, agent, wishes, found, language, before.priorities)
            made = rules.changed(before, coach=owner, starts=starts, ends=ends, priorities=chosen)
            saved = unit.coaching_plans.save(made)
            _note(unit, saved, at=at, by=by, action="changed", **_told(saved))
            return self._sheet(unit, saved)

    def start(self, plan: str, *, by: Actor, expected: int | None = None) -> PlanSheet:
        """From now on the agent sees it. Raises :class:`ConflictError` where it is no draft, or nothing is in it."""
        at = self._clock()
        with self._database.unit() as unit:
            before = _own_work(unit, plan, by=by, expected=expected)
            _check_here(unit, before.agent)
            if before.ends <= self.today():
                raise InputError(f"the plan's last day, {before.ends}, has passed", field="ends", hint="change its days first")
            saved = unit.coaching_plans.save(rules.started(before, at=at))
            _note(unit, saved, at=at, by=by, action="started")
            return self._sheet(unit, saved)

    def close(self, plan: str, state: PlanState, *, outcome: str, by: Actor, expected: int | None = None) -> PlanSheet:
        """Done or dropped, with what came of it. Raises :class:`ConflictError`, :class:`InputError`."""
        at = self._clock()
        with self._database.unit() as unit:
            before = _own_work(unit, plan, by=by, expected=expected)
            saved = unit.coaching_plans.save(rules.closed(before, state, outcome=outcome, by=by.id, at=at))
            _note(unit, saved, at=at, by=by, action="closed", state=saved.state.value)
            return self._sheet(unit, saved)

    def acknowledge(self, plan: str, *, comment: str | None = None, by: Actor, expected: int | None = None) -> PlanSheet:
        """As the agent, that one has read it. Raises :class:`ConflictError`."""
        at = self._clock()
        with self._database.unit() as unit:
            before = seen_plan(unit, plan, by=by, right=Right.ACKNOWLEDGE_COACHING, expected=expected)
            saved = unit.coaching_plans.save(rules.acknowledged(before, by=by.id, comment=comment, at=at))
            _note(unit, saved, at=at, by=by, action="acknowledged")
            return self._sheet(unit, saved)

    def get(self, plan: str, *, by: Actor) -> PlanSheet:
        """One plan."""
        with self._database.reading() as unit:
            return self._sheet(unit, seen_plan(unit, plan, by=by, right=Right.READ_COACHING, expected=None))

    def list(
        self, *, by: Actor, agent: str | None = None, team: str | None = None, coach: str | None = None, state: PlanState | None = None,
        overdue: bool | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[PlanSheet]:
        """Open ones first, the overdue before all; then the last closed."""
        with self._database.reading() as unit:
            page = unit.coaching_plans.list(
                within=by.scope(Right.READ_COACHING), agent=agent, team=team, coach=coach, state=state, overdue=overdue, today=self.today(),
                hidden_from=by.agent, cursor=cursor, limit=limit,
            )
            return page.of(lambda plans: _sheets(unit, plans, self.today()))

    def examples(self, plan: str, *, by: Actor) -> tuple[ShownExample, ...]:
        """The places of a plan that still stand: what was erased, judged otherwise since, moved to another agent, or (of a colleague) is
        not agreed to any more, is not among them."""
        with self._database.reading() as unit:
            found = seen_plan(unit, plan, by=by, right=Right.READ_COACHING, expected=None)
            return shown_examples(unit, found)

    def _wished(
        self, unit: Unit, agent: str, wishes: Sequence[Wish], found: CoachingSuggestion, language: str | None,
        before: Sequence[CoachingPriority] = (),
    ) -> tuple[CoachingPriority, ...]:
        words = language or spoken(unit, agent)
        kept = {one.key: one for one in (*found.priorities, *before)}
        gains = {(one.rubric, one.criterion): one for one in found.gains}
        return tuple(
            self._priority(unit, agent, wish, kept.get((wish.rubric, wish.criterion)), gains, words, place=f"priorities[{place}]")
            for place, wish in enumerate(wishes)
        )

    def _priority(
        self, unit: Unit, agent: str, wish: Wish, kept: CoachingPriority | None, gains: dict[tuple[str, str], Gain], language: str, *,
        place: str,
    ) -> CoachingPriority:
        form = form_of(unit, wish.rubric, wish.criterion, place=place)
        if form.bonus:
            raise InputError(f"{form.id!r} is a bonus: nobody misses it", field=f"{place}.criterion", hint="choose another criterion")
        known = gains.get((wish.rubric, wish.criterion))
        since = self._suggestions.since()
        if wish.examples is not None:
            examples = checked_examples(unit, agent, form.id, wish.examples, place=place)
        elif kept is not None:
            examples = kept.examples
        else:
            examples = found_examples(unit, agent, rubric=wish.rubric, form=form, language=language, since=since)
        goal = kept.goal if kept is not None and wish.share is None else _goal(wish, known)
        told = wish.behaviour or (kept.behaviour if kept is not None else behaviour(form, language))
        return CoachingPriority(rubric=wish.rubric, criterion=form.id, behaviour=told, goal=goal, gain=known, examples=examples)

    def _sheet(self, unit: Unit, plan: CoachingPlan) -> PlanSheet:
        return _sheets(unit, [plan], self.today())[0]


def seen_plan(unit: Unit, plan: str, *, by: Actor, right: Right, expected: int | None) -> CoachingPlan:
    """The plan as far as the actor may know of it; whoever is coached knows of no draft. Raises as the methods here."""
    found = unit.coaching_plans.get(plan, within=by.scope(right))
    if by.agent == found.agent and not found.seen_by_agent:
        raise NotFoundError(f"no coaching plan {plan!r}", field="plan")
    if expected is not None and found.revision != expected:
        message = f"coaching plan {plan!r} was changed meanwhile: it has revision {found.revision}, not {expected}"
        raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
    return found


def _own_work(unit: Unit, plan: str, *, by: Actor, expected: int | None) -> CoachingPlan:
    found = seen_plan(unit, plan, by=by, right=Right.COACH, expected=expected)
    rules.check_other(by, agent=found.agent)
    return found


def _coach(unit: Unit, coach: str | None, *, by: Actor, agent: str, team: str | None) -> str:
    """Who owns the plan: whoever is named, else the actor."""
    if coach is None or coach == by.id:
        rules.check_coach(by, agent=agent, team=team)
        return by.id
    user = unit.users.find(coach)
    if user is None:
        raise InputError(f"nobody is called {coach!r} here", field="coach", hint="name a coach by their user id")
    if user.agent == agent:
        raise InputError(f"{coach!r} is the agent", field="coach", hint="nobody coaches themselves")
    rules.check_coach(user.actor(), agent=agent, team=team, active=user.active)
    return user.id


def _goal(wish: Wish, known: Gain | None) -> rules.CoachingGoal:
    # From so few contacts nobody can tell where it starts.
    share = None if known is None or known.reviewed < LEAST_REVIEWED else known.share
    effective = 0.0 if known is None else float(known.reviewed)
    if wish.share is None:
        return goal_for(share, TARGET if known is None else known.goal, effective)
    start = None if share is None else round(share, 2)
    seen = None if start is None else reviews_to_see(start, wish.share, before=effective)
    return rules.CoachingGoal(share_from=start, share_to=wish.share, reviews=seen)


def _sheets(unit: Unit, plans: Sequence[CoachingPlan], today: date) -> list[PlanSheet]:
    teams = unit.coaching_plans.teams_now(one.agent for one in plans)
    users = unit.users.list(active=None)
    coaches, gone = {user.id: user.actor() for user in users if user.active}, left(users)
    return [
        PlanSheet(
            one, rules.overdue(one, today), teams.get(one.agent), _reaches(one, coaches.get(one.coach), teams.get(one.agent)),
            one.agent not in gone,
        )
        for one in plans
    ]


def _check_here(unit: Unit, agent: str) -> None:
    if agent in left(unit.users.list(active=None)):
        hint = "switch the user on again; an open plan can be dropped"
        raise ConflictError(f"agent {agent!r} has left: no user who is that agent is active", field="agent", hint=hint)


def _reaches(plan: CoachingPlan, coach: Actor | None, team: str | None) -> bool:
    if coach is None:
        # Whoever types commands on the machine is no user, and may do everything.
        return plan.coach.startswith("cli/")
    return coach.may(Right.COACH) and coach.scope(Right.COACH).holds(agent=plan.agent, team=team, final=True)


def _lacking(found: CoachingSuggestion) -> str:
    """What it would take, in words."""
    if found.reviewed == 0:
        return "no reviewed contact of this agent in the last months: review some, or name priorities yourself"
    if found.more is None:
        return "where the figures tell, the goals are reached: look again later, or name priorities yourself"
    return f"about {found.more} more reviewed contacts would tell of the next criterion; or name priorities yourself"


def _told(plan: CoachingPlan) -> dict[str, Any]:
    """What is planned, as data, without anybody's words."""
    return {
        "agent": plan.agent, "team": plan.team, "coach": plan.coach, "starts": plan.starts.isoformat(), "ends": plan.ends.isoformat(),
        "priorities": [
            {"rubric": one.rubric, "criterion": one.criterion, "goal": one.goal.model_dump(mode="json")} for one in plan.priorities
        ],
    }


def _note(unit: Unit, plan: CoachingPlan, *, at: datetime, by: Actor, action: str, **content: Any) -> None:
    told = {**content, "agent": plan.agent, "revision": plan.revision}
    unit.ledger.append(at=at, actor=by.id, action=f"coaching.{action}", subject=f"coaching_plan/{plan.id}", content=told)
