"""Samples of long recordings: on disk, read through memory that is given back, so that length does not count.

A short recording is a plain array. From ``IN_MEMORY`` bytes on, the samples lie in a temporary file (in ``TMPDIR``, without a name, gone
with the process) that is mapped into memory; pages that were read are handed back to the system every ``_KEPT`` bytes.
"""

from __future__ import annotations

import mmap
import tempfile
from collections.abc import Iterator
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.int16]
#: Most bytes that are held as a plain array: half an hour of two channels at 8 kHz.
IN_MEMORY = 64 << 20
#: Bytes that may be read before their pages are given back.
_KEPT = 32 << 20
#: Samples of one channel that are looked at together.
_BLOCK = 1 << 20


class Sink:
    """Takes blocks of samples in order and makes one array of them."""

    def __init__(self, *, channels: int, in_memory: int = IN_MEMORY) -> None:
        self._channels = channels
        self._limit = in_memory
        # Closed by ``samples``, or when it is thrown away.
        self._file = tempfile.SpooledTemporaryFile(max_size=in_memory)  # noqa: SIM115
        #: Samples of each channel so far.
        self.length = 0

    def write(self, block: Samples) -> None:
        """Take the next block, shape (n, channels)."""
        self._file.write(np.ascontiguousarray(block, dtype=np.int16).tobytes())
        self.length += len(block)

    def samples(self) -> Samples:
        """Everything that came, shape (n, channels), read-only; nothing more can be written."""
        shape = (self.length, self._channels)
        with self._file:
            if self._file.tell() <= self._limit:
                self._file.seek(0)
                return np.frombuffer(self._file.read(), dtype=np.int16).reshape(shape)
            self._file.flush()
            return _Paged.over(mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ), shape)


class _Paged(np.ndarray[Any, np.dtype[np.int16]]):
    """A mapped array that, cut into slices from end to end, never has more than ``_KEPT`` bytes of them in memory."""

    _pages: _Pages | None = None

    @classmethod
    def over(cls, mapped: mmap.mmap, shape: tuple[int, int]) -> _Paged:
        """All samples of a mapped file."""
        made = cast("_Paged", np.frombuffer(mapped, dtype=np.int16).reshape(shape).view(cls))
        made._pages = _Pages(mapped)
        return made

    def __array_finalize__(self, source: object) -> None:
        self._pages = getattr(source, "_pages", None)

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        if not isinstance(found, np.ndarray):
            return found
        if isinstance(index, tuple) and index[0] == slice(None):
            return found  # a channel of the whole: nothing is read yet
        # A piece goes on as a plain array: what is made of it is on no page.
        if self._pages is not None:
            self._pages.read(len(found) * self.strides[0])
        return found.view(np.ndarray)

    def astype(self, *arguments: Any, **options: Any) -> Any:
        """A plain array in memory."""
        return self.view(np.ndarray).astype(*arguments, **options)


class _Pages:
    """Counts what is read of a mapped file."""

    def __init__(self, mapped: mmap.mmap) -> None:
        self._mapped = mapped
        self._read = 0

    def read(self, size: int) -> None:
        """``size`` bytes are about to be read; pages of earlier ones go where they have become many."""
        self._read += size
        if self._read > _KEPT:
            self._mapped.madvise(mmap.MADV_DONTNEED)
            self._read = size


def blocks(samples: Samples) -> Iterator[Samples]:
    """The samples a piece at a time, shape (n, channels)."""
    for start in range(0, len(samples), _BLOCK):
        yield samples[start : start + _BLOCK]
