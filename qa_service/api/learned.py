"""Learned: what was learned from people's answers, trained as a job and put to use by an admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi import Path as InPath
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import LINE, CallerDep, Filter, Id, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.learned.model import LearnedModel
from qa_service.services.learning.versions import LearnedVersion
from qa_service.store.jobs import Job

router = APIRouter(prefix="/learned", route_class=Door)
Version = Annotated[int, InPath(ge=0, le=1_000_000, description="0 is the shipped one.")]


class LearnedList(BaseModel):
    """Versions of what was learned."""

    model_config = ConfigDict(extra="forbid")

    #: By rubric and version.
    items: tuple[LearnedVersion, ...]


class Training(BaseModel):
    """What to learn from the final scorecards."""

    model_config = ConfigDict(extra="forbid")

    #: Only this rubric; null for every one in force that has enough reviews.
    rubric: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)


@router.get("", response_model=LearnedList, responses=documented(401, 422), summary="List what was learned")
def list_learned(services: ServicesDep, rubric: Annotated[Filter, Query(description="Only of this rubric.")] = None) -> LearnedList:
    """The shipped versions (0) and all that were trained here, with how they agree with people on what they have not seen."""
    return LearnedList(items=services.learning.list(rubric=rubric))


@router.get("/{rubric}/versions/{version}", response_model=LearnedModel, responses=documented(401, 404, 422), summary="Read a version")
def get_learned(services: ServicesDep, rubric: Id, version: Version) -> LearnedModel:
    """Every weight, threshold and figure; a version never changes."""
    return services.learning.get(rubric, version)


@router.post(
    "/trainings", status_code=202, response_model=Job, responses=documented(401, 403, 404, 409, 413, 415, 422), summary="Learn from reviews"
)
def train_learned(services: ServicesDep, caller: CallerDep, wanted: Training, once: OnceDep) -> Response:
    """Queues a training from final scorecards; its versions are not in use until an admin says so. Poll the job."""
    return once.run(
        lambda: (202, services.learning.submit(wanted.rubric, by=caller)), request=wanted.model_dump_json(),
        headers=lambda body: {"Location": f"/v1/jobs/{body['id']}"},
    )


@router.post(
    "/{rubric}/versions/{version}/use", response_model=LearnedList, responses=documented(401, 403, 404, 409, 422),
    summary="Put a version to use",
)
def use_learned(services: ServicesDep, caller: CallerDep, rubric: Id, version: Version, once: OnceDep) -> Response:
    """Judge with it from now on; scorecards made before stay as they are. Noted in the ledger."""

    def use() -> tuple[int, LearnedList]:
        services.learning.use(rubric, version, by=caller)
        return 200, LearnedList(items=services.learning.list(rubric=rubric))

    return once.run(use, request="")
