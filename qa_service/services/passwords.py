"""Passwords: hashed slowly by design, a few at once; changed by their owners, reset by admins."""

from __future__ import annotations

import secrets
import threading
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from qa_service.domain import password as rules
from qa_service.domain.permission import Actor
from qa_service.errors import ConflictError, InputError
from qa_service.services.authentication import Authentication
from qa_service.services.clock import Clock
from qa_service.services.tries import Tries
from qa_service.store.session import Database
from qa_service.store.unit import Unit

if TYPE_CHECKING:
    from pwdlib import PasswordHash

#: Hashes that are worked out at once; each takes 64 MiB and a core for a while.
AT_ONCE = 2
#: How long a password works that somebody else chose.
ONE_TIME = timedelta(days=7)
_WRONG = "the old password is wrong"


class Passwords:
    """Keeps and checks passwords: argon2id with the parameters of RFC 9106 for little memory (64 MiB, three passes)."""

    def __init__(self, *, database: Database, tries: Tries, authentication: Authentication, clock: Clock) -> None:
        self._database = database
        self._tries = tries
        self._authentication = authentication
        self._clock = clock
        self._slots = threading.BoundedSemaphore(AT_ONCE)

    def hash(self, password: str) -> str:
        """A slow hash with a salt of its own."""
        with self._slots:
            return self._argon2.hash(rules.normalized(password))

    def verify(self, password: str, hashed: str | None) -> tuple[bool, str | None]:
        """Whether it is the password, and a better hash where the stored one is out of date. ``None``: takes as long, and it is not."""
        with self._slots:
            # Made before it is known whether it is needed, so that the first stranger does not wait longer.
            nobodys = self._nobodys
            right, better = self._argon2.verify_and_update(rules.normalized(password), hashed or nobodys)
        return right and hashed is not None, better if hashed is not None else None

    def change(self, old: str, new: str, *, by: Actor, address: str, session: str | None = None) -> None:
        """One's own; other sessions than that one end.

        Raises :class:`InputError` unless ``old`` is the password, :class:`PasswordError` when the new one is too weak,
        :class:`ConflictError` for somebody who has none and :class:`TooManyTriesError`.
        """
        with self._database.unit() as unit:
            user, stored = unit.users.get(by.id), unit.passwords.of(by.id)
            if stored is None:
                raise ConflictError("you have no password", field="old", hint="an admin can give you one")
            rules.check(new, login=user.login, field="new")
            if rules.normalized(new) == rules.normalized(old):
                raise InputError("the new password is the old one", field="new", hint="choose another")
            attempt = self._tries.begin(unit, user.login, address=address, at=self._clock())
        if not self.verify(old, stored.hash)[0]:
            raise InputError(_WRONG, field="old")
        hashed = self.hash(new)
        with self._database.unit() as unit:
            if not stored.is_still(unit.passwords.of(by.id)):
                # Changed or reset while this was hashed: what an admin does is not undone by whoever knew the password before.
                raise InputError(_WRONG, field="old")
            self._tries.succeed(unit, attempt)
            unit.sessions.end_all(by.id, but=session)
            self._set(unit, by.id, hashed, must_change=False, by=by, action="password.changed")
        self._authentication.forget()

    def reset(self, user: str, *, by: Actor) -> str:
        """A one-time password in clear: it only serves to choose another. All sessions of the user end. Raises :class:`NotFoundError`."""
        password = secrets.token_urlsafe(12)
        hashed = self.hash(password)
        with self._database.unit() as unit:
            self._tries.forgive(unit, unit.users.get(user).login)
            unit.sessions.end_all(user)
            self._set(unit, user, hashed, must_change=True, by=by, action="password.reset")
        self._authentication.forget()
        return password

    def give(self, user: str, password: str, *, by: Actor) -> None:
        """That password from now on, as chosen by the user. All sessions end. Raises as :meth:`change` and :class:`NotFoundError`."""
        with self._database.reading() as unit:
            rules.check(password, login=unit.users.get(user).login)
        hashed = self.hash(password)
        with self._database.unit() as unit:
            unit.sessions.end_all(user)
            self._set(unit, user, hashed, must_change=False, by=by, action="password.changed")
        self._authentication.forget()

    def put(self, unit: Unit, user: str, hashed: str, *, by: Actor) -> None:
        """A one-time password within a unit of work of another service."""
        self._set(unit, user, hashed, must_change=True, by=by, action="password.reset")

    def _set(self, unit: Unit, user: str, hashed: str, *, must_change: bool, by: Actor, action: str) -> None:
        at = self._clock()
        unit.passwords.set(user, hashed, must_change=must_change, at=at)
        unit.ledger.append(at=at, actor=by.id, action=action, subject=f"user/{user}", content={"must_change": must_change})

    @cached_property
    def _argon2(self) -> PasswordHash:
        from pwdlib import PasswordHash  # not needed by commands that know nobody

        return PasswordHash.recommended()

    @cached_property
    def _nobodys(self) -> str:
        """Hash of a password that nobody has."""
        return self._argon2.hash(secrets.token_urlsafe(16))
