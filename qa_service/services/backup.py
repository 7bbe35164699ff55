"""Backups: everything that the service holds, copied into a folder while it works, with a list of what is there and its hashes."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from filelock import FileLock, Timeout
from pydantic import AwareDatetime, Field

from qa_service import __version__
from qa_service.domain.base import Record
from qa_service.domain.permission import Actor
from qa_service.errors import ConflictError, StorageError
from qa_service.services.clock import Clock
from qa_service.services.recording_places import Area, kept_blobs
from qa_service.settings import Settings
from qa_service.store.blobs import Blob, Blobs, LocalBlobs, settle
from qa_service.store.scratch import Scratch
from qa_service.store.session import Database
from qa_service.store.snapshots import Moment, copy_sqlite, taken

FORMAT = "qa-service backup/1"
MANIFEST, LISTING, JUDGED = "manifest.json", "files.jsonl", "judge.sqlite"
#: Folders of a backup, beside those of the areas.
DATABASE, GOLD, RUBRICS = "database", "gold", "rubrics"
_ASIDE, _LOCK, _PART = ".unfinished", ".lock", ".part"
#: Snapshots until one is found whose files are all still there.
_ROUNDS = 10
_SHA256 = re.compile(r"([0-9a-f]{64})(?![0-9a-f])")
_WHOLE = re.compile(r"([0-9a-f]{64})(?:\.sealed)?")
#: Told what was copied: files and bytes so far.
Watch = Callable[[int, int], None]


class Manifest(Record):
    """What a backup holds."""

    #: How it is laid out.
    format: str = FORMAT
    #: The program that took it.
    program: str
    #: Version of the schema of its database.
    tables: str
    #: ``sqlite`` or ``postgresql``.
    database: str
    #: When its snapshot of the database was taken.
    taken_at: AwareDatetime
    #: The end of its ledger, SEQUENCE:HASH.
    ledger: str
    #: Whether recordings are in it.
    recordings: bool
    #: Files in it, the manifest and the listing aside.
    files: int = Field(ge=0)
    #: Their bytes.
    size: int = Field(ge=0)
    #: SHA-256 of the listing.
    listing: str
    #: Recordings that the database names and that were not there, or not as they came.
    faults: tuple[str, ...] = ()


class Listed(NamedTuple):
    """One file of a backup."""

    path: str
    size: int
    sha256: str


class Backups:
    """Takes backups."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def take(self, target: Path, *, by: Actor, recordings: bool = True, watch: Watch = lambda _files, _size: None) -> Manifest:
        """Copy everything into a new folder, while others work; it appears when all of it is there.

        What was copied by a run that ended early is not copied again. The database is copied first, so that files that it names may go
        meanwhile (a recording is silenced, say): then it is copied again. Raises :class:`ConflictError` where something of that name is
        there, or another run is at it, :class:`ProcessingError` and ``OSError`` where it cannot be done; nothing of that name is there
        then.
        """
        if target.exists():
            raise ConflictError("there is something of that name", file=target, hint="every backup is a folder of its own")
        aside = target.with_name(f"{target.name}{_ASIDE}")
        aside.mkdir(parents=True, exist_ok=True)
        with _alone(aside):
            self._note(target, by)
            manifest = self._taken(aside, recordings=recordings, watch=watch)
            _write(aside / MANIFEST, manifest.model_dump_json(indent=1).encode())
        (aside / _LOCK).unlink(missing_ok=True)
        os.replace(aside, target)
        settle(target.parent)
        return manifest

    def _note(self, target: Path, by: Actor) -> None:
        with self._database.unit() as unit:
            content = {"name": target.name}
            unit.ledger.append(at=self._clock(), actor=by.id, action="database.backed_up", subject="database", content=content)

    def _taken(self, aside: Path, *, recordings: bool, watch: Watch) -> Manifest:
        for last in (number == _ROUNDS for number in range(1, _ROUNDS + 1)):
            copy = _Copy(aside, self._settings, watch)
            copy.uploads()
            at = self._clock()
            with _anew(aside / DATABASE) as folder, taken(self._database.engine, self._settings.workflow_database, folder) as moment:
                version, head = moment.version, moment.head
                needed = frozenset(bytes.fromhex(one) for one in _needed(moment, recordings=recordings))
            missing = copy.rest(needed, recordings=recordings)
            gone = missing - self._needed_now(recordings=recordings)
            if not gone or last:
                break
        listed = copy.listed()
        return Manifest(
            program=__version__, tables=version, database=self._database.engine.dialect.name, taken_at=at, ledger=str(head),
            recordings=recordings, files=listed.files, size=listed.size, listing=listed.sha256,
            faults=tuple(sorted([*(f"recording {one.hex()}: is missing" for one in missing), *copy.faults])),
        )

    def _needed_now(self, *, recordings: bool) -> frozenset[bytes]:
        with self._database.engine.connect() as connection:
            return frozenset(bytes.fromhex(one) for one in _needed(Moment(connection), recordings=recordings))


class Total(NamedTuple):
    """What a listing lists."""

    files: int
    size: int
    sha256: str


