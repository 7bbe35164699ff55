"""Idempotency keys: a request that is sent again is answered as the first time."""

from __future__ import annotations

from datetime import datetime

from qa_service.domain.base import Record
from qa_service.errors import ConflictError
from qa_service.store.repository import Repository
from qa_service.store.tables import IdempotencyRow, core

_KEYS = core(IdempotencyRow).c


class Reply(Record):
    """What a request was answered."""

    #: HTTP status.
    status: int
    #: Body as sent.
    body: str


class IdempotencyKeys(Repository):
    """Replies by key and route."""

    def recall(self, key: str, *, route: str, request_sha256: str) -> Reply | None:
        """The reply to the same request; raises :class:`ConflictError` when the key came with another request before."""
        row = self._first(IdempotencyRow, _KEYS.key == key, _KEYS.route == route)
        if row is None:
            return None
        if row.request_sha256 != request_sha256:
            raise ConflictError("this key was used for another request", field="Idempotency-Key", hint="make a new key for each request")
        return Reply(status=row.status, body=row.body)

    def remember(self, key: str, reply: Reply, *, route: str, request_sha256: str, at: datetime) -> Reply:
        """Keep a reply; the one that was there first, when two came at once. Raises as :meth:`recall`."""
        values = {
            "key": key, "route": route, "request_sha256": request_sha256, "status": reply.status, "body": reply.body, "created_at": at,
        }
        self._insert_new(IdempotencyRow, [values])
        return self.recall(key, route=route, request_sha256=request_sha256) or reply

    def forget(self, *, before: datetime) -> int:
        """Drop older ones; how many there were."""
        return self._execute(core(IdempotencyRow).delete().where(_KEYS.created_at < before))
