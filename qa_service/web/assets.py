"""Assets: scripts, styles and fonts, from this package alone; their address holds their content's hash, so that browsers keep them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

from qa_service import rendering

_STATIC = Path(__file__).parent / "static"
_FONTS = Path(rendering.__file__).parent / "fonts"
_FOREVER = "public, max-age=31536000, immutable"
_LETTERS = 16


class Assets(StaticFiles):
    """Files that never change under one address."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file; kept for good where its address names its content."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = _FOREVER if b"v=" in scope.get("query_string", b"") else "no-cache"
        return answer


#: Where what is served; the longer path first.
MOUNTS: Mapping[str, Callable[[], StaticFiles]] = MappingProxyType(
    {"/static/fonts": lambda: Assets(directory=_FONTS), "/static": lambda: Assets(directory=_STATIC)}
)


@cache
def asset(path: str) -> str:
    """The address of a file below ``/static``; raises ``FileNotFoundError`` for one that is not there."""
    folder, name = (_FONTS, path.removeprefix("fonts/")) if path.startswith("fonts/") else (_STATIC, path)
    return f"/static/{path}?v={hashlib.sha256((folder / name).read_bytes()).hexdigest()[:_LETTERS]}"
