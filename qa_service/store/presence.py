"""Presence: each process works under a name of its own, and the others can tell for sure whether it still lives.

On one machine a lock file is held for as long as the process lives. On PostgreSQL it is an advisory lock of a session of its own, which
the server lets go of when the connection ends: no clock is compared, and a process that is only slow is never taken for dead.
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import count
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa
from filelock import FileLock, Timeout
from sqlalchemy import exc, pool

_LOG = logging.getLogger(__name__)
#: What the server knows these sessions by.
_SESSION = "qa_service presence"
#: Names of one stem that are tried.
_MOST = 10_000
#: Seconds in which those that live notice that the server was started anew, and take their names again.
_GRACE = 5.0
_LOOK = 0.2
#: A machine that lost its power is found out by the server after about 2 + 3 x 2 seconds.
_KEEPALIVES = ("tcp_keepalives_idle = 2", "tcp_keepalives_interval = 2", "tcp_keepalives_count = 3", "idle_session_timeout = 0")


class Presence(Protocol):
    """Names of processes; safe to use from several threads."""

    @property
    def name(self) -> str | None:
        """The name of this process; ``None`` before :meth:`take` and after :meth:`release`."""

    def take(self, stem: str) -> str:
        """Live under the first free name among ``stem``, ``stem-2``, ``stem-3`` ...; that name."""

    def release(self) -> None:
        """Live no more."""

    def keep(self) -> bool:
        """See that the name is still held, and take it anew where a connection was lost; false while that cannot be done."""

    def if_gone(self, name: str) -> AbstractContextManager[bool]:
        """Whether nobody lives under a name, as far as one look tells; nobody else can take it, or look, meanwhile."""

    def living(self) -> int | None:
        """How many processes live now; ``None`` while nobody can tell."""

    @property
    def looks(self) -> int:
        """Looks in a row, some seconds apart, after which a name that was free in all of them is that of a dead process."""


def presence(url: str, folder: Path) -> Presence:
    """That of a database: by lock files in the folder for an embedded one, by the server itself elsewhere."""
    parsed = sa.make_url(url)
    return LockFiles(folder) if parsed.get_backend_name() == "sqlite" else AdvisoryLocks(parsed)


def locking_engine(url: sa.URL, *, name: str) -> sa.Engine:
    """Connections to PostgreSQL that are closed when they are given back, and every lock of theirs with them."""
    return sa.create_engine(
        url.set(drivername="postgresql+psycopg"), poolclass=pool.NullPool, isolation_level="AUTOCOMMIT",
        connect_args={"connect_timeout": 5, "application_name": name},
    )


def advisory_key(name: str) -> sa.BindParameter[int]:
    """A name as PostgreSQL locks it: a signed number of 64 bits."""
    return sa.literal(int.from_bytes(hashlib.sha256(f"qa_service {name}".encode()).digest()[:8], signed=True), sa.BigInteger)


class LockFiles:
    """Names held by locks on files of one folder: for processes of one machine."""

    #: The system lets go of a lock when its process ends, and only then.
    looks = 1

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: FileLock | None = None

    @property
    def name(self) -> str | None:
        """The name of this process."""
        return None if self._held is None else Path(self._held.lock_file).stem

    def take(self, stem: str) -> str:
        """The first free one; raises :class:`filelock.Timeout` when there are thousands."""
        self._folder.mkdir(parents=True, exist_ok=True)
        for name in _names(stem):
            lock = self._lock(name)
            try:
                lock.acquire()
            except Timeout:
                continue
            self._held = lock
            return name
        raise Timeout(str(self._folder))

    def release(self) -> None:
        """The file stays: who removes it could remove that of another."""
        if self._held is not None:
            self._held.release()
            self._held = None

    def keep(self) -> bool:
        """A lock on a file is never lost."""
        return self._held is not None

    @contextmanager
    def if_gone(self, name: str) -> Iterator[bool]:
        """Whether its lock can be had; it is held meanwhile."""
        lock = self._lock(name)
        try:
            lock.acquire()
        except Timeout:
            yield False
            return
        try:
            yield True
        finally:
            lock.release()

    def living(self) -> int:
        """Locks that cannot be had."""
        names = [file.stem for file in self._folder.glob("*.lock")]
        return sum(1 for name in names if name == self.name or not self._free(name))

    def _free(self, name: str) -> bool:
        with self.if_gone(name) as gone:
            return gone

    def _lock(self, name: str) -> FileLock:
        # Not by thread: a server may stop in another thread than it started in.
        return FileLock(self._folder / f"{name}.lock", timeout=0, thread_local=False)


class AdvisoryLocks:
    """Names held by advisory locks on PostgreSQL: for processes of any number of machines.

    The lock hangs on a connection of its own. Where that is lost (the server was started anew), :meth:`keep` takes the name again.
    """

    #: A server that was started anew has forgotten all locks until the living have taken theirs again.
    looks = 2

    def __init__(self, url: sa.URL) -> None:
        self._engine = locking_engine(url, name=_SESSION)
        self._connection: sa.Connection | None = None
        self._name: str | None = None
        self._turn = threading.Lock()

    @property
    def name(self) -> str | None:
        """The name of this process."""
        return self._name

    def take(self, stem: str) -> str:
        """The first free one."""
        with self._turn:
            connection = self._connected()
            while _younger(connection):
                time.sleep(_LOOK)
            for name in _names(stem):
                if _try(connection, name):
                    self._connection, self._name = connection, name
                    return name
            connection.close()
            raise Timeout(stem)

    def release(self) -> None:
        """With its connection."""
        with self._turn:
            self._drop()
            self._name = None

    def keep(self) -> bool:
        """One short question, or a new connection where the old one is dead."""
        with self._turn:
            if self._name is None:
                return False
            try:
                if self._connection is not None:
                    self._connection.exec_driver_sql("SELECT 1")
                    return True
            except exc.DBAPIError:
                _LOG.warning("the connection that tells that %s lives was lost", self._name)
                self._drop()
            return self._again()

    @contextmanager
    def if_gone(self, name: str) -> Iterator[bool]:
        """Whether its lock can be had; asked by another connection, since a session may take its own lock twice."""
        with self._connected() as connection:
            # With the connection the lock goes.
            yield _try(connection, name)

    def living(self) -> int | None:
        """Sessions of this name that hold a lock; those of other databases of the server do not count."""
        held = sa.text(
            "SELECT count(DISTINCT pid) FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE locktype = 'advisory' AND granted "
            "AND application_name = :name AND datname = current_database()"
        )
        try:
            with self._connected() as connection:
                return int(connection.scalar(held, {"name": _SESSION}) or 0)
        except exc.DBAPIError:
            return None

    def _again(self) -> bool:
        try:
            connection = self._connected()
        except exc.DBAPIError:
            return False
        if self._name is None or not _try(connection, self._name):
            # Somebody is just looking whether we are dead.
            connection.close()
            return False
        self._connection = connection
        return True

    def _connected(self) -> sa.Connection:
        connection = self._engine.connect()
        for setting in _KEEPALIVES:
            _set(connection, setting)
        return connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


def _names(stem: str) -> Iterator[str]:
    for number in count(1):
        if number > _MOST:
            return
        yield stem if number == 1 else f"{stem}-{number}"


def _try(connection: sa.Connection, name: str) -> bool:
    return bool(connection.scalar(sa.select(sa.func.pg_try_advisory_lock(advisory_key(f"executor {name}")))))


def _younger(connection: sa.Connection) -> bool:
    """Whether the server was started so shortly ago that the living may not have told it yet that they live."""
    age = sa.func.extract("epoch", sa.func.clock_timestamp() - sa.func.pg_postmaster_start_time())
    return float(connection.scalar(sa.select(age)) or 0) < _GRACE


def _set(connection: sa.Connection, setting: str) -> None:
    """Older servers do not know every setting, and a socket of the same machine has no keep-alives."""
    try:
        connection.exec_driver_sql(f"SET {setting}")
    except exc.DBAPIError:
        _LOG.debug("the server does not take %s", setting)
