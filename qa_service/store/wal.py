"""SQLite's write-ahead log: readers and one writer at once, switched on for a file by whoever opens it first."""

from __future__ import annotations

import sqlite3
import time

#: Seconds between two tries.
_NAP = 0.02


def use_wal(connection: sqlite3.Connection, *, patience: float) -> None:
    """Switch it on for the file of a connection outside of any transaction; it stays on.

    Raises ``sqlite3.OperationalError`` when others held the file for ``patience`` seconds: the switch does not wait for them by itself
    (https://www.sqlite.org/c3ref/busy_handler.html: no busy handler where waiting could lock both out).
    """
    until = time.monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").close()
            return
        except sqlite3.OperationalError:
            if time.monotonic() >= until:
                raise
            time.sleep(_NAP)
