"""API keys: who may call; the secrets themselves are never stored."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.permission import Right
from qa_service.errors import NotFoundError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import ApiKeyRow, core

_KEYS = core(ApiKeyRow).c


class ApiKey(Record):
    """A key that was issued."""

    #: Unique id, fit to be shown.
    id: str
    #: Id of the user whom it stands for.
    user: str
    #: What it is for.
    name: str
    #: First and last characters of the secret, to tell keys apart by; empty for old ones.
    hint: str = ""
    #: Rights that it is limited to; ``None``: all that its user has. Never more than its user has.
    rights: frozenset[Right] | None = None
    #: Made by the service itself, at first start or on the operator's word: the admin key.
    root: bool = False
    #: When it was issued.
    created_at: AwareDatetime
    #: From when it does not work any more.
    expires_at: AwareDatetime | None = None
    #: When it was last used, to the minute or so.
    used_at: AwareDatetime | None = None
    #: When it was taken back.
    revoked_at: AwareDatetime | None = None


class ApiKeys(Repository):
    """Keys by id, and by the hash of their secret."""

    def add(self, key: ApiKey, *, sha256: str) -> None:
        """Keep a new key; ``sha256``: of its secret, hex. Secrets must be random and long, since the hash is a bare one."""
        rights = None if key.rights is None else json.dumps(sorted(key.rights))
        self._insert(ApiKeyRow, [{**key.model_dump(exclude={"user", "rights"}), "user_id": key.user, "rights": rights, "sha256": sha256}])

    def by_secret(self, sha256: str) -> ApiKey | None:
        """The key with that secret that was not taken back; it may have expired. A look-up by hash tells nothing through its timing."""
        row = self._first(ApiKeyRow, _KEYS.sha256 == sha256, _KEYS.revoked_at.is_(None))
        return None if row is None else _key(row)

    def was_revoked(self, sha256: str) -> bool:
        """Whether a key with that secret was taken back."""
        return self._first(ApiKeyRow, _KEYS.sha256 == sha256, _KEYS.revoked_at.is_not(None)) is not None

    def get(self, key: str) -> ApiKey:
        """The key; raises :class:`NotFoundError`."""
        row = self._first(ApiKeyRow, _KEYS.id == key)
        if row is None:
            raise NotFoundError(f"no key {key!r}", field="key")
        return _key(row)

    def list(self, *, user: str | None = None, root: bool | None = None, in_force: bool = False) -> tuple[ApiKey, ...]:
        """All keys, the oldest first; ``in_force``: without those that were taken back."""
        where = given((user, _KEYS.user_id.__eq__), (root, _KEYS.root.is_)) + ((_KEYS.revoked_at.is_(None),) if in_force else ())
        return tuple(_key(row) for row in self._session.scalars(sa.select(ApiKeyRow).where(*where).order_by(_KEYS.created_at, _KEYS.id)))

    def page(self, *, user: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[ApiKey]:
        """A page of them, revoked ones included, the last issued first."""
        page = self._page(ApiKeyRow, *given((user, _KEYS.user_id.__eq__)), by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_key(row) for row in rows])

    def revoke(self, key: str, *, at: datetime) -> ApiKey:
        """Take it back; once is enough. Raises :class:`NotFoundError`."""
        self._update(ApiKeyRow, _KEYS.id == key, _KEYS.revoked_at.is_(None), values={"revoked_at": at})
        return self.get(key)

    def touch(self, keys: Iterable[str], *, at: datetime) -> None:
        """They were used then."""
        self._update(ApiKeyRow, _KEYS.id.in_(list(keys)), values={"used_at": at})


def _key(row: ApiKeyRow) -> ApiKey:
    rights = None if row.rights is None else frozenset(Right(one) for one in json.loads(row.rights))
    return ApiKey.trusted(
        id=row.id, user=row.user_id, name=row.name, hint=row.hint, rights=rights, root=row.root, created_at=row.created_at,
        expires_at=row.expires_at, used_at=row.used_at, revoked_at=row.revoked_at,
    )
