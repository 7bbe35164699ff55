"""The door: operations that take a body ask who calls, and for the right, before they read any of it."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from qa_service.api.deps import admit
from qa_service.api.rights import RIGHTS


class Door(APIRoute):
    """An operation of a guarded resource (``APIRouter(route_class=Door)``).

    The framework reads and parses a JSON body before it asks any dependency, the one that knows the right included: strangers could make
    us parse megabytes, and would be told what is wrong with their body instead of that they may not.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, behind the door."""
        handle = super().get_route_handler()
        if self.body_field is None or self.name not in RIGHTS:
            return handle

        async def ask_first(request: Request) -> Response:
            await admit(request)
            return await handle(request)

        return ask_first
