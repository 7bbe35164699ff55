"""``Idempotency-Key``: the same request sent again is answered as the first time, and nothing is done twice."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import Depends, Header, Request
from pydantic import BaseModel
from starlette.responses import Response

from qa_service.api.deps import CallerDep, ServicesDep
from qa_service.bootstrap import Services
from qa_service.store.idempotency import Reply

#: Headers that follow from a body.
Headers = Callable[[Mapping[str, Any]], Mapping[str, str]]


class Once:
    """Runs an action once for each key."""

    def __init__(self, services: Services, *, key: str | None, route: str) -> None:
        self._services = services
        self._key = key
        self._route = route

    def run(self, action: Callable[[], tuple[int, BaseModel]], *, request: str | bytes, headers: Headers = lambda body: {}) -> Response:
        """The response to a request, whose content tells it from others; raises :class:`ConflictError` for a key used before."""
        digest = hashlib.sha256(request.encode() if isinstance(request, str) else request).hexdigest()
        known = self._services.replies.recall(self._key, route=self._route, request_sha256=digest) if self._key else None
        if known is not None:
            return _response(known, {**headers(json.loads(known.body)), "Idempotency-Replayed": "true"})
        status, body = action()
        reply = Reply(status=status, body=body.model_dump_json(by_alias=True))
        if self._key:
            reply = self._services.replies.remember(self._key, reply, route=self._route, request_sha256=digest)
        return _response(reply, headers(json.loads(reply.body)))


async def once(
    request: Request, services: ServicesDep, who: CallerDep,
    key: Annotated[
        str | None,
        Header(
            alias="Idempotency-Key", min_length=1, max_length=200, pattern=r"^[\x21-\x7e]+$",
            description="A key of your own for this request; sent again with it within a week, it is answered as the first time.",
        ),
    ] = None,
) -> Once:
    """The key of this request."""
    return Once(services, key=key, route=f"{who} {request.method} {request.url.path}?{request.url.query}")


OnceDep = Annotated[Once, Depends(once)]


def _response(reply: Reply, headers: Mapping[str, str]) -> Response:
    return Response(reply.body, status_code=reply.status, media_type="application/json", headers=dict(headers))
