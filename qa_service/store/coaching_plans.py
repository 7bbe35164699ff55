"""Coaching plans: one open at a time for each agent, changed by compare-and-swap, listed with the most urgent first."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from qa_service.domain.coaching_plan import OPEN, CoachingPlan, CoachingPriority, PlanState
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Acknowledgement
from qa_service.errors import ConflictError, NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.tables import AgentRow, CoachingPlanRow, CoachingPriorityRow, core

_IT, _PRIORITIES, _AGENTS = core(CoachingPlanRow).c, core(CoachingPriorityRow).c, core(AgentRow).c
_OPEN = tuple(state.value for state in OPEN)
_LISTED = TypeAdapter(tuple[CoachingPriority, ...])
#: Far enough for any time a plan closes at to lie before what is open.
_FAR, _EPOCH, _NEVER = datetime(9000, 1, 1, tzinfo=UTC), datetime(1970, 1, 1, tzinfo=UTC), date(2900, 1, 1)


class CoachingPlans(Repository):
    """Plans by id. Reach goes by the team in which the agent is now; agents see those of theirs that were started."""

    def add(self, plan: CoachingPlan) -> CoachingPlan:
        """Keep a new one; raises :class:`ConflictError` while another one of the same agent is open."""
        if not self._insert_new(CoachingPlanRow, [_values(plan)]):
            hint = "go on with that one, or end it first"
            raise ConflictError(f"agent {plan.agent!r} has an open plan already", field="agent", hint=hint)
        self._insert(CoachingPriorityRow, _priority_values(plan))
        return plan

    def get(self, plan: str, *, within: Scope | None = None) -> CoachingPlan:
        """Raises :class:`NotFoundError`, for one outside ``within``, too."""
        row = self._first(CoachingPlanRow, _IT.id == plan, *_within(within))
        if row is None:
            raise NotFoundError(f"no coaching plan {plan!r}", field="plan")
        return _plan(row)

    def open_of(self, agent: str) -> CoachingPlan | None:
        """The open one of an agent, if there is one."""
        row = self._first(CoachingPlanRow, _IT.agent_id == agent, _IT.state.in_(_OPEN))
        return None if row is None else _plan(row)

    def save(self, plan: CoachingPlan) -> CoachingPlan:
        """Keep a change of the revision that the plan bears; the plan as it is now, one revision on.

        Raises :class:`NotFoundError`, and :class:`StaleVersionError` when somebody else was quicker.
        """
        made = plan.model_copy(update={"revision": plan.revision + 1})
        if not self._update(CoachingPlanRow, _IT.id == plan.id, _IT.revision == plan.revision, values=_values(made)):
            now = self.get(plan.id).revision
            message = f"coaching plan {plan.id!r} was changed meanwhile: it has revision {now}, not {plan.revision}"
            raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
        self._execute(sa.delete(core(CoachingPriorityRow)).where(_PRIORITIES.plan_id == plan.id))
        self._insert(CoachingPriorityRow, _priority_values(made))
        return made

    def list(
        self, *, within: Scope | None = None, agent: str | None = None, team: str | None = None, coach: str | None = None,
        state: PlanState | None = None, overdue: bool | None = None, today: date, hidden_from: str | None = None,
        cursor: str | None = None, limit: int = 50,
    ) -> Page[CoachingPlan]:
        """Open ones first, the sooner due the earlier (so the overdue before all), then the last closed. ``team``: the agent's of now;
        ``hidden_from``: an agent who does not know of what was not started."""
        where = given(
            (agent, _IT.agent_id.__eq__), (team, lambda one: _IT.agent_id.in_(_members([one]))), (coach, _IT.coach.__eq__),
            (state, _IT.state.__eq__), (overdue, lambda late: _late(today) if late else ~_late(today)),
            (hidden_from, lambda one: (_IT.agent_id != one) | _IT.started_at.is_not(None)),
        )
        page = self._page(CoachingPlanRow, *where, *_within(within), by="urgency", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_plan(row) for row in rows])

    def coached(self, rubric: str, criterion: str, *, since: date, until: date) -> frozenset[str]:
        """Agents who had a started plan on a criterion at any time from one day to another."""
        both = core(CoachingPlanRow).join(core(CoachingPriorityRow), _PRIORITIES.plan_id == _IT.id)
        on_it = (_PRIORITIES.rubric_id == rubric, _PRIORITIES.criterion_id == criterion, _IT.started_at.is_not(None))
        begin = datetime.combine(since, time(), tzinfo=UTC)
        during = (_IT.starts <= until, _IT.closed_at.is_(None) | (_IT.closed_at >= sa.literal(begin, _IT.closed_at.type)))
        return frozenset(self._session.scalars(sa.select(_IT.agent_id).select_from(both).where(*on_it, *during)))


    def started(self, *, within: Scope | None = None, since: date, until: date, most: int) -> tuple[CoachingPlan, ...]:
        """Plans that were started, with a first day from one day to another (both included), the last first."""
        where = (_IT.started_at.is_not(None), _IT.starts >= since, _IT.starts <= until, *_within(within))
        chosen = sa.select(CoachingPlanRow).where(*where).order_by(_IT.starts.desc(), _IT.id).limit(most)
        return tuple(map(_plan, self._session.scalars(chosen)))

    def teams_now(self, agents: Iterable[str]) -> dict[str, str | None]:
        """The team that each agent is in now."""
        found: dict[str, str | None] = {}
        for some in chunks(sorted(set(agents))):
            chosen = sa.select(_AGENTS.id, _AGENTS.team).where(_AGENTS.id.in_(some))
            found.update((row.id, row.team) for row in self._session.execute(chosen))
        return found


def agents_of(scope: Scope | None, agent: sa.ColumnElement[Any]) -> tuple[sa.ColumnElement[bool], ...]:
    """The condition that an agent lies within a scope: that agent, or one of its teams as they are now."""
    if scope is None or scope.whole:
        return ()
    return (agent == scope.agent,) if scope.agent is not None else (agent.in_(_members(scope.teams or ())),)


def _members(teams: Iterable[str]) -> sa.Select[Any]:
    return sa.select(_AGENTS.id).where(_AGENTS.team.in_(sorted(teams)))


def _within(scope: Scope | None) -> tuple[sa.ColumnElement[bool], ...]:
    started = (_IT.started_at.is_not(None),) if scope is not None and scope.finals_only else ()
    return (*agents_of(scope, _IT.agent_id), *started)


def _late(today: date) -> sa.ColumnElement[bool]:
    return sa.func.coalesce(_IT.due, sa.literal(_NEVER, _IT.due.type)) < today


def _urgency(plan: CoachingPlan) -> datetime:
    if plan.closed_at is not None:
        return plan.closed_at
    return _FAR - (datetime.combine(plan.due or plan.ends, time(), tzinfo=UTC) - _EPOCH)


def _values(it: CoachingPlan) -> dict[str, Any]:
    return {
        "id": it.id, "agent_id": it.agent, "team": it.team, "coach": it.coach, "state": it.state.value, "starts": it.starts,
        "ends": it.ends,
        "priorities": json.dumps(_LISTED.dump_python(it.priorities, mode="json"), ensure_ascii=False, separators=(",", ":")),
        "created_by": it.created_by, "created_at": it.created_at, "started_at": it.started_at, "closed_by": it.closed_by,
        "closed_at": it.closed_at, "outcome": it.outcome, "follow_up": it.follow_up, "due": it.due, "urgency": _urgency(it),
        "acknowledged": None if it.acknowledged is None else it.acknowledged.model_dump_json(), "revision": it.revision,
    }


def _priority_values(plan: CoachingPlan) -> Sequence[dict[str, Any]]:
    return [{"plan_id": plan.id, "rubric_id": one.rubric, "criterion_id": one.criterion} for one in plan.priorities]


def _plan(row: CoachingPlanRow) -> CoachingPlan:
    return CoachingPlan(
        id=row.id, agent=row.agent_id, team=row.team, coach=row.coach, state=PlanState(row.state), starts=row.starts, ends=row.ends,
        priorities=_LISTED.validate_json(row.priorities), created_by=row.created_by, created_at=row.created_at, started_at=row.started_at,
        closed_by=row.closed_by, closed_at=row.closed_at, outcome=row.outcome, follow_up=row.follow_up,
        acknowledged=None if row.acknowledged is None else Acknowledgement.model_validate_json(row.acknowledged), revision=row.revision,
    )
