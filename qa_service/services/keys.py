"""API keys: until users and roles come, one admin key guards everything but health."""

from __future__ import annotations

import hashlib
import secrets
import uuid

from qa_service.errors import AuthenticationError, ConfigurationError
from qa_service.services.clock import Clock
from qa_service.settings import Settings
from qa_service.store.keys import ApiKey
from qa_service.store.session import Database
from qa_service.store.unit import Unit

ADMIN = "admin"
_PREFIX = "qa_"
#: Fewest characters of an operator's own key, since only a bare hash protects it.
_LEAST = 16


class Keys:
    """Makes the admin key at first start and knows who calls. Only hashes are stored."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._settings = settings
        self._clock = clock

    def first_start(self) -> str | None:
        """The admin key in clear, once, when this database has none yet; the operator's own (``QA_ADMIN_KEY``) is never shown."""
        told = self._settings.admin_key.get_secret_value()
        with self._database.unit() as unit:
            if told:
                self._take(unit, told)
                return None
            if any(key.revoked_at is None for key in unit.keys.list(role=ADMIN)):
                return None
            return self._issue(unit, _PREFIX + secrets.token_urlsafe(32), action="key.issued")

    def renew(self) -> str:
        """A new admin key in clear; the old ones stop working. Raises :class:`ConfigurationError` where the operator sets the key."""
        if self._settings.admin_key.get_secret_value():
            raise ConfigurationError("the admin key is set by the operator", field="QA_ADMIN_KEY", hint="change it there and start again")
        with self._database.unit() as unit:
            return self._issue(unit, _PREFIX + secrets.token_urlsafe(32), action="key.renewed")

    def _take(self, unit: Unit, told: str) -> None:
        """The operator's own key is the only one from now on."""
        if len(told) < _LEAST:
            raise ConfigurationError(f"a key needs {_LEAST} characters or more", field="QA_ADMIN_KEY", hint="as of 'openssl rand -hex 24'")
        if unit.keys.was_revoked(_hash(told)):
            raise ConfigurationError("this key was used before and is revoked", field="QA_ADMIN_KEY", hint="choose another")
        if unit.keys.by_secret(_hash(told)) is None:
            self._issue(unit, told, action="key.issued")

    def _issue(self, unit: Unit, secret: str, *, action: str) -> str:
        """The key, in force alone."""
        for key in unit.keys.list(role=ADMIN):
            unit.keys.revoke(key.id, at=self._clock())
        unit.keys.add(self._key(), sha256=_hash(secret))
        unit.ledger.append(at=self._clock(), actor="system", action=action, subject="key/admin", content={"role": ADMIN})
        return secret

    def caller(self, secret: str | None) -> str:
        """Name of whoever holds this key; raises :class:`AuthenticationError`. Looked up by hash, so timing tells nothing."""
        if not secret:
            raise AuthenticationError("no key was given", hint="send it as 'Authorization: Bearer KEY' or 'X-API-Key: KEY'")
        with self._database.reading() as unit:
            key = unit.keys.by_secret(_hash(secret))
        if key is None:
            raise AuthenticationError("nobody issued this key, or it was revoked")
        return key.name

    def _key(self) -> ApiKey:
        return ApiKey(id=uuid.uuid4().hex, name=ADMIN, role=ADMIN, created_at=self._clock())


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
