"""What was learned from reviewers: versions beside each other, trained anew as a job, and put to use by a person."""

from __future__ import annotations

from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.report import Unit
from qa_service.errors import InputError, NotFoundError
from qa_service.services.learning.versions import LEARN
from qa_service.store.jobs import Job, JobState
from qa_service.web.forms import FieldsDep
from qa_service.web.pages import PageRoute, render
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/learned", route_class=PageRoute, include_in_schema=False)
_OPEN = (JobState.QUEUED, JobState.RUNNING)


@router.get("")
def learned_page(request: Request, services: ServicesDep, who: PageActorDep, job: Annotated[str, Query(max_length=100)] = "") -> Response:
    """By form, the version in use first."""
    found = services.learning.list()
    forms = {name: sorted(some, key=lambda one: (not one.active, -one.version)) for name, some in groupby(found, lambda one: one.rubric)}
    return render(
        request, "learned.html", forms=forms, words=Words.of(services), rubrics=services.rubrics.list(), share_unit=Unit.SHARE,
        job=_training(services, job) if job else None, open_states=_OPEN,
    )


@router.get("/jobs/{job}")
def learning_job_page(request: Request, services: ServicesDep, who: PageActorDep, job: str) -> Response:
    """How far a training is: a part of the page, asked for again until it is done."""
    return render(request, "parts/learning_job.html", job=_training(services, job), open_states=_OPEN)


@router.post("/train")
def train_learned_page(services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """Learn from the final scorecards; what comes of it is not in use until somebody says so."""
    made = services.learning.submit(sent.get("rubric") or None, by=who.id)
    return RedirectResponse(f"/learned?job={made.id}", status_code=303)


@router.post("/{rubric}/{version}/use")
def use_learned_page(
    services: ServicesDep, who: PageActorDep, rubric: str, version: Annotated[int, Path(ge=0, le=1_000_000)], sent: FieldsDep
) -> Response:
    """Judge with it from now on; scorecards made before stay as they are."""
    if not sent.get("sure"):
        raise InputError("nobody said yes", field="sure", hint="tick that you mean it")
    services.learning.use(rubric, version, by=who.id)
    return RedirectResponse("/learned", status_code=303)


def _training(services: Services, job: str) -> Job:
    """Other jobs are not this page's to tell."""
    found = services.jobs.get(job)
    if found.kind != LEARN:
        raise NotFoundError(f"no training {job!r}", field="job")
    return found
