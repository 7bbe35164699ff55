"""The database: engine, migrations, and the unit of work that commits once, at its edge."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event, exc
from sqlalchemy.orm import Session

from qa_service.errors import ConfigurationError, ConflictError, InputError, ProcessingError
from qa_service.store import schema
from qa_service.store.unit import Unit
from qa_service.store.wal import use_wal

#: Seconds a writer waits for the others.
PATIENCE = 30
#: Seconds that emptying the log waits for readers.
_SETTLING = 0.5
#: Seconds after which a connection to PostgreSQL is asked whether it lives, before it is used again.
_IDLE = 5.0
_USED = "used"
#: PostgreSQL's code for what a user has no right to.
_NOT_ALLOWED = "42501"
#: Every read sees what is stored now; changes never go through mapped rows.
_READS = {"populate_existing": True}
#: What is deleted is overwritten: a file must not hold what was erased.
_SQLITE_PRAGMAS = ("foreign_keys = ON", "synchronous = NORMAL", "secure_delete = ON")


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

    def upgrade(self, *, to: str | None = None) -> None:
        """Bring the schema to a version, the newest unless told; quick when it is there. Several processes may do so at once.

        Raises :class:`ConfigurationError` where the database's user may not change it.
        """
        with self._opening():
            if self._url.get_backend_name() == "sqlite":
                Path(str(self._url.database)).resolve().parent.mkdir(parents=True, exist_ok=True)
            if self.version() == (to or schema.newest()):
                return
        with _told(), _allowed(), self._writing.connect() as connection, _unbound(connection), connection.begin():
            schema.upgrade(connection, to=to)
            _check_references(connection)

    def version(self) -> str | None:
        """The version of the schema; ``None`` of a new database."""
        with self._opening(), self._engine.connect() as connection:
            return schema.version(connection)

    def holds_anything(self) -> bool:
        """Whether anything was ever done with it."""
        if self._url.get_backend_name() == "sqlite" and not Path(str(self._url.database)).is_file():
            return False
        with self._opening(), self._engine.connect() as connection:
            return schema.version(connection) is not None and connection.execute(sa.text("SELECT 1 FROM ledger")).first() is not None

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

    def settle(self) -> bool:
        """Empty the log beside an SQLite file, which holds what was overwritten until then; false while somebody reads.

        Elsewhere nothing is to be done.
        """
        if self._url.get_backend_name() != "sqlite":
            return True
        with closing(sqlite3.connect(str(self._url.database), timeout=_SETTLING, isolation_level=None)) as connection:
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            return not busy

    def compact(self) -> None:
        """Write the whole database anew, so that nothing is left in its gaps; takes as long as copying it, and others wait meanwhile."""
        if self._url.get_backend_name() == "postgresql":
            with _told(), self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.exec_driver_sql("VACUUM FULL")
            return
        with closing(sqlite3.connect(str(self._url.database), timeout=self._patience, isolation_level=None)) as connection:
            connection.execute("VACUUM")
        self.settle()

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
        engine = sa.create_engine(url, pool_size=10, max_overflow=30, isolation_level="READ COMMITTED")
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", partial(_ping_idle, engine.dialect))
        return engine
    engine = sa.create_engine(url, pool_size=10, max_overflow=50, connect_args={"timeout": patience})
    event.listen(engine, "connect", partial(_prepare_sqlite, patience))
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _note_use(_connection: Any, record: Any) -> None:
    record.info[_USED] = time.monotonic()


def _ping_idle(dialect: sa.Dialect, connection: Any, record: Any, _proxy: object) -> None:
    """A connection that lay idle may be dead: the pool makes another then. One just used is not asked, which saves a round trip."""
    if time.monotonic() - record.info.get(_USED, -_IDLE) < _IDLE:
        return
    try:
        alive = dialect.do_ping(connection)
    except dialect.loaded_dbapi.Error:
        alive = False
    if not alive:
        raise exc.DisconnectionError("the database went away meanwhile")


def _prepare_sqlite(patience: float, connection: Any, _record: object) -> None:
    # The driver's own BEGIN comes too late (before the first write); with None, ours counts.
    connection.isolation_level = None
    use_wal(connection, patience=patience)
    for pragma in _SQLITE_PRAGMAS:
        connection.execute(f"PRAGMA {pragma}").close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A write that starts as a read fails when another writer comes between; one that takes the lock first only waits.
    connection.exec_driver_sql(connection.get_execution_options().get("qa_begin", "BEGIN"))


@contextmanager
def _allowed() -> Iterator[None]:
    try:
        yield
    except exc.ProgrammingError as error:
        if getattr(error.orig, "sqlstate", None) != _NOT_ALLOWED:
            raise
        told, hint = "the database is of another version, and its user may not change that", "run 'qa-service db upgrade' as its owner"
        raise ConfigurationError(told, field="QA_DATABASE_URL", hint=hint) from error


@contextmanager
def _unbound(connection: sa.Connection) -> Iterator[None]:
    """SQLite changes a table by making it anew, and dropping the old one would take along what points to it.

    The way that SQLite advises (https://www.sqlite.org/lang_altertable.html#otheralter): references are off meanwhile, checked at the end.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    driver = connection.connection.dbapi_connection
    assert driver is not None
    driver.execute("PRAGMA foreign_keys = OFF").close()
    try:
        yield
    finally:
        driver.execute("PRAGMA foreign_keys = ON").close()


def _check_references(connection: sa.Connection) -> None:
    if connection.dialect.name != "sqlite":
        return
    broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
    if broken:
        tables = ", ".join(sorted({str(row[0]) for row in broken}))
        raise ProcessingError(f"{len(broken)} rows point to nothing after the upgrade, in {tables}", hint="nothing was changed: tell us")


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
