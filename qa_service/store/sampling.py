"""Sampling: plans by version, what they picked of each period, and the drafts that they pick from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Purpose
from qa_service.domain.risk import Told
from qa_service.domain.sampling import AgentFairness, Candidate, GroupFigures
from qa_service.domain.sampling_plan import SamplingPlan
from qa_service.domain.scorecard import Status
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import (
    ContactRow,
    InteractionRow,
    QueueItemRow,
    RiskRow,
    SamplingPlanRow,
    SamplingRunRow,
    ScorecardRow,
    core,
)

_PLANS, _RUNS = core(SamplingPlanRow).c, core(SamplingRunRow).c
_CARDS, _IT, _CONTACTS, _RISKS, _ITEMS = (core(row).c for row in (ScorecardRow, InteractionRow, ContactRow, RiskRow, QueueItemRow))
_OPEN = (Status.DRAFT.value, Status.IN_REVIEW.value)
_FINISHED = (Status.FINAL.value, Status.DISPUTED.value)
#: Bare rows fetched at a time.
_PIECE = 2_000


class StoredPlan(Record):
    """A plan, and who made it."""

    id: str
    #: Grows with every change.
    version: int
    #: Whether periods that end are sampled by themselves.
    active: bool
    #: As it is written; its seed is told.
    plan: SamplingPlan
    created_by: str
    created_at: AwareDatetime
    changed_at: AwareDatetime
    #: Only periods that end after it are sampled by themselves.
    active_since: AwareDatetime


class Unassigned(Record):
    """Work that nobody was found for."""

    #: Why.
    reason: str
    items: int


class RunFigures(Record):
    """What a run tells beyond its counts."""

    #: The plan as it was.
    plan: SamplingPlan
    #: What each group was due, and got.
    groups: tuple[GroupFigures, ...]
    #: Whether each agent is looked at as much as planned.
    fairness: tuple[AgentFairness, ...]
    #: Work that nobody was found for.
    unassigned: tuple[Unassigned, ...] = ()


class SamplingRun(Record):
    """What a plan picked of a period."""

    id: str
    #: The plan, and the version of it that was followed.
    plan: str
    version: int
    #: Name of the period, and its bounds: ``since <= contact < until``.
    period: str
    since: AwareDatetime
    until: AwareDatetime
    seed: str
    #: Open scorecards of the period that the plan could pick.
    eligible: int = Field(ge=0)
    #: Those besides that another plan had put into the queue; they were not picked again.
    taken: int = Field(ge=0)
    picked: int = Field(ge=0)
    #: Of these, to be reviewed without seeing suggestions.
    blind: int = Field(ge=0)
    figures: RunFigures
    by: str
    at: AwareDatetime


class FinalScores(NamedTuple):
    """The final scores of an agent, percent points."""

    finals: int
    deviation: float | None


#: Of whom there is none.
UNKNOWN = FinalScores(0, None)


class SamplingPlans(Repository):
    """Plans by id; those that are given up stay, inactive."""

    def add(self, plan: StoredPlan) -> None:
        """Keep a new one."""
        self._insert(SamplingPlanRow, [_plan_values(plan)])

    def get(self, plan: str) -> StoredPlan:
        """The plan as it is now; raises :class:`NotFoundError`."""
        row = self._first(SamplingPlanRow, _PLANS.id == plan)
        if row is None:
            raise NotFoundError(f"no sampling plan {plan!r}", field="plan")
        return _plan(row)

    def save(self, plan: StoredPlan) -> None:
        """Keep the next version; raises :class:`StaleVersionError` unless it follows the one that is stored."""
        where = (_PLANS.id == plan.id, _PLANS.version == plan.version - 1)
        if not self._update(SamplingPlanRow, *where, values=_plan_values(plan)):
            raise StaleVersionError(
                f"sampling plan {plan.id!r} was changed meanwhile", field="If-Match", hint="read it again and repeat the change"
            )

    def list(self, *, active: bool | None = None, cursor: str | None = None, limit: int = 50) -> Page[StoredPlan]:
        """The last made first."""
        where = () if active is None else (_PLANS.active.is_(active),)
        page = self._page(SamplingPlanRow, *where, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_plan(row) for row in rows])

    def active(self) -> tuple[StoredPlan, ...]:
        """All that sample by themselves, the first made first."""
        chosen = sa.select(SamplingPlanRow).where(_PLANS.active).order_by(_PLANS.created_at, _PLANS.id)
        return tuple(_plan(row) for row in self._session.scalars(chosen))


class SamplingRuns(Repository):
    """Runs, one for each plan and period."""

    def add(self, run: SamplingRun) -> bool:
        """Keep it; false when the period was sampled by this plan meanwhile."""
        return self._insert_new(SamplingRunRow, [_run_values(run)])

    def get(self, plan: str, run: str) -> SamplingRun:
        """One of a plan; raises :class:`NotFoundError`."""
        row = self._first(SamplingRunRow, _RUNS.id == run, _RUNS.plan_id == plan)
        if row is None:
            raise NotFoundError(f"no sampling run {run!r}", field="run")
        return _run(row)

    def find(self, plan: str, period: str) -> SamplingRun | None:
        """The run of that plan over that period, if there was one."""
        row = self._first(SamplingRunRow, _RUNS.plan_id == plan, _RUNS.period == period)
        return None if row is None else _run(row)

    def periods(self, plans: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Plan and period of every run of those plans."""
        chosen = sa.select(_RUNS.plan_id, _RUNS.period).where(_RUNS.plan_id.in_(list(plans)))
        return frozenset((plan, period) for plan, period in self._session.execute(chosen))

    def list(self, plan: str, *, cursor: str | None = None, limit: int = 50) -> Page[SamplingRun]:
        """The last first."""
        page = self._page(SamplingRunRow, _RUNS.plan_id == plan, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_run(row) for row in rows])

    def told(self, run: SamplingRun) -> None:
        """What became of the picks."""
        values = {"picked": run.picked, "blind": run.blind, "data": run.figures.model_dump_json()}
        self._update(SamplingRunRow, _RUNS.id == run.id, values=values)


