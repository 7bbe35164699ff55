"""The write-ahead log is switched on by many at once, and a file that somebody holds is waited for."""

from __future__ import annotations

import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from qa_service.store.wal import use_wal


def mode(path: Path) -> str:
    with closing(sqlite3.connect(path)) as connection:
        return str(connection.execute("PRAGMA journal_mode").fetchone()[0])


def switch(path: Path, patience: float = 10.0) -> None:
    with closing(sqlite3.connect(path)) as connection:
        use_wal(connection, patience=patience)
        connection.execute("CREATE TABLE IF NOT EXISTS one (two)")


def test_many_may_switch_a_new_file_at_once(tmp_path: Path) -> None:
    for number in range(20):
        path = tmp_path / f"{number}.sqlite"
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(switch, [path] * 8))
        assert mode(path) == "wal"


def test_a_held_file_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "held.sqlite"
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as holder:
        holder.execute("CREATE TABLE one (two)")
        holder.execute("BEGIN EXCLUSIVE")
        with closing(sqlite3.connect(path, timeout=0)) as other, pytest.raises(sqlite3.OperationalError, match="locked"):
            use_wal(other, patience=0)
        freed = threading.Timer(0.1, holder.execute, ["COMMIT"])
        freed.start()
        switch(path)
        freed.join()
    assert mode(path) == "wal"
