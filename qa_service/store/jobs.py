"""Jobs: one piece of work each, and how far it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.errors import NotFoundError
from qa_service.store.faults import Fault
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.tables import JobRow, core

_JOBS = core(JobRow).c


class JobState(StrEnum):
    """How far a job, a batch or one of its items is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Urgency(StrEnum):
    """How urgent a job is among those that wait."""

    #: Before all others.
    URGENT = "urgent"
    #: What comes by itself, unless told otherwise.
    NORMAL = "normal"
    #: What comes in a batch, unless told otherwise.
    LOW = "low"


class Job(Record):
    """One piece of work."""

    #: Unique id.
    id: str
    #: What is done: ``process``, ``batch`` ...
    kind: str
    #: How far it is.
    state: JobState = JobState.QUEUED
    #: The interaction it works on.
    interaction: str | None = None
    #: The batch it belongs to.
    batch: str | None = None
    #: What whoever asked wants differently (``rubric``, ``engine``).
    options: dict[str, str] = Field(default_factory=dict)
    #: How urgent it is among those that wait.
    priority: Urgency = Urgency.NORMAL
    #: How often a process began it: more than once where one died.
    starts: int = 0
    #: When it was asked for.
    created_at: AwareDatetime
    #: When it began.
    started_at: AwareDatetime | None = None
    #: When it ended, well or not.
    finished_at: AwareDatetime | None = None
    #: The step it is in, or stopped in.
    step: str | None = None
    #: What stopped it.
    error: Fault | None = None


class Open(NamedTuple):
    """Jobs of a kind that are open."""

    waiting: int = 0
    running: int = 0
    #: When the one that waits longest was asked for.
    oldest: datetime | None = None


