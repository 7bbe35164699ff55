"""Jobs as read by whoever waits for them; what failed is begun again, and what waits is stopped, if somebody says so."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from qa_service.domain.base import Record
from qa_service.domain.permission import Actor
from qa_service.errors import ConflictError
from qa_service.services.clock import Clock
from qa_service.store.faults import Fault
from qa_service.store.interactions import State
from qa_service.store.jobs import Job, JobState
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Code of the fault of what somebody stopped before it began.
CANCELLED = "cancelled"


class Retried(Record):
    """Jobs that were begun again."""

    #: The new job, by the id of the one that failed.
    jobs: dict[str, str]


class JobShelf:
    """Reads jobs, and acts on them."""

    def __init__(self, *, database: Database, clock: Clock, dispatch: Callable[[Sequence[Job]], None]) -> None:
        self._database = database
        self._clock = clock
        self._dispatch = dispatch

    def list(
        self, *, kind: str | None = None, state: JobState | None = None, interaction: str | None = None, batch: str | None = None,
        code: str | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[Job]:
        """The last asked for first; ``code``: of the fault that stopped them."""
        with self._database.reading() as unit:
            return unit.jobs.list(kind=kind, state=state, interaction=interaction, batch=batch, code=code, cursor=cursor, limit=limit)

    def get(self, job: str) -> Job:
        """One job; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.jobs.get(job)

    def repeatable(self, jobs: Iterable[Job]) -> frozenset[str]:
        """Those that can be begun again as things are now, by id."""
        with self._database.reading() as unit:
            return frozenset(renewed(unit, jobs, at=self._clock()))

    def retry(self, job: str, *, by: Actor) -> Retried:
        """Begin a job that failed again, as a new one; raises :class:`NotFoundError`, and :class:`ConflictError` where that is not so, or
        where its interaction was erased or has had another job since."""
        with self._database.unit() as unit:
            found = unit.jobs.get(job)
            made = self._again(unit, [found], by=by)
            if not made:
                raise ConflictError(f"job {job!r} cannot be begun again", field="job", hint="only one that failed, and was the last")
        self._dispatch(list(made.values()))
        return Retried(jobs={old: new.id for old, new in made.items()})

    def retry_many(
        self, *, by: Actor, kind: str | None = None, batch: str | None = None, code: str | None = None, limit: int = 500
    ) -> Retried:
        """Begin again what failed, the last first, as far as it can be; nothing more is there to do when there is nobody in the answer."""
        with self._database.unit() as unit:
            cursor: str | None = None
            made: dict[str, Job] = {}
            # What cannot be begun again must not hide what can.
            while len(made) < limit:
                page = unit.jobs.list(state=JobState.FAILED, kind=kind, batch=batch, code=code, cursor=cursor, limit=500)
                made |= self._again(unit, page.items, by=by, most=limit - len(made))
                cursor = page.next
                if cursor is None:
                    break
        self._dispatch(list(made.values()))
        return Retried(jobs={old: new.id for old, new in made.items()})

    def cancel(self, job: str, *, by: Actor) -> Job:
        """Stop a job that nothing has begun; raises :class:`NotFoundError`, and :class:`ConflictError` where something has."""
        at = self._clock()
        fault = Fault(code=CANCELLED, message=f"{by.id} stopped this before it was begun", hint="try it again")
        with self._database.unit() as unit:
            found = unit.jobs.get(job)
            if not unit.jobs.cancel_one(job, fault, at=at):
                raise ConflictError(f"job {job!r} does not wait any more", field="job")
            if found.interaction is not None:
                unit.interactions.set_state(found.interaction, State.FAILED, error=fault)
            unit.ledger.append(
                at=at, actor=by.id, action="job.cancelled", subject=f"job/{job}", content={"kind": found.kind},
                interaction=found.interaction,
            )
            return unit.jobs.get(job)

    def _again(self, unit: Unit, jobs: Sequence[Job], *, by: Actor, most: int | None = None) -> dict[str, Job]:
        """New jobs by the ids of the old ones, as far as there can be any."""
        at = self._clock()
        made = dict(list(renewed(unit, jobs, at=at).items())[:most])
        unit.jobs.add_many(list(made.values()))
        for old, new in made.items():
            if new.batch is not None:
                unit.batches.replace_job(new.batch, old, new.id)
            unit.ledger.append(
                at=at, actor=by.id, action="job.retried", subject=f"job/{new.id}", content={"failed": old}, interaction=new.interaction
            )
        unit.interactions.set_states([job.interaction for job in made.values() if job.interaction is not None], State.RECEIVED)
        return made


def renewed(unit: Unit, jobs: Iterable[Job], *, at: datetime) -> dict[str, Job]:
    """New jobs, not stored yet, for those that failed, were the last of their interactions, and whose content is still there; by the ids
    of the old ones."""
    failed = [job for job in jobs if job.state is JobState.FAILED and job.interaction is not None]
    stored = unit.interactions.some(job.interaction for job in failed if job.interaction is not None)
    last = unit.jobs.last_for(stored)
    return {
        job.id: copy_of(job, at=at)
        for job in failed
        if job.interaction in stored and stored[job.interaction].state is not State.ERASED and last[job.interaction].id == job.id
    }


def copy_of(job: Job, *, at: datetime, batch: str | None = None) -> Job:
    """The same work, not begun yet; ``batch``: the one it is done for now."""
    return Job(
        id=uuid.uuid4().hex, kind=job.kind, interaction=job.interaction, batch=batch or job.batch, created_at=at, options=job.options,
        priority=job.priority,
    )
