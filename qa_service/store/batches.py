"""Batches: many files taken in together, and what became of each."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.errors import NotFoundError
from qa_service.store.faults import Fault
from qa_service.store.jobs import JobState
from qa_service.store.pages import Page, check_limit, decode_position, encode_position
from qa_service.store.repository import Repository, given
from qa_service.store.tables import BatchItemRow, BatchRow, JobRow, core

_BATCHES, _ITEMS, _JOBS = core(BatchRow).c, core(BatchItemRow).c, core(JobRow).c
#: An item with a job is as far as its job; the job's row is the one that is kept up to date.
_STATE = sa.func.coalesce(_JOBS.state, _ITEMS.state)
#: Files of one page while all of them are walked through.
_PIECE = 200


class Cause(StrEnum):
    """Why a file of a batch is worked on, or why not."""

    #: Nobody brought its content before.
    NEW = "new"
    #: Its content was there, but no scorecard of what was asked for.
    MISSING = "missing"
    #: It was scored by an earlier version of the rubric, and is scored again.
    RUBRIC = "rubric"
    #: It was scored by the rubric in force, but by another speech engine or analysis, and is scored again.
    ENGINE = "engine"
    #: It is scored as asked for, or somebody is at it: nothing is done.
    THERE = "there"
    #: It was scored by an earlier version of rubric or engine, and stays as it is.
    OUTDATED = "outdated"


class Batch(Record):
    """Many files taken in together."""

    #: Unique id.
    id: str
    #: Name of the folder or manifest.
    name: str
    #: How far it is.
    state: JobState = JobState.QUEUED
    #: Files.
    total: int = Field(ge=0)
    #: When it was asked for.
    created_at: AwareDatetime
    #: Who brought them; null where nobody wrote it down.
    actor: str | None = None


class BatchItem(Record):
    """One file of a batch."""

    #: Place in the batch, from 0.
    position: int = Field(ge=0)
    #: The file, as the batch names it.
    file: str
    #: How far it is.
    state: JobState = JobState.QUEUED
    #: What it became.
    interaction: str | None = None
    #: The job that works on it.
    job: str | None = None
    #: What stopped it.
    error: Fault | None = None
    #: The manifest that lists it.
    manifest: str | None = None
    #: Line it starts on: in the manifest, else in its file, where that holds several.
    line: int | None = None
    #: Why it is worked on, or why not; null where nobody wrote it down.
    cause: Cause | None = None
    #: The step that its job is in, or stopped in.
    step: str | None = None
    #: The same content was there before, or stands further up in the batch: nothing was added.
    duplicate: bool = False


class Batches(Repository):
    """Batches by id."""

    def add(self, batch: Batch, items: Sequence[BatchItem] = ()) -> None:
        """Keep a new batch with its files."""
        values = {
            "id": batch.id, "name": batch.name, "state": batch.state.value, "total": batch.total, "created_at": batch.created_at,
            "actor": batch.actor,
        }
        self._insert(BatchRow, [values])
        self.add_items(batch.id, items)

    def add_items(self, batch: str, items: Sequence[BatchItem]) -> None:
        """Keep more files of it; its total was told before."""
        rows = [
            {
                "batch_id": batch, "position": one.position, "file": one.file, "interaction_id": one.interaction, "job_id": one.job,
                "state": one.state.value, "error": Fault.write(one.error), "line": one.line, "manifest": one.manifest,
                "cause": None if one.cause is None else one.cause.value,
            }
            for one in items
        ]
        self._insert(BatchItemRow, rows)

    def get(self, batch: str) -> Batch:
        """The batch; raises :class:`NotFoundError`."""
        row = self._first(BatchRow, _BATCHES.id == batch)
        if row is None:
            raise NotFoundError(f"no batch {batch!r}", field="batch")
        return _batch(row)

    def find(self, batch: str) -> Batch | None:
        """The batch, if there is one."""
        row = self._first(BatchRow, _BATCHES.id == batch)
        return None if row is None else _batch(row)

    def list(self, *, state: JobState | None = None, cursor: str | None = None, limit: int = 50) -> Page[Batch]:
        """The last asked for first."""
        page = self._page(BatchRow, *given((state, _BATCHES.state.__eq__)), by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_batch(row) for row in rows])

    def count(self, batch: str, total: int) -> None:
        """So many files came; raises :class:`NotFoundError`."""
        if not self._update(BatchRow, _BATCHES.id == batch, values={"total": total}):
            raise NotFoundError(f"no batch {batch!r}", field="batch")

    def set_state(self, batch: str, state: JobState) -> None:
        """Move on; raises :class:`NotFoundError`."""
        if not self._update(BatchRow, _BATCHES.id == batch, values={"state": state.value}):
            raise NotFoundError(f"no batch {batch!r}", field="batch")

    def items(
        self, batch: str, *, state: JobState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[BatchItem]:
        """Its files in order."""
        start = -1 if cursor is None else decode_position(cursor)
        where = (_ITEMS.batch_id == batch, _ITEMS.position > start, *given((state, _ITEMS.state.__eq__)))
        chosen = sa.select(BatchItemRow).where(*where).order_by(_ITEMS.position).limit(check_limit(limit) + 1)
        found = tuple(_item(row) for row in self._session.scalars(chosen))
        return Page(items=found[:limit], next=encode_position(found[limit - 1].position) if len(found) > limit else None)

    def taken(self, batch: str) -> int:
        """How many of its files were taken in so far: the first ones, without a gap."""
        last = self._session.scalar(sa.select(sa.func.max(_ITEMS.position)).where(_ITEMS.batch_id == batch))
        return 0 if last is None else int(last) + 1

    def begin(self, batch: str, total: int) -> bool:
        """All its files were taken in, so many: it is running from now on. False where it waited no more, stopped by somebody."""
        waiting = (_BATCHES.id == batch, _BATCHES.state == JobState.QUEUED.value)
        return bool(self._update(BatchRow, *waiting, values={"total": total, "state": JobState.RUNNING.value}))

    def settle(self, batch: str) -> None:
        """Its files are as far as their jobs, for good; the batch is done."""
        job = sa.select(_JOBS.state).where(_JOBS.id == _ITEMS.job_id).scalar_subquery()
        error = sa.select(_JOBS.error).where(_JOBS.id == _ITEMS.job_id).scalar_subquery()
        values = {"state": sa.func.coalesce(job, _ITEMS.state), "error": sa.func.coalesce(_ITEMS.error, error)}
        self._update(BatchItemRow, _ITEMS.batch_id == batch, _ITEMS.job_id.is_not(None), values=values)
        self.set_state(batch, JobState.DONE)

    def walk(self, batch: str) -> Iterator[tuple[BatchItem, ...]]:
        """All its files in order, piece by piece, each as far as its job is by now."""
        cursor: str | None = None
        while True:
            page = self.outcomes(batch, cursor=cursor, limit=_PIECE)
            yield tuple(page.items)
            cursor = page.next
            if cursor is None:
                return

    def causes(self, batch: str) -> Mapping[Cause, int]:
        """Files by why they are worked on or not; those that are there."""
        chosen = sa.select(_ITEMS.cause, sa.func.count()).where(_ITEMS.batch_id == batch, _ITEMS.cause.is_not(None)).group_by(_ITEMS.cause)
        return {Cause(cause): count for cause, count in self._session.execute(chosen)}

    def ended_since(self, batch: str, moment: datetime) -> int:
        """Jobs of it that were done from that moment on."""
        done = (_JOBS.batch_id == batch, _JOBS.state == JobState.DONE.value, _JOBS.finished_at >= moment)
        return int(self._session.scalar(sa.select(sa.func.count()).select_from(core(JobRow)).where(*done)) or 0)

    def outcomes(self, batch: str, *, state: JobState | None = None, cursor: str | None = None, limit: int = 50) -> Page[BatchItem]:
        """Its files in order, each as far as its job is by now."""
        start = -1 if cursor is None else decode_position(cursor)
        where = (_ITEMS.batch_id == batch, _ITEMS.position > start, *given((state, _STATE.__eq__)))
        chosen = (
            sa.select(BatchItemRow, _STATE.label("state_now"), _JOBS.error.label("job_error"), _JOBS.step, _JOBS.batch_id)
            .outerjoin(core(JobRow), _JOBS.id == _ITEMS.job_id).where(*where).order_by(_ITEMS.position).limit(check_limit(limit) + 1)
        )
        rows = self._session.execute(chosen).all()
        first = self._first_places(batch, {row.job_id for row, *_ in rows if row.job_id is not None})
        found = tuple(
            _item(row).model_copy(update={
                "state": JobState(now), "error": _placed(row, Fault.read(row.error or error)), "step": step,
                "duplicate": row.job_id is not None and (by != batch or first[row.job_id] < row.position),
            })
            for row, now, error, step, by in rows
        )  # fmt: skip
        return Page(items=found[:limit], next=encode_position(found[limit - 1].position) if len(found) > limit else None)

    def repeatable(self, batch: str) -> int:
        """Files that were taken in and whose job failed."""
        chosen = sa.select(sa.func.count()).select_from(core(BatchItemRow)).join(core(JobRow), _JOBS.id == _ITEMS.job_id)
        return int(self._session.scalar(chosen.where(_ITEMS.batch_id == batch, _JOBS.state == JobState.FAILED.value)) or 0)

    def _first_places(self, batch: str, jobs: Collection[str]) -> Mapping[str, int]:
        """Where in the batch each job stands first."""
        chosen = sa.select(_ITEMS.job_id, sa.func.min(_ITEMS.position).label("place"))
        mine = chosen.where(_ITEMS.batch_id == batch, _ITEMS.job_id.in_(jobs)).group_by(_ITEMS.job_id)
        return {row.job_id: row.place for row in self._session.execute(mine)}

    def tallies(self, batches: Sequence[str]) -> Mapping[str, Mapping[JobState, int]]:
        """Files of several batches by the state they are in by now; every state is there."""
        chosen = (
            sa.select(_ITEMS.batch_id, _STATE, sa.func.count()).outerjoin(core(JobRow), _JOBS.id == _ITEMS.job_id)
            .where(_ITEMS.batch_id.in_(batches)).group_by(_ITEMS.batch_id, _STATE)
        )
        found: dict[str, dict[JobState, int]] = {batch: dict.fromkeys(JobState, 0) for batch in batches}
        for batch, state, count in self._session.execute(chosen):
            found[batch][JobState(state)] = count
        return found

    def set_item(
        self, batch: str, position: int, *, state: JobState, interaction: str | None = None, job: str | None = None,
        error: Fault | None = None,
    ) -> None:
        """What became of a file; interaction and job stay as they were unless told. Raises :class:`NotFoundError`."""
        values: dict[str, object] = {"state": state.value, "error": Fault.write(error)}
        values.update({name: value for name, value in (("interaction_id", interaction), ("job_id", job)) if value is not None})
        if not self._update(BatchItemRow, _ITEMS.batch_id == batch, _ITEMS.position == position, values=values):
            raise NotFoundError(f"batch {batch!r} has no file {position}", field="position")

    def replace_job(self, batch: str, old: str, new: str) -> None:
        """The files of a batch that a job worked on wait for another one now, and it is under way again."""
        values = {"state": JobState.QUEUED.value, "job_id": new, "error": None}
        if self._update(BatchItemRow, _ITEMS.batch_id == batch, _ITEMS.job_id == old, values=values):
            self.set_state(batch, JobState.RUNNING)

    def counts(self, batch: str) -> Mapping[JobState, int]:
        """Files by state; every state is there."""
        chosen = sa.select(_ITEMS.state, sa.func.count()).where(_ITEMS.batch_id == batch).group_by(_ITEMS.state)
        found = {JobState(state): count for state, count in self._session.execute(chosen)}
        return {state: found.get(state, 0) for state in JobState}


def _batch(row: BatchRow) -> Batch:
    return Batch(
        id=row.id, name=row.name, state=JobState(row.state), total=row.total, created_at=row.created_at, actor=row.actor
    )


def _item(row: BatchItemRow) -> BatchItem:
    return BatchItem(
        position=row.position, file=row.file, state=JobState(row.state), interaction=row.interaction_id, job=row.job_id,
        error=Fault.read(row.error), manifest=row.manifest, line=row.line, cause=None if row.cause is None else Cause(row.cause),
    )


def _placed(row: BatchItemRow, fault: Fault | None) -> Fault | None:
    """A fault under the name of this file (several may hold one content), with the line where it stands."""
    if fault is None or row.line is None:
        return fault if fault is None or row.job_id is None else fault.model_copy(update={"file": row.file or fault.file})
    if row.manifest is None:
        return fault.model_copy(update={"file": row.file or fault.file, "line": fault.line or row.line})
    if fault.file == row.manifest:
        return fault
    where = f"line {row.line} of {row.manifest}"
    told = fault.hint if fault.hint and where in fault.hint else "; ".join(filter(None, (fault.hint, where)))
    return fault.model_copy(update={"file": row.file or fault.file, "hint": told})
