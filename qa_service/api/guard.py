"""The outermost layer of every request: its id, the size of its body, security headers, and the last resort for errors."""

from __future__ import annotations

import logging
import re
import uuid
from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from qa_service.api.problems import HttpProblem, respond, unexpected
from qa_service.services.log_lines import about
from qa_service.settings import Settings

_LOG = logging.getLogger(__name__)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
#: Nothing may be loaded or framed; pages bring a policy of their own.
_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HEADERS = {
    "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()", "Content-Security-Policy": _POLICY, "Cache-Control": "no-store",
}


class Guard:
    """ASGI middleware; the last one added, so that nothing passes it by."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        with about(request=exchange.id):
            await self._serve(scope, exchange)

    async def _serve(self, scope: Scope, exchange: _Exchange) -> None:
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:
            _LOG.info("the caller went away")
        except Exception:
            # The edge of the server: whatever it was, the log has it and the caller gets a problem, never a trace.
            _LOG.exception("request failed")
            if exchange.answered:
                raise
            await respond(unexpected(instance=scope["path"], request_id=exchange.id))(scope, exchange.receive, exchange.send)


class _Exchange:
    """One request and its response, watched on the way."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        told = headers.get("x-request-id", "")
        self.id = told if _REQUEST_ID.fullmatch(told) else uuid.uuid4().hex
        self.answered = False
        self._receive = receive
        self._send = send
        self._limit = _limit(scope["app"].state.settings, headers.get("content-type", ""))
        self._declared = headers.get("content-length", "")
        self._read = 0

    async def receive(self) -> Message:
        """The next piece of the body; raises :class:`HttpProblem` once it is more than is taken."""
        if self._declared.isdecimal() and int(self._declared[:19]) > self._limit:
            raise self._too_large()
        message = await self._receive()
        self._read += len(message.get("body", b""))
        if self._read > self._limit:
            raise self._too_large()
        return message

    async def send(self, message: Message) -> None:
        """Pass a piece of the response on, with our headers."""
        if message["type"] == "http.response.start":
            self.answered = True
            headers = MutableHeaders(scope=message)
            for name, value in {**_HEADERS, "X-Request-ID": self.id}.items():
                headers.setdefault(name, value)
        await self._send(message)

    def _too_large(self) -> HttpProblem:
        return HttpProblem(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the request has more than {self._limit} bytes",
            hint="the operator sets QA_MAX_UPLOAD_BYTES (files) and QA_MAX_BODY_BYTES (everything else)", headers={"Connection": "close"},
        )


def _limit(settings: Settings, content_type: str) -> int:
    return settings.max_upload_bytes if content_type.lower().startswith("multipart/form-data") else settings.max_body_bytes
