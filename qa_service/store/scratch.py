"""Scratch folders: unfinished files live in one that belongs to their process, and go with it, however it ends."""

from __future__ import annotations

import shutil
import threading
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from filelock import FileLock, Timeout

_LOCK = ".lock"
_PIECE = 1 << 20


class Scratch:
    """A folder of this process below ``root``, made on first use and held by a lock that the system lets go of when the process dies."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._held: FileLock | None = None
        self._folder: Path | None = None
        self._making = threading.Lock()

    @property
    def folder(self) -> Path:
        """Where this process may put unfinished files; on the same file system as everything else below the parent of ``root``."""
        with self._making:
            if self._folder is None or not self._folder.is_dir():
                self._folder = self._own()
            return self._folder

    def sweep(self, tidy: Callable[[Path], None] = lambda folder: None) -> int:
        """Remove what processes that died have left, each folder after a last look at it by ``tidy``; how many they were. What belongs
        to one that lives stays."""
        if not self._root.is_dir():
            return 0
        swept = 0
        with FileLock(self._root / _LOCK):
            for left in sorted(self._root.iterdir()):
                swept += left.is_dir() and left != self._folder and _abandoned(left, tidy)
        return swept

    def _own(self) -> Path:
        self._root.mkdir(parents=True, exist_ok=True)
        folder = self._root / uuid.uuid4().hex
        # Nobody sweeps between making the folder and holding it.
        with FileLock(self._root / _LOCK):
            folder.mkdir()
            self._held = _lock(folder)
            self._held.acquire()
        return folder


def last_read(path: Path) -> Iterator[bytes]:
    """What an unfinished file holds, piece by piece; then it goes, whether all of it was read or not."""
    try:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                yield piece
    finally:
        path.unlink(missing_ok=True)


def _lock(folder: Path) -> FileLock:
    # Not by thread: a service may end in another thread than the one that took a file in first.
    return FileLock(folder / _LOCK, timeout=0, thread_local=False)


def _abandoned(folder: Path, tidy: Callable[[Path], None]) -> bool:
    """Whether nobody holds the folder; it is gone then."""
    lock = _lock(folder)
    try:
        lock.acquire()
    except Timeout:
        return False
    try:
        tidy(folder)
        shutil.rmtree(folder)
    finally:
        lock.release()
    return True
