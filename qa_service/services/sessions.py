"""Sessions: signing in by login and password, and what is open in whose browsers."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from qa_service.domain.permission import Actor
from qa_service.domain.user import User
from qa_service.errors import AuthenticationError
from qa_service.services.authentication import Authentication, csrf_token, sha256
from qa_service.services.clock import Clock
from qa_service.services.passwords import ONE_TIME, Passwords
from qa_service.services.tries import Tries, Try
from qa_service.settings import Settings
from qa_service.store.passwords import Password
from qa_service.store.session import Database
from qa_service.store.sessions import How, Session
from qa_service.store.unit import Unit

#: Characters that are kept of what a browser calls itself.
_CLIENT = 200
_WRONG = "the login or the password is wrong"


@dataclass(frozen=True)
class Opened:
    """A session that was just opened."""

    #: The session.
    session: Session
    #: Its secret, in clear, this once: goes into the cookie.
    token: str = field(repr=False)
    #: What its pages send along with every change.
    csrf: str = field(repr=False)
    #: Nothing but choosing a password is allowed.
    newcomer: bool = False


class Sessions:
    """Opens, lists and ends sessions."""

    def __init__(
        self, *, database: Database, passwords: Passwords, tries: Tries, authentication: Authentication, settings: Settings, clock: Clock
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._tries = tries
        self._authentication = authentication
        self._clock = clock
        self._idle = timedelta(minutes=settings.session_idle_minutes)
        self._longest = timedelta(hours=settings.session_hours)

    def sign_in(self, login: str, password: str, *, address: str, client: str | None = None) -> Opened:
        """A session for whoever knows the password.

        Raises :class:`AuthenticationError`, alike in words and time for whatever is wrong, and :class:`TooManyTriesError`.
        """
        attempt, user, stored = self._begin(login, address=address)
        right, better = self._passwords.verify(password, stored.hash if stored else None)
        if not right or user is None or stored is None or not user.active or self._is_stale(stored):
            self._refuse(user, address=address)
            raise AuthenticationError(_WRONG)
        with self._database.unit() as unit:
            if not stored.is_still(unit.passwords.of(user.id)):
                # Another one was given while this one was hashed, and all sessions were ended then.
                raise AuthenticationError(_WRONG)
            self._tries.succeed(unit, attempt)
            if better is not None:
                unit.passwords.rehash(user.id, old=stored.hash, new=better)
            opened = self._open(unit, user.id, how="password", address=address, client=client)
        return replace(opened, newcomer=stored.must_change)

    def open(self, user: str, *, how: How, address: str | None = None, client: str | None = None) -> Opened:
        """A session for somebody whose identity was proven elsewhere; raises :class:`NotFoundError` and :class:`AuthenticationError`."""
        with self._database.unit() as unit:
            return self._open(unit, user, how=how, address=address, client=client)

    def list(self, user: str) -> tuple[Session, ...]:
        """Those of a user that are open, the last opened first."""
        now = self._clock()
        with self._database.reading() as unit:
            return tuple(one for one in unit.sessions.list(user) if now < one.expires_at and now < one.seen_at + self._idle)

    def last_sign_ins(self, users: Iterable[User]) -> Mapping[str, datetime]:
        """When each user last signed in, by id, as far as it is known: by password of the last 30 days, with a provider of any time."""
        logins = {one.login: one.id for one in users}
        with self._database.reading() as unit:
            found = [*((logins[login], at) for login, at in self._tries.last(unit, logins).items())]
            found += unit.identities.last(logins.values()).items()
        # In the order of time, so that the last one of each stands.
        return dict(sorted(found, key=lambda one: one[1]))

    def end(self, session: str, *, by: Actor) -> None:
        """One of one's own; raises :class:`NotFoundError`."""
        with self._database.unit() as unit:
            unit.sessions.get(session, user=by.id)
            unit.sessions.end(session)
            self._note(unit, "session.ended", f"session/{session}", by=by.id, user=by.id)
        self._authentication.forget()

    def end_all(self, user: str, *, by: Actor, but: str | None = None) -> int:
        """All of a user, ``but`` one; how many there were. Raises :class:`NotFoundError`."""
        with self._database.unit() as unit:
            unit.users.get(user)
            ended = unit.sessions.end_all(user, but=but)
            if ended:
                self._note(unit, "sessions.ended", f"user/{user}", by=by.id, user=user, sessions=ended)
        self._authentication.forget()
        return ended

    def _open(self, unit: Unit, user: str, *, how: How, address: str | None, client: str | None) -> Opened:
        if not unit.users.get(user).active:
            raise AuthenticationError("the user was switched off", hint="ask an admin")
        now, token = self._clock(), secrets.token_urlsafe(32)
        unit.sessions.sweep(at=now, idle_since=now - self._idle)
        session = Session(
            id=uuid.uuid4().hex, user=user, how=how, address=address, client=client[:_CLIENT] if client else None, created_at=now,
            seen_at=now, expires_at=now + self._longest,
        )
        unit.sessions.add(session, sha256=sha256(token))
        self._note(unit, "session.opened", f"session/{session.id}", by=user, user=user, how=how, address=address)
        return Opened(session, token, csrf_token(token))

    def _begin(self, login: str, *, address: str) -> tuple[Try, User | None, Password | None]:
        with self._database.unit() as unit:
            attempt = self._tries.begin(unit, login, address=address, at=self._clock())
            user = unit.users.by_login(login)
            return attempt, user, None if user is None else unit.passwords.of(user.id)

    def _is_stale(self, stored: Password | None) -> bool:
        """Whether it is a one-time password that nobody used in time."""
        return stored is not None and stored.must_change and stored.changed_at + ONE_TIME <= self._clock()

    def _refuse(self, user: User | None, *, address: str) -> None:
        # What was typed as a login may be a password in the wrong field: it is never written down.
        subject = "session/refused" if user is None else f"user/{user.id}"
        with self._database.unit() as unit:
            self._note(unit, "session.refused", subject, by="nobody", address=address, known=user is not None)

    def _note(self, unit: Unit, action: str, subject: str, *, by: str, **content: object) -> None:
        unit.ledger.append(at=self._clock(), actor=by, action=action, subject=subject, content=content)
