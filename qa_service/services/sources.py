"""Sources: folders and buckets that are looked into every so often; what came there is taken in once, by whichever process looks first."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from types import MappingProxyType, TracebackType
from typing import NamedTuple, TypeVar

from qa_service.channels import ReadOptions
from qa_service.channels.pairs import AGENT_LEFT, NOT_TOLD
from qa_service.domain.base import Record
from qa_service.domain.recording import ChannelMap
from qa_service.domain.source import FileState, SourceKind, SourceProgress
from qa_service.domain.transcript import Speaker
from qa_service.errors import ConfigurationError, NotFoundError, ProcessingError, QaError
from qa_service.services.assumed import Assumed
from qa_service.services.batch import Batches
from qa_service.services.clock import Clock
from qa_service.services.ingest import Ingestion, JobOptions
from qa_service.services.source_groups import Group, grouped, is_finished, key_of
from qa_service.services.source_places import DONE, FAILED, Entry, Place, place_of
from qa_service.services.submission import parties
from qa_service.settings import Settings, SourceProfile, named
from qa_service.store.batches import Batch, BatchItem
from qa_service.store.faults import Fault
from qa_service.store.jobs import JobState, Urgency
from qa_service.store.scratch import Scratch
from qa_service.store.session import Database
from qa_service.store.sources import FailedFile, KnownFile
from qa_service.store.turns import Turns

_LOG = logging.getLogger(__name__)
T = TypeVar("T")
#: Files and bytes that are taken at one go.
_MOST_FILES, _MOST_BYTES = 200, 2_000_000_000
#: Files that are new, of which one look keeps the names; the others are seen by the next.
_MOST_NEW = 100_000
#: Names that are looked up at once.
_PIECE = 500
#: How long the end of a look is waited for when the service stops, seconds.
_PATIENCE = 10.0
#: Who looks may come a little early: another process's clock is not ours.
_EARLY = 0.9
CHANNELS: Mapping[str | None, ChannelMap] = MappingProxyType({
    None: NOT_TOLD, "agent_left": AGENT_LEFT, "customer_left": ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT),
    "mono": ChannelMap(mono=True),
})  # fmt: skip


class SourceView(Record):
    """A source of this process's settings, and how far it is."""

    #: Its name.
    name: str
    #: What it is.
    kind: SourceKind
    #: The folder, or the address of the bucket.
    place: str
    #: Seconds between two looks.
    every_seconds: float
    #: How far it is.
    progress: SourceProgress
    #: Why the last look came to nothing; null where it did not.
    error: Fault | None
    #: Files that cannot be used as they are, the last found first, a hundred at most.
    failed: tuple[FailedFile, ...]


class Look(NamedTuple):
    """What a look has led to."""

    taken: int = 0
    failed: int = 0
    waiting: int = 0
    #: There is more to be taken at once.
    more: bool = False
    #: Why it came to nothing.
    error: Fault | None = None


