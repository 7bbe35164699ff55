"""API keys: who may call; the secrets themselves are never stored."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.errors import NotFoundError
from qa_service.store.repository import Repository
from qa_service.store.tables import ApiKeyRow, core

_KEYS = core(ApiKeyRow).c


class ApiKey(Record):
    """A key that was issued."""

    #: Unique id, fit to be shown.
    id: str
    #: What it is for.
    name: str
    #: What it may do.
    role: str
    #: When it was issued.
    created_at: AwareDatetime
    #: When it was taken back.
    revoked_at: AwareDatetime | None = None


class ApiKeys(Repository):
    """Keys by id, and by the hash of their secret."""

    def add(self, key: ApiKey, *, sha256: str) -> None:
        """Keep a new key; ``sha256``: of its secret, hex. Secrets must be random and long, since the hash is a bare one."""
        values = {**key.model_dump(), "sha256": sha256}
        self._insert(ApiKeyRow, [values])

    def by_secret(self, sha256: str) -> ApiKey | None:
        """The key in force with that secret. A look-up by hash tells nothing through its timing."""
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

    def list(self, *, role: str | None = None) -> tuple[ApiKey, ...]:
        """All keys, the oldest first, revoked ones included."""
        rows = self._all(ApiKeyRow, *(() if role is None else (_KEYS.role == role,)))
        return tuple(sorted((_key(row) for row in rows), key=lambda key: (key.created_at, key.id)))

    def revoke(self, key: str, *, at: datetime) -> ApiKey:
        """Take it back; once is enough. Raises :class:`NotFoundError`."""
        self._update(ApiKeyRow, _KEYS.id == key, _KEYS.revoked_at.is_(None), values={"revoked_at": at})
        return self.get(key)


def _key(row: ApiKeyRow) -> ApiKey:
    return ApiKey(id=row.id, name=row.name, role=row.role, created_at=row.created_at, revoked_at=row.revoked_at)
