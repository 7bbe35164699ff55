"""Swagger UI from files of this package: no request leaves the machine, no inline script, a strict policy."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.responses import Response

#: Folder of the vendored files.
STATIC = Path(__file__).parent / "static"
#: Where they are served.
MOUNT = "/docs/static"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
_PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>qa_service API</title>
<link rel="icon" type="image/png" href="{MOUNT}/favicon-32x32.png">
<link rel="stylesheet" href="{MOUNT}/swagger-ui.css">
<link rel="stylesheet" href="{MOUNT}/docs.css">
</head>
<body>
<main id="swagger-ui"></main>
<noscript>This page needs JavaScript; the document itself is at <a href="/openapi.json">/openapi.json</a>.</noscript>
<script src="{MOUNT}/swagger-ui-bundle.js"></script>
<script src="{MOUNT}/docs.js"></script>
</body>
</html>
"""

router = APIRouter(include_in_schema=False)


def static_files() -> StaticFiles:
    """The vendored files as an application to mount."""
    return StaticFiles(directory=STATIC)


@router.get("/docs")
def swagger_ui() -> Response:
    """The page."""
    return HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY, "Cache-Control": "no-cache"})