class _Copy:
    """The files of one backup."""

    def __init__(self, aside: Path, settings: Settings, watch: Watch) -> None:
        self._aside = aside
        self._settings = settings
        self._watch = watch
        self._done: dict[str, Listed] = {}
        self._size = 0
        self.faults: list[str] = []

    def uploads(self) -> None:
        """What waits to be taken in goes once it is, so it is copied before the database."""
        self._area(Area.BATCHES)

    def rest(self, needed: frozenset[bytes], *, recordings: bool) -> frozenset[bytes]:
        """Everything else; what was needed and is not there."""
        data = self._settings.data_dir.resolve()
        if (data / JUDGED).is_file():
            copy_sqlite(data / JUDGED, self._aside / DATABASE / JUDGED)
        for name, folder in folders(self._settings).items():
            self._all(name, LocalBlobs(folder))
        for area in (Area.BATCHES, Area.REPORTS, *((Area.VAULT,) if recordings else ())):
            self._area(area)
        if recordings:
            self._area(Area.RECORDINGS, only=needed)
        return needed - {bytes.fromhex(found[1]) for path in self._done if (found := _WHOLE.fullmatch(path.rpartition("/")[2]))}

    def listed(self) -> Total:
        """Write down what is there; what an earlier round or run copied and nobody needs any more goes."""
        for path in sorted(self._aside.rglob("*")):
            name = path.relative_to(self._aside).as_posix()
            if path.is_file() and name.startswith(f"{DATABASE}/"):
                self._done[name] = _hashed(path, name)
            elif path.is_file() and name not in self._done and name != _LOCK:
                path.unlink()
        lines = [json.dumps(one._asdict(), ensure_ascii=False) + "\n" for _, one in sorted(self._done.items())]
        data = "".join(lines).encode()
        _write(self._aside / LISTING, data)
        return Total(len(lines), sum(one.size for one in self._done.values()), hashlib.sha256(data).hexdigest())

    def _area(self, area: Area, *, only: frozenset[bytes] | None = None) -> None:
        scratch = Scratch(self._settings.data_dir.resolve() / "incoming")
        self._all(area.value, kept_blobs(self._settings, scratch=scratch, area=area), only=only)

    def _all(self, name: str, blobs: Blobs, *, only: frozenset[bytes] | None = None) -> None:
        """``only``: just what is named by one of these hashes, and lies in a folder that begins as it does."""
        for key in blobs.keys(""):
            sha256 = named_by(key)
            wanted = only is None or (sha256 is not None and key.startswith(f"{sha256[:2]}/") and bytes.fromhex(sha256) in only)
            if wanted and not key.endswith(_PART):
                self._one(f"{name}/{key}", blobs, key)

    def _one(self, path: str, blobs: Blobs, key: str) -> None:
        if path in self._done:
            return
        target = self._aside / path
        blob = blobs.get(key)
        if blob is None:
            return
        if not target.is_file() or target.stat().st_size != blob.size:
            try:
                _fetch(blob, target)
            except (FileNotFoundError, StorageError):
                if blobs.get(key) is not None:
                    raise
                return
        self._done[path] = _hashed(target, path)
        if _plain(path) and self._done[path].sha256 != named_by(path):
            self.faults.append(f"recording {named_by(path)}: its bytes are others than were kept")
        self._size += self._done[path].size
        self._watch(len(self._done), self._size)


def folders(settings: Settings) -> dict[str, Path]:
    """Folders of this machine that are copied as they are, by their names in a backup."""
    rubrics = {} if settings.rubrics_dir is None else {RUBRICS: settings.rubrics_dir.resolve()}
    return {GOLD: settings.gold, **rubrics}


def named_by(path: str) -> str | None:
    """The SHA-256 that a file is named by, if it is."""
    found = _SHA256.match(path.rpartition("/")[2])
    return None if found is None else found[1]


def _plain(path: str) -> bool:
    """Whether a file is named by the hash of just what it holds."""
    name = path.rpartition("/")[2]
    return path.startswith(f"{Area.RECORDINGS}/") and _SHA256.fullmatch(name) is not None


def _needed(moment: Moment, *, recordings: bool) -> Iterator[str]:
    yield from moment.staged()
    if recordings:
        yield from moment.recordings()


def _fetch(blob: Blob, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}{_PART}")
    try:
        with part.open("wb") as out:
            for piece in blob.read():
                out.write(piece)
            _flush(out)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _hashed(path: Path, name: str) -> Listed:
    with path.open("rb") as stream:
        return Listed(path=name, size=path.stat().st_size, sha256=hashlib.file_digest(stream, "sha256").hexdigest())


@contextmanager
def _anew(folder: Path) -> Iterator[Path]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    for path in folder.iterdir():
        with path.open("rb") as stream:
            os.fsync(stream.fileno())


@contextmanager
def _alone(aside: Path) -> Iterator[None]:
    lock = FileLock(aside / _LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ConflictError("another run is taking this backup", file=aside) from error
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as out:
        out.write(data)
        _flush(out)


def _flush(out: BinaryIO) -> None:
    out.flush()
    os.fsync(out.fileno())
