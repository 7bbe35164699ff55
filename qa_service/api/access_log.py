"""What is noted about every request: a line in the log, figures and a span, by the template of its path, never by the path itself."""

from __future__ import annotations

import logging
import time
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api import ROUTERS
from qa_service.bootstrap import Services
from qa_service.services.log_lines import told

_LOG = logging.getLogger("qa_service.access")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
#: Paths that lead nowhere, and methods that nobody knows, are all the same.
_NOWHERE, _OTHER = "(none)", "other"


class AccessLog:
    """ASGI middleware, inside the guard, which gives requests their ids and answers for what nobody foresaw."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and note it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        services: Services = scope["app"].state.services
        answer, method = _Answer(send), scope["method"] if scope["method"] in _METHODS else _OTHER
        services.metrics.began()
        with services.tracing.span(method, headers=Headers(scope=scope), http__request__method=method) as span:
            try:
                await self._app(scope, receive, answer.send)
            finally:
                route = _route(scope)
                services.metrics.answered(method=method, route=route, status=answer.status, seconds=answer.seconds)
                span.tell(name=f"{method} {route}", http__route=route, http__response__status_code=answer.status)
                ms = round(answer.seconds * 1000, 1)
                line = told(method=method, route=route, status=answer.status, ms=ms, role=_role(scope))
                _LOG.info("answered", extra=line)


class _Answer:
    """The response on its way."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._began = time.perf_counter()
        self._ended: float | None = None
        #: As long as there is none, the guard will have to find one.
        self.status = int(HTTPStatus.INTERNAL_SERVER_ERROR)

    @property
    def seconds(self) -> float:
        """To the last byte; what is done behind it holds up nobody."""
        return (self._ended or time.perf_counter()) - self._began

    async def send(self, message: Message) -> None:
        """Pass a piece on."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self._ended = time.perf_counter()


#: Which route is whose, by identity: a route of a router knows its path without what the router is included under.
_RESOURCES = {id(route): f"/v1{getattr(route, 'path', '')}" for one in ROUTERS for route in one.router.routes}


def _route(scope: Scope) -> str:
    route: Any = scope.get("route")
    path = _RESOURCES.get(id(route)) or getattr(route, "path", None)
    if path is not None:
        return str(path)
    # Files that are served as they lie.
    return f"{scope['root_path']}/*" if scope.get("root_path") and "endpoint" in scope else _NOWHERE


def _role(scope: Scope) -> str:
    caller = scope.get("state", {}).get("caller")
    return "nobody" if caller is None else str(caller.actor.role)
