"""Blobs: files by key, each whole or not there, on this machine's disk, in an object store, or sealed in either."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple, Protocol

from qa_service.store.scratch import Scratch

_PIECE = 1 << 18


class Listed(NamedTuple):
    """A file that is kept."""

    key: str
    #: Bytes, as they lie there.
    size: int
    #: When it was written, POSIX seconds.
    written: float


class Blob(Protocol):
    """One file, to be read."""

    @property
    def size(self) -> int:
        """Bytes."""

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """What it holds from one place to another (exclusive; ``None``: its end), piece by piece."""

    def local(self) -> AbstractContextManager[Path]:
        """The whole of it as a file of this machine, for a while; not to be changed."""


class Blobs(Protocol):
    """Where files are kept. Keys are relative paths with ``/``; everything raises :class:`StorageError` where the place cannot be reached,
    or refuses."""

    def put(self, key: str, file: Path) -> None:
        """Keep a whole file, instead of one of that key; it is gone from where it lay. A crash leaves all of it or nothing."""

    def get(self, key: str) -> Blob | None:
        """The file of that key, if there is one."""

    def delete(self, key: str) -> bool:
        """Remove it for good; false where there is none."""

    def keys(self, prefix: str) -> Iterator[str]:
        """Of all files whose keys begin so."""

    def listed(self, prefix: str) -> Iterator[Listed]:
        """All files whose keys begin so, with what the place knows of them."""

    def drop(self, folder: str) -> None:
        """Remove everything below a folder (no ``/`` at its end) for good."""


@contextmanager
def fetched(blob: Blob, scratch: Scratch) -> Iterator[Path]:
    """A copy of a blob as a file of this machine, that goes again."""
    with tempfile.TemporaryDirectory(prefix="fetched-", dir=scratch.folder) as folder:
        path = Path(folder) / "blob"
        with path.open("wb") as out:
            for piece in blob.read():
                out.write(piece)
        yield path


class LocalBlob:
    """A file of this machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def size(self) -> int:
        """Bytes."""
        return self.path.stat().st_size

    def read(self, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """As it lies there."""
        end = self.size if stop is None else stop
        with self.path.open("rb") as stream:
            stream.seek(start)
            while start < end and (piece := stream.read(min(_PIECE, end - start))):
                start += len(piece)
                yield piece

    @contextmanager
    def local(self) -> Iterator[Path]:
        """The file itself."""
        yield self.path.resolve()


class LocalBlobs:
    """Files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, key: str, file: Path) -> None:
        """Without a copy, where ``file`` lies on the same file system."""
        target = self._root / key
        target.parent.mkdir(parents=True, exist_ok=True)
        near = _beside(file, target)
        _settle_file(near)
        os.replace(near, target)
        settle(target.parent)
        file.unlink(missing_ok=True)

    def get(self, key: str) -> LocalBlob | None:
        """The file of that key, if there is one."""
        path = self._root / key
        return LocalBlob(path) if path.is_file() else None

    def delete(self, key: str) -> bool:
        """Remove it; false where there is none."""
        path = self._root / key
        there = path.is_file()
        path.unlink(missing_ok=True)
        if there:
            settle(path.parent)
        return there

    def keys(self, prefix: str) -> Iterator[str]:
        """Of what lies in the folder that the prefix names, and begins as it does."""
        return (one.key for one in self.listed(prefix))

    def listed(self, prefix: str) -> Iterator[Listed]:
        """The same, with what the file system knows."""
        folder, _, start = prefix.rpartition("/")
        if (self._root / folder).is_dir():
            for path in sorted((self._root / folder).rglob(f"{start}*")):
                # It may go meanwhile.
                with suppress(FileNotFoundError):
                    if path.is_file():
                        state = path.stat()
                        yield Listed(path.relative_to(self._root).as_posix(), state.st_size, state.st_mtime)

    def drop(self, folder: str) -> None:
        """With the folder itself."""
        place = self._root / folder
        if place.is_dir():
            shutil.rmtree(place, ignore_errors=True)
            settle(place.parent)


def _beside(file: Path, target: Path) -> Path:
    """The file, or where it lies on another file system a copy on that of the target."""
    if file.stat().st_dev == target.parent.stat().st_dev:
        return file
    near = target.with_name(f".{target.name}.part")
    shutil.copyfile(file, near)
    return near


def _settle_file(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def settle(folder: Path) -> None:
    """Make new names in a folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
