"""Sweeping: files that nothing in the database tells of, on disk and in the object store, are found and, if one says so, deleted."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.permission import Actor
from qa_service.services.clock import Clock
from qa_service.services.recording_places import Area
from qa_service.store.blobs import Blobs, Listed
from qa_service.store.recordings import RecordingFiles
from qa_service.store.session import Database

#: What was written since may belong to an upload that is under way: its row comes last.
YOUNG = timedelta(days=1)
#: ``ab/SHA256`` with any ending, sealed or not, half-written or not.
_HASHED = re.compile(r"[0-9a-f]{2}/\.?(?P<name>[0-9a-f]{64})(\.[a-z0-9.]+)?")
#: ``ID.FORMAT``, sealed or not.
_REPORT = re.compile(r"\.?(?P<name>[A-Za-z0-9_-]+)\.[a-z0-9.]+")
_BATCH = re.compile(r"(?P<name>[0-9a-f]{32})/.+")
_NAMES: Mapping[Area, re.Pattern[str]] = {
    Area.RECORDINGS: _HASHED, Area.VAULT: _HASHED, Area.REPORTS: _REPORT, Area.BATCHES: _BATCH,
}  # fmt: skip
_PART = ".part"
#: Says of some names of an area which of them are needed.
Needed = Callable[[set[str]], set[str]]
#: Names asked about at once.
_PIECE = 500


class Orphan(Record):
    """A file that nothing tells of."""

    #: Where it lies.
    area: Area
    #: Its name there.
    key: str
    #: Bytes.
    size: int
    #: When it was written.
    written_at: AwareDatetime


class Swept(Record):
    """What was found."""

    #: The files.
    orphans: tuple[Orphan, ...]
    #: Whether they were deleted.
    deleted: bool

    @property
    def counts(self) -> dict[str, int]:
        """Files by area."""
        return dict(Counter(one.area.value for one in self.orphans))

    @property
    def size(self) -> int:
        """Bytes of all."""
        return sum(one.size for one in self.orphans)


class Sweeping:
    """Finds and deletes orphans."""

    def __init__(self, *, database: Database, files: RecordingFiles, areas: Mapping[Area, Blobs], clock: Clock) -> None:
        """``areas``: the files as they lie there."""
        self._database = database
        self._files = files
        self._areas = areas
        self._clock = clock

    def find(self) -> Swept:
        """What :meth:`sweep` would delete; raises :class:`StorageError`."""
        return Swept(orphans=tuple(self._found()), deleted=False)

    def sweep(self, *, by: Actor) -> Swept:
        """Delete it; noted in the ledger. Files that were written within a day stay, and so does whatever bears no name of ours."""
        gone = tuple(one for one in self._found() if self._delete(one))
        swept = Swept(orphans=gone, deleted=True)
        if gone:
            content = {"files": swept.counts, "bytes": swept.size}
            with self._database.unit() as unit:
                unit.ledger.append(at=self._clock(), actor=by.id, action="database.swept", subject="files", content=content)
        return swept

    def _found(self) -> Iterator[Orphan]:
        with self._database.reading() as unit:
            kept, uploads = unit.needed_files.recordings()
        checks: Mapping[Area, Needed] = {
            Area.RECORDINGS: lambda names: {one for one in names if bytes.fromhex(one) in kept},
            Area.VAULT: lambda names: {one for one in names if bytes.fromhex(one) in uploads}, Area.REPORTS: self._reports,
            Area.BATCHES: self._batches,
        }  # fmt: skip
        for area, blobs in self._areas.items():
            yield from self._orphans(area, blobs, checks[area])

    def _orphans(self, area: Area, blobs: Blobs, needed: Needed) -> Iterator[Orphan]:
        old: list[tuple[str, Listed]] = []
        before = (self._clock() - YOUNG).timestamp()
        for one in blobs.listed(""):
            found = _NAMES[area].fullmatch(one.key)
            if found is not None and one.written < before:
                old.append((found["name"], one))
            if len(old) == _PIECE:
                yield from _without(area, old, needed)
                old = []
        yield from _without(area, old, needed)

    def _reports(self, names: set[str]) -> set[str]:
        with self._database.reading() as unit:
            return unit.needed_files.reports(names)

    def _batches(self, names: set[str]) -> set[str]:
        with self._database.reading() as unit:
            return unit.needed_files.batches(names)

    def _delete(self, one: Orphan) -> bool:
        """Nobody takes it in meanwhile; false where it came to be needed."""
        found = _NAMES[one.area].fullmatch(one.key)
        if found is None or one.key.endswith(_PART) or one.area not in (Area.RECORDINGS, Area.VAULT):
            return self._areas[one.area].delete(one.key)
        with self._files.alone(found["name"], purpose="taking"):
            with self._database.reading() as unit:
                kept, uploads = unit.needed_files.of(found["name"])
            needed = kept if one.area is Area.RECORDINGS else uploads
            return not needed and self._areas[one.area].delete(one.key)


def _without(area: Area, old: list[tuple[str, Listed]], needed: Needed) -> Iterator[Orphan]:
    there = needed({name for name, _ in old})
    for name, one in old:
        if name not in there or one.key.endswith(_PART):
            yield Orphan(area=area, key=one.key, size=one.size, written_at=datetime.fromtimestamp(one.written, UTC))
