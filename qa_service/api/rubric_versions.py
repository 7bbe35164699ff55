"""Versions of rubrics: their history, each as it was written, and new ones."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import PlainTextResponse
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import SAID, ActorDep, Id, IfMatch, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected_tag
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.rubrics import YAML_BODY, yaml_body
from qa_service.domain.publication import RubricVersion

router = APIRouter(prefix="/rubrics/{rubric}/versions", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "Fingerprint"}}}
_YAML = "application/yaml"


class RubricVersions(BaseModel):
    """The history of a rubric."""

    model_config = ConfigDict(extra="forbid")

    #: The newest first.
    items: tuple[RubricVersion, ...]


@router.get("", response_model=RubricVersions, responses=documented(401, 403, 404, 422), summary="List the versions of a rubric")
def list_rubric_versions(services: ServicesDep, rubric: Id) -> RubricVersions:
    """Which came when, who published it, and which is in force."""
    return RubricVersions(items=services.publishing.history(rubric))


@router.get(
    "/{version}/source", response_class=PlainTextResponse, summary="Read a version of a rubric as it was written",
    responses={200: {"content": {_YAML: {"schema": {"type": "string"}}}}, **documented(401, 403, 404, 422)},
)
def get_rubric_source(services: ServicesDep, rubric: Id, version: Annotated[int, Path(ge=1, le=1_000_000)]) -> Response:
    """YAML, with its comments where it was published here or its file is still there: what the next version is written from."""
    return Response(services.publishing.source(rubric, version), media_type=f"{_YAML}; charset=utf-8")


@router.post(
    "", response_model=RubricVersion, status_code=201, summary="Publish a new version of a rubric", openapi_extra=YAML_BODY,
    responses={201: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 415, 422)},
)
def publish_rubric_version(
    services: ServicesDep, who: ActorDep, once: OnceDep, rubric: Id, text: Annotated[str, Depends(yaml_body)], if_match: IfMatch = None,
    words: Annotated[str | None, Query(min_length=1, max_length=2000, pattern=SAID, description="What it is about.")] = None,
) -> Response:
    """Put a rubric (YAML in the body) in force: what comes from now on is judged by it, what was judged before stays as it is.

    Its version must be higher than any before; `If-Match` with the `ETag` of the version that it was written from refuses it (412) where
    another one came meanwhile. It stays in force until another is published, or a file of the folder of rubrics has a higher version.
    """
    seen = expected_tag(if_match)
    return once.run(
        lambda: (201, services.publishing.publish(rubric, text, by=who, seen=seen, words=words)), request=f"{if_match} {words} {text}",
        headers=lambda made: {"ETag": etag(made["fingerprint"])},
    )
