"""Report files: each is whole or not there."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path

from qa_service.store.blobs import Blob, Blobs
from qa_service.store.scratch import Scratch


class ReportFiles:
    """Files of reports by name, where recordings are kept."""

    def __init__(self, blobs: Blobs, *, scratch: Scratch) -> None:
        """``scratch``: on the same file system as what ``blobs`` keeps, if that is this machine's."""
        self._blobs = blobs
        self._scratch = scratch

    def write(self, name: str, content: bytes) -> str:
        """Keep a file, instead of one of that name; its SHA-256, hexadecimal. Raises ``OSError`` where there is no room, and
        :class:`StorageError` where the place refuses; nothing is left half-written."""
        handle, temporary = tempfile.mkstemp(prefix="report-", dir=self._scratch.folder)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(content)
            self._blobs.put(name, Path(temporary))
        finally:
            Path(temporary).unlink(missing_ok=True)
        return hashlib.sha256(content).hexdigest()

    def get(self, name: str) -> Blob | None:
        """The file of that name, if there is one."""
        return self._blobs.get(name)

    def delete(self, name: str) -> None:
        """It is gone, if it was there."""
        self._blobs.delete(name)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file for somebody of this machine, instead of one of that name: all of it, or nothing. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    try:
        with part.open("wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)
