"""Recordings: the bytes as content-addressed files, what is known of them as rows."""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from qa_service.domain.recording import ChannelMap, Recording
from qa_service.errors import AudioError, NotFoundError
from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import RecordingRow, core

_RECORDINGS = core(RecordingRow).c
_SHA256 = re.compile(r"[0-9a-f]{64}")
_ENDING = re.compile(r"\.[A-Za-z0-9]{1,8}")
_PIECE = 1 << 20


class RecordingFiles:
    """Audio files below ``root``, named by their SHA-256; never changed, never loaded whole."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, stream: BinaryIO, *, name: str | None = None, limit: int | None = None) -> str:
        """Keep what the stream holds; its SHA-256, hex. A crash leaves the whole file or none.

        Raises :class:`AudioError` for an empty stream, and for one of more than ``limit`` bytes; ``name`` is for the message.
        """
        self._root.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix="incoming-", dir=self._root)
        try:
            with os.fdopen(handle, "wb") as file:
                sha256 = _copy(stream, file, name=name, limit=limit)
            target = self._place(sha256)
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(temporary, target)
        finally:
            Path(temporary).unlink(missing_ok=True)
        _settle(target.parent)
        return sha256

    def attach(self, sha256: str, suffix: str, data: bytes) -> None:
        """Keep a small file beside a recording (its side-car); raises :class:`NotFoundError`."""
        target = self.path(sha256).with_suffix(suffix)
        handle, temporary = tempfile.mkstemp(prefix="incoming-", dir=self._root)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        os.replace(temporary, target)

    def path(self, sha256: str) -> Path:
        """Where the file lies; raises :class:`NotFoundError`."""
        if _SHA256.fullmatch(sha256) is None or not self._place(sha256).is_file():
            raise NotFoundError(f"no recording {sha256!r}", field="sha256")
        return self._place(sha256)

    @contextmanager
    def named(self, sha256: str, file_name: str) -> Iterator[Path]:
        """The file, for a while, under a name with the ending it came with (which tells decoders what a file without a header holds), its
        side-car beside it; raises :class:`NotFoundError`."""
        kept = self.path(sha256).resolve()
        ending = Path(file_name).suffix
        with tempfile.TemporaryDirectory(prefix="reading-", dir=self._root) as folder:
            path = Path(folder) / f"recording{ending if _ENDING.fullmatch(ending) else ''}"
            path.symlink_to(kept)
            if kept.with_suffix(".json").is_file():
                path.with_suffix(".json").symlink_to(kept.with_suffix(".json"))
            yield path

    def open(self, sha256: str) -> BinaryIO:
        """The file, open for reading; the caller closes it. Raises :class:`NotFoundError`."""
        return self.path(sha256).open("rb")

    def _place(self, sha256: str) -> Path:
        return self._root / sha256[:2] / sha256


class Recordings(Repository):
    """What is known of recordings, by SHA-256."""

    def add(self, recording: Recording) -> bool:
        """Keep it; false when the same audio was there before, which stays as it was told first."""
        return self._insert_new(RecordingRow, [{**recording.model_dump(), "channel_map": recording.channel_map.model_dump_json()}])

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
    )


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
    file.flush()
    os.fsync(file.fileno())
    return digest.hexdigest()


def _settle(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
