"""Sampling: plans that leads write, and what they pick of each period that is over; every run can be drawn again from its seed."""

from __future__ import annotations

import logging
import secrets
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from qa_service.domain.base import Record
from qa_service.domain.draw import Draw
from qa_service.domain.period import Period, last_over
from qa_service.domain.permission import SYSTEM, Actor, Right
from qa_service.domain.sampling import AgentFairness, Candidate, GroupFigures, sample
from qa_service.domain.sampling_plan import RiskRule, SamplingPlan
from qa_service.errors import ConflictError, InputError, QaError
from qa_service.services.booking import Booking
from qa_service.services.clock import Clock
from qa_service.services.workflow import BATCH, Workflows
from qa_service.settings import Settings
from qa_service.store.pages import Page
from qa_service.store.sampling import SamplingRun, StoredPlan
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
_WORKFLOW = "sample_on_schedule"
#: Periods back that a schedule makes up for after the service was off.
_CATCH_UP = 31


class RunView(Record):
    """A run, and what came after it."""

    run: SamplingRun
    #: Open scorecards that fit the plan and came when their period had been sampled: nobody drew them.
    late: int


class SamplePreview(Record):
    """What a plan would pick of the last period that is over, were it sampled now; nothing is put into the queue."""

    period: Period
    #: Open scorecards of the period that the plan could pick.
    eligible: int
    #: Those besides that are in the queue already.
    taken: int
    picked: int
    #: What each group would be due, and get.
    groups: tuple[GroupFigures, ...]
    #: Whether each agent would be looked at as much as planned.
    fairness: tuple[AgentFairness, ...]


