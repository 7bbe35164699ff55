"""Submitted batches: uploaded files are staged on disk and taken in by a durable workflow, so that nothing heavy runs in a request."""

from __future__ import annotations

import logging
import shutil
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import Field

from qa_service.channels import MailParties, ReadOptions
from qa_service.domain.base import Record
from qa_service.errors import InputError
from qa_service.services.batch import Batches
from qa_service.services.clock import Clock
from qa_service.services.ingest import Ingestion, JobOptions
from qa_service.services.workflow import BATCH, Workflows
from qa_service.store.batches import Batch, BatchItem
from qa_service.store.jobs import JobState
from qa_service.store.pages import Page
from qa_service.store.session import Database

_LOG = logging.getLogger(__name__)
_WORKFLOW = "take_in_batch"
_ORDER = "order.json"
_FILES = "files"


class BatchView(Batch):
    """A batch and how far its files are."""

    #: Files by state: ``queued``, ``running``, ``done``, ``failed``.
    counts: dict[JobState, int]


class Order(Record):
    """What was asked for, kept beside the staged files."""

    #: Who asked.
    actor: str
    #: Rubric and engine.
    options: JobOptions = JobOptions()
    #: Addresses of agents in e-mails.
    agent_addresses: tuple[str, ...] = ()
    #: Domains of agents in e-mails.
    agent_domains: tuple[str, ...] = ()
    #: Names of the files, in the order they came.
    files: tuple[str, ...] = Field(min_length=1)

    @property
    def reading(self) -> ReadOptions:
        """For the readers of e-mails."""
        return ReadOptions(parties=parties(self.agent_addresses, self.agent_domains))


class Submissions:
    """Takes uploaded batches in, and tells how far batches are."""

    def __init__(
        self, *, database: Database, batches: Batches, ingestion: Ingestion, workflows: Workflows, folder: Path, clock: Clock
    ) -> None:
        self._database = database
        self._batches = batches
        self._ingestion = ingestion
        self._workflows = workflows
        self._folder = folder
        self._clock = clock
        workflows.register(_WORKFLOW, self._workflow)

    def submit(self, staged: Path, order: Order, *, name: str) -> BatchView:
        """Keep the staged files (the folder is moved away) and queue the work; raises :class:`InputError`."""
        self._ingestion.check(order.options)
        batch = Batch(id=uuid.uuid4().hex, name=name, state=JobState.QUEUED, total=len(order.files), created_at=self._clock())
        place = self._folder / batch.id
        place.mkdir(parents=True)
        staged.rename(place / _FILES)
        (place / _ORDER).write_text(order.model_dump_json(), encoding="utf-8")
        with self._database.unit() as unit:
            unit.batches.add(batch)
        self._enqueue(batch.id)
        return _view(batch, {})

    def resume(self) -> int:
        """Queue what was stored but never queued (a crash between the two); how many there were."""
        left = sorted(place.name for place in self._folder.glob("*") if (place / _ORDER).is_file())
        for batch in left:
            self._enqueue(batch)
        return len(left)

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

    def _enqueue(self, batch: str) -> None:
        self._workflows.enqueue(BATCH, _WORKFLOW, workflow_id=f"batch-{batch}", arguments=[batch])

    def _workflow(self, batch: str) -> None:
        try:
            self._workflows.step("take_in", self.take_in, batch)
        except Exception:  # noqa: BLE001 - the edge of a workflow: the batch must not wait for ever; its files stay where they are
            _LOG.exception("batch %s could not be taken in", batch)
            self._workflows.step("give_up", self._give_up, batch)

    def take_in(self, batch: str) -> int:
        """Step, safe to repeat: every file becomes an interaction or a fault of the batch; how many there were."""
        place = self._folder / batch
        with self._database.reading() as unit:
            known = unit.batches.get(batch)
        taken = self._take_in(known, place) if known.state is JobState.QUEUED else 0
        shutil.rmtree(place, ignore_errors=True)
        return taken

    def _give_up(self, batch: str) -> None:
        with self._database.unit() as unit:
            unit.batches.set_state(batch, JobState.FAILED)

    def _take_in(self, batch: Batch, place: Path) -> int:
        order = Order.model_validate_json((place / _ORDER).read_text(encoding="utf-8"))
        root = place / _FILES
        items = self._batches.take_in(
            [root / name for name in order.files], batch=batch, root=root, actor=order.actor, options=order.options, reading=order.reading
        )
        with self._database.unit() as unit:
            unit.batches.take(batch.id, items)
        return len(items)


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