class Jobs(Repository):
    """Jobs by id."""

    def add(self, job: Job) -> None:
        """Keep a new job."""
        self.add_many([job])

    def add_many(self, jobs: Sequence[Job]) -> None:
        """Keep new jobs."""
        self._insert(JobRow, [_values(job) for job in jobs])

    def get(self, job: str) -> Job:
        """The job; raises :class:`NotFoundError`."""
        row = self._first(JobRow, _JOBS.id == job)
        if row is None:
            raise NotFoundError(f"no job {job!r}", field="job")
        return _job(row)

    def list(
        self, *, kind: str | None = None, state: JobState | None = None, interaction: str | None = None, batch: str | None = None,
        code: str | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[Job]:
        """The last asked for first; ``code``: of the fault that stopped them."""
        where = given(
            (kind, _JOBS.kind.__eq__), (state, _JOBS.state.__eq__), (interaction, _JOBS.interaction_id.__eq__),
            (batch, _JOBS.batch_id.__eq__), (code, _with_code),
        )
        return self._page(JobRow, *where, by="created_at", cursor=cursor, limit=limit).of(lambda rows: [_job(row) for row in rows])

    def start(self, job: str, *, at: datetime) -> None:
        """It began (again, after a crash). Raises :class:`NotFoundError`, as all that follow."""
        self._set(job, state=JobState.RUNNING.value, started_at=at, finished_at=None, error=None)

    def begin(self, jobs: Iterable[str], *, at: datetime) -> tuple[Job, ...]:
        """A process begins them (again); those that are open, as they are now."""
        wanted = tuple(jobs)
        open_ = _JOBS.state.in_([JobState.QUEUED.value, JobState.RUNNING.value])
        for ids in chunks(wanted):
            self._update(JobRow, _JOBS.id.in_(ids), open_, values={"starts": _JOBS.starts + 1, "started_at": at})
        return tuple(_job(row) for ids in chunks(wanted) for row in self._all(JobRow, _JOBS.id.in_(ids), open_))

    def step(self, job: str, step: str) -> None:
        """It came to a step."""
        self._set(job, step=step)

    def finish(self, job: str, *, at: datetime) -> None:
        """It is done."""
        self._set(job, state=JobState.DONE.value, finished_at=at, error=None)

    def finish_many(self, jobs: Iterable[str], *, at: datetime) -> None:
        """They are done."""
        for ids in chunks(jobs):
            self._update(JobRow, _JOBS.id.in_(ids), values={"state": JobState.DONE.value, "finished_at": at, "error": None})

    def some(self, jobs: Iterable[str]) -> tuple[Job, ...]:
        """Those of the jobs that are there, in any order."""
        return tuple(_job(row) for ids in chunks(jobs) for row in self._all(JobRow, _JOBS.id.in_(ids)))

    def last_for(self, interactions: Iterable[str]) -> dict[str, Job]:
        """The job asked for last, of each interaction that has one."""
        rows = (row for ids in chunks(interactions) for row in self._all(JobRow, _JOBS.interaction_id.in_(ids)))
        jobs = sorted((_job(row) for row in rows), key=lambda job: (job.created_at, job.id))
        return {job.interaction: job for job in jobs if job.interaction is not None}

    def fail(self, job: str, error: Fault, *, at: datetime) -> None:
        """It was stopped by an error."""
        self._set(job, state=JobState.FAILED.value, finished_at=at, error=Fault.write(error))

    def cancel(self, batch: str, error: Fault, *, at: datetime) -> tuple[Job, ...]:
        """Those jobs of a batch that nothing has begun are stopped; which they were."""
        waiting = (_JOBS.batch_id == batch, _JOBS.state == JobState.QUEUED.value)
        chosen = [_job(row) for row in self._all(JobRow, *waiting)]
        values = {"state": JobState.FAILED.value, "finished_at": at, "error": Fault.write(error)}
        # One that began between the two is left alone.
        return tuple(job for job in chosen if self._update(JobRow, _JOBS.id == job.id, *waiting, values=values))

    def cancel_one(self, job: str, error: Fault, *, at: datetime) -> bool:
        """Stop a job that nothing has begun; false where something has."""
        values = {"state": JobState.FAILED.value, "finished_at": at, "error": Fault.write(error)}
        return bool(self._update(JobRow, _JOBS.id == job, _JOBS.state == JobState.QUEUED.value, values=values))

    def open(self) -> dict[str, Open]:
        """What waits and is under way, by kind."""
        table = core(JobRow)
        chosen = sa.select(table.c.kind, table.c.state, sa.func.count(), sa.func.min(table.c.created_at))
        rows = self._session.execute(
            chosen.where(table.c.state.in_([JobState.QUEUED.value, JobState.RUNNING.value])).group_by(table.c.kind, table.c.state)
        ).all()
        found: dict[str, Open] = {}
        for kind, state, count, oldest in rows:
            before = found.get(kind, Open())
            if state == JobState.QUEUED.value:
                found[kind] = before._replace(waiting=count, oldest=oldest)
            else:
                found[kind] = before._replace(running=count)
        return found

    def waiting(self, *, most: int) -> int:
        """How many are open, counted up to ``most``."""
        open_ = sa.select(_JOBS.id).where(_JOBS.state.in_([JobState.QUEUED.value, JobState.RUNNING.value])).limit(most)
        return int(self._session.scalar(sa.select(sa.func.count()).select_from(open_.subquery())) or 0)

    def ended(self, batch: str, *, limit: int) -> tuple[Job, ...]:
        """Jobs of a batch that are done, the last first."""
        chosen = sa.select(JobRow).where(_JOBS.batch_id == batch, _JOBS.state == JobState.DONE.value)
        return tuple(_job(row) for row in self._session.scalars(chosen.order_by(_JOBS.finished_at.desc()).limit(limit)))

    def oldest(self, *, priority: Urgency, before: datetime, limit: int) -> tuple[Job, ...]:
        """Open jobs of a priority that were asked for before a moment, the oldest first."""
        open_ = _JOBS.state.in_([JobState.QUEUED.value, JobState.RUNNING.value])
        chosen = sa.select(JobRow).where(open_, _JOBS.priority == priority.value, _JOBS.created_at < before)
        return tuple(_job(row) for row in self._session.scalars(chosen.order_by(_JOBS.created_at).limit(limit)))

    def count(self, batch: str) -> int:
        """Jobs of a batch."""
        found = self._session.scalar(sa.select(sa.func.count()).select_from(core(JobRow)).where(_JOBS.batch_id == batch))
        return int(found or 0)

    def _set(self, job: str, **values: object) -> None:
        if not self._update(JobRow, _JOBS.id == job, values=values):
            raise NotFoundError(f"no job {job!r}", field="job")


def _with_code(code: str) -> sa.ColumnElement[bool]:
    """Faults are written as JSON, always in the same way."""
    return _JOBS.error.contains(f'"code":{json.dumps(code)}', autoescape=True)


def _values(job: Job) -> dict[str, Any]:
    return {
        "id": job.id, "kind": job.kind, "state": job.state.value, "interaction_id": job.interaction, "batch_id": job.batch,
        "created_at": job.created_at, "started_at": job.started_at, "finished_at": job.finished_at, "step": job.step,
        "error": Fault.write(job.error), "options": json.dumps(job.options, sort_keys=True),
        "priority": job.priority.value, "starts": job.starts,
    }


def _job(row: JobRow) -> Job:
    return Job(
        id=row.id, kind=row.kind, state=JobState(row.state), interaction=row.interaction_id, batch=row.batch_id, created_at=row.created_at,
        started_at=row.started_at, finished_at=row.finished_at, step=row.step, error=Fault.read(row.error),
        options=json.loads(row.options), priority=Urgency(row.priority), starts=row.starts,
    )
