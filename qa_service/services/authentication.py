"""Authentication: who calls, by a key or by a session; looked up once in a few seconds, so that it costs next to nothing."""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from qa_service.domain.permission import Actor, Right
from qa_service.domain.user import User
from qa_service.errors import AuthenticationError
from qa_service.services.clock import Clock
from qa_service.settings import Settings
from qa_service.store.keys import ApiKey
from qa_service.store.session import Database
from qa_service.store.sessions import Session
from qa_service.store.unit import Unit

#: How long it is taken for granted; another process learns of what was taken back after so long.
FRESH = timedelta(seconds=3)
#: How often it is written down that a key or session was used.
_NOTED = timedelta(minutes=1)
#: Callers that are remembered at once.
_MOST = 10_000
#: What whoever has to choose a password first may do.
_NEWCOMER = frozenset({Right.SELF})


class Caller(NamedTuple):
    """Whoever calls, and how that is known."""

    #: Whoever acts.
    actor: Actor
    #: Until when it can be taken for granted.
    until: datetime
    #: Id of the key, if by one.
    key: str | None = None
    #: Id of the session, if by one.
    session: str | None = None
    #: When it was last written down that it was used.
    noted: datetime | None = None


class Authentication:
    """Knows who calls. Secrets are looked up by their hash, so timing tells nothing."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._idle = timedelta(minutes=settings.session_idle_minutes)
        self._clock = clock
        self._lock = threading.Lock()
        self._callers: dict[str, Caller] = {}
        self._noted: dict[str, datetime] = {}
        self._changes = 0

    def recall_key(self, secret: str | None) -> Caller | None:
        """Whoever was seen with that key a moment ago; waits for nothing."""
        found = self._recall(secret) if secret else None
        return found if found is not None and found.key is not None else None

    def recall_session(self, token: str) -> Caller | None:
        """Whoever was seen with that session a moment ago; waits for nothing."""
        found = self._recall(token)
        return found if found is not None and found.session is not None else None

    def by_key(self, secret: str | None) -> Caller:
        """Whoever holds this key; raises :class:`AuthenticationError`."""
        if not secret:
            raise AuthenticationError("no key was given", hint="send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY', or sign in")
        return self.recall_key(secret) or self._found(secret, self._key)

    def by_session(self, token: str) -> Caller:
        """Whoever signed in and was given this token; raises :class:`AuthenticationError`."""
        return self.recall_session(token) or self._found(token, self._session)

    def is_due(self, caller: Caller) -> bool:
        """Whether it is time to :meth:`note` that they called; says so to one who asks, then not for a minute."""
        used = caller.key or caller.session or ""
        now = self._clock()
        with self._lock:
            last = max(filter(None, (self._noted.get(used), caller.noted)), default=None)
            if last is not None and now - last < _NOTED:
                return False
            if len(self._noted) >= _MOST:
                self._noted.clear()
            self._noted[used] = now
            return True

    def note(self, caller: Caller) -> None:
        """Write down that their key or session was used."""
        at = self._clock()
        with self._database.unit() as unit:
            if caller.key is not None:
                unit.keys.touch([caller.key], at=at)
            if caller.session is not None:
                unit.sessions.touch(caller.session, at=at)

    def forget(self) -> None:
        """Take nothing for granted any more: somebody's rights, key or session changed. To be called after the change is stored."""
        with self._lock:
            self._changes += 1
            self._callers.clear()

    def _recall(self, secret: str) -> Caller | None:
        found = self._callers.get(sha256(secret))
        return found if found is not None and self._clock() < found.until else None

    def _found(self, secret: str, read: Callable[[Unit, str, datetime], Caller]) -> Caller:
        before, digest = self._changes, sha256(secret)
        with self._database.reading() as unit:
            caller = read(unit, digest, self._clock())
        with self._lock:
            # What was read before a change was stored is not remembered beyond it.
            if self._changes == before:
                if len(self._callers) >= _MOST:
                    self._callers.clear()
                self._callers[digest] = caller
        return caller

    def _key(self, unit: Unit, digest: str, now: datetime) -> Caller:
        key = unit.keys.by_secret(digest)
        if key is None:
            raise AuthenticationError("nobody issued this key, or it was revoked")
        if key.expires_at is not None and key.expires_at <= now:
            raise AuthenticationError(f"this key expired on {key.expires_at:%Y-%m-%d}", hint="make a new one")
        user = _acting(unit, key.user)
        return Caller(user.actor(rights=key.rights), key=key.id, until=_until(now, key.expires_at), noted=key.used_at)

    def _session(self, unit: Unit, digest: str, now: datetime) -> Caller:
        session = unit.sessions.by_token(digest)
        if session is None or self._is_over(session, now):
            raise AuthenticationError("this session is over", hint="sign in again")
        user, password = _acting(unit, session.user), unit.passwords.of(session.user)
        newcomer = session.how == "password" and password is not None and password.must_change
        actor = user.actor(rights=_NEWCOMER if newcomer else None)
        return Caller(actor, session=session.id, until=_until(now, session.expires_at), noted=session.seen_at)

    def _is_over(self, session: Session, now: datetime) -> bool:
        seen = max(session.seen_at, self._noted.get(session.id, session.seen_at))
        return session.expires_at <= now or seen + self._idle <= now


def sha256(secret: str) -> str:
    """Hash of a random, long secret, as it is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


def csrf_token(token: str) -> str:
    """What a page sends along to show that it, and no other site, makes the request; follows from the session's token alone."""
    return hmac.new(token.encode(), b"csrf", hashlib.sha256).hexdigest()


def is_csrf_token(told: str | None, *, token: str) -> bool:
    """Whether that is the one of this session; compared in constant time."""
    return told is not None and hmac.compare_digest(csrf_token(token).encode(), told.encode("utf-8", "replace"))


def is_in_force(key: ApiKey, *, at: datetime) -> bool:
    """Whether a key works."""
    return key.revoked_at is None and (key.expires_at is None or at < key.expires_at)


def _acting(unit: Unit, user: str) -> User:
    found = unit.users.find(user)
    if found is None or not found.active:
        raise AuthenticationError("the user was switched off", hint="ask an admin")
    return found


def _until(now: datetime, end: datetime | None) -> datetime:
    return now + FRESH if end is None else min(now + FRESH, end)
