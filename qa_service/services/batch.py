"""Batches: whole folders and archives, each file by itself; a broken one is reported by name and the rest goes on."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import NamedTuple

from qa_service.channels import Conversation, ReadOptions, WorkItem, WorkKind
from qa_service.channels.discover import find
from qa_service.channels.pairs import NOT_TOLD
from qa_service.domain.base import Record
from qa_service.errors import InputError, QaError
from qa_service.services.assumed import Assumed
from qa_service.services.batch_locks import BatchLocks
from qa_service.services.batch_rows import BatchRows
from qa_service.services.clock import Clock
from qa_service.services.ingest import Ingested, Ingestion, JobOptions, Source
from qa_service.services.pace import Pace, Stopwatch
from qa_service.services.pairs import fits
from qa_service.speech.audio import probe
from qa_service.store.batches import Batch, BatchItem
from qa_service.store.faults import Fault
from qa_service.store.jobs import JobState
from qa_service.store.session import Database

_NOTHING = Assumed()
#: Conversations taken in by one transaction; the first few, so that work on them begins at once.
_INTAKE, _FIRST = 200, 20
_POLL_SECONDS = 0.1
#: What looking may cost of the time.
_LOOKING_SHARE = 0.1


class Progress(Record):
    """How far a batch is."""

    #: Conversations and recordings; about how many, while it is taken in.
    total: int
    #: Those that ended.
    done: int
    #: Those of them that failed.
    failed: int
    #: Those that were taken in.
    taken: int
    #: ``None`` while too little was done to tell, and at the end.
    pace: Pace | None = None


#: Called as a batch goes on, while it is taken in and while it is worked on; what it raises ends the batch.
Watch = Callable[[Progress], None]


class _Task(NamedTuple):
    """One row to be taken in."""

    #: As the user named it.
    file: str
    manifest: str | None
    line: int | None
    #: A conversation, a recording that nobody looked at yet, or why it cannot be used.
    what: Conversation | WorkItem | QaError


class _Taking(NamedTuple):
    """What holds for all rows of a batch."""

    batch: Batch
    actor: str
    options: JobOptions
    reading: ReadOptions | None = None
    #: Folder that names of files start from.
    root: Path | None = None
    assumed: Assumed = _NOTHING


class Batches:
    """Takes folders in and waits for their scorecards."""

    def __init__(self, *, database: Database, ingestion: Ingestion, own: Path, clock: Clock) -> None:
        self._database = database
        self._ingestion = ingestion
        #: Our data folder, which is no part of what is to be scored.
        self._own = own
        self._clock = clock
        self._locks = BatchLocks(own.resolve() / "running")

    def run(
        self, paths: Sequence[Path], *, actor: str, options: JobOptions | None = None, reading: ReadOptions | None = None,
        watch: Watch | None = None,
    ) -> BatchRows:
        """Score everything below the paths; one row for each conversation and recording, in order, while the database is open.

        What an interrupted run has done is not done again. Raises :class:`InputError` when there is nothing to score, and for a rubric
        or engine that this installation does not have.
        """
        options = options or JobOptions()
        self._ingestion.check(options)
        names = ", ".join(str(path) for path in paths)
        found = find(paths, excluding=self._own, fits=fits)
        first = next(found.items, None)
        if first is None:
            raise InputError(f"nothing to score in {names}", hint="recordings, conversation JSON, .eml, .mbox, .vtt, .srt")
        batch = Batch(id=uuid.uuid4().hex, name=names[:500], total=found.expected, created_at=self._clock(), actor=actor)
        with self._watched(batch):
            with self._database.unit() as unit:
                unit.batches.add(batch)
            follow = _Follow(self._database, batch, watch)
            for taken in self._take_in(chain([first], found.items), _Taking(batch, actor, options, reading)):
                follow.look(taken)
            follow.wait()
            with self._database.unit() as unit:
                unit.batches.settle(batch.id)
        return BatchRows(database=self._database, ingestion=self._ingestion, batch=batch.id, options=options)

    def take_in(
        self, paths: Sequence[Path], *, batch: Batch, root: Path, actor: str, options: JobOptions, reading: ReadOptions,
        assumed: Assumed = _NOTHING,
    ) -> int:
        """Take uploaded files in and wait for nothing; every path has an outcome, told by its name below ``root``; how many there are.

        Done again after a crash, it goes on where it was. Ends before the end where somebody stops the batch.
        ``assumed``: what holds where a file does not tell it.
        """
        found = find(paths, confined=True, fits=fits)
        with self._database.unit() as unit:
            taken = unit.batches.taken(batch.id)
            unit.batches.count(batch.id, max(found.expected, taken))
        for taken in self._take_in(found.items, _Taking(batch, actor, options, reading, root, assumed)):  # noqa: B007
            pass
        return taken

    def _take_in(self, items: Iterable[WorkItem], how: _Taking) -> Iterator[int]:
        """Yields how many rows were taken in so far, each kept before the next is looked at."""
        with self._database.reading() as unit:
            position = unit.batches.taken(how.batch.id)
        for piece in _pieces(islice(_tasks(items, how), position, None)):
            rows = self._taken(piece, how, position)
            position += len(rows)
            with self._database.unit() as unit:
                unit.batches.add_items(how.batch.id, rows)
                known = unit.batches.get(how.batch.id)
                if position > known.total:
                    unit.batches.count(how.batch.id, position)
            yield position
            if known.state is not JobState.QUEUED:
                return
        with self._database.unit() as unit:
            unit.batches.begin(how.batch.id, position)

    def _taken(self, piece: Sequence[_Task], how: _Taking, position: int) -> list[BatchItem]:
        good = [(one.what, _source(one, how)) for one in piece if isinstance(one.what, Conversation)]
        results = iter(self._ingestion.conversations(good, options=how.options) if good else ())
        rows: list[BatchItem] = []
        for number, task in enumerate(piece, start=position):
            result: Ingested | QaError
            match task.what:
                case WorkItem():
                    result = self._recording(task.what, task, how)
                case Conversation():
                    result = next(results)
                case _:
                    result = task.what
            rows.append(_item(number, task, result, how.root))
        return rows

    def _recording(self, item: WorkItem, task: _Task, how: _Taking) -> Ingested | QaError:
        source = _source(task, how)
        try:
            header = how.assumed.header(item.load_header(), channels=_channels(item, how.assumed))
            reference = item.sidecar.read_bytes() if item.sidecar is not None and header.reference is not None else None
            if item.pair is None:
                return self._ingestion.recording(item.path, header, source=source, options=how.options, reference=reference)
            names = {path: name_below(how.root, path) for path in item.files}
            return self._ingestion.pair(item.pair, header, source=source, names=names, options=how.options, reference=reference)
        except QaError as error:
            return error

    @contextmanager
    def _watched(self, batch: Batch) -> Iterator[None]:
        """A batch that is interrupted does not run for ever in the list; its jobs go on at the next start.

        A process that is killed cannot say so: its lock stays, which nobody holds any more (:meth:`tend`).
        """
        with self._locks.held(batch.id):
            try:
                yield
            except BaseException:
                self._give_up(batch.id)
                raise

    def tend(self) -> None:
        """End the batches of processes that died before all was taken in. Quick, and safe in several processes."""
        for batch in self._locks.left():
            self._end_lost(batch)

    def _end_lost(self, batch: str) -> None:
        """Where it had been taken in, its jobs tell how far it is."""
        with self._database.reading() as unit:
            known = unit.batches.find(batch)
            state = None if known is None else known.state
            lost = state is JobState.QUEUED or (state is JobState.RUNNING and not unit.batches.taken(batch))
        if lost:
            self._give_up(batch)

    def _give_up(self, batch: str) -> None:
        with self._database.unit() as unit:
            if unit.batches.find(batch) is not None:
                unit.batches.set_state(batch, JobState.FAILED)


class _Follow:
    """Tells whoever watches how far a batch is; looking takes a small part of the time, however large it is."""

    def __init__(self, database: Database, batch: Batch, watch: Watch | None) -> None:
        self._database = database
        self._batch = batch.id
        self._total = batch.total
        self._watch = watch
        self._stopwatch = Stopwatch()
        self._counts: Mapping[JobState, int] = dict.fromkeys(JobState, 0)
        self._due = 0.0

    def look(self, taken: int, *, last: bool = False) -> bool:
        """Whether all that was taken in has ended."""
        begin = time.monotonic()
        if begin >= self._due or last:
            with self._database.reading() as unit:
                self._counts = unit.batches.tallies([self._batch])[self._batch]
            cost = time.monotonic() - begin
            self._due = begin + max(_POLL_SECONDS, cost / _LOOKING_SHARE)
        failed = self._counts[JobState.FAILED]
        done = self._counts[JobState.DONE] + failed
        total = taken if last else max(self._total, taken)
        if self._watch is not None:
            told = self._stopwatch.pace(done, waiting=total - done, at=begin)
            self._watch(Progress(total=total, done=done, failed=failed, taken=taken, pace=told))
        return done >= taken

    def wait(self) -> None:
        """Until all its rows have ended."""
        with self._database.reading() as unit:
            taken = unit.batches.taken(self._batch)
        while not self.look(taken, last=True):
            time.sleep(max(_POLL_SECONDS, self._due - time.monotonic()))


def _tasks(items: Iterable[WorkItem], how: _Taking) -> Iterator[_Task]:
    """Rows in order, each read when it is its turn."""
    for item in items:
        manifest = None if item.manifest is None else name_below(how.root, item.manifest)
        file = " + ".join(name_below(how.root, path) for path in item.files)
        if item.kind is not WorkKind.CONVERSATIONS:
            yield _Task(file, manifest, item.line, item.error or item)
            continue
        for one in item.read(how.reading):
            told = how.assumed.conversation(one) if isinstance(one, Conversation) else one
            yield _Task(name_below(how.root, item.path), manifest, one.line, told)


def _pieces(tasks: Iterable[_Task]) -> Iterator[list[_Task]]:
    """Conversations together, for the sake of speed; each recording by itself."""
    piece: list[_Task] = []
    size = _FIRST
    for task in tasks:
        alone = isinstance(task.what, WorkItem)
        if piece and (alone or len(piece) == size):
            yield piece
            piece, size = [], _INTAKE
        if alone:
            yield [task]
        else:
            piece.append(task)
    if piece:
        yield piece


def _source(task: _Task, how: _Taking) -> Source:
    return Source(name=task.file, actor=how.actor, batch=how.batch.id)


def _item(position: int, task: _Task, result: Ingested | QaError, root: Path | None) -> BatchItem:
    if isinstance(result, QaError):
        fault = fault_below(root, result, task.file)
        return BatchItem(
            position=position, file=task.file, state=JobState.FAILED, error=fault, manifest=task.manifest, line=task.line
        )
    return BatchItem(
        position=position, file=task.file, interaction=result.interaction, job=result.job, manifest=task.manifest, line=task.line,
        cause=result.cause,
    )


def _channels(item: WorkItem, assumed: Assumed) -> int | None:
    """Looked up only where parties are assumed; whoever cannot be read is told by who takes it in."""
    if item.pair is not None or assumed.channel_map == NOT_TOLD:
        return None
    return probe(item.path).channels


def name_below(root: Path | None, path: Path) -> str:
    """The file as its sender named it: below the folder it was staged in, if it was."""
    return str(path if root is None else path.relative_to(root))


def fault_below(root: Path | None, error: QaError, file: str) -> Fault:
    """The fault of an error, without the folder that the file was staged in."""
    fault = Fault.of(error)
    prefix = f"{root}/" if root is not None else ""
    told = {name: text.replace(prefix, "") if prefix else text for name, text in fault.model_dump().items() if isinstance(text, str)}
    return fault.model_copy(update={**told, "file": told.get("file") or file})
