"""Jobs: the work on an interaction and how far it is."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import LINE, ActorDep, Cursor, Filter, Id, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.services.jobs import Retried
from qa_service.store.jobs import Job, JobState

router = APIRouter(prefix="/jobs", route_class=Door)


#: What is worked on.
JobKind = Literal["speech", "text"]


class JobPage(PageOf[Job]):
    """A page of jobs."""


class RetryIn(BaseModel):
    """Which jobs that failed are meant; all of them, unless told."""

    model_config = ConfigDict(extra="forbid")

    #: Of recordings or of conversations.
    kind: JobKind | None = None
    #: Of a batch.
    batch: Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)] | None = None
    #: Stopped by an error of that code.
    code: str | None = Field(default=None, max_length=60, pattern=r"^[a-z_]+$")
    #: Most at once.
    limit: int = Field(default=500, ge=1, le=5000, strict=True)


@router.get("", response_model=JobPage, responses=documented(401, 422), summary="List jobs")
def list_jobs(
    services: ServicesDep, state: Annotated[JobState | None, Query()] = None, interaction: Filter = None, batch: Filter = None,
    kind: Annotated[JobKind | None, Query(description="`speech` (recordings) or `text`.")] = None,
    code: Annotated[str | None, Query(max_length=60, pattern=r"^[a-z_]+$", description="Code of the error that stopped them.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> JobPage:
    """The last asked for first. Dead letters are those that `failed`: `POST /jobs/{job}/retry` begins one again, `POST /jobs/retry` all."""
    wanted = {"interaction": interaction, "batch": batch, "kind": kind, "code": code}
    return JobPage.of(services.jobs.list(state=state, cursor=cursor, limit=limit, **wanted))


@router.post("/retry", status_code=202, response_model=Retried, responses=documented(401, 403, 422), summary="Begin again what failed")
def retry_jobs(services: ServicesDep, who: ActorDep, once: OnceDep, body: RetryIn) -> Response:
    """Jobs that failed, as far as they can be begun again: the last of their interactions, whose content is still there. Empty when nothing
    is left to do."""
    return once.run(
        lambda: (202, services.jobs.retry_many(by=who, kind=body.kind, batch=body.batch, code=body.code, limit=body.limit)),
        request=body.model_dump_json(),
    )


@router.post(
    "/{job}/retry", status_code=202, response_model=Retried, responses=documented(401, 403, 404, 409, 422), summary="Begin a job again"
)
def retry_job(services: ServicesDep, who: ActorDep, once: OnceDep, job: Id) -> Response:
    """A job that failed gets a new one. 409 where it did not fail, or its interaction has had another job since, or was erased."""
    return once.run(lambda: (202, services.jobs.retry(job, by=who)), request=job)


@router.post("/{job}/cancel", response_model=Job, responses=documented(401, 403, 404, 409, 422), summary="Stop a job that waits")
def cancel_job(services: ServicesDep, who: ActorDep, once: OnceDep, job: Id) -> Response:
    """It is failed as `cancelled`, and can be begun again. 409 where something has begun it."""
    return once.run(lambda: (200, services.jobs.cancel(job, by=who)), request=job)


@router.get("/{job}", response_model=Job, responses=documented(401, 404, 422), summary="Read a job")
def get_job(services: ServicesDep, job: Id) -> Job:
    """State, step and, where it was stopped, the error. Poll this after an upload: `queued`, `running`, then `done` or `failed`."""
    return services.jobs.get(job)
