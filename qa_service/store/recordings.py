"""Recordings: the bytes as content-addressed files, on this machine or in an object store, and what is known of them as rows."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from qa_service.domain.recording import ChannelMap, Muting, Recording
from qa_service.errors import AudioError, NotFoundError, StorageError
from qa_service.store.blobs import Blob, Blobs, LocalBlobs
from qa_service.store.repository import Repository, chunks
from qa_service.store.scratch import Scratch
from qa_service.store.tables import RecordingRow, core
from qa_service.store.turns import FileTurns, Turns

_RECORDINGS = core(RecordingRow).c
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SIDECAR = ".json"
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
_PIECE = 1 << 20
#: Folders beside the files of a folder.
UNFINISHED, LOCKS = "unfinished", "locks"


class RecordingFiles:
    """Audio files, named by their SHA-256; never changed, never loaded whole."""

    def __init__(self, *, scratch: Scratch, blobs: Blobs, turns: Turns) -> None:
        """``scratch``: on the same file system as what ``blobs`` keeps, if that is this machine's."""
        self.scratch = scratch
        self._blobs = blobs
        self._turns = turns

    @classmethod
    def below(cls, root: Path) -> RecordingFiles:
        """All in a folder of this machine."""
        return cls(scratch=Scratch(root / UNFINISHED), blobs=LocalBlobs(root), turns=FileTurns(root / LOCKS))

    def put(self, stream: BinaryIO, *, name: str | None = None, limit: int | None = None) -> str:
        """Keep what the stream holds; its SHA-256, hex. A crash leaves the whole file or none.

        Raises :class:`AudioError` for an empty stream, and for one of more than ``limit`` bytes; ``name`` is for the message.
        """
        with self._written(lambda file: _copy(stream, file, name=name, limit=limit)) as (temporary, sha256):
            self._blobs.put(_key(sha256), temporary)
        return sha256

    def attach(self, sha256: str, suffix: str, data: bytes) -> None:
        """Keep a small file beside a recording (its side-car); raises :class:`NotFoundError`."""
        self.get(sha256)
        with self._written(lambda file: str(file.write(data))) as (temporary, _):
            self._blobs.put(_key(sha256) + suffix, temporary)

    def attached(self, sha256: str, suffix: str) -> bytes | None:
        """The small file beside a recording, if there is one."""
        beside = self._blobs.get(_key(sha256) + suffix)
        return None if beside is None else b"".join(beside.read())

    def delete(self, sha256: str) -> bool:
        """Remove a file for good, with what lies beside it; false where it is not there (any more)."""
        there = self._blobs.delete(_key(sha256))
        for beside in list(self._blobs.keys(f"{_key(sha256)}.")):
            self._blobs.delete(beside)
        return there

    def get(self, sha256: str) -> Blob:
        """The file, to be read; raises :class:`NotFoundError`."""
        found = self._blobs.get(_key(sha256)) if _SHA256.fullmatch(sha256) is not None else None
        if found is None:
            raise NotFoundError(f"no recording {sha256!r}", field="sha256")
        return found

    @contextmanager
    def named(self, sha256: str, file_name: str) -> Iterator[Path]:
        """The file, for a while, under a name with the ending it came with (which tells decoders what a file without a header holds), its
        side-car beside it; raises :class:`NotFoundError`, and :class:`StorageError` where its bytes are others than were kept."""
        kept, ending = self.get(sha256), Path(file_name).suffix
        beside = self.attached(sha256, _SIDECAR)
        with kept.local() as whole, tempfile.TemporaryDirectory(prefix="reading-", dir=self.scratch.folder) as folder:
            _check(whole, sha256, file_name)
            path = Path(folder) / f"recording{ending if _ENDING.fullmatch(ending) else ''}"
            path.symlink_to(whole)
            if beside is not None:
                path.with_suffix(_SIDECAR).write_bytes(beside)
            yield path

    @contextmanager
    def alone(self, sha256: str, *, purpose: str) -> Iterator[None]:
        """Nobody else in any process that shares the database is inside for the same recording and purpose; a process that dies lets go."""
        with self._turns.at(f"{purpose}-{sha256}"):
            yield

    @contextmanager
    def _written(self, write: Callable[[BinaryIO], str]) -> Iterator[tuple[Path, str]]:
        handle, temporary = tempfile.mkstemp(prefix="incoming-", dir=self.scratch.folder)
        try:
            with os.fdopen(handle, "wb") as file:
                told = write(file)
            yield Path(temporary), told
        finally:
            Path(temporary).unlink(missing_ok=True)


class Recordings(Repository):
    """What is known of recordings, by SHA-256."""

    def add(self, recording: Recording) -> bool:
        """Keep it; false when the same audio was there before, which stays as it was told first."""
        values = {**recording.model_dump(), "channel_map": recording.channel_map.model_dump_json(), "muting": _muting(recording.muting)}
        return self._insert_new(RecordingRow, [values])

    def mute(self, sha256: str, muting: Muting | None) -> None:
        """Note how far it is silenced; raises :class:`NotFoundError`."""
        if not self._update(RecordingRow, _RECORDINGS.sha256 == sha256, values={"muting": _muting(muting)}):
            raise NotFoundError(f"no recording {sha256!r}", field="sha256")

    def remap(self, sha256: str, channel_map: ChannelMap) -> None:
        """Correct who is on which channel; raises :class:`NotFoundError`."""
        if not self._update(RecordingRow, _RECORDINGS.sha256 == sha256, values={"channel_map": channel_map.model_dump_json()}):
            raise NotFoundError(f"no recording {sha256!r}", field="sha256")

    def get(self, sha256: str) -> Recording:
        """The recording; raises :class:`NotFoundError`."""
        row = self._first(RecordingRow, _RECORDINGS.sha256 == sha256)
        if row is None:
            raise NotFoundError(f"no recording {sha256!r}", field="sha256")
        return _recording(row)

    def some(self, recordings: Iterable[str]) -> dict[str, Recording]:
        """Those of the recordings that are there, by SHA-256."""
        rows = (row for some in chunks(recordings) for row in self._all(RecordingRow, _RECORDINGS.sha256.in_(some)))
        return {row.sha256: _recording(row) for row in rows}


def _recording(row: RecordingRow) -> Recording:
    return Recording(
        sha256=row.sha256, file_name=row.file_name, size=row.size, duration_ms=row.duration_ms, sample_rate=row.sample_rate,
        channels=row.channels, codec=row.codec, channel_map=ChannelMap.model_validate_json(row.channel_map),
        muting=None if row.muting is None else Muting.model_validate_json(row.muting),
    )


def _muting(muting: Muting | None) -> str | None:
    return None if muting is None else muting.model_dump_json()


def _copy(stream: BinaryIO, file: BinaryIO, *, name: str | None, limit: int | None) -> str:
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if limit is not None and size > limit:
            raise AudioError(f"the recording has more than {limit} bytes", file=name, hint="raise QA_MAX_UPLOAD_BYTES to take it")
        digest.update(piece)
        file.write(piece)
    if size == 0:
        raise AudioError("the file is empty", file=name)
    return digest.hexdigest()


def _key(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _check(path: Path, sha256: str, file_name: str) -> None:
    """A disk or a store may give back other bytes than it took."""
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != sha256:
        raise StorageError("the recording is damaged: its bytes are others than were kept", file=file_name, hint="restore it from a backup")
