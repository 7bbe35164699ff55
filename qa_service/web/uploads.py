"""Uploads: many files of every kind sent at once, and what becomes of each, live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.uploads import MOST_PARTS
from qa_service.bootstrap import Services
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Right
from qa_service.domain.report import Unit
from qa_service.errors import InputError
from qa_service.rendering.bidi import tame
from qa_service.services.batch_runs import BatchRun
from qa_service.store.jobs import JobState
from qa_service.web import upload_rows
from qa_service.web.filters import OneOf
from qa_service.web.forms import FieldsDep
from qa_service.web.pages import PageRoute, render
from qa_service.web.upload_forms import CHANNEL_MAPS, SentDep, batch_name, order_of
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/uploads", route_class=PageRoute, include_in_schema=False)
#: Rows of a page.
_ROWS = 100
_HTMX = "HX-Request"
#: What templates write numbers and names with.
_PENS: Mapping[str, Any] = {"tame": tame, "whole": Unit.COUNT, "score_unit": Unit.SCORE}


@router.get("")
def uploads_page(request: Request, services: ServicesDep, who: PageActorDep, cursor: Cursor = None) -> Response:
    """Send files, and what was sent before."""
    return render(request, "uploads.html", **_told(services, cursor=cursor, sent={}))


@router.post("")
async def send_uploads_page(request: Request, services: ServicesDep, sent: SentDep) -> Response:
    """All at once, as a browser without scripts sends them."""
    files = tuple(one.name for one in sent.upload.files)
    if not files:
        raise InputError("the form has no file", field="file", hint="choose at least one")
    try:
        order = order_of(services, sent.fields, files=files, by=sent.who)
        name = batch_name(sent.fields, first=files[0], files=len(files))
        view = await run_in_threadpool(services.submissions.submit, sent.upload.files, order, name=name)
    except InputError as error:
        told = {**_told(services, cursor=None, sent=sent.fields), "refused": error}
        return render(request, "uploads.html", status=422, **told)
    return _to(view.id)


@router.post("/begin")
def begin_upload_page(services: ServicesDep, who: PageActorDep, fields: FieldsDep) -> Response:
    """A batch that files are added to one by one."""
    first, count = fields.get("first") or "?", fields.get("count", "1")
    files = int(count) if count.isascii() and count.isdigit() and len(count) < len(str(MOST_PARTS)) + 1 else 1
    order = order_of(services, fields, files=(first,), by=who)
    return JSONResponse({"batch": services.staging.begin(order, name=batch_name(fields, first=first, files=files))}, status_code=201)


@router.post("/tables")
async def import_table_page(request: Request, services: ServicesDep, sent: SentDep) -> Response:
    """Call details or survey answers: what became of each row."""
    try:
        report = await run_in_threadpool(upload_rows.imported, services, sent.upload, sent.fields, by=sent.who)
    except InputError as error:
        told = {**_told(services, cursor=None, sent=sent.fields), "table_refused": error}
        return render(request, "uploads.html", status=422, **told)
    return render(request, "upload_table.html", report=report, **_PENS)


@router.post("/{batch}/files")
async def add_upload_page(services: ServicesDep, sent: SentDep, batch: str) -> Response:
    """One file of it; the same again changes nothing."""
    for one in sent.upload.files:
        await run_in_threadpool(services.staging.add, batch, one.path, name=one.name, by=sent.who, sha256=one.sha256)
    return JSONResponse({"files": len(sent.upload.files)})


@router.post("/{batch}/send")
def send_batch_page(services: ServicesDep, who: PageActorDep, batch: str) -> Response:
    """All files are there, or all that will come."""
    services.staging.send(batch, by=who)
    return _to(batch)


@router.get("/{batch}")
def upload_page(
    request: Request, services: ServicesDep, who: PageActorDep, batch: str,
    state: OneOf[JobState] = "", cursor: Cursor = None,
) -> Response:
    """How far it is, and what became of every file; asked for by a script, only the part that changes."""
    chosen = state if isinstance(state, JobState) else None
    run = services.batch_runs.get(batch)
    page = services.batch_runs.outcomes(batch, state=chosen, cursor=cursor or None, limit=_ROWS)
    template = "parts/upload_progress.html" if _HTMX in request.headers else "upload.html"
    hidden = services.calibrating.answering(by=who)
    return render(
        request, template, run=run, batch=run.batch, states=list(JobState), state=chosen, cursor=cursor, next=page.next,
        rows=[upload_rows.row(one, who, calibrating=hidden) for one in page.items], may=who.may(Right.INGEST),
        awaited=services.staging.awaited(batch), **_PENS, **_progress(run),
    )


@router.post("/{batch}/retry")
def retry_upload_page(
    services: ServicesDep, who: PageActorDep, batch: str, position: Annotated[int | None, Form(ge=0)] = None
) -> Response:
    """Try what failed again."""
    services.batch_runs.retry(batch, by=who, position=position)
    return _to(batch)


@router.post("/{batch}/cancel")
def cancel_upload_page(services: ServicesDep, who: PageActorDep, batch: str) -> Response:
    """Stop what has not begun."""
    if not services.staging.drop(batch, by=who):
        services.batch_runs.cancel(batch, by=who)
    return _to(batch)


def _told(services: Services, *, cursor: str | None, sent: Any) -> dict[str, Any]:
    settings = services.settings
    page = services.submissions.list(cursor=cursor, limit=20)
    return {
        **_PENS, "page": page, "sent": sent, "most_bytes": settings.max_upload_bytes, "most_files": MOST_PARTS,
        "most_seconds": settings.max_audio_seconds, "rubrics": services.rubrics.list(), "engines": services.engines.names(),
        "codes": [one for one in (part.strip() for part in settings.languages.split(",")) if one] or ["en", "fa", "ar"],
        "maps": list(CHANNEL_MAPS), "purposes": list(Purpose), "refused": None, "table_refused": None,
        "open_runs": {one.id: services.staging.awaited(one.id) for one in page.items if one.state is JobState.QUEUED},
    }


def _progress(run: BatchRun) -> dict[str, Any]:
    counts = run.batch.counts
    ended = counts[JobState.DONE] + counts[JobState.FAILED]
    over = run.batch.state in (JobState.DONE, JobState.FAILED)
    total = max(run.batch.total, sum(counts.values()))
    return {"ended": ended, "total": total, "over": over, "step": 4 if over else 4 * ended // max(total, 1)}


def _to(batch: str) -> Response:
    return RedirectResponse(f"/uploads/{batch}", status_code=303)