class Sampling:
    """Plans and runs; the acting person has the right to manage sampling, or is refused."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock, workflows: Workflows) -> None:
        self._database = database
        self._clock = clock
        self._workflows = workflows
        # A machine without a time zone database still knows UTC.
        self._zone: tzinfo = UTC if settings.time_zone == "UTC" else ZoneInfo(settings.time_zone)
        workflows.register(_WORKFLOW, self._work_on_schedule)
        workflows.attend(self._keep_schedule)

    def plans(self, *, active: bool | None = None, cursor: str | None = None, limit: int = 50) -> Page[StoredPlan]:
        """The last made first."""
        with self._database.reading() as unit:
            return unit.sampling_plans.list(active=active, cursor=cursor, limit=limit)

    def plan(self, plan: str) -> StoredPlan:
        """One plan as it is now; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.sampling_plans.get(plan)

    def add(self, plan: SamplingPlan, *, by: Actor) -> StoredPlan:
        """A new plan, active from now on: the first period that it samples by itself is the one that ends next.

        Raises :class:`NotFoundError` for a rubric nobody knows, and :class:`InputError` for one of a channel that the plan leaves out.
        """
        by.check(Right.MANAGE_SAMPLING)
        at = self._clock()
        seeded = plan if plan.seed is not None else plan.model_copy(update={"seed": secrets.token_hex(8)})
        stored = StoredPlan(
            id=uuid.uuid4().hex, version=1, active=True, plan=seeded, created_by=by.id, created_at=at, changed_at=at, active_since=at
        )
        with self._database.unit() as unit:
            _check(unit, seeded)
            unit.sampling_plans.add(stored)
            _note(unit, stored, at=at, by=by, action="added", after=seeded.model_dump(mode="json"))
        return stored

    def change(
        self, plan: str, *, by: Actor, to: SamplingPlan | None = None, active: bool | None = None, expected: int | None = None
    ) -> StoredPlan:
        """The next version of a plan; a seed that is left out stays. Runs that were made stay as they are.

        Raises :class:`NotFoundError`, :class:`InputError`, and :class:`StaleVersionError` unless ``expected`` is the current version.
        """
        by.check(Right.MANAGE_SAMPLING)
        at = self._clock()
        with self._database.unit() as unit:
            before = unit.sampling_plans.get(plan)
            changed = before.plan if to is None else to if to.seed is not None else to.model_copy(update={"seed": before.plan.seed})
            _check(unit, changed)
            wakes = bool(active) and not before.active
            after = before.model_copy(
                update={
                    "version": (before.version if expected is None else expected) + 1, "plan": changed, "changed_at": at,
                    "active": before.active if active is None else active, "active_since": at if wakes else before.active_since,
                }
            )
            unit.sampling_plans.save(after)
            told = {"before": _written(before), "after": _written(after), "version": after.version}
            _note(unit, after, at=at, by=by, action="changed", **told)
        return after

    def runs(self, plan: str, *, cursor: str | None = None, limit: int = 50) -> Page[SamplingRun]:
        """What a plan picked, the last first; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            unit.sampling_plans.get(plan)
            return unit.sampling_runs.list(plan, cursor=cursor, limit=limit)

    def run(self, plan: str, *, by: Actor, period: str | None = None) -> RunView:
        """Sample a period that is over (the last one unless named), once: asked again, what was picked then is told.

        Raises :class:`NotFoundError`, :class:`InputError` for a name that is no period, and :class:`ConflictError` for one that is not
        over.
        """
        by.check(Right.MANAGE_SAMPLING)
        with self._database.reading() as unit:
            stored = unit.sampling_plans.get(plan)
            over = last_over(self._clock(), stored.plan.period, zone=self._zone)
            wanted = over if period is None else Period.named(period, stored.plan.period, zone=self._zone)
            if wanted.until > over.until:
                raise ConflictError(
                    f"{wanted.name} is not over until {wanted.until.isoformat()}", field="period", hint=f"the last one that is: {over.name}"
                )
            found = unit.sampling_runs.find(plan, wanted.name)
        return self.view(found if found is not None else self._sample(stored, wanted, by=by))

    def preview(self, to: SamplingPlan, *, by: Actor, plan: str | None = None) -> SamplePreview:
        """What it would pick of the last period that is over; ``plan``: the one that it is to be a version of, whose seed stays where this
        one names none. Raises :class:`NotFoundError` and :class:`InputError` as :meth:`change`."""
        by.check(Right.MANAGE_SAMPLING)
        with self._database.reading() as unit:
            _check(unit, to)
            seed = to.seed or (secrets.token_hex(8) if plan is None else unit.sampling_plans.get(plan).plan.seed)
            period = last_over(self._clock(), to.period, zone=self._zone)
            draw = Draw(seed=str(seed), plan=plan or uuid.uuid4().hex, period=period.name)
            drawn = sample(to.rule, _Frame(unit, to, period), draw=draw)
            taken = unit.sampling_frame.taken(to, since=period.since, until=period.until)
        return SamplePreview(
            period=period, eligible=drawn.eligible, taken=taken, picked=len(drawn.picks), groups=drawn.groups, fairness=drawn.fairness
        )

    def view(self, run: SamplingRun) -> RunView:
        """With what came late."""
        with self._database.reading() as unit:
            late = unit.sampling_frame.late(run.figures.plan, since=run.since, until=run.until, after=run.at)
        return RunView(run=run, late=late)

    def get_run(self, plan: str, run: str) -> RunView:
        """One run of a plan; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            found = unit.sampling_runs.get(plan, run)
        return self.view(found)

    def due(self) -> tuple[tuple[StoredPlan, Period], ...]:
        """Active plans and the periods that they have to sample now; risks come last, so that random draws are from all there is."""
        now = self._clock()
        with self._database.reading() as unit:
            plans = unit.sampling_plans.active()
            done = unit.sampling_runs.periods(one.id for one in plans) if plans else frozenset()
        open_ = [(one, period) for one in plans for period in self._over(one, now) if (one.id, period.name) not in done]
        return tuple(sorted(open_, key=_turn))

    def run_due(self) -> int:
        """Step, safe to repeat: sample what is due; how many runs that were."""
        done = 0
        for stored, period in self.due():
            try:
                self._sample(stored, period, by=SYSTEM)
            except QaError:
                # The other plans go on; this one is tried again at the next look.
                _LOG.exception("plan %s could not sample %s", stored.id, period.name)
            else:
                done += 1
        return done

    def _over(self, stored: StoredPlan, now: datetime) -> Iterator[Period]:
        """Periods of the plan that are over, late contacts waited for, the last one first."""
        period = last_over(now - timedelta(hours=stored.plan.wait_hours), stored.plan.period, zone=self._zone)
        for _ in range(_CATCH_UP):
            if period.until <= stored.active_since:
                return
            yield period
            period = period.before(zone=self._zone)

    def _keep_schedule(self) -> None:
        """Called every few seconds while workflows run: queues what is due, once for all processes."""
        due = self.due()
        if due:
            slot = "-".join(sorted({f"{stored.id[:8]}.{stored.version}.{period.name}" for stored, period in due})[:8])
            self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"sample-{int(self._clock().timestamp() // 600)}-{slot}", arguments=[])

    def _work_on_schedule(self) -> None:
        self._workflows.step("sample", self.run_due)

    def _sample(self, stored: StoredPlan, period: Period, *, by: Actor) -> SamplingRun:
        draw = Draw(seed=str(stored.plan.seed), plan=stored.id, period=period.name)
        with self._database.reading() as unit:
            drawn = sample(stored.plan.rule, _Frame(unit, stored.plan, period), draw=draw)
            taken = unit.sampling_frame.taken(stored.plan, since=period.since, until=period.until)
        with self._database.unit() as unit:
            return Booking(unit, stored, period, draw=draw, at=self._clock(), by=by).book(drawn, taken)


class _Frame:
    """The candidates of a period, read anew each time that they are walked through."""

    def __init__(self, unit: Unit, plan: SamplingPlan, period: Period) -> None:
        self._unit, self._plan, self._period = unit, plan, period

    def __iter__(self) -> Iterator[Candidate]:
        return self._unit.sampling_frame.candidates(self._plan, since=self._period.since, until=self._period.until)


def _turn(due: tuple[StoredPlan, Period]) -> tuple[bool, datetime, datetime, str]:
    stored, period = due
    return isinstance(stored.plan.rule, RiskRule), period.until, stored.created_at, stored.id


def _check(unit: Unit, plan: SamplingPlan) -> None:
    """Raises where the plan contradicts what is known; teams and queues that nobody has seen yet are fine."""
    if plan.rubric is None:
        return
    rubric = unit.rubrics.get(plan.rubric)
    if plan.channels and rubric.channel not in plan.channels:
        raise InputError(
            f"rubric {plan.rubric!r} is for {rubric.channel.value}, which the plan leaves out", field="rubric",
            hint=f"name {rubric.channel.value} among the channels, or another rubric",
        )


def _written(stored: StoredPlan) -> dict[str, object]:
    return {"active": stored.active, "plan": stored.plan.model_dump(mode="json")}


def _note(unit: Unit, stored: StoredPlan, *, at: datetime, by: Actor, action: str, **content: object) -> None:
    unit.ledger.append(at=at, actor=by.id, action=f"sampling_plan.{action}", subject=f"sampling_plan/{stored.id}", content=content)
