"""Needed files: the names of all files outside of the database that rows of it still tell of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from qa_service.domain.recording import Muting
from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import RecordingRow, ReportRow, StagedBatchRow, core

_RECORDINGS = core(RecordingRow).c
#: Rows read at once.
_PIECE = 5000


class NeededFiles(Repository):
    """Read at one moment; a file may come to be needed, or cease to be, right after."""

    def recordings(self) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """SHA-256 (32 bytes, not hex: there may be millions) of the audio that recordings need, and of the uploads that originals in the
        vault are named by."""
        kept: set[bytes] = set()
        uploads: set[bytes] = set()
        for sha256, muting in self._recordings():
            uploads.add(bytes.fromhex(sha256))
            kept.update(map(bytes.fromhex, _kept(sha256, muting)))
        return frozenset(kept), frozenset(uploads)

    def of(self, sha256: str) -> tuple[bool, bool]:
        """The same of one name (hex): whether a recording needs the file, and whether one came with it."""
        told = (_RECORDINGS.sha256 == sha256) | _RECORDINGS.muting.contains(sha256, autoescape=True)
        rows = self._session.execute(sa.select(_RECORDINGS.sha256, _RECORDINGS.muting).where(told)).all()
        return any(sha256 in _kept(one, muting) for one, muting in rows), any(one == sha256 for one, _ in rows)

    def reports(self, ids: Iterable[str]) -> set[str]:
        """Those of the reports that are there."""
        return self._there(core(ReportRow).c.id, ids)

    def batches(self, ids: Iterable[str]) -> set[str]:
        """Those of the batches whose files wait."""
        return self._there(core(StagedBatchRow).c.batch_id, ids)

    def _there(self, column: sa.Column[str], ids: Iterable[str]) -> set[str]:
        return {one for some in chunks(ids) for one in self._session.scalars(sa.select(column).where(column.in_(some)))}

    def _recordings(self) -> Iterator[tuple[str, str | None]]:
        chosen = sa.select(_RECORDINGS.sha256, _RECORDINGS.muting).execution_options(yield_per=_PIECE)
        for some in self._session.execute(chosen).partitions():
            yield from ((sha256, muting) for sha256, muting in some)


def _kept(sha256: str, muting: str | None) -> Iterator[str]:
    """The upload, until a silenced file took its place; and what is being made to."""
    told = None if muting is None else Muting.model_validate_json(muting)
    yield sha256 if told is None or told.file_sha256 is None else told.file_sha256
    yield from () if told is None else told.making