class SourceDesk:
    """Takes in what comes to sources; as a context, by itself, in a thread for each."""

    def __init__(
        self, *, database: Database, batches: Batches, ingestion: Ingestion, settings: Settings, scratch: Scratch, turns: Turns,
        clock: Clock, now: Callable[[], float] = time.time,
    ) -> None:
        """``now``: seconds since 1970, by which the age of files is told."""
        self._database = database
        self._batches = batches
        self._ingestion = ingestion
        self._settings = settings
        self._scratch = scratch
        self._turns = turns
        self._clock = clock
        self._now = now
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> SourceDesk:
        """Raises :class:`ConfigurationError` and :class:`InputError` for a source that cannot be."""
        for name in self._settings.sources:
            self._check(name)
        self._stopping.clear()
        self._threads = [
            threading.Thread(target=self._watch, args=[name], name=f"source {name}", daemon=True) for name in self._settings.sources
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join(timeout=_PATIENCE)

    def of(self, settings: Settings) -> SourceDesk:
        """The same for the sources of other settings."""
        return SourceDesk(
            database=self._database, batches=self._batches, ingestion=self._ingestion, settings=settings, scratch=self._scratch,
            turns=self._turns, clock=self._clock, now=self._now,
        )

    def list(self) -> tuple[SourceView, ...]:
        """Those of the settings of this process, by name."""
        with self._database.reading() as unit:
            found = {name: (unit.sources.get(name), unit.sources.failed(name)) for name in self._settings.sources}
        return tuple(
            SourceView(
                name=name, kind=SourceKind.BUCKET if profile.url else SourceKind.FOLDER, place=profile.url or str(profile.folder),
                every_seconds=profile.every, progress=found[name][0].progress, error=found[name][0].error, failed=found[name][1],
            )
            for name, profile in sorted(self._settings.sources.items())
        )

    def take(self, name: str) -> Look:
        """Look into a source now, and take in a piece of what is there; ``more`` tells whether to look again at once.

        A place that cannot be reached is told, not raised. Raises :class:`NotFoundError`.
        """
        self._profile(name)
        with self._turns.at(f"source-{name}"):
            return self._looked(name)

    def forget_failed(self, name: str) -> int:
        """Have files that could not be used looked at again, if they are still there; how many they were. Raises :class:`NotFoundError`."""
        self._profile(name)
        with self._database.unit() as unit:
            return unit.sources.forget_failed(name)

    def _watch(self, name: str) -> None:
        every = self._settings.sources[name].every
        while not self._stopping.is_set():
            more = False
            try:
                with self._turns.at(f"source-{name}"):
                    more = self._is_due(name) and self._looked(name).more
                while more and not self._stopping.is_set():
                    more = self.take(name).more
            except Exception:  # noqa: BLE001 - the edge of a thread: a busy database must not end the watch
                _LOG.exception("could not look into the source %s", name)
            self._stopping.wait(every)

    def _is_due(self, name: str) -> bool:
        """Whether no other process has just looked."""
        with self._database.reading() as unit:
            last = unit.sources.looked_at(name)
        return last is None or self._clock() - last >= timedelta(seconds=self._settings.sources[name].every * _EARLY)

    def _looked(self, name: str) -> Look:
        profile = self._settings.sources[name]
        try:
            look = self._taken(name, profile, place_of(name, profile, self._settings))
        except (ProcessingError, ConfigurationError) as error:
            look = Look(error=Fault.of(error))
        with self._database.unit() as unit:
            unit.sources.looked(name, at=self._clock(), waiting=look.waiting, error=look.error)
        if look.error is not None:
            _LOG.warning("the source %s gave nothing: %s", name, look.error.code)
        return look

    def _taken(self, name: str, profile: SourceProfile, place: Place) -> Look:
        self._end_lost(name)
        new = self._new(name, profile, place)
        keys = {key_of(one) for one in new}
        groups = grouped(one for one in place.list() if is_finished(one) and key_of(one) in keys) if new else ()
        now = self._now()
        ready = [one for one in groups if one.is_ready(profile, now=now)]
        piece = _piece(ready)
        fresh = {one.name: one for one in new}
        outcome = self._taken_in(name, profile, place, piece) if piece else {}
        outcome = {entry: fault for entry, fault in outcome.items() if entry.name in fresh}
        self._put_away(profile, place, outcome)
        left = sum(len(one.entries) for one in groups) - sum(len(one.entries) for one in piece)
        failed = sum(fault is not None for fault in outcome.values())
        return Look(taken=len(outcome) - failed, failed=failed, waiting=left, more=len(ready) > len(piece))

    def _new(self, name: str, profile: SourceProfile, place: Place) -> Sequence[Entry]:
        """Files that were not taken as they are now; those that were are put away, if a process died before it did so."""
        new: list[Entry] = []
        for some in _pieces((one for one in place.list() if is_finished(one)), _PIECE):
            with self._database.reading() as unit:
                known = unit.sources.known(name, [_id(one) for one in some])
            for one in some:
                before = known.get(_id(one))
                if before is None or before.version != one.version:
                    new.append(one)
                elif profile.after == "move":
                    place.put_away(one, _folder(before))
            if len(new) >= _MOST_NEW:
                break
        return new

    def _taken_in(self, name: str, profile: SourceProfile, place: Place, groups: Sequence[Group]) -> Mapping[Entry, Fault | None]:
        """What became of each file; those that changed meanwhile, or that wait for a store, are left out and seen by the next look."""
        most = self._settings.max_upload_bytes
        refused = {one: error for one in groups if (error := one.refused(most=most)) is not None}
        outcome: dict[Entry, Fault | None] = {entry: Fault.of(error) for one, error in refused.items() for entry in one.entries}
        with TemporaryDirectory(prefix="source-", dir=self._scratch.folder) as folder:
            fetched = [one for one in groups if one not in refused and _fetched(place, one, Path(folder))]
            items = self._items(name, profile, fetched, Path(folder)) if fetched else ()
        for one in fetched:
            outcome |= _outcome(one, items)
        with self._database.unit() as unit:
            told = {_id(entry): (entry.version, fault) for entry, fault in outcome.items()}
            unit.sources.remember(name, told, at=self._clock())
            unit.sources.taking(name, None, at=self._clock())
        return outcome

    def _items(self, name: str, profile: SourceProfile, groups: Sequence[Group], folder: Path) -> Sequence[BatchItem]:
        files = [entry.name for one in groups for entry in one.entries]
        actor = f"source/{name}"
        batch = Batch(
            id=uuid.uuid4().hex, name=f"source {name}", state=JobState.QUEUED, total=len(files), created_at=self._clock(), actor=actor
        )
        with self._database.unit() as unit:
            unit.batches.add(batch)
            unit.sources.taking(name, batch.id)
        self._batches.take_in(
            [folder / one for one in files], batch=batch, root=folder, actor=actor, options=_options(profile), reading=self._reading(),
            assumed=Assumed(language=profile.language, queue=profile.queue, team=profile.team, channel_map=CHANNELS[profile.channels]),
        )
        with self._database.reading() as unit:
            if unit.batches.get(batch.id).state is JobState.FAILED:
                raise ProcessingError("somebody stopped it", field="batch", hint="the files are taken at the next look")
            return tuple(item for page in unit.batches.walk(batch.id) for item in page)

    def _put_away(self, profile: SourceProfile, place: Place, outcome: Mapping[Entry, Fault | None]) -> None:
        if profile.after == "move":
            for entry, fault in outcome.items():
                reason = None if fault is None else fault.model_dump_json(indent=1).encode()
                place.put_away(entry, DONE if fault is None else FAILED, reason=reason)

    def _end_lost(self, name: str) -> None:
        """The batch of a process that died does not wait for ever; its files are taken again, and found to be there."""
        with self._database.unit() as unit:
            lost = unit.sources.get(name).batch
            if lost is not None:
                known = unit.batches.find(lost)
                if known is not None and known.state is JobState.QUEUED:
                    unit.batches.set_state(lost, JobState.FAILED)
                unit.sources.taking(name, None)

    def _check(self, name: str) -> None:
        profile = self._profile(name)
        place_of(name, profile, self._settings)
        self._ingestion.check(_options(profile))

    def _profile(self, name: str) -> SourceProfile:
        found = self._settings.sources.get(name)
        if found is None:
            raise NotFoundError(f"no source {name!r}", field="source", hint="sources are named in QA_SOURCES")
        return found

    def _reading(self) -> ReadOptions:
        return ReadOptions(parties=parties(named(self._settings.agent_addresses), named(self._settings.agent_domains)))


def _options(profile: SourceProfile) -> JobOptions:
    return JobOptions(rubric=profile.rubric, engine=profile.engine, priority=Urgency.NORMAL)


def _id(entry: Entry) -> str:
    return hashlib.sha256(entry.name.encode("utf-8", "surrogatepass")).hexdigest()


def _folder(known: KnownFile) -> str:
    return DONE if known.state is FileState.TAKEN else FAILED


def _piece(groups: Sequence[Group]) -> Sequence[Group]:
    """The first ones, as many as are taken at one go; at least one."""
    found: list[Group] = []
    files = size = 0
    for one in groups:
        files, size = files + len(one.entries), size + sum(entry.size for entry in one.entries)
        if found and (files > _MOST_FILES or size > _MOST_BYTES):
            break
        found.append(one)
    return found


def _fetched(place: Place, group: Group, folder: Path) -> bool:
    """Whether all of it is here now, as it was listed."""
    for entry in group.entries:
        target = folder / entry.name
        # In a bucket one key may be the folder of another: the second one waits until the first is known.
        fits = not target.is_dir() and not any(one.is_file() for one in target.parents)
        if fits:
            target.parent.mkdir(parents=True, exist_ok=True)
        if not fits or not place.fetch(entry, target):
            for one in group.entries:
                if (folder / one.name).is_file():
                    (folder / one.name).unlink()
            return False
    return True


def _outcome(group: Group, items: Iterable[BatchItem]) -> dict[Entry, Fault | None]:
    """What became of each file of a group: what was told of it, else of the group; nothing where it may go well the next time."""
    names = {one.name for one in group.entries}
    told: dict[str, Fault | None] = {}
    for item in items:
        for part in (item.file,) if item.file in names else names & set(item.file.split(" + ")):
            told[part] = told.get(part) or item.error
    first = next((fault for fault in told.values() if fault is not None), None)
    if first is not None and first.code in _PASSING:
        return {}
    return {one: told.get(one.name, first) for one in group.entries}


def _codes(kind: type[QaError]) -> Iterator[str]:
    yield kind.code
    for one in kind.__subclasses__():
        yield from _codes(one)


#: Faults that are not the file's.
_PASSING = frozenset(_codes(ProcessingError))


def _pieces(values: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(values)
    while piece := list(islice(rest, size)):
        yield piece
