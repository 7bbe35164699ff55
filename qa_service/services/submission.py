"""Submitted batches: uploaded files are kept where recordings are and taken in by a durable workflow, on whatever machine has the time."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from pydantic import Field

from qa_service.channels import MailParties, ReadOptions
from qa_service.domain.base import Record
from qa_service.errors import InputError, ProcessingError
from qa_service.services.assumed import Assumed
from qa_service.services.batch import Batches
from qa_service.services.clock import Clock
from qa_service.services.ingest import Ingestion, JobOptions
from qa_service.services.workflow import BATCH, Workflows
from qa_service.store.batches import Batch, BatchItem
from qa_service.store.jobs import JobState
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.staged import StagedBatch, StagedFile
from qa_service.store.staged_files import Sent, StagedFiles

_LOG = logging.getLogger(__name__)
_WORKFLOW = "take_in_batch"
#: What is to be taken in and was never queued for so long was left by a process that died.
_LEFT = timedelta(seconds=60)
#: How long files that could not be taken in are kept, for another try.
_KEPT = timedelta(days=7)


class BatchView(Batch):
    """A batch and how far its files are."""

    #: Files by state: ``queued``, ``running``, ``done``, ``failed``.
    counts: dict[JobState, int]


class Order(Record):
    """What was asked for, kept with the staged files."""

    #: Who asked.
    actor: str
    #: Rubric and engine.
    options: JobOptions = JobOptions()
    #: Addresses of agents in e-mails.
    agent_addresses: tuple[str, ...] = ()
    #: Domains of agents in e-mails.
    agent_domains: tuple[str, ...] = ()
    #: What holds where a file does not tell it.
    assumed: Assumed = Assumed()
    #: Names of the files, in the order they came.
    files: tuple[str, ...] = Field(min_length=1)

    @property
    def reading(self) -> ReadOptions:
        """For the readers of e-mails."""
        return ReadOptions(parties=parties(self.agent_addresses, self.agent_domains))


class Submissions:
    """Takes uploaded batches in, and tells how far batches are."""

    def __init__(
        self, *, database: Database, batches: Batches, ingestion: Ingestion, workflows: Workflows, files: StagedFiles, clock: Clock
    ) -> None:
        self._database = database
        self._batches = batches
        self._ingestion = ingestion
        self._workflows = workflows
        self._files = files
        self._clock = clock
        workflows.register(_WORKFLOW, self._workflow)
        workflows.attend(batches.tend)
        workflows.attend(self.tend)

    def submit(self, sent: Sequence[Sent], order: Order, *, name: str) -> BatchView:
        """Keep the files that were sent (they are moved away) and queue the work; raises :class:`InputError`, and :class:`StorageError`
        where they cannot be kept."""
        self._ingestion.check(order.options)
        at = self._clock()
        batch = Batch(id=uuid.uuid4().hex, name=name, state=JobState.QUEUED, total=len(sent), created_at=at, actor=order.actor)
        # Bytes without a row are swept; a row without bytes would be a loss.
        self._files.put(batch.id, sent)
        staged = StagedBatch(batch=batch.id, wanted=order.model_dump_json(), taking=True, touched_at=at)
        with self._database.unit() as unit:
            unit.batches.add(batch)
            unit.staged.add(staged, [StagedFile(name=one.name, sha256=one.sha256) for one in sent])
        self.enqueue(batch.id)
        return _view(batch, {})

    def enqueue(self, batch: str) -> None:
        """Queue the work on a batch whose files are there."""
        self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=_workflow_of(batch), arguments=[batch])

    def resume(self) -> int:
        """Queue what was stored but never queued (a crash between the two), or given up by a process that died; how many there were."""
        with self._database.reading() as unit:
            left = [one.batch for one in unit.staged.open(taking=True)]
        for batch in left:
            self._enqueue_again(batch)
        return len(left)

    def tend(self) -> None:
        """The same for what other machines left; and what could not be taken in goes after a week. Quick, and safe in several processes."""
        with self._database.reading() as unit:
            left = [one.batch for one in unit.staged.open(taking=True, before=self._clock() - _LEFT)]
            given_up = unit.staged.given_up(before=self._clock() - _KEPT)
        for batch in left:
            if self._workflows.status(_workflow_of(batch)) is None:
                self.enqueue(batch)
        for batch in given_up:
            self.forget(batch)

    def again(self, batch: str) -> bool:
        """Take in once more what could not be taken in, if its files are still there."""
        with self._database.unit() as unit:
            lost = unit.staged.lock(batch) is not None and unit.batches.get(batch).state is JobState.FAILED
            if lost:
                unit.batches.set_state(batch, JobState.QUEUED)
        if lost:
            self._enqueue_again(batch)
        return lost

    def forget(self, batch: str) -> None:
        """What was sent goes for good: first the bytes, so that what is left of them is known."""
        self._files.drop(batch)
        with self._database.unit() as unit:
            unit.staged.delete(batch)

    def list(self, *, cursor: str | None = None, limit: int = 50) -> Page[BatchView]:
        """The last asked for first."""
        with self._database.reading() as unit:
            page = unit.batches.list(cursor=cursor, limit=limit)
            counts = unit.batches.tallies([batch.id for batch in page.items])
        return page.of(lambda batches: [_view(batch, counts[batch.id]) for batch in batches])

    def get(self, batch: str) -> BatchView:
        """One batch; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return _view(unit.batches.get(batch), unit.batches.tallies([batch])[batch])

    def items(self, batch: str, *, state: JobState | None = None, cursor: str | None = None, limit: int = 50) -> Page[BatchItem]:
        """What became of each of its files, in order; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            unit.batches.get(batch)
            return unit.batches.outcomes(batch, state=state, cursor=cursor, limit=limit)

    def _enqueue_again(self, batch: str) -> None:
        self._workflows.enqueue_again(BATCH, _WORKFLOW, workflow_id=_workflow_of(batch), arguments=[batch])

    def _workflow(self, batch: str) -> None:
        try:
            self._workflows.step("take_in", self.take_in, batch)
        except Exception:
            if not self._workflows.running:
                raise  # stopped in the middle: the step is done again at the next start
            _LOG.exception("batch %s could not be taken in", batch)
            self._workflows.step("give_up", self._give_up, batch)

    def take_in(self, batch: str) -> int:
        """Step, safe to repeat: every file becomes an interaction or a fault of the batch; how many there were."""
        with self._database.reading() as unit:
            known = unit.batches.get(batch)
        taken = self._take_in(known) if known.state is JobState.QUEUED else 0
        self.forget(batch)
        return taken

    def _give_up(self, batch: str) -> None:
        """Its files stay for a while, for :meth:`again`."""
        with self._database.unit() as unit:
            unit.batches.set_state(batch, JobState.FAILED)

    def _take_in(self, batch: Batch) -> int:
        with self._database.reading() as unit:
            staged, files = unit.staged.find(batch.id), unit.staged.files(batch.id)
        if staged is None:
            raise ProcessingError("what was sent is gone", field="batch", hint="send it again")
        order = Order.model_validate_json(staged.wanted)
        with self._files.laid_out(batch.id, files) as root:
            return self._batches.take_in(
                [root / name for name in order.files], batch=batch, root=root, actor=order.actor, options=order.options,
                reading=order.reading, assumed=order.assumed,
            )


def _workflow_of(batch: str) -> str:
    return f"batch-{batch}"


def parties(addresses: Sequence[str], domains: Sequence[str]) -> MailParties:
    """Who is the agent in e-mails; raises :class:`InputError` for what is no address or domain."""
    for address in addresses:
        if address.count("@") != 1 or address.startswith("@") or address.endswith("@"):
            raise InputError(f"{address!r} is no e-mail address", field="agent_addresses", hint="such as support@shop.example")
    for domain in domains:
        if "@" in domain or not domain.strip("."):
            raise InputError(f"{domain!r} is no domain", field="agent_domains", hint="such as shop.example")
    return MailParties(
        agent_addresses=frozenset(one.strip().lower() for one in addresses), agent_domains=frozenset(one.strip().lower() for one in domains)
    )


def _view(batch: Batch, counts: Mapping[JobState, int]) -> BatchView:
    known = {state: counts.get(state, 0) for state in JobState}
    open_ = known[JobState.QUEUED] + known[JobState.RUNNING]
    over = batch.state is JobState.RUNNING and not open_ and sum(known.values()) >= batch.total
    fields: dict[str, Any] = {name: getattr(batch, name) for name in Batch.model_fields}
    return BatchView(**{**fields, "state": JobState.DONE if over else batch.state}, counts=known)
