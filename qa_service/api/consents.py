"""Consents: agents agree, or not, that colleagues learn from places of their own conversations."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Id, IfMatch, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.problems import documented
from qa_service.domain.consent import Consent

router = APIRouter(prefix="/agents", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}


class ConsentIn(BaseModel):
    """Whether you agree."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"given": True}})

    #: False takes it back.
    given: bool


@router.get(
    "/{agent}/example-consent", response_model=Consent, summary="Read whether an agent's places may be shown",
    responses={200: _TAGGED, **documented(401, 403, 404, 422)},
)
def get_example_consent(services: ServicesDep, who: ActorDep, response: Response, agent: Id) -> Consent:
    """Not given until the agent gives it. The `ETag` is its revision."""
    found = services.consents.get(agent, by=who)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.put(
    "/{agent}/example-consent", response_model=Consent, summary="Agree that colleagues learn from one's own places",
    responses={200: _TAGGED, **documented(401, 403, 404, 412, 413, 422)},
)
def put_example_consent(
    services: ServicesDep, who: ActorDep, response: Response, agent: Id, body: ConsentIn, if_match: IfMatch = None
) -> Consent:
    """As the agent alone. Quotes are shown masked and without your name; taken back, they are gone from every plan at once."""
    made = services.consents.put(agent, given=body.given, by=who, expected=expected(if_match))
    response.headers["ETag"] = etag(made.revision)
    return made
