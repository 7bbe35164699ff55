"""Locks of batches that a process waits for: whose is left when the process died was killed, and cannot say so itself."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

#: A look for locks that are left holds each for a moment.
_SECONDS = 5.0


class BatchLocks:
    """One lock file for each batch that is under way in some process on this data folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def held(self, batch: str) -> Iterator[None]:
        """For as long as the batch is under way."""
        self._folder.mkdir(parents=True, exist_ok=True)
        place = self._folder / f"{batch}.lock"
        # Not by thread: generators may be closed in another one.
        with FileLock(place, timeout=_SECONDS, thread_local=False):
            yield
            # After an error it stays for those that look for what is left: on a full disk, whoever has it cannot note how it ended.
            place.unlink(missing_ok=True)

    def left(self) -> Iterator[str]:
        """Batches whose process died; each is forgotten once the caller goes on."""
        for place in sorted(self._folder.glob("*.lock")):
            lock = FileLock(place, timeout=0, thread_local=False)
            try:
                lock.acquire()
            except Timeout:
                continue
            with lock:
                yield place.stem
                place.unlink(missing_ok=True)
