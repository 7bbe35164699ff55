"""API keys: the admin key of first start, and those that people make for themselves and for programs. Only hashes are stored."""

from __future__ import annotations

import secrets
import uuid
from datetime import datetime, timedelta

from qa_service.domain.permission import SYSTEM, Actor, Right, Role
from qa_service.domain.user import User
from qa_service.errors import ConfigurationError, ConflictError, InputError, NotFoundError, PermissionDeniedError
from qa_service.services.authentication import Authentication, sha256
from qa_service.services.clock import Clock
from qa_service.services.passwords import Passwords
from qa_service.services.users import Users
from qa_service.settings import Settings
from qa_service.store.keys import ApiKey
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Id and login of the user whom the first start makes.
ADMIN = "admin"
_PREFIX = "qa_"
#: Fewest characters of an operator's own key, since only a bare hash protects it.
_LEAST = 16
#: Characters of a secret that are shown: at its start, and at its end.
_HEAD, _TAIL = 6, 4
#: Longest life of a key that has an end.
_LONGEST = timedelta(days=3660)
#: Most keys in force of one user.
_MOST = 50


class Keys:
    """Issues and takes back."""

    def __init__(
        self, *, database: Database, users: Users, passwords: Passwords, authentication: Authentication, settings: Settings, clock: Clock
    ) -> None:
        self._database = database
        self._users = users
        self._passwords = passwords
        self._authentication = authentication
        self._settings = settings
        self._clock = clock

    def first_start(self) -> str | None:
        """Makes the user ``admin`` where there is none, and gives their secret in clear, once: it is their key, and their password for the
        first time. The operator's own key (``QA_ADMIN_KEY``) is never shown."""
        told = self._settings.admin_key.get_secret_value()
        if told:
            self._take(told)
            return None
        with self._database.reading() as unit:
            known = unit.users.find(ADMIN) is not None or bool(unit.users.list(role=Role.ADMIN))
            from_before = bool(self._roots(unit))
        if known:
            return None
        if from_before:
            # A database from before there were users has a key, and nobody yet whom it stands for.
            with self._database.unit() as unit:
                self._admin(unit)
            return None
        return self._begin()

    def renew(self) -> str:
        """A new admin key in clear; the old ones stop working. Raises :class:`ConfigurationError` where the operator sets the key, and
        :class:`ConflictError` where the user ``admin`` was switched off."""
        if self._settings.admin_key.get_secret_value():
            raise ConfigurationError("the admin key is set by the operator", field="QA_ADMIN_KEY", hint="change it there and start again")
        secret = _secret()
        with self._database.unit() as unit:
            if not self._admin(unit).active:
                raise ConflictError("the user 'admin' was switched off", hint="qa-service user set admin --active")
            self._root(unit, secret, action="key.renewed")
        self._authentication.forget()
        return secret

    def issue(
        self, name: str, *, by: Actor, user: str | None = None, rights: frozenset[Right] | None = None, expires_at: datetime | None = None
    ) -> tuple[ApiKey, str]:
        """A key, and its secret in clear, this once. ``user``: for whom, oneself unless told; ``rights``: what it is limited to.

        A key of one's own gives no more than one has now. Raises :class:`PermissionDeniedError`, :class:`NotFoundError`,
        :class:`InputError` for rights that its user has not or an end that is no future, and :class:`ConflictError`.
        """
        whose, now = self.whose(user, by=by), self._clock()
        if whose == by.id:
            rights = _within(rights, by)
        if expires_at is not None and not now < expires_at <= now + _LONGEST:
            raise InputError("a key ends in the future, within ten years", field="expires_at")
        secret = _secret()
        with self._database.unit() as unit:
            owner = unit.users.get(whose)
            self._check(unit, owner, rights)
            key = ApiKey(
                id=uuid.uuid4().hex, user=whose, name=name, hint=_hint(secret), rights=rights, created_at=now, expires_at=expires_at
            )
            unit.keys.add(key, sha256=sha256(secret))
            self._note(unit, "key.issued", key, by=by)
        return key, secret

    def list(self, *, by: Actor, user: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[ApiKey]:
        """Keys of a user, oneself unless told, revoked ones included, the last issued first; raises :class:`PermissionDeniedError`."""
        with self._database.reading() as unit:
            return unit.keys.page(user=self.whose(user, by=by), cursor=cursor, limit=limit)

    def everybody(self, *, by: Actor, cursor: str | None = None, limit: int = 50) -> Page[ApiKey]:
        """Keys of all users, revoked ones included, the last issued first; raises :class:`PermissionDeniedError`."""
        by.check(Right.MANAGE_USERS)
        with self._database.reading() as unit:
            return unit.keys.page(cursor=cursor, limit=limit)

    def all_of(self, user: str) -> tuple[ApiKey, ...]:
        """All keys of a user, the oldest first."""
        with self._database.reading() as unit:
            return unit.keys.list(user=user)

    def revoke(self, key: str, *, by: Actor) -> ApiKey:
        """Take it back; once is enough. Raises :class:`NotFoundError`, for another's key too unless one manages users."""
        with self._database.unit() as unit:
            found = unit.keys.get(key)
            if found.user != by.id and not by.may(Right.MANAGE_USERS):
                raise NotFoundError(f"no key {key!r}", field="key")
            revoked = unit.keys.revoke(key, at=self._clock())
            if found.revoked_at is None:
                self._note(unit, "key.revoked", revoked, by=by)
        self._authentication.forget()
        return revoked

    def whose(self, user: str | None, *, by: Actor) -> str:
        """The user whose keys are meant; raises :class:`PermissionDeniedError` for others' unless one manages users."""
        if user is None or user == by.id:
            return by.id
        by.check(Right.MANAGE_USERS)
        return user

    def _begin(self) -> str | None:
        secret = _secret()
        hashed = self._passwords.hash(secret)
        with self._database.unit() as unit:
            # Another process may have been quicker.
            if not self._users.take_in(unit, _first_admin(), by=SYSTEM):
                return None
            self._passwords.put(unit, ADMIN, hashed, by=SYSTEM)
            return self._root(unit, secret, action="key.issued")

    def _take(self, told: str) -> None:
        """The operator's own key is the only admin key from now on."""
        if len(told) < _LEAST:
            raise ConfigurationError(f"a key needs {_LEAST} characters or more", field="QA_ADMIN_KEY", hint="as of 'openssl rand -hex 24'")
        with self._database.unit() as unit:
            if unit.keys.was_revoked(sha256(told)):
                raise ConfigurationError("this key was used before and is revoked", field="QA_ADMIN_KEY", hint="choose another")
            self._admin(unit)
            if unit.keys.by_secret(sha256(told)) is None:
                self._root(unit, told, action="key.issued")
        self._authentication.forget()

    def _admin(self, unit: Unit) -> User:
        self._users.take_in(unit, _first_admin(), by=SYSTEM)
        return unit.users.get(ADMIN)

    def _root(self, unit: Unit, secret: str, *, action: str) -> str:
        """The admin key, in force alone."""
        now = self._clock()
        for key in self._roots(unit):
            unit.keys.revoke(key.id, at=now)
        own = secret == self._settings.admin_key.get_secret_value()
        key = ApiKey(id=uuid.uuid4().hex, user=ADMIN, name=ADMIN, hint="" if own else _hint(secret), root=True, created_at=now)
        unit.keys.add(key, sha256=sha256(secret))
        unit.ledger.append(at=now, actor=SYSTEM.id, action=action, subject="key/admin", content={"role": Role.ADMIN, "user": ADMIN})
        return secret

    def _roots(self, unit: Unit) -> tuple[ApiKey, ...]:
        return unit.keys.list(root=True, in_force=True)

    def _check(self, unit: Unit, owner: User, rights: frozenset[Right] | None) -> None:
        if not owner.active:
            raise ConflictError(f"the user {owner.id!r} was switched off", field="user")
        beyond = sorted(right for right in rights or () if not owner.actor().may(right))
        if beyond:
            hint = "a key gives no more than its user has"
            raise InputError(f"the role {owner.role} has no right to {beyond[0]}", field="rights", hint=hint)
        if len(unit.keys.list(user=owner.id, in_force=True)) >= _MOST:
            raise ConflictError(f"{_MOST} keys are in force", field="user", hint="revoke those that nobody uses")

    def _note(self, unit: Unit, action: str, key: ApiKey, *, by: Actor) -> None:
        rights = None if key.rights is None else sorted(key.rights)
        content = {"user": key.user, "name": key.name, "hint": key.hint, "rights": rights, "expires_at": _told(key.expires_at)}
        unit.ledger.append(at=self._clock(), actor=by.id, action=action, subject=f"key/{key.id}", content=content)


def _first_admin() -> User:
    return User(id=ADMIN, login=ADMIN, name="Administrator", role=Role.ADMIN)


def _within(rights: frozenset[Right] | None, by: Actor) -> frozenset[Right] | None:
    """What a key of one's own may be limited to: nothing that one has not oneself at the moment."""
    if rights is None:
        return by.rights
    beyond = sorted(right for right in rights if not by.may(right))
    if beyond:
        raise PermissionDeniedError(f"you have no right to {beyond[0]}", field="rights", hint="a key gives no more than you have")
    return rights


def _secret() -> str:
    return _PREFIX + secrets.token_urlsafe(32)


def _hint(secret: str) -> str:
    return f"{secret[:_HEAD]}…{secret[-_TAIL:]}"


def _told(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()