class SamplingFrame(Repository):
    """The open scorecards of a period, as bare rows that are never held together."""

    def candidates(self, plan: SamplingPlan, *, since: datetime, until: datetime) -> Iterator[Candidate]:
        """Those that count, are open, fit the plan and are in the queue for no plan yet, in no order."""
        columns = (
            _CARDS.id, _CARDS.interaction_id, _CARDS.rubric_id, _CARDS.agent_id, _CARDS.team, _CARDS.channel, _CARDS.language, _IT.queue,
            _CONTACTS.topic, _CARDS.critical_misses != "[]", _CARDS.doubt, _RISKS.complaint, _RISKS.churn, _RISKS.escalation,
        )
        chosen = (
            sa.select(*columns).select_from(core(ScorecardRow))
            .join(core(InteractionRow), _IT.id == _CARDS.interaction_id)
            .outerjoin(core(ContactRow), _CONTACTS.interaction_id == _CARDS.interaction_id)
            .outerjoin(core(RiskRow), _RISKS.interaction_id == _CARDS.interaction_id)
            .where(*_frame(plan, since, until), ~_queued())
        )
        for row in self._session.execute(chosen, execution_options={"yield_per": _PIECE}):
            risks = Told(row[11] or 0, row[12] or 0, row[13] or 0)
            yield Candidate._make((*row[:9], bool(row[9]), row[10], risks))

    def taken(self, plan: SamplingPlan, *, since: datetime, until: datetime) -> int:
        """Those that another plan has put into the queue."""
        return self._count(*_frame(plan, since, until), _queued())

    def late(self, plan: SamplingPlan, *, since: datetime, until: datetime, after: datetime) -> int:
        """Those that came after the period was sampled."""
        return self._count(*_frame(plan, since, until), _CARDS.created_at > after, ~_queued())

    def final_scores(self, agents: Iterable[str], *, since: datetime, until: datetime) -> dict[str, FinalScores]:
        """How many live final scores of each agent there are in a time, and how far they spread."""
        found: dict[str, FinalScores] = {}
        sums = (sa.func.count(_CARDS.score), sa.func.sum(_CARDS.score), sa.func.sum(_CARDS.score * _CARDS.score))
        told = (_CARDS.status.in_(_FINISHED), _CARDS.is_latest, _CARDS.happened_at >= since, _CARDS.happened_at < until)
        live = _CARDS.purpose == Purpose.LIVE.value
        for ids in chunks(sorted(set(agents))):
            chosen = sa.select(_CARDS.agent_id, *sums).where(_CARDS.agent_id.in_(ids), *told, live, _CARDS.score.is_not(None))
            for agent, count, total, squares in self._session.execute(chosen.group_by(_CARDS.agent_id)):
                found[agent] = FinalScores(count, _deviation(int(count), int(total), int(squares)))
        return found

    def _count(self, *where: sa.ColumnElement[bool]) -> int:
        chosen = sa.select(sa.func.count()).select_from(core(ScorecardRow)).join(core(InteractionRow), _IT.id == _CARDS.interaction_id)
        return int(self._session.scalar(chosen.where(*where)) or 0)


