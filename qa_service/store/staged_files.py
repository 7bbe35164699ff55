"""Staged files: the bytes of uploads that wait to be taken in, where recordings are kept, so that any machine can go on with them."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol, TypeVar

from qa_service.errors import StorageError
from qa_service.store.blobs import Blobs
from qa_service.store.scratch import Scratch
from qa_service.store.staged import StagedFile

T = TypeVar("T")
#: Files on their way at once: a store's answers take longer than its work, and a disk settles many at one go.
_AT_ONCE = 8


class Sent(Protocol):
    """A file that came."""

    @property
    def name(self) -> str:
        """As its sender wrote it, with forward slashes."""

    @property
    def path(self) -> Path:
        """Where it lies for the moment."""

    @property
    def sha256(self) -> str:
        """Of its bytes, hex."""


class StagedFiles:
    """Files by batch and SHA-256; names are for the database."""

    def __init__(self, blobs: Blobs, *, scratch: Scratch) -> None:
        """``scratch``: on the same file system as what ``blobs`` keeps, if that is this machine's."""
        self._blobs = blobs
        self._scratch = scratch

    def put(self, batch: str, files: Iterable[Sent]) -> None:
        """Keep files; they are gone from where they lay. Raises :class:`StorageError`; what was kept until then is for the sweep."""
        # The same bytes under two names are one file.
        sent = list(files)
        distinct = {one.sha256: one.path for one in sent}
        _each(lambda one: self._blobs.put(_key(batch, one[0]), one[1]), distinct.items())
        for one in sent:
            one.path.unlink(missing_ok=True)

    @contextmanager
    def laid_out(self, batch: str, files: Iterable[StagedFile]) -> Iterator[Path]:
        """A folder of this machine with the files under their names, for a while; not to be changed. Raises :class:`StorageError` where
        one is gone, or holds other bytes than were sent."""
        with tempfile.TemporaryDirectory(prefix="staged-", dir=self._scratch.folder, ignore_cleanup_errors=True) as folder:
            root = Path(folder)
            _each(lambda one: self._lay(batch, one, root / one.name), files)
            yield root

    def drop(self, batch: str) -> None:
        """All files of a batch go for good."""
        self._blobs.drop(batch)

    def _lay(self, batch: str, file: StagedFile, place: Path) -> None:
        blob = self._blobs.get(_key(batch, file.sha256))
        if blob is None:
            raise StorageError("a file that was sent is gone", file=file.name, hint="send it again")
        place.parent.mkdir(parents=True, exist_ok=True)
        with blob.local() as whole:
            _check(whole, file)
            _same(whole, place)


def _same(whole: Path, place: Path) -> None:
    """Without a copy, where the file system can."""
    try:
        os.link(whole, place)
    except OSError:
        shutil.copyfile(whole, place)


def _check(path: Path, file: StagedFile) -> None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != file.sha256:
        raise StorageError("the file is damaged: its bytes are others than were sent", file=file.name, hint="send it again")


def _each(act: Callable[[T], None], items: Iterable[T]) -> None:
    """Several at once; the first error is raised when those under way have ended."""
    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="staged") as pool:
        for _ in pool.map(act, items):
            pass


def _key(batch: str, sha256: str) -> str:
    return f"{batch}/{sha256}"
