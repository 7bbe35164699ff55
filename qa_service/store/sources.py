"""Sources: how far each is, and which files of it were taken as they are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.source import FileState, SourceProgress
from qa_service.store.faults import Fault
from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import SourceFileRow, SourceRow, core

_SOURCES, _FILES = core(SourceRow).c, core(SourceFileRow).c


class KnownFile(NamedTuple):
    """A file as it was when it was taken."""

    version: str
    state: FileState


class LookedAt(NamedTuple):
    """How far a source is, why the last look came to nothing, and the batch that it was taking in."""

    progress: SourceProgress
    error: Fault | None
    batch: str | None


class FailedFile(Record):
    """A file that cannot be used."""

    #: When that was found.
    at: AwareDatetime
    #: Which, and what is wrong with it.
    error: Fault


class Sources(Repository):
    """Sources by name; files by the SHA-256 of their name."""

    def get(self, source: str) -> LookedAt:
        """As far as anybody looked."""
        row = self._first(SourceRow, _SOURCES.name == source)
        if row is None:
            return LookedAt(SourceProgress(), None, None)
        counted = sa.select(_FILES.state, sa.func.count()).where(_FILES.source == source).group_by(_FILES.state)
        counts: dict[str, int] = dict(map(tuple, self._session.execute(counted)))
        progress = SourceProgress(
            looked_at=row.looked_at, taken_at=row.taken_at, waiting=row.waiting, taken=counts.get(FileState.TAKEN.value, 0),
            failed=counts.get(FileState.FAILED.value, 0),
        )
        return LookedAt(progress, Fault.read(row.error), row.batch_id)

    def looked_at(self, source: str) -> datetime | None:
        """When somebody looked last."""
        return self._session.scalar(sa.select(_SOURCES.looked_at).where(_SOURCES.name == source))

    def looked(self, source: str, *, at: datetime, waiting: int, error: Fault | None) -> None:
        """Somebody looked."""
        self._note(source, {"looked_at": at, "waiting": waiting, "error": Fault.write(error)})

    def taking(self, source: str, batch: str | None, *, at: datetime | None = None) -> None:
        """A batch is being taken in, or none any more since then."""
        self._note(source, {"batch_id": batch} if at is None else {"batch_id": batch, "taken_at": at})

    def known(self, source: str, files: Iterable[str]) -> dict[str, KnownFile]:
        """Those that were taken, each as it was then."""
        found: dict[str, KnownFile] = {}
        for some in chunks(files):
            chosen = sa.select(_FILES.id, _FILES.version, _FILES.state).where(_FILES.source == source, _FILES.id.in_(some))
            found |= {row.id: KnownFile(row.version, FileState(row.state)) for row in self._session.execute(chosen)}
        return found

    def remember(self, source: str, files: Mapping[str, tuple[str, Fault | None]], *, at: datetime) -> None:
        """Files by id: as what they were taken, and what was wrong with them."""
        self._replace(SourceFileRow, [
            {
                "source": source, "id": name, "version": version, "at": at, "error": Fault.write(error),
                "state": (FileState.TAKEN if error is None else FileState.FAILED).value,
            }
            for name, (version, error) in files.items()
        ])  # fmt: skip

    def failed(self, source: str, *, limit: int = 100) -> tuple[FailedFile, ...]:
        """Files that cannot be used, the last found first."""
        where = (_FILES.source == source, _FILES.state == FileState.FAILED.value)
        chosen = sa.select(_FILES.at, _FILES.error).where(*where).order_by(_FILES.at.desc(), _FILES.id).limit(limit)
        rows: Sequence[Any] = self._session.execute(chosen).all()
        return tuple(FailedFile(at=row.at, error=Fault.model_validate_json(row.error)) for row in rows)

    def forget_failed(self, source: str) -> int:
        """Have files that could not be used looked at again; how many they were."""
        where = (_FILES.source == source, _FILES.state == FileState.FAILED.value)
        return self._execute(sa.delete(core(SourceFileRow)).where(*where))

    def _note(self, source: str, values: Mapping[str, Any]) -> None:
        self._insert_new(SourceRow, [{
            "name": source, "looked_at": None, "taken_at": None, "waiting": 0, "error": None, "batch_id": None
        }])  # fmt: skip
        self._update(SourceRow, _SOURCES.name == source, values=values)
