"""Files in parts: one ``Range`` of bytes, with its condition (RFC 9110, section 14), streamed."""

from __future__ import annotations

import re
from http import HTTPStatus

from starlette.responses import Response, StreamingResponse

from qa_service.api.problems import HttpProblem
from qa_service.store.blobs import Blob

_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", re.IGNORECASE)


def file_response(blob: Blob, *, tag: str, media_type: str, asked: str | None, condition: str | None, body: bool = True) -> Response:
    """A file or the part of it that was asked for (``Range``, if ``If-Range`` names this very file); ``body=False`` answers ``HEAD``.

    Several ranges at once, and what is no range, get the whole file, as the RFC allows. Raises :class:`HttpProblem` (416).
    """
    size = blob.size
    headers = {"Accept-Ranges": "bytes", "ETag": tag, "Cache-Control": "private, no-cache"}
    span = _span(asked, size) if condition in (None, tag) else None
    if not body:
        return Response(status_code=200, media_type=media_type, headers={**headers, "Content-Length": str(size)})
    if span is None:
        return StreamingResponse(blob.read(0, size), media_type=media_type, headers={**headers, "Content-Length": str(size)})
    start, end = span
    headers |= {"Content-Range": f"bytes {start}-{end - 1}/{size}", "Content-Length": str(end - start)}
    return StreamingResponse(blob.read(start, end), status_code=206, media_type=media_type, headers=headers)


def _span(asked: str | None, size: int) -> tuple[int, int] | None:
    """First byte and one past the last; ``None`` for the whole file."""
    found = _RANGE.fullmatch(asked or "")
    if found is None or found.groups() == ("", ""):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= size:
        raise HttpProblem(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"the file has {size} bytes", field="Range",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, end

