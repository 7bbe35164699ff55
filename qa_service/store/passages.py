"""Vectors of passages as two flat files that are read through memory maps: made from the database, and made again from it at any time."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

#: Numbers of a vector.
WIDTH = 384
#: Vectors that are compared at once: 25 MB as they are worked with.
_PIECE = 16_384
#: Columns of the file of places: number of the row in the database, key of the interaction, turn.
_COLUMNS = 3
Bytes = NDArray[np.int8]
Places = NDArray[np.int64]


class Kept(NamedTuple):
    """The vectors of one interaction."""

    seq: int
    key: int
    turns: Iterable[int]
    data: bytes


class Scored(NamedTuple):
    """The nearest passages, the nearest first."""

    seq: Places
    key: Places
    turn: Places
    cosine: NDArray[np.float32]


class PassageFile:
    """The vectors of one encoder; several processes may read and extend them at once.

    Files are never shortened, only taken away and made anew, so that whoever reads them goes on reading the old ones.
    """

    def __init__(self, folder: Path, *, encoder: str) -> None:
        name = hashlib.sha256(encoder.encode()).hexdigest()[:12]
        self._vectors = folder / f"{name}.i8"
        self._places = folder / f"{name}.places"
        self._lock = FileLock(folder / f"{name}.lock", thread_local=False)
        self._folder = folder

    def sync(self, newer: Callable[[int], Iterable[Kept]]) -> None:
        """Add what the database has behind the last row; ``newer``: rows behind a number, in their order, some at a time, until none is."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._lock:
            last = int(self._read()[1][:, 0].max(initial=0))
            while some := list(newer(last)):
                self._append(some)
                last = some[-1].seq

    def known(self) -> frozenset[int]:
        """Numbers of the rows that it was made from."""
        return frozenset(self._read()[1][:, 0].tolist())

    def keep(self, seqs: frozenset[int]) -> int:
        """Take out what was made from other rows than these; how many passages that were."""
        if not self._places.is_file():
            return 0
        with self._lock:
            vectors, places = self._read()
            stay = np.isin(places[:, 0], np.fromiter(seqs, np.int64, len(seqs)))
            if stay.all():
                return 0
            kept_vectors, kept_places = vectors[stay], places[stay]
            self._remove()
            self._vectors.write_bytes(kept_vectors.tobytes())
            self._places.write_bytes(kept_places.tobytes())
            return int((~stay).sum())

    def clear(self) -> None:
        """Take the files away."""
        if self._folder.is_dir():
            with self._lock:
                self._remove()

    def nearest(self, vector: NDArray[np.float32], *, among: frozenset[int] | None, most: int) -> Scored:
        """The passages nearest to a vector of length 1; ``among``: of those rows only."""
        vectors, places = self._read()
        allowed = None if among is None else np.isin(places[:, 0], np.fromiter(among, np.int64, len(among)))
        found = [np.zeros(0, np.int64)]
        cosines = [np.zeros(0, np.float32)]
        for start in range(0, len(places), _PIECE):
            chosen = np.arange(start, min(start + _PIECE, len(places)))
            if allowed is not None:
                chosen = chosen[allowed[chosen]]
            if not len(chosen):
                continue
            some = np.asarray(vectors[chosen], np.float32)
            cosine = some @ vector / np.maximum(np.linalg.norm(some, axis=1), 1e-6)
            best = np.argpartition(-cosine, most)[:most] if len(cosine) > most else np.arange(len(cosine))
            found.append(chosen[best])
            cosines.append(cosine[best].astype(np.float32))
        rows, scores = np.concatenate(found), np.concatenate(cosines)
        order = np.argsort(-scores, kind="stable")[:most]
        told = places[rows[order]]
        return Scored(told[:, 0], told[:, 1], told[:, 2], scores[order])

    def _read(self) -> tuple[Bytes, Places]:
        if not self._places.is_file() or not self._places.stat().st_size:
            return np.zeros((0, WIDTH), np.int8), np.zeros((0, _COLUMNS), np.int64)
        places = np.memmap(self._places, np.int64, mode="r")
        # Vectors are written before their places: whoever reads meanwhile sees no place without a vector.
        whole = len(places) // _COLUMNS
        vectors = np.memmap(self._vectors, np.int8, mode="r", shape=(whole, WIDTH))
        return vectors, places[: whole * _COLUMNS].reshape(whole, _COLUMNS)

    def _append(self, some: Iterable[Kept]) -> None:
        rows = list(some)
        places = np.array([(one.seq, one.key, turn) for one in rows for turn in one.turns], np.int64).reshape(-1, _COLUMNS)
        whole = self._places.stat().st_size // (8 * _COLUMNS) if self._places.is_file() else 0
        with self._vectors.open("r+b" if self._vectors.is_file() else "w+b") as out:
            # A crash may have left vectors without places.
            out.seek(whole * WIDTH)
            out.write(b"".join(one.data for one in rows))
        with self._places.open("r+b" if self._places.is_file() else "w+b") as out:
            out.seek(whole * 8 * _COLUMNS)
            out.write(places.tobytes())

    def _remove(self) -> None:
        self._places.unlink(missing_ok=True)
        self._vectors.unlink(missing_ok=True)


def as_bytes(vectors: NDArray[np.float32]) -> bytes:
    """Vectors in one byte a number; their directions stay to within half a percent."""
    largest = np.maximum(np.abs(vectors).max(axis=1, keepdims=True), 1e-9)
    small: Bytes = np.round(vectors / largest * 127).astype(np.int8)
    return small.tobytes()
