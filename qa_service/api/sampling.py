"""Sampling: plans that say which scorecards people review, and what they picked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Cursor, Id, IfMatch, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.sampling_plan import SamplingPlan
from qa_service.errors import InputError
from qa_service.services.sample import RunView
from qa_service.store.sampling import SamplingRun, StoredPlan

router = APIRouter(prefix="/sampling/plans", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The version"}}}


class PlanPage(PageOf[StoredPlan]):
    """A page of plans."""


class RunPage(PageOf[SamplingRun]):
    """A page of runs."""


class PlanChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"active": False}})

    #: The whole plan as it shall be; without a seed, the seed stays.
    plan: SamplingPlan | None = None
    #: Whether periods that end are sampled by themselves.
    active: bool | None = None


class RunIn(BaseModel):
    """What to sample."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"period": "2026-W47"}})

    #: `2026-11-22`, `2026-W47` or `2026-11`, as the plan's periods are; the last one that is over when left out.
    period: str | None = Field(default=None, min_length=1, max_length=20)


@router.get("", response_model=PlanPage, responses=documented(401, 403, 422), summary="List plans")
def list_sampling_plans(
    services: ServicesDep, active: Annotated[bool | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> PlanPage:
    """The last made first, each as it is now; those that are off stay."""
    return PlanPage.of(services.sampling.plans(active=active, cursor=cursor, limit=limit))


@router.post(
    "", status_code=201, response_model=StoredPlan, summary="Add a plan", responses={201: _TAGGED, **documented(401, 403, 404, 422)}
)
def add_sampling_plan(services: ServicesDep, who: ActorDep, once: OnceDep, body: SamplingPlan) -> Response:
    """From now on every period that ends is sampled by it, once; its `seed` makes every sample reproducible."""
    return once.run(lambda: (201, services.sampling.add(body, by=who)), request=body.model_dump_json(), headers=_tag)


@router.get("/{plan}", response_model=StoredPlan, responses={200: _TAGGED, **documented(401, 403, 404, 422)}, summary="Read a plan")
def get_sampling_plan(services: ServicesDep, response: Response, plan: Id) -> StoredPlan:
    """As it is now; runs tell what it was when they were made."""
    found = services.sampling.plan(plan)
    response.headers["ETag"] = etag(found.version)
    return found


@router.patch(
    "/{plan}", response_model=StoredPlan, responses={200: _TAGGED, **documented(401, 403, 404, 412, 422)}, summary="Change a plan"
)
def patch_sampling_plan(
    services: ServicesDep, who: ActorDep, response: Response, plan: Id, body: PlanChange, if_match: IfMatch = None
) -> StoredPlan:
    """A new version; what was sampled stays as it is. With a stale `If-Match`: 412."""
    if body.plan is None and body.active is None:
        raise InputError("nothing to change", field="plan", hint="send plan, active or both")
    changed = services.sampling.change(plan, by=who, to=body.plan, active=body.active, expected=expected(if_match))
    response.headers["ETag"] = etag(changed.version)
    return changed


@router.get("/{plan}/runs", response_model=RunPage, responses=documented(401, 403, 404, 422), summary="List what a plan picked")
def list_sampling_runs(services: ServicesDep, plan: Id, cursor: Cursor = None, limit: Limit = 50) -> RunPage:
    """The last first, each with its table of fairness."""
    return RunPage.of(services.sampling.runs(plan, cursor=cursor, limit=limit))


@router.post("/{plan}/runs", response_model=RunView, responses=documented(401, 403, 404, 409, 422), summary="Sample a period now")
def run_sampling_plan(services: ServicesDep, who: ActorDep, once: OnceDep, plan: Id, body: RunIn) -> Response:
    """Once for each period: asked again, it answers what was picked then. 409 for a period that is not over. `late` counts what came
    when the period had been sampled."""
    return once.run(lambda: (200, services.sampling.run(plan, by=who, period=body.period)), request=body.model_dump_json())


@router.get("/{plan}/runs/{run}", response_model=RunView, responses=documented(401, 403, 404, 422), summary="Read a run")
def get_sampling_run(services: ServicesDep, plan: Id, run: Id) -> RunView:
    """What was picked, from how many, with which seed, how fair that was, and what came late."""
    return services.sampling.get_run(plan, run)


def _tag(body: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": etag(body["version"])}
