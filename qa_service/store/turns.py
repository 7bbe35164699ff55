"""Turns: one process at a time is inside for the same thing; a process that dies lets go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from filelock import FileLock

from qa_service.store.presence import advisory_key, locking_engine


class Turns(Protocol):
    """Turns at things by name."""

    def at(self, thing: str) -> AbstractContextManager[None]:
        """Wait until nobody else in any process is inside for it (or for one of the few that share its turn), and be inside."""


class FileTurns:
    """By lock files in one folder: for processes of one machine."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @contextmanager
    def at(self, thing: str) -> Iterator[None]:
        """``thing``: ``purpose-name``."""
        self._folder.mkdir(parents=True, exist_ok=True)
        purpose, _, name = thing.partition("-")
        # By the first letters, so that there is no file for each thing.
        with FileLock(self._folder / f"{purpose}-{name[:2]}.lock", thread_local=False):
            yield


class AdvisoryTurns:
    """By advisory locks of PostgreSQL: for processes of any number of machines. Each that is inside, or waits, holds a connection."""

    def __init__(self, url: str) -> None:
        self._engine = locking_engine(sa.make_url(url), name="qa_service turn")

    @contextmanager
    def at(self, thing: str) -> Iterator[None]:
        """With the connection the lock goes, whatever ends it."""
        with self._engine.connect() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_lock(advisory_key(f"turn {thing}"))))
            yield


def turns(url: str, folder: Path) -> Turns:
    """Those of a database: by files for an embedded one, by the server itself elsewhere."""
    return FileTurns(folder) if url.startswith("sqlite") else AdvisoryTurns(url)
