"""Tries to sign in, counted so that nobody can guess on and on, in whatever process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa

from qa_service.store.repository import Repository
from qa_service.store.tables import SignInRow, core

_TRIES = core(SignInRow).c


class SignIns(Repository):
    """Tries by the hash of the login and by network address. A try counts as failed until it has succeeded."""

    def failures(self, *, since: datetime, login: str | None = None, address: str | None = None, most: int) -> Sequence[datetime]:
        """When the last ``most`` failed, the newest first; ``login``: its SHA-256, hex."""
        told = ((_TRIES.login_sha256, login), (_TRIES.address, address))
        where = [column == value for column, value in told if value is not None]
        chosen = sa.select(_TRIES.at).where(_TRIES.succeeded.is_(False), _TRIES.at > since, *where).order_by(_TRIES.at.desc())
        return self._session.scalars(chosen.limit(most)).all()

    def is_known(self, login: str, address: str) -> bool:
        """Whether somebody signed in with it from there before."""
        return self._first(SignInRow, _TRIES.login_sha256 == login, _TRIES.address == address, _TRIES.succeeded.is_(True)) is not None

    def hold(self, lock: int) -> None:
        """Count and add without another in between, until the unit of work ends; ``lock``: any number that stands for the login."""
        if self._dialect == "postgresql":
            # SQLite's unit of work holds the write lock already.
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))

    def add(self, identifier: str, *, login: str, address: str, at: datetime) -> None:
        """A try that begins, and has failed unless :meth:`succeed` says otherwise."""
        self._insert(SignInRow, [{"id": identifier, "login_sha256": login, "address": address, "at": at, "succeeded": False}])

    def succeed(self, identifier: str, *, login: str, address: str) -> None:
        """This try went well: the login's failures are forgotten, and its address is known."""
        here = sa.and_(_TRIES.succeeded.is_(True), _TRIES.address == address)
        forgotten = sa.and_(_TRIES.login_sha256 == login, _TRIES.id != identifier, sa.or_(_TRIES.succeeded.is_(False), here))
        self._execute(core(SignInRow).delete().where(forgotten))
        self._update(SignInRow, _TRIES.id == identifier, values={"succeeded": True})

    def last(self, logins: Iterable[str]) -> Mapping[str, datetime]:
        """When each was last signed in with, by the hash of the login; those that nobody signed in with lately are missing."""
        where = (_TRIES.login_sha256.in_(list(logins)), _TRIES.succeeded.is_(True))
        chosen = sa.select(_TRIES.login_sha256, sa.func.max(_TRIES.at)).where(*where).group_by(_TRIES.login_sha256)
        return {row[0]: row[1] for row in self._session.execute(chosen)}

    def forgive(self, login: str) -> None:
        """Forget the failures of a login."""
        self._execute(core(SignInRow).delete().where(_TRIES.login_sha256 == login, _TRIES.succeeded.is_(False)))

    def forget(self, *, failed_before: datetime, known_before: datetime) -> int:
        """Drop older ones; how many there were."""
        failed = sa.and_(_TRIES.succeeded.is_(False), _TRIES.at < failed_before)
        return self._execute(core(SignInRow).delete().where(sa.or_(failed, _TRIES.at < known_before)))
