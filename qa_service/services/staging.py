"""Staging: a batch whose files come one by one, each safe to send again; what lies there goes on, even if nobody comes back."""

from __future__ import annotations

import hashlib
import uuid
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from qa_service.domain.permission import Actor
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.services.clock import Clock
from qa_service.services.ingest import Ingestion
from qa_service.services.submission import BatchView, Order, Submissions
from qa_service.services.workflow import Workflows
from qa_service.store.batches import Batch
from qa_service.store.jobs import JobState
from qa_service.store.session import Database
from qa_service.store.staged import StagedBatch, StagedFile
from qa_service.store.staged_files import StagedFiles
from qa_service.store.unit import Unit

#: After so long without another file, what is there is taken in: whoever sent it has gone.
PATIENCE = timedelta(hours=1)


class _Sent(NamedTuple):
    name: str
    path: Path
    sha256: str


class Staging:
    """Takes the files of batches in one by one."""

    def __init__(
        self, *, database: Database, submissions: Submissions, ingestion: Ingestion, workflows: Workflows, files: StagedFiles, clock: Clock
    ) -> None:
        self._database = database
        self._submissions = submissions
        self._ingestion = ingestion
        self._files = files
        self._clock = clock
        workflows.attend(self.tend)

    def begin(self, order: Order, *, name: str) -> str:
        """Id of a batch that files can be added to; nothing is done before :meth:`send`. Raises :class:`InputError` for the options."""
        self._ingestion.check(order.options)
        at = self._clock()
        batch = Batch(id=uuid.uuid4().hex, name=name, state=JobState.QUEUED, total=len(order.files), created_at=at, actor=order.actor)
        with self._database.unit() as unit:
            unit.batches.add(batch)
            unit.staged.add(StagedBatch(batch=batch.id, wanted=order.model_dump_json(), taking=False, touched_at=at))
        return batch.id

    def add(self, batch: str, path: Path, *, name: str, by: Actor, sha256: str | None = None) -> None:
        """Add a file (it is moved away), with its hash where it is known; the same again under the same name changes nothing.

        Raises :class:`NotFoundError` for a batch of somebody else or one that takes no more, :class:`ConflictError` for another file of
        that name, :class:`InputError` for a name that is a folder's, :class:`StorageError` where it cannot be kept.
        """
        file = StagedFile(name=name, sha256=sha256 or _sha256(path))
        with self._database.reading() as unit:
            _check_open(unit.staged.find(batch), batch, by)
            new = _is_new(unit, batch, file)
        if not new:
            return
        self._files.put(batch, [_Sent(name, path, file.sha256)])
        with self._database.unit() as unit:
            # As it is by now: it may have been sent meanwhile.
            _check_open(unit.staged.lock(batch), batch, by)
            if _is_new(unit, batch, file):
                unit.staged.add_file(batch, file, at=self._clock())

    def send(self, batch: str, *, by: Actor) -> BatchView:
        """Take in what is there; sent before, nothing changes. Raises :class:`NotFoundError`, and :class:`InputError` without any file."""
        with self._database.unit() as unit:
            staged = unit.staged.lock(batch)
            sending = staged is not None and not staged.taking
            if staged is not None and sending:
                _check_open(staged, batch, by)
                if not self._hand_over(unit, staged):
                    raise InputError("no file was sent", field="file")
        if sending:
            self._submissions.enqueue(batch)
        return self._submissions.get(batch)

    def awaited(self, batch: str) -> int | None:
        """How many files came so far to a batch that takes more; ``None`` for one that does not."""
        with self._database.reading() as unit:
            staged = unit.staged.find(batch)
            return None if staged is None or staged.taking else unit.staged.count(batch)

    def drop(self, batch: str, *, by: Actor) -> bool:
        """Throw away what was staged and not sent; whether there was anything."""
        with self._database.unit() as unit:
            staged = unit.staged.lock(batch)
            if staged is None or staged.taking:
                return False
            unit.staged.delete(batch)
            unit.batches.set_state(batch, JobState.FAILED)
            unit.ledger.append(at=self._clock(), actor=by.id, action="batch.cancelled", subject=f"batch/{batch}", content={"jobs": 0})
        self._files.drop(batch)
        return True

    def tend(self) -> None:
        """Send what nobody adds to any more; an empty one is over. Quick, and safe in several processes."""
        before = self._clock() - PATIENCE
        with self._database.reading() as unit:
            left = unit.staged.open(taking=False, before=before)
        for one in left:
            if self._send_left(one.batch):
                self._submissions.enqueue(one.batch)

    def _send_left(self, batch: str) -> bool:
        with self._database.unit() as unit:
            staged = unit.staged.lock(batch)
            if staged is None or staged.taking or staged.touched_at >= self._clock() - PATIENCE:
                return False
            sent = self._hand_over(unit, staged)
            if not sent:
                unit.staged.delete(batch)
                unit.batches.set_state(batch, JobState.FAILED)
        return sent

    def _hand_over(self, unit: Unit, staged: StagedBatch) -> bool:
        """The order then names what came; false where nothing did."""
        names = tuple(one.name for one in unit.staged.files(staged.batch))
        if names:
            order = Order.model_validate_json(staged.wanted).model_copy(update={"files": names})
            unit.staged.hand_over(staged.batch, order.model_dump_json(), at=self._clock())
            unit.batches.count(staged.batch, len(names))
        return bool(names)


def _check_open(staged: StagedBatch | None, batch: str, by: Actor) -> None:
    if staged is None or staged.taking:
        raise NotFoundError(f"batch {batch!r} takes no more files", field="batch", hint="begin another one")
    if Order.model_validate_json(staged.wanted).actor != by.id:
        raise NotFoundError(f"batch {batch!r} is somebody else's", field="batch")


def _is_new(unit: Unit, batch: str, file: StagedFile) -> bool:
    """False for what is there; raises for what cannot be."""
    known = unit.staged.file(batch, file.name)
    if known is not None and known.sha256 != file.sha256:
        hint = "keep their folders in the names"
        raise ConflictError("another file of this name is there", file=file.name, field="filename", hint=hint)
    if known is None and unit.staged.clashes(batch, file.name):
        raise InputError("this is the name of a file and of a folder", file=file.name, field="filename")
    return known is None


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
