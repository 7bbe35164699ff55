"""Batches: whole folders and archives, each file by itself; a broken one is reported by name and the rest goes on."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TypeVar

from qa_service.channels import Conversation, ReadOptions, WorkItem, WorkKind, discover
from qa_service.domain.base import Record
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import InputError, QaError
from qa_service.services.clock import Clock
from qa_service.services.ingest import Ingested, Ingestion, JobOptions, Source
from qa_service.services.pairs import fits
from qa_service.store.batches import Batch, BatchItem
from qa_service.store.faults import Fault
from qa_service.store.interactions import StoredInteraction
from qa_service.store.jobs import JobState
from qa_service.store.scorecards import Made
from qa_service.store.session import Database
from qa_service.store.unit import Unit

T = TypeVar("T")
#: Conversations taken in by one transaction.
_INTAKE = 200
_POLL_SECONDS = 0.1
#: Open jobs that may be looked at ten times a second.
_LOOKED_AT = 1000


class Ending(StrEnum):
    """What became of a file."""

    SCORED = "scored"
    FAILED = "failed"


class BatchRow(Record):
    """One conversation or recording of a batch."""

    #: The file, as the user named it.
    file: str
    #: How it ended.
    status: Ending
    #: What stopped it, in words.
    error: str | None = None
    #: The draft scorecard.
    scorecard: Scorecard | None = None


class Progress(Record):
    """How far a batch is."""

    #: Conversations and recordings found so far.
    total: int
    #: Those that ended.
    done: int
    #: Those of them that failed.
    failed: int


#: Called as a batch goes on, while it is taken in and while it is worked on; what it raises ends the batch.
Watch = Callable[[Progress], None]


class _Entry:
    """One row in the making."""

    def __init__(self, file: str, *, job: str | None = None, interaction: str | None = None, fault: Fault | None = None) -> None:
        self.file = file
        self.job = job
        self.interaction = interaction
        self.fault = fault


class Batches:
    """Takes folders in and waits for their scorecards."""

    def __init__(self, *, database: Database, ingestion: Ingestion, own: Path, clock: Clock) -> None:
        self._database = database
        self._ingestion = ingestion
        #: Our data folder, which is no part of what is to be scored.
        self._own = own
        self._clock = clock

    def run(
        self, paths: Sequence[Path], *, actor: str, options: JobOptions | None = None, reading: ReadOptions | None = None,
        watch: Watch | None = None,
    ) -> tuple[BatchRow, ...]:
        """Score everything below the paths; one row for each conversation and recording, in order.

        What an interrupted run has done is not done again. Raises :class:`InputError` when there is nothing to score, and for a rubric
        or engine that this installation does not have.
        """
        options = options or JobOptions()
        self._ingestion.check(options)
        items = discover(paths, excluding=self._own, fits=fits)
        if not items:
            names = ", ".join(str(path) for path in paths)
            raise InputError(f"nothing to score in {names}", hint="recordings, conversation JSON, .eml, .mbox, .vtt, .srt")
        batch = Batch(
            id=uuid.uuid4().hex, name=", ".join(str(path) for path in paths)[:500], state=JobState.RUNNING, total=len(items),
            created_at=self._clock(),
        )
        with self._database.unit() as unit:
            unit.batches.add(batch)
        with self._watched(batch):
            entries = list(_told(self._take_in(items, batch, actor, options, reading), watch, total=len(items)))
            self._record(batch, entries)
            self._wait(entries, watch)
            return self._finish(batch, entries, options)

    def take_in(
        self, paths: Sequence[Path], *, batch: Batch, root: Path, actor: str, options: JobOptions, reading: ReadOptions
    ) -> tuple[BatchItem, ...]:
        """Take uploaded files in and wait for nothing; every path has an outcome, told by its name below ``root``."""
        entries = self._take_in(discover(paths, confined=True, fits=fits), batch, actor, options, reading, root)
        return _items(entries)

    def _take_in(
        self, items: Sequence[WorkItem], batch: Batch, actor: str, options: JobOptions, reading: ReadOptions | None,
        root: Path | None = None,
    ) -> Iterator[_Entry]:
        """Recordings one by one; conversations in groups, for the sake of speed, but in order."""
        for some in _grouped(items):
            if some[0].kind is WorkKind.CONVERSATIONS:
                yield from self._conversations(some, batch, actor, options, reading, root)
            else:
                yield from (self._recording(item, batch, actor, options, root) for item in some)

    def _recording(self, item: WorkItem, batch: Batch, actor: str, options: JobOptions, root: Path | None) -> _Entry:
        names = {path: name_below(root, path) for path in item.files}
        file = " + ".join(names.values())
        source = Source(name=file, actor=actor, batch=batch.id)
        try:
            if item.error is not None:
                raise item.error
            header = item.load_header()
            reference = item.sidecar.read_bytes() if item.sidecar is not None and header.reference is not None else None
            if item.pair is None:
                done = self._ingestion.recording(item.path, header, source=source, options=options, reference=reference)
            else:
                done = self._ingestion.pair(item.pair, header, source=source, names=names, options=options, reference=reference)
        except QaError as error:
            return _Entry(file, fault=fault_below(root, error, file))
        return _Entry(file, job=done.job, interaction=done.interaction)

    def _conversations(
        self, items: Sequence[WorkItem], batch: Batch, actor: str, options: JobOptions, reading: ReadOptions | None, root: Path | None
    ) -> Iterator[_Entry]:
        found = ((name_below(root, item.path), outcome) for item in items for outcome in item.read(reading))
        for group in _pieces(found, _INTAKE):
            good = [(one, Source(name=file, actor=actor, batch=batch.id)) for file, one in group if isinstance(one, Conversation)]
            results = iter(self._ingestion.conversations(good, options=options))
            for file, outcome in group:
                result = outcome if isinstance(outcome, QaError) else next(results)
                yield _entry(file, result, root)

    @contextmanager
    def _watched(self, batch: Batch) -> Iterator[None]:
        """A batch that is interrupted does not run for ever in the list; its jobs go on at the next start."""
        try:
            yield
        except BaseException:
            with self._database.unit() as unit:
                unit.batches.set_state(batch.id, JobState.FAILED)
            raise

    def _record(self, batch: Batch, entries: Sequence[_Entry]) -> None:
        with self._database.unit() as unit:
            unit.batches.take(batch.id, _items(entries))

    def _wait(self, entries: Sequence[_Entry], watch: Watch | None) -> None:
        open_: dict[str, list[_Entry]] = defaultdict(list)
        for entry in entries:
            if entry.job is not None:
                open_[entry.job].append(entry)
        while True:
            with self._database.reading() as unit:
                ended = [job for job in unit.jobs.some(open_) if job.state in (JobState.DONE, JobState.FAILED)]
            for job in ended:
                for entry in open_.pop(job.id):
                    # Several files may hold one interaction; each is told under its own name.
                    entry.fault = None if job.error is None else job.error.model_copy(update={"file": entry.file})
            if watch is not None:
                waiting = sum(map(len, open_.values()))
                watch(Progress(total=len(entries), done=len(entries) - waiting, failed=sum(entry.fault is not None for entry in entries)))
            if not open_:
                return
            # Looking costs what is open: a large batch is looked at less often.
            time.sleep(_POLL_SECONDS * (1 + len(open_) // _LOOKED_AT))

    def _finish(self, batch: Batch, entries: Sequence[_Entry], options: JobOptions) -> tuple[BatchRow, ...]:
        with self._database.unit() as unit:
            for position, entry in enumerate(entries):
                state = JobState.FAILED if entry.fault else JobState.DONE
                unit.batches.set_item(batch.id, position, state=state, error=entry.fault)
            unit.batches.set_state(batch.id, JobState.DONE)
        with self._database.reading() as unit:
            stored = unit.interactions.some(entry.interaction for entry in entries if entry.interaction is not None)
            return tuple(self._row(unit, entry, stored, options) for entry in entries)

    def _row(self, unit: Unit, entry: _Entry, stored: Mapping[str, StoredInteraction], options: JobOptions) -> BatchRow:
        if entry.fault is not None or entry.interaction is None:
            return BatchRow(file=entry.file, status=Ending.FAILED, error=str(entry.fault))
        wanted = self._ingestion.wanted(unit, stored[entry.interaction], options)
        cards = unit.scorecards.for_interaction(entry.interaction)
        # The one that was asked for, which another rubric or engine may have followed.
        card = next((card for card in cards if Made.of(card) == wanted), next(iter(cards), None))
        return BatchRow(file=entry.file, status=Ending.SCORED, scorecard=card)


def name_below(root: Path | None, path: Path) -> str:
    """The file as its sender named it: below the folder it was staged in, if it was."""
    return str(path if root is None else path.relative_to(root))


def fault_below(root: Path | None, error: QaError, file: str) -> Fault:
    """The fault of an error, without the folder that the file was staged in."""
    fault = Fault.of(error)
    prefix = f"{root}/" if root is not None else ""
    told = {name: text.replace(prefix, "") if prefix else text for name, text in fault.model_dump().items() if isinstance(text, str)}
    return fault.model_copy(update={**told, "file": told.get("file") or file})


def _told(entries: Iterable[_Entry], watch: Watch | None, *, total: int) -> Iterator[_Entry]:
    """The entries, each told as it is taken in: nothing is done yet, but what failed has ended."""
    failed = 0
    for number, entry in enumerate(entries, start=1):
        failed += entry.fault is not None
        if watch is not None:
            watch(Progress(total=max(total, number), done=failed, failed=failed))
        yield entry


def _items(entries: Iterable[_Entry]) -> tuple[BatchItem, ...]:
    return tuple(
        BatchItem(
            position=position, file=entry.file, state=JobState.FAILED if entry.fault else JobState.QUEUED, interaction=entry.interaction,
            job=entry.job, error=entry.fault,
        )
        for position, entry in enumerate(entries)
    )


def _entry(file: str, result: Ingested | QaError, root: Path | None) -> _Entry:
    if isinstance(result, QaError):
        return _Entry(file, fault=fault_below(root, result, file))
    return _Entry(file, job=result.job, interaction=result.interaction)


def _grouped(items: Sequence[WorkItem]) -> Iterator[list[WorkItem]]:
    """Runs of items of one sort."""
    group: list[WorkItem] = []
    for item in items:
        if group and (group[0].kind is WorkKind.CONVERSATIONS) != (item.kind is WorkKind.CONVERSATIONS):
            yield group
            group = []
        group.append(item)
    if group:
        yield group


def _pieces(values: Iterator[T], size: int) -> Iterator[list[T]]:
    while piece := list(islice(values, size)):
        yield piece
