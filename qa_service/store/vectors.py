"""Sentence vectors that outlive the process: one small SQLite file that may be deleted at any time."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_service.store.wal import use_wal

#: A vector as it is kept: 16-bit floats.
Kept = NDArray[np.float16]
#: Vectors kept; 768 bytes each, and as much again for the key and the index.
MOST = 200_000
#: How often the oldest are looked for, in writes.
_SWEEP = 200
_CHUNK = 400


class VectorFile:
    """Keeps vectors by key, the last made the longest; safe to call from many threads and processes."""

    def __init__(self, path: Path, *, size: int = MOST, patience: float = 5.0) -> None:
        """``size``: vectors kept, within a few hundred; ``patience``: seconds to wait for another writer."""
        self._path = path
        self._size = size
        self._patience = patience
        self._lock = threading.Lock()
        self._writes = 0

    def get_many(self, keys: Sequence[str]) -> Mapping[str, Kept]:
        """Those that are there."""
        if not self._path.is_file():
            return {}
        with self._open() as connection:
            found = [row for chunk in _chunks(keys) for row in connection.execute(_select(len(chunk)), chunk)]
        return {str(key): np.frombuffer(bytes(data), dtype="<f2") for key, data in found}

    def put_many(self, vectors: Mapping[str, Kept]) -> None:
        """Keep them; every now and then the oldest make room."""
        rows = [(key, np.asarray(vector, dtype="<f2").tobytes()) for key, vector in vectors.items()]
        with self._lock, self._open() as connection:
            connection.executemany("INSERT OR IGNORE INTO vectors (key, data) VALUES (?, ?)", rows)
            self._writes += 1
            if self._writes % _SWEEP == 1:
                connection.execute("DELETE FROM vectors WHERE rowid <= (SELECT max(rowid) FROM vectors) - ?", (self._size,))

    def clear(self) -> int:
        """Forget all of them; how many there were."""
        if not self._path.is_file():
            return 0
        with self._lock, self._open() as connection:
            return connection.execute("DELETE FROM vectors").rowcount

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(self._path, timeout=self._patience)) as connection, connection:
            use_wal(connection, patience=self._patience)
            connection.execute("CREATE TABLE IF NOT EXISTS vectors (key TEXT NOT NULL UNIQUE, data BLOB NOT NULL)")
            yield connection


def _select(count: int) -> str:
    return f"SELECT key, data FROM vectors WHERE key IN ({','.join('?' * count)})"  # noqa: S608 - only question marks are put in


def _chunks(keys: Iterable[str]) -> Iterator[tuple[str, ...]]:
    rest = iter(keys)
    while chunk := tuple(islice(rest, _CHUNK)):
        yield chunk
