"""Work: how much waits in each queue and how fast it goes, and jobs: what stopped them, begun again or never begun."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.jobs import JobKind
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Right
from qa_service.domain.report import Unit
from qa_service.errors import InputError
from qa_service.services.jobs import CANCELLED
from qa_service.services.work_queues import WorkQueue
from qa_service.store.jobs import JobState
from qa_service.store.work_queues import Regulation
from qa_service.web.causes import cause
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.forms import Fields, FieldsDep, checked
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep, visitor

router = APIRouter(prefix="/work", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor)])
#: Where jobs have their pages.
JOBS = f"{router.prefix}/jobs/"
#: How a queue is limited, in the order of the page.
LIMITS = ("at_once", "together", "per_minute")
#: Kinds of jobs that have words of their own.
KINDS = frozenset({"speech", "text", "learn", "satisfaction"})
#: What stops jobs, as a filter offers it.
CODES = ("audio", "engine", "judge", "storage", "processing", "input", "configuration", CANCELLED)
_OPEN = frozenset({JobState.QUEUED, JobState.RUNNING})
_ROWS = 50
#: Most jobs that are begun again at one go.
_MOST = 500
_HTMX = "HX-Request"
KindFilter = Annotated[JobKind | Literal[""], Query()]
CodeFilter = Annotated[str, Query(max_length=60, pattern=r"^[a-z_]*$")]


@router.get("")
def work_page(
    request: Request, services: ServicesDep, who: PageActorDep, state: OneOf[JobState] = JobState.FAILED, kind: KindFilter = "",
    code: CodeFilter = "", contact: Wanted = "", cursor: Cursor = None, again: Annotated[int | None, Query(ge=0, le=_MOST)] = None,
) -> Response:
    """The queues, and jobs, those that failed unless others are asked for; asked for by a script, only the figures that change."""
    if _HTMX in request.headers:
        return render(request, "work_figures.html", **_queues(services))
    filters = {"state": str(state), "kind": kind, "code": code, "contact": contact}
    return _page(request, services, who, filters=filters, cursor=cursor, again=again)


@router.post("")
def limit_work_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """How fast a queue goes; paused it stays, or not."""
    queue = sent.get("queue", "")
    before = services.work.get(queue).regulation
    told = {name: sent[name] for name in LIMITS if sent.get(name)}
    try:
        wanted = checked(Regulation, {**told, "paused": before.paused})
    except InputError as error:
        return _page(request, services, who, status=422, refused=error, limited=queue, sent=told)
    services.work.regulate(queue, wanted, by=who)
    return _back({})


@router.post("/queues/{queue}/pause")
def pause_work_page(services: ServicesDep, who: PageActorDep, queue: str, paused: Annotated[bool, Form()]) -> Response:
    """Begin nothing more of a queue, or go on; its limits stay."""
    before = services.work.get(queue).regulation
    services.work.regulate(queue, before.model_copy(update={"paused": paused}), by=who)
    return _back({})


@router.post("/jobs/retry")
def retry_jobs_page(services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """Begin again what failed, of a kind and by a cause."""
    made = services.jobs.retry_many(by=who, kind=sent.get("kind") or None, code=sent.get("code") or None, limit=_MOST)
    return _back({**sent, "again": str(len(made.jobs))})


@router.get("/jobs/{job}")
def work_job_page(request: Request, services: ServicesDep, who: PageActorDep, job: str) -> Response:
    """One job, and how far it is; asked for by a script, only what changes."""
    found = services.jobs.get(job)
    template = "parts/work_job.html" if _HTMX in request.headers else "work_job.html"
    return render(
        request, template, job=found, why=cause(found.error), kinds=KINDS, repeatable=bool(services.jobs.repeatable([found])),
        live=found.state in _OPEN, acts=who.may(Right.INGEST), whole=Unit.COUNT,
    )


@router.post("/jobs/{job}/retry")
def retry_job_page(services: ServicesDep, who: PageActorDep, job: str, sent: FieldsDep) -> Response:
    """Begin one again, as a new one."""
    made = services.jobs.retry(job, by=who)
    if "state" not in sent:
        return RedirectResponse(f"{JOBS}{made.jobs[job]}", status_code=303)
    return _back({**sent, "again": str(len(made.jobs))})


@router.post("/jobs/{job}/cancel")
def cancel_job_page(services: ServicesDep, who: PageActorDep, job: str, sent: FieldsDep) -> Response:
    """Stop one that nothing has begun."""
    services.jobs.cancel(job, by=who)
    return RedirectResponse(f"{JOBS}{job}", status_code=303) if "state" not in sent else _back(sent)


def _back(sent: Fields) -> Response:
    told = {name: sent[name] for name in ("state", "kind", "code", "contact", "again") if name in sent}
    return RedirectResponse(f"/work?{urlencode(told)}#jobs" if told else "/work", status_code=303)


def _page(
    request: Request, services: Services, who: Actor, *, filters: Mapping[str, str] | None = None, cursor: str | None = None,
    status: int = 200, **more: Any,
) -> Response:
    asked = filters or {"state": JobState.FAILED.value, "kind": "", "code": "", "contact": ""}
    page = services.jobs.list(
        state=JobState(asked["state"]) if asked["state"] else None, kind=asked["kind"] or None, code=asked["code"] or None,
        interaction=asked["contact"] or None, cursor=cursor, limit=_ROWS,
    )
    shown = {
        **_queues(services), "filters": asked, "page": page, "causes": {one.id: cause(one.error) for one in page.items},
        "repeatable": services.jobs.repeatable(page.items), "states": list(JobState), "codes": CODES, "kinds": KINDS,
        "again": None, "refused": None, "limited": None, "sent": {}, "limits": LIMITS, "manages": who.may(Right.MANAGE_WORK),
        "acts": who.may(Right.INGEST), "most": _MOST,
    }
    return render(request, "work.html", status=status, **{**shown, **more})


def _queues(services: Services) -> dict[str, Any]:
    queues = services.work.list()
    return {"queues": queues, "live": any(_moves(one) for one in queues), "now": services.clock(), "whole": Unit.COUNT}


def _moves(one: WorkQueue) -> bool:
    """Whether its figures change without anybody doing anything."""
    return one.running > 0 or (one.waiting > 0 and not one.regulation.paused)
