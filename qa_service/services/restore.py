"""Restoring: a backup put back into an empty home, every file against its hash, and the ledger checked at the end."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from pydantic import Field, ValidationError

from qa_service.domain.base import Record
from qa_service.domain.ledger import Head
from qa_service.domain.permission import Actor
from qa_service.errors import ConflictError, InputError
from qa_service.services.backup import DATABASE, FORMAT, GOLD, JUDGED, LISTING, MANIFEST, RUBRICS, Listed, Manifest, Watch
from qa_service.services.clock import Clock
from qa_service.services.recording_places import Area, kept_blobs
from qa_service.services.workflow_tables import make_tables
from qa_service.settings import Settings
from qa_service.store import schema
from qa_service.store.presence import presence
from qa_service.store.scratch import Scratch
from qa_service.store.session import Database
from qa_service.store.snapshots import put_back

#: Says that files of a backup are being put here, so that the same may be tried again.
_MARK = "restoring"
#: What may lie in a data folder that holds nothing yet, and caches that are made again.
_NOTHING = frozenset({_MARK, "executors", "models", "vectors.sqlite", "vectors.sqlite-wal", "vectors.sqlite-shm", "incoming", "exports"})
#: Folders of backups.
_PLACES = frozenset({DATABASE, GOLD, RUBRICS, *(area.value for area in Area)})
_ASIDE, _UNFINISHED = "before-", "restore-"
_PIECE = 1 << 20


class Restored(Record):
    """What was put back."""

    #: What the backup says of itself.
    manifest: Manifest
    #: Entries of the ledger, all of them checked.
    entries: int = Field(ge=0)
    #: Where that which was here before lies now; null where nothing was.
    before: str | None = None
    #: Folder that rubrics of an own folder were put into; null where there were none.
    rubrics: str | None = None


class Restoring:
    """Puts backups back; nothing may work on the home meanwhile."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._data = settings.data_dir.resolve()
        self._clock = clock

    def check(self, source: Path, *, watch: Watch = lambda _files, _size: None) -> Manifest:
        """Compare every file with the backup's list; raises :class:`InputError` for the first that is missing or was altered."""
        manifest = read_manifest(source)
        size = 0
        for number, one in enumerate(_listed(source, manifest), start=1):
            with _opened(source / one.path) as stream:
                _same(one, hashlib.file_digest(stream, "sha256").hexdigest(), source)
            size += one.size
            watch(number, size)
        return manifest

    def restore(
        self, source: Path, *, by: Actor, replace: bool = False, watch: Watch = lambda _files, _size: None
    ) -> Restored:
        """Put everything back, bring the database to this version and check its ledger against the head that the backup names.

        Files come first and the database last: what ended early is no home yet, and can be tried again. Raises :class:`InputError` for what
        is no backup, or not whole; :class:`ConflictError` for a home that is not empty (``replace``: what is in its folder is moved aside,
        what is in a PostgreSQL database thrown away) or that something works on; :class:`LedgerError` where the ledger does not verify.
        """
        manifest = read_manifest(source)
        self._refuse(manifest, replace=replace)
        with tempfile.TemporaryDirectory(prefix=_UNFINISHED, dir=_made(self._data)) as folder:
            # The whole of the database is known to be as it was before anything is touched.
            for one in _listed(source, manifest):
                if one.path.startswith(f"{DATABASE}/"):
                    _checked(source, one, Path(folder) / one.path.removeprefix(f"{DATABASE}/"))
            before = self._aside() if replace else None
            (self._data / _MARK).write_text(manifest.listing, encoding="ascii")
            names = self._files(source, manifest, watch)
            self._load(Path(folder), manifest)
        entries = self._verify(manifest, by)
        (self._data / _MARK).unlink()
        rubrics = str(self._rubrics()) if RUBRICS in names else None
        return Restored(manifest=manifest, entries=entries, before=before, rubrics=rubrics)

    def _refuse(self, manifest: Manifest, *, replace: bool) -> None:
        kind = self._database.engine.dialect.name
        if kind != manifest.database:
            hint = "set QA_DATABASE_URL to a database of that kind"
            raise InputError(f"this is a backup of {manifest.database}, and the home is on {kind}", field="QA_DATABASE_URL", hint=hint)
        if manifest.tables > schema.newest():
            raise InputError(f"a newer program ({manifest.program}) took this backup", hint="restore with that version, or a newer one")
        if presence(self._settings.workflow_database, self._data / "executors").living():
            raise ConflictError("a process works on this home", hint="stop it first")
        mark = self._data / _MARK
        again = mark.is_file() and mark.read_text(encoding="ascii") == manifest.listing
        if not (again or replace) and (there := self._there()):
            raise ConflictError(f"this home is not empty: {there}", file=self._data, hint="--replace moves what is there aside")

    def _there(self) -> str | None:
        """What is in the home already."""
        found = self._found()
        if found:
            return ", ".join(sorted(one.name for one in found)[:5])
        return "there is something in its database" if self._database.holds_anything() else None

    def _found(self) -> list[Path]:
        inside = [one for one in self._data.iterdir() if one.name not in _NOTHING] if self._data.is_dir() else []
        return [one for one in inside if not one.name.startswith((_UNFINISHED, _ASIDE))]

    def _aside(self) -> str | None:
        file = Path(str(self._database.engine.url.database))
        own = [] if self._database.engine.dialect.name == "postgresql" or file.parent == self._data else [file]
        found = [*self._found(), *(one for one in own if one.is_file())]
        if not found:
            return None
        aside = self._data / f"{_ASIDE}{self._clock():%Y%m%dT%H%M%S}"
        aside.mkdir()
        for one in found:
            shutil.move(one, aside / one.name)
        return str(aside)

    def _files(self, source: Path, manifest: Manifest, watch: Watch) -> frozenset[str]:
        """Put them where they belong; the names of the places."""
        scratch = Scratch(self._data / "incoming")
        areas = {area.value: kept_blobs(self._settings, scratch=scratch, area=area) for area in Area}
        plain = {GOLD: self._settings.gold, RUBRICS: self._rubrics()}
        size, names = 0, set()
        for number, one in enumerate(_listed(source, manifest), start=1):
            name, _, key = one.path.partition("/")
            if name in areas:
                part = scratch.folder / "restored"
                _checked(source, one, part)
                areas[name].put(key, part)
            elif name in plain:
                _checked(source, one, plain[name] / key)
            names.add(name)
            size += one.size
            watch(number, size)
        return frozenset(names)

    def _rubrics(self) -> Path:
        return self._settings.rubrics_dir.resolve() if self._settings.rubrics_dir is not None else self._data / "rubrics"

    def _load(self, folder: Path, manifest: Manifest) -> None:
        def prepare() -> None:
            if self._database.version() not in (None, manifest.tables):
                hint = "restore into a new database"
                raise ConflictError("the tables there are of another version than those of the backup", field="QA_DATABASE_URL", hint=hint)
            self._database.upgrade(to=manifest.tables)
            make_tables(self._settings.workflow_database)

        if (folder / JUDGED).is_file():
            os.replace(folder / JUDGED, self._data / JUDGED)
        put_back(self._database.engine, self._settings.workflow_database, folder, prepare=prepare)
        self._database.close()
        self._database.upgrade()

    def _verify(self, manifest: Manifest, by: Actor) -> int:
        with self._database.unit() as unit:
            chain = unit.ledger.verify(kept=Head.read(manifest.ledger))
            content = {"taken_at": manifest.taken_at.isoformat(), "ledger": manifest.ledger, "faults": len(manifest.faults)}
            unit.ledger.append(at=self._clock(), actor=by.id, action="database.restored", subject="database", content=content)
        return chain.entries


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself; raises :class:`InputError`."""
    path = source / MANIFEST
    if not path.is_file():
        raise InputError("this is no backup, or one that was not finished", file=source, hint="a folder made by 'qa-service db backup'")
    try:
        manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    except (ValidationError, UnicodeDecodeError) as error:
        raise InputError("its manifest cannot be read", file=path) from error
    if manifest.format != FORMAT:
        raise InputError(f"a backup of the kind {manifest.format[:40]!r} is not known", file=path)
    return manifest


def _listed(source: Path, manifest: Manifest) -> Iterator[Listed]:
    with _opened(source / LISTING) as stream:
        if hashlib.file_digest(stream, "sha256").hexdigest() != manifest.listing:
            raise InputError("the list of its files was altered", file=source / LISTING)
        stream.seek(0)
        for line in stream:
            one = Listed(**json.loads(line))
            if Path(one.path).is_absolute() or ".." in Path(one.path).parts or one.path.partition("/")[0] not in _PLACES:
                raise InputError(f"{one.path!r} belongs nowhere", file=source / LISTING)
            yield one


def _checked(source: Path, one: Listed, target: Path) -> None:
    """Copy a file, whole or not at all, and only as it is listed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f"{target.name}.part")
    found = hashlib.sha256()
    try:
        with _opened(source / one.path) as stream, part.open("wb") as out:
            while piece := stream.read(_PIECE):
                found.update(piece)
                out.write(piece)
            out.flush()
            os.fsync(out.fileno())
        _same(one, found.hexdigest(), source)
        os.replace(part, target)
    finally:
        part.unlink(missing_ok=True)


def _opened(path: Path) -> BufferedReader:
    if not path.is_file():
        raise InputError("a file of the backup is missing", file=path)
    return path.open("rb")


def _same(one: Listed, sha256: str, source: Path) -> None:
    if sha256 != one.sha256:
        raise InputError("a file of the backup was altered", file=source / one.path, hint="nothing is in force yet; take another backup")


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
