"""Jobs: the work on an interaction and how far it is."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import Cursor, Filter, Id, Limit, PageOf, ServicesDep
from qa_service.api.problems import documented
from qa_service.store.jobs import Job, JobState

router = APIRouter(prefix="/jobs")


class JobPage(PageOf[Job]):
    """A page of jobs."""


@router.get("", response_model=JobPage, responses=documented(401, 422), summary="List jobs")
def list_jobs(
    services: ServicesDep, state: Annotated[JobState | None, Query()] = None, interaction: Filter = None, batch: Filter = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> JobPage:
    """The last asked for first."""
    return JobPage.of(services.jobs.list(state=state, interaction=interaction, batch=batch, cursor=cursor, limit=limit))


@router.get("/{job}", response_model=Job, responses=documented(401, 404, 422), summary="Read a job")
def get_job(services: ServicesDep, job: Id) -> Job:
    """State, step and, where it was stopped, the error. Poll this after an upload: `queued`, `running`, then `done` or `failed`."""
    return services.jobs.get(job)
