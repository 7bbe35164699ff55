"""Staged batches: what was asked for and which files came, until they are taken in."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.store.jobs import JobState
from qa_service.store.repository import Repository
from qa_service.store.tables import BatchRow, StagedBatchRow, StagedFileRow, core

_STAGED, _FILES, _BATCHES = core(StagedBatchRow).c, core(StagedFileRow).c, core(BatchRow).c
_SLASH = "/"


class StagedFile(Record):
    """One file that came."""

    #: Its name, with its folders, as its sender wrote it.
    name: str
    #: Of its bytes, hex.
    sha256: str


class StagedBatch(Record):
    """A batch whose files wait."""

    #: Its id.
    batch: str
    #: What was asked for, as its service writes it (JSON).
    wanted: str
    #: Whether it takes no more files and is to be taken in.
    taking: bool
    #: When something came last.
    touched_at: AwareDatetime


class StagedBatches(Repository):
    """Batches that wait, by id."""

    def add(self, staged: StagedBatch, files: Iterable[StagedFile] = ()) -> None:
        """Keep a new one with its files."""
        values = {"batch_id": staged.batch, "wanted": staged.wanted, "taking": staged.taking, "touched_at": staged.touched_at}
        self._insert(StagedBatchRow, [values])
        self._insert(StagedFileRow, [_row(staged.batch, one) for one in files])

    def find(self, batch: str) -> StagedBatch | None:
        """The batch, if it waits."""
        row = self._first(StagedBatchRow, _STAGED.batch_id == batch)
        return None if row is None else _staged(row)

    def lock(self, batch: str) -> StagedBatch | None:
        """The same; nobody else changes it until the unit of work is over."""
        row = self._session.scalars(sa.select(StagedBatchRow).where(_STAGED.batch_id == batch).with_for_update()).first()
        return None if row is None else _staged(row)

    def open(self, *, taking: bool, before: datetime | None = None) -> tuple[StagedBatch, ...]:
        """Those that (do not) take more files, untouched since a moment, the oldest first; of those that are to be taken in, only what
        nobody has taken in yet."""
        where = [_STAGED.taking == taking, *([] if before is None else [_STAGED.touched_at < before])]
        chosen = sa.select(StagedBatchRow).join(core(BatchRow), _BATCHES.id == _STAGED.batch_id).where(*where)
        if taking:
            chosen = chosen.where(_BATCHES.state == JobState.QUEUED.value)
        return tuple(map(_staged, self._session.scalars(chosen.order_by(_STAGED.touched_at, _STAGED.batch_id))))

    def given_up(self, *, before: datetime) -> tuple[str, ...]:
        """Batches that could not be taken in, or were cancelled, untouched since a moment."""
        chosen = sa.select(_STAGED.batch_id).join(core(BatchRow), _BATCHES.id == _STAGED.batch_id)
        return tuple(self._session.scalars(chosen.where(_BATCHES.state == JobState.FAILED.value, _STAGED.touched_at < before)))

    def files(self, batch: str) -> tuple[StagedFile, ...]:
        """What came, folder by folder, by name."""
        rows = self._all(StagedFileRow, _FILES.batch_id == batch)
        found = (StagedFile(name=row.name, sha256=row.sha256) for row in rows)
        return tuple(sorted(found, key=lambda one: one.name.split(_SLASH)))

    def file(self, batch: str, name: str) -> StagedFile | None:
        """The one of that name."""
        row = self._first(StagedFileRow, _FILES.batch_id == batch, _FILES.name_sha256 == _hash(name))
        return None if row is None else StagedFile(name=row.name, sha256=row.sha256)

    def count(self, batch: str) -> int:
        """How many came."""
        return int(self._session.scalar(sa.select(sa.func.count()).where(_FILES.batch_id == batch)) or 0)

    def clashes(self, batch: str, name: str) -> bool:
        """Whether the name is that of a folder of another file, or the other way round."""
        parts = name.split(_SLASH)
        above = [_hash(_SLASH.join(parts[:count])) for count in range(1, len(parts))]
        below = _FILES.name.startswith(f"{name}{_SLASH}", autoescape=True)
        chosen = sa.select(_FILES.name).where(_FILES.batch_id == batch, _FILES.name_sha256.in_(above) | below).limit(1)
        return self._session.scalar(chosen) is not None

    def add_file(self, batch: str, file: StagedFile, *, at: datetime) -> bool:
        """One more; false when another writer was quicker with its name."""
        self._update(StagedBatchRow, _STAGED.batch_id == batch, values={"touched_at": at})
        return self._insert_new(StagedFileRow, [_row(batch, file)])

    def hand_over(self, batch: str, wanted: str, *, at: datetime) -> None:
        """It takes no more, and is to be taken in."""
        self._update(StagedBatchRow, _STAGED.batch_id == batch, values={"taking": True, "wanted": wanted, "touched_at": at})

    def delete(self, batch: str) -> bool:
        """Nothing of it waits any more; false where nothing did."""
        self._execute(sa.delete(core(StagedFileRow)).where(_FILES.batch_id == batch))
        return self._execute(sa.delete(core(StagedBatchRow)).where(_STAGED.batch_id == batch)) > 0


def _row(batch: str, file: StagedFile) -> dict[str, str]:
    return {"batch_id": batch, "name_sha256": _hash(file.name), "name": file.name, "sha256": file.sha256}


def _hash(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def _staged(row: StagedBatchRow) -> StagedBatch:
    return StagedBatch(batch=row.batch_id, wanted=row.wanted, taking=row.taking, touched_at=row.touched_at)
