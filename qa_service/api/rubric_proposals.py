"""Proposals for the wording of rubrics, as they come up in calibration."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import LINE, ActorDep, Cursor, Id, IfMatch, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.interaction import LanguageCode
from qa_service.domain.proposal import Proposal, ProposalState

router = APIRouter(prefix="/rubrics/{rubric}/proposals", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_Words = Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]*[^\s\x00][^\x00]*$")]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProposalIn(_Sent):
    """Other words for a question."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "criterion": "empathy", "wording": {"en": "Did the agent name what the customer felt?"},
                "why": "half of us took politeness for empathy", "session": "7d1c",
            }
        }
    )

    #: Criterion id.
    criterion: str = Field(min_length=1, max_length=200)
    #: How the question should read, by language.
    wording: dict[LanguageCode, _Words] = Field(min_length=1, max_length=20)
    #: Why.
    why: _Words
    #: Calibration session that it came up in.
    session: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)


class ProposalDecisionIn(_Sent):
    """What becomes of a proposal."""

    #: Whether the next version of the rubric should read so.
    accept: bool
    #: What you say to it.
    words: _Words | None = None


class ProposalPage(PageOf[Proposal]):
    """A page of proposals."""


@router.post(
    "", response_model=Proposal, status_code=201, responses={201: _TAGGED, **documented(401, 403, 404, 409, 413, 422)},
    summary="Propose other words for a question",
)
def propose_rubric_wording(services: ServicesDep, who: ActorDep, once: OnceDep, rubric: Id, body: ProposalIn) -> Response:
    """It joins the history of the rubric, whatever becomes of it."""
    told = body.model_dump()
    return once.run(
        lambda: (201, services.proposals.propose(rubric, **told, by=who)), request=body.model_dump_json(),
        headers=lambda made: {"ETag": etag(made["revision"])},
    )


@router.get("", response_model=ProposalPage, responses=documented(401, 403, 404, 422), summary="List what was proposed for a rubric")
def list_rubric_proposals(
    services: ServicesDep, rubric: Id, state: Annotated[ProposalState | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> ProposalPage:
    """The last made first, each with the version of the rubric that took it on."""
    return ProposalPage.of(services.proposals.list(rubric, state=state, cursor=cursor, limit=limit))


@router.post(
    "/{proposal}/decide", response_model=Proposal, responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
    summary="Accept or decline a proposal",
)
def decide_rubric_proposal(
    services: ServicesDep, who: ActorDep, once: OnceDep, rubric: Id, proposal: Id, body: ProposalDecisionIn, if_match: IfMatch = None
) -> Response:
    """An accepted one changes no rubric by itself: write the new version, and the list tells which one took it on."""
    seen, told = expected(if_match), body.model_dump()
    return once.run(
        lambda: (200, services.proposals.decide(rubric, proposal, **told, by=who, expected=seen)),
        request=f"{if_match} {body.model_dump_json()}", headers=lambda made: {"ETag": etag(made["revision"])},
    )