def _deviation(count: int, total: int, squares: int) -> float | None:
    """Standard deviation in percent points of thousandths, exact up to the root."""
    if count < 2:
        return None
    return float(((squares * count - total * total) / (count * (count - 1))) ** 0.5 / 1000)


def _queued() -> sa.ColumnElement[bool]:
    same = (_ITEMS.interaction_id == _CARDS.interaction_id) & (_ITEMS.rubric_id == _CARDS.rubric_id)
    # As in the unique index, word for word: SQLite compares the text.
    return sa.select(_ITEMS.id).where(same, sa.text("queue_items.state <> 'withdrawn'")).exists()


def _frame(plan: SamplingPlan, since: datetime, until: datetime) -> tuple[sa.ColumnElement[bool], ...]:
    lists: tuple[tuple[sa.ColumnElement[Any], Iterable[str]], ...] = (
        (_CARDS.channel, plan.channels), (_CARDS.team, plan.teams), (_CARDS.language, plan.languages), (_IT.queue, plan.queues),
        (_CARDS.rubric_id, () if plan.rubric is None else (plan.rubric,)), (_CARDS.purpose, plan.purposes),
    )
    chosen = (column.in_([str(one) for one in wanted]) for column, wanted in lists if wanted)
    return (_CARDS.status.in_(_OPEN), _CARDS.is_latest, ~_CARDS.erased, _CARDS.happened_at >= since, _CARDS.happened_at < until, *chosen)


def _plan_values(plan: StoredPlan) -> dict[str, Any]:
    return {**plan.model_dump(exclude={"plan"}), "data": plan.plan.model_dump_json()}


def _plan(row: SamplingPlanRow) -> StoredPlan:
    return StoredPlan(
        id=row.id, version=row.version, active=row.active, plan=SamplingPlan.model_validate_json(row.data), created_by=row.created_by,
        created_at=row.created_at, changed_at=row.changed_at, active_since=row.active_since,
    )


def _run_values(run: SamplingRun) -> dict[str, Any]:
    return {
        "id": run.id, "plan_id": run.plan, "plan_version": run.version, "period": run.period, "since": run.since, "until": run.until,
        "seed": run.seed, "eligible": run.eligible, "taken": run.taken, "picked": run.picked, "blind": run.blind,
        "data": run.figures.model_dump_json(), "created_by": run.by, "created_at": run.at,
    }


def _run(row: SamplingRunRow) -> SamplingRun:
    return SamplingRun(
        id=row.id, plan=row.plan_id, version=row.plan_version, period=row.period, since=row.since, until=row.until, seed=row.seed,
        eligible=row.eligible, taken=row.taken, picked=row.picked, blind=row.blind, figures=RunFigures.model_validate_json(row.data),
        by=row.created_by, at=row.created_at,
    )
