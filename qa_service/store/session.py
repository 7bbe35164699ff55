"""The database: engine, migrations, and the unit of work that commits once, at its edge."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.orm import Session

from qa_service.errors import ConfigurationError, ConflictError, InputError, ProcessingError
from qa_service.store import schema
from qa_service.store.unit import Unit

#: Seconds a writer waits for the others.
PATIENCE = 10
#: Every read sees what is stored now; changes never go through mapped rows.
_READS = {"populate_existing": True}
_SQLITE_PRAGMAS = ("journal_mode = WAL", "foreign_keys = ON", "synchronous = NORMAL")


class Database:
    """One database; safe to share between threads. Raises :class:`ConfigurationError` for a URL that cannot be used.

    ``patience``: seconds that a writer waits for the others on SQLite.
    """

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        self._url = _parse(url)
        self._engine = _engine(self._url, patience)
        self._patience = patience
        self._writing = self._engine.execution_options(qa_begin="BEGIN IMMEDIATE")
        # SQLite lets writers poll for the lock; a queue inside the process spares them the naps.
        self._turn = threading.Lock() if self._url.get_backend_name() == "sqlite" else None

    @property
    def engine(self) -> sa.Engine:
        """The engine, for what is no business of repositories (metrics, backups)."""
        return self._engine

    def upgrade(self) -> None:
        """Bring the schema to the newest version; quick when it is there. Several processes may do so at once."""
        with self._opening():
            if self._url.get_backend_name() == "sqlite":
                Path(str(self._url.database)).resolve().parent.mkdir(parents=True, exist_ok=True)
            with self._engine.connect() as connection:
                if schema.version(connection) == schema.newest():
                    return
        with _told(), self._writing.begin() as connection:
            schema.upgrade(connection)

    def check(self) -> tuple[str, ...]:
        """How the schema differs from the tables of this version, one line each; empty when it does not."""
        with self._opening(), self._engine.connect() as connection:
            return schema.differences(connection)

    @contextmanager
    def unit(self) -> Iterator[Unit]:
        """One unit of work that may write: commits at the end, rolls back on any error. Not to be nested in one thread.

        Raises :class:`ConflictError` when the database refuses a contradiction, :class:`InputError` for a value it cannot hold and
        :class:`ProcessingError` when it stays locked or goes away.
        """
        with _told(), self._queue(), Session(self._writing, autoflush=False, execution_options=_READS) as session:
            unit = Unit(session)
            yield unit
            unit.ledger.flush()
            session.commit()

    @contextmanager
    def reading(self) -> Iterator[Unit]:
        """One consistent look that waits for nobody; writes are refused."""
        with _told(), Session(self._engine, autoflush=False, execution_options=_READS) as session, _read_only(session.connection()):
            yield Unit(session)

    def close(self) -> None:
        """Close all idle connections."""
        self._engine.dispose()

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if self._turn is None:
            yield
            return
        if not self._turn.acquire(timeout=self._patience):
            raise ProcessingError(f"another unit of work held the database for {self._patience:g} s", hint="try again")
        try:
            yield
        finally:
            self._turn.release()

    @contextmanager
    def _opening(self) -> Iterator[None]:
        try:
            yield
        except (exc.OperationalError, OSError) as error:
            url = self._url.render_as_string(hide_password=True)
            cause = error.orig if isinstance(error, exc.OperationalError) else error
            raise ConfigurationError(f"cannot open the database {url}: {cause}", field="QA_DATABASE_URL") from error


def _parse(text: str) -> sa.URL:
    try:
        url = sa.make_url(text)
    except exc.ArgumentError as error:
        raise ConfigurationError("this is no database URL", field="QA_DATABASE_URL", hint="sqlite:///FILE or postgresql://...") from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise ConfigurationError(f"{url.get_backend_name()!r} is not served", field="QA_DATABASE_URL", hint="sqlite:///FILE or postgresql://...")
    if url.database in (None, "", ":memory:"):
        raise ConfigurationError("an SQLite database needs a file", field="QA_DATABASE_URL", hint="sqlite:///FILE")
    return url.set(drivername="sqlite")


def _engine(url: sa.URL, patience: float) -> sa.Engine:
    if url.get_backend_name() == "postgresql":
        # The ledger relies on each statement seeing what was committed while it waited.
        if find_spec("psycopg") is None:
            raise ConfigurationError("PostgreSQL needs a driver", field="QA_DATABASE_URL", hint="pip install 'qa-service[postgres]'")
        return sa.create_engine(url, pool_size=10, max_overflow=30, pool_pre_ping=True, isolation_level="READ COMMITTED")
    engine = sa.create_engine(url, pool_size=10, max_overflow=50, connect_args={"timeout": patience})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late (before the first write); with None, ours counts.
    connection.isolation_level = None
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A write that starts as a read fails when another writer comes between; one that takes the lock first only waits.
    connection.exec_driver_sql(connection.get_execution_options().get("qa_begin", "BEGIN"))


@contextmanager
def _read_only(connection: sa.Connection) -> Iterator[None]:
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield
        return
    connection.exec_driver_sql("PRAGMA query_only = ON")
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA query_only = OFF")


@contextmanager
def _told() -> Iterator[None]:
    """What the database says, in the words of our error tree."""
    try:
        yield
    except exc.IntegrityError as error:
        raise ConflictError(f"this contradicts what is stored: {error.orig}") from error
    except exc.DataError as error:
        raise InputError(f"a value cannot be stored: {error.orig}") from error
    except (exc.OperationalError, exc.InternalError) as error:
        raise ProcessingError(f"the database gave up: {error.orig}", hint="try again") from error
