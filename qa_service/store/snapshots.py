"""Snapshots: both databases copied as they are at one moment, while they are worked with, and put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from qa_service.domain.ledger import Head
from qa_service.domain.recording import Muting
from qa_service.errors import ProcessingError
from qa_service.store import schema
from qa_service.store.postgres_copies import copied, load_tables
from qa_service.store.tables import LedgerRow, RecordingRow, Row, StagedFileRow, core

#: Files of a snapshot of SQLite.
MAIN, WORKFLOWS = "qa_service.sqlite", "workflows.sqlite"
_SCHEME = "sqlite:///"
_PIECE = 5000


class Moment:
    """What was in a database when it was copied."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    @property
    def version(self) -> str:
        """Of its schema."""
        return schema.version(self._connection) or ""

    @property
    def head(self) -> Head:
        """The end of the ledger."""
        ledger = core(LedgerRow).c
        found = self._connection.execute(sa.select(ledger.sequence, ledger.hash).order_by(ledger.sequence.desc()).limit(1)).first()
        return Head(sequence=0, hash="0" * 64) if found is None else Head(sequence=found.sequence, hash=found.hash)

    def recordings(self) -> Iterator[str]:
        """SHA-256 of every file of audio that a recording needs."""
        table = core(RecordingRow).c
        for sha256, muting in self._pieces(sa.select(table.sha256, table.muting)):
            silenced = None if muting is None else Muting.model_validate_json(muting).file_sha256
            yield silenced or sha256

    def staged(self) -> Iterator[str]:
        """SHA-256 of every upload that waits to be taken in."""
        for (sha256,) in self._pieces(sa.select(core(StagedFileRow).c.sha256)):
            yield sha256

    def _pieces(self, chosen: sa.Select[Any]) -> Iterator[Any]:
        found = self._connection.execution_options(yield_per=_PIECE).execute(chosen)
        for some in found.partitions():
            yield from some


@contextmanager
def taken(engine: sa.Engine, workflows: str, folder: Path) -> Iterator[Moment]:
    """Copy both databases into an empty folder; yields what was in the copy. Nobody who works with them waits.

    ``workflows``: URL of the engine's own database, which on PostgreSQL lies in the same one. Raises :class:`ProcessingError`.
    """
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True) as connection:
            copied(connection, folder, of=ours)
            yield Moment(connection)
        return
    # The engine's first: what it had under way then is done by now at worst, and steps may be repeated. The other way round work could be
    # noted as done there that is open here.
    other = Path(workflows.removeprefix(_SCHEME))
    if other.is_file():
        copy_sqlite(other, folder / WORKFLOWS)
    copy_sqlite(Path(str(engine.url.database)), folder / MAIN)
    with _looked_at(folder / MAIN) as connection:
        yield Moment(connection)


def put_back(engine: sa.Engine, workflows: str, folder: Path, *, prepare: Callable[[], None]) -> None:
    """Fill a database from a snapshot of the same kind, instead of what is in it; ``prepare`` makes the tables as they were at the time,
    where files are not enough. Raises :class:`ProcessingError`."""
    if engine.dialect.name == "postgresql":
        prepare()
        load_tables(engine, folder)
        return
    target = Path(str(engine.url.database))
    target.parent.mkdir(parents=True, exist_ok=True)
    if (folder / WORKFLOWS).is_file():
        copy_sqlite(folder / WORKFLOWS, Path(workflows.removeprefix(_SCHEME)))
    copy_sqlite(folder / MAIN, target)


def ours(name_space: str, name: str) -> bool:
    """Whether a table of PostgreSQL is copied: those of this service, and those of the workflow engine but for its version."""
    return name in Row.metadata.tables if name_space != "dbos" else name != "dbos_migrations"


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy an SQLite database that is in use, instead of what is there. All pages in one go: a reader keeps no writer from writing, and
    sees one state. Raises :class:`ProcessingError`."""
    for ending in ("", "-wal", "-shm"):
        target.with_name(f"{target.name}{ending}").unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
            old.backup(new)
            # One file, without a log beside it.
            new.execute("PRAGMA journal_mode = DELETE").close()
    except sqlite3.Error as error:
        raise ProcessingError(f"the database could not be copied: {error}", file=source) from error


@contextmanager
def _looked_at(file: Path) -> Iterator[sa.Connection]:
    engine = sa.create_engine(f"{_SCHEME}{file}")
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
