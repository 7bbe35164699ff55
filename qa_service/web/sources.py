"""Sources: places that are looked into by themselves, and tables of calls whose recordings are fetched; how far each is, and its faults."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.record_forms import RecordingImportFields, received_calls
from qa_service.api.uploads import Upload
from qa_service.bootstrap import Services
from qa_service.channels.records.cells import DateOrder
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right
from qa_service.domain.recording_import import FetchState
from qa_service.domain.report import Unit
from qa_service.errors import InputError
from qa_service.rendering.bidi import tame
from qa_service.services.recording_imports import RecordingImportReport, RecordingImportView
from qa_service.web.causes import cause
from qa_service.web.filters import OneOf
from qa_service.web.pages import PageRoute, render
from qa_service.web.upload_forms import Sent, SentDep
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/sources", route_class=PageRoute, include_in_schema=False)
#: Who is where on the recordings of a table; the first: it does not say.
PARTIES = ("", "agent_left", "customer_left", "mono")
#: What the form's own field names: the column of addresses and paths.
_COLUMN = "column"
_IMPORTS, _ROWS = 20, 100
_HTMX = "HX-Request"


@router.get("")
def sources_page(request: Request, services: ServicesDep, who: PageActorDep, cursor: Cursor = None) -> Response:
    """The places and the tables, the last brought first; asked for by a script, only how far the places are."""
    if _HTMX in request.headers:
        return render(request, "parts/sources_watched.html", **_watched(services))
    return render(request, "sources.html", **_told(services, who, cursor=cursor))


@router.post("")
async def import_recordings_page(request: Request, services: ServicesDep, sent: SentDep) -> Response:
    """A table of calls: what became of each row, and from now on of each recording."""
    try:
        calls = received_calls(services, _as_programs_send(sent))
        report = await run_in_threadpool(
            services.recording_imports.take, calls.source, options=calls.options, wishes=calls.wishes, by=sent.who
        )
    except InputError as error:
        told = {**_told(services, sent.who, cursor=None), "sent": sent.fields, "refused": error}
        return render(request, "sources.html", status=422, **told)
    return _import_page(request, services, sent.who, report.recordings.id, report=report)


@router.get("/imports/{number}")
def recording_import_page(
    request: Request, services: ServicesDep, who: PageActorDep, number: str, state: OneOf[FetchState] = "", cursor: Cursor = None
) -> Response:
    """One table, and what became of the recording of each call; asked for by a script, only the part that changes."""
    chosen = state if isinstance(state, FetchState) else None
    return _import_page(request, services, who, number, state=chosen, cursor=cursor or None)


@router.post("/imports/{number}/cancel")
def cancel_recording_import_page(services: ServicesDep, who: PageActorDep, number: str) -> Response:
    """Fetch no more of it; what was taken stays."""
    services.recording_imports.cancel(number, by=who)
    return RedirectResponse(f"/sources/imports/{number}", status_code=303)


def _as_programs_send(sent: Sent) -> Upload:
    """The form without what only pages have; raises :class:`InputError` where no file was chosen."""
    if not sent.upload.files:
        raise InputError("the form has no file", field="file", hint="choose a table")
    fields = {name: sent.upload.fields[name] for name in RecordingImportFields.model_fields if name in sent.upload.fields}
    if sent.fields.get(_COLUMN):
        fields["columns"] = json.dumps({"audio": sent.fields[_COLUMN]}).encode()
    return replace(sent.upload, fields=fields)


def _told(services: Services, who: Actor, *, cursor: str | None) -> dict[str, Any]:
    codes = [one for one in (part.strip() for part in services.settings.languages.split(",")) if one] or ["en", "fa", "ar"]
    return {
        **_watched(services), "page": services.recording_imports.list(cursor=cursor, limit=_IMPORTS), "may": who.may(Right.INGEST),
        "rubrics": [one for one in services.rubrics.list() if one.channel is Channel.PHONE], "engines": services.engines.names(),
        "codes": codes, "parties": PARTIES, "orders": list(DateOrder), "folders": bool(services.settings.recording_folders), "sent": {},
        "refused": None,
    }


def _watched(services: Services) -> dict[str, Any]:
    sources = services.sources.list()
    return {
        "sources": sources, "live": any(one.progress.waiting for one in sources), "whole": Unit.COUNT, "tame": tame,
        "causes": {one.name: cause(one.error) for one in sources},
        "failed": [(one.name, file, cause(file.error)) for one in sources for file in one.failed],
    }


def _import_page(
    request: Request, services: Services, who: Actor, number: str, *, state: FetchState | None = None, cursor: str | None = None,
    report: RecordingImportReport | None = None,
) -> Response:
    found = services.recording_imports.get(number)
    page = services.recording_imports.items(number, state=state, cursor=cursor, limit=_ROWS)
    template = "parts/recording_import.html" if _HTMX in request.headers else "recording_import.html"
    return render(
        request, template, found=found, page=page, state=state, states=list(FetchState), cursor=cursor, report=report, tame=tame,
        whole=Unit.COUNT, causes={one.position: cause(one.error) for one in page.items}, may=who.may(Right.INGEST), **_progress(found),
    )


def _progress(found: RecordingImportView) -> dict[str, int]:
    ended = found.total - found.counts[FetchState.WAITING]
    return {"ended": ended, "step": 4 if found.done else 4 * ended // max(found.total, 1)}
