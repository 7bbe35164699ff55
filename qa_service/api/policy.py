"""Policy: what leads set for all reviews, in versions, and what becomes final without a person under it."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import ActorDep, IfNoneMatch, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected, unchanged
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import HttpProblem, documented
from qa_service.domain.policy import Policy
from qa_service.errors import InputError
from qa_service.services.automation import AutomationReport
from qa_service.store.policies import StoredPolicy

router = APIRouter(prefix="/policy", route_class=Door)
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "Version, for `If-Match`"}}}


class PolicyVersions(BaseModel):
    """Every version of the policy that people made."""

    model_config = ConfigDict(extra="forbid")

    #: The newest first; version 1, which is shipped, is not in it.
    items: tuple[StoredPolicy, ...]


class AutomationIn(BaseModel):
    """Whether to look or to act."""

    model_config = ConfigDict(extra="forbid")

    #: Only say what would become final, and why the others would not.
    dry_run: bool = Field(default=True, strict=True)


@router.get(
    "", response_model=StoredPolicy, summary="Read the policy",
    responses={200: _TAGGED, 304: {"description": "You have this version"}, **documented(401, 403, 422)},
)
def get_policy(services: ServicesDep, response: Response, if_none_match: IfNoneMatch = None) -> Any:
    """What counts now. The `ETag` is its version."""
    found = services.policies.current()
    tag = etag(found.version)
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
    return found


@router.put(
    "", response_model=StoredPolicy, summary="Change the policy",
    responses={200: _TAGGED, **documented(401, 403, 412, 413, 422, 428)},
)
def put_policy(
    services: ServicesDep, who: ActorDep, response: Response, body: Policy,
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=1000, description="ETag of the version you have seen; required (`*`: any).")
    ] = None,
) -> StoredPolicy:
    """The whole policy, as it counts from now on; a new version unless it is the same. Without `If-Match`: 428; with a stale one: 412.
    Noted in the ledger with what it was before."""
    if if_match is None:
        hint = "send the ETag of the policy as If-Match"
        raise HttpProblem(HTTPStatus.PRECONDITION_REQUIRED, "say which version you have seen", field="If-Match", hint=hint)
    missing = [name for name in Policy.model_fields if name not in body.model_fields_set]
    if missing:
        # A field that is forgotten must not silently become what is shipped.
        told = f"the whole policy is wanted, and this lacks {', '.join(missing)}"
        raise InputError(told, field=missing[0], hint="read it and change that")
    saved = services.policies.change(body, expected=expected(if_match), by=who)
    response.headers["ETag"] = etag(saved.version)
    return saved


@router.get("/versions", response_model=PolicyVersions, responses=documented(401, 403), summary="List the versions of the policy")
def list_policy_versions(services: ServicesDep, who: ActorDep) -> PolicyVersions:
    """Who changed it to what, and when."""
    return PolicyVersions(items=services.policies.versions(by=who))


@router.post(
    "/auto-finalize", response_model=AutomationReport, responses=documented(401, 403, 409, 413, 422),
    summary="Finalise what nobody need look at",
)
def finalize_automatically(services: ServicesDep, who: ActorDep, body: AutomationIn, once: OnceDep) -> Response:
    """A dry run unless told otherwise: how many open scorecards would become final without a person, and why the others would not. 409 for
    more than a dry run where the policy does not allow it. While it does, the service also looks by itself every hour."""
    act = services.automating.plan if body.dry_run else services.automating.run
    return once.run(lambda: (200, act(by=who)), request=body.model_dump_json())
