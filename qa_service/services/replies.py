"""Replies: a request that comes again under the same idempotency key is answered as the first time."""

from __future__ import annotations

from datetime import timedelta

from qa_service.services.clock import Clock
from qa_service.store.idempotency import Reply
from qa_service.store.session import Database

#: How long a reply is kept.
KEPT = timedelta(days=7)


class Replies:
    """Keeps replies by key and route."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def recall(self, key: str, *, route: str, request_sha256: str) -> Reply | None:
        """The first reply to this request; raises :class:`ConflictError` when the key came with another one."""
        with self._database.reading() as unit:
            return unit.idempotency.recall(key, route=route, request_sha256=request_sha256)

    def remember(self, key: str, reply: Reply, *, route: str, request_sha256: str) -> Reply:
        """Keep a reply, and drop those that are too old; the one that was there first, when two came at once."""
        at = self._clock()
        with self._database.unit() as unit:
            unit.idempotency.forget(before=at - KEPT)
            return unit.idempotency.remember(key, reply, route=route, request_sha256=request_sha256, at=at)
