"""Targets: what figures should reach, in versions; as shipped until a lead sets others."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import ActorDep, IfNoneMatch, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected, unchanged
from qa_service.api.problems import HttpProblem, documented
from qa_service.domain.target import SHIPPED, Shipped, TargetSet
from qa_service.store.targets import StoredTargetSet

router = APIRouter(prefix="/targets", route_class=Door)
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "Version, for `If-Match`"}}}


class Targets(BaseModel):
    """What counts now."""

    model_config = ConfigDict(extra="forbid")

    #: What people set.
    set: StoredTargetSet
    #: What counts where they set nothing, and why.
    shipped: tuple[Shipped, ...]


class TargetVersions(BaseModel):
    """Every version of the targets that people made."""

    model_config = ConfigDict(extra="forbid")

    #: The newest first; version 1, which is shipped, is not in it.
    items: tuple[StoredTargetSet, ...]


@router.get(
    "", response_model=Targets, summary="Read the targets",
    responses={200: _TAGGED, 304: {"description": "You have this version"}, **documented(401, 403, 422)},
)
def get_targets(services: ServicesDep, response: Response, if_none_match: IfNoneMatch = None) -> Any:
    """What people set, and what counts where they did not. The `ETag` is the version."""
    found = services.targets.current()
    tag = etag(found.version)
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
    return Targets(set=found, shipped=SHIPPED)


@router.put(
    "", response_model=StoredTargetSet, summary="Set the targets", responses={200: _TAGGED, **documented(401, 403, 412, 413, 422, 428)},
)
def put_targets(
    services: ServicesDep, who: ActorDep, response: Response, body: TargetSet,
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=1000, description="ETag of the version you have seen; required (`*`: any).")
    ] = None,
) -> StoredTargetSet:
    """All of them, as they count from now on (for periods that are over, too); what is left out is as shipped. A new version unless it is
    the same, noted in the ledger with what it was before. Without `If-Match`: 428; with a stale one: 412."""
    if if_match is None:
        hint = "send the ETag of the targets as If-Match"
        raise HttpProblem(HTTPStatus.PRECONDITION_REQUIRED, "say which version you have seen", field="If-Match", hint=hint)
    saved = services.targets.change(body, expected=expected(if_match), by=who)
    response.headers["ETag"] = etag(saved.version)
    return saved


@router.get("/versions", response_model=TargetVersions, responses=documented(401, 403), summary="List the versions of the targets")
def list_target_versions(services: ServicesDep, who: ActorDep) -> TargetVersions:
    """Who set them to what, and when."""
    return TargetVersions(items=services.targets.versions(by=who))
