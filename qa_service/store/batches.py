"""Batches: many files taken in together, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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


class Batches(Repository):
    """Batches by id."""

    def add(self, batch: Batch, items: Sequence[BatchItem] = ()) -> None:
        """Keep a new batch with its files."""
        values = {"id": batch.id, "name": batch.name, "state": batch.state.value, "total": batch.total, "created_at": batch.created_at}
        self._insert(BatchRow, [values])
        self.add_items(batch.id, items)

    def add_items(self, batch: str, items: Sequence[BatchItem]) -> None:
        """Keep more files of it; its total was told before."""
        rows = [
            {
                "batch_id": batch, "position": one.position, "file": one.file, "interaction_id": one.interaction, "job_id": one.job,
                "state": one.state.value, "error": Fault.write(one.error),
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

    def list(self, *, state: JobState | None = None, cursor: str | None = None, limit: int = 50) -> Page[Batch]:
        """The last asked for first."""
        page = self._page(BatchRow, *given((state, _BATCHES.state.__eq__)), by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_batch(row) for row in rows])

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

    def take(self, batch: str, items: Sequence[BatchItem]) -> None:
        """All its files at once, in place of what an interrupted attempt left; it is running from now on."""
        self._execute(core(BatchItemRow).delete().where(_ITEMS.batch_id == batch))
        self.add_items(batch, items)
        self._update(BatchRow, _BATCHES.id == batch, values={"total": len(items), "state": JobState.RUNNING.value})

    def outcomes(self, batch: str, *, state: JobState | None = None, cursor: str | None = None, limit: int = 50) -> Page[BatchItem]:
        """Its files in order, each as far as its job is by now."""
        start = -1 if cursor is None else decode_position(cursor)
        where = (_ITEMS.batch_id == batch, _ITEMS.position > start, *given((state, _STATE.__eq__)))
        chosen = (
            sa.select(BatchItemRow, _STATE.label("state_now"), _JOBS.error.label("job_error"))
            .outerjoin(core(JobRow), _JOBS.id == _ITEMS.job_id).where(*where).order_by(_ITEMS.position).limit(check_limit(limit) + 1)
        )
        found = tuple(
            _item(row).model_copy(update={"state": JobState(now), "error": Fault.read(row.error or error)})
            for row, now, error in self._session.execute(chosen)
        )
        return Page(items=found[:limit], next=encode_position(found[limit - 1].position) if len(found) > limit else None)

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

    def counts(self, batch: str) -> Mapping[JobState, int]:
        """Files by state; every state is there."""
        chosen = sa.select(_ITEMS.state, sa.func.count()).where(_ITEMS.batch_id == batch).group_by(_ITEMS.state)
        found = {JobState(state): count for state, count in self._session.execute(chosen)}
        return {state: found.get(state, 0) for state in JobState}


def _batch(row: BatchRow) -> Batch:
    return Batch(id=row.id, name=row.name, state=JobState(row.state), total=row.total, created_at=row.created_at)


def _item(row: BatchItemRow) -> BatchItem:
    return BatchItem(
        position=row.position, file=row.file, state=JobState(row.state), interaction=row.interaction_id, job=row.job_id,
        error=Fault.read(row.error),
    )
