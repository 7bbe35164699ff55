"""Validity: which items of forms go with what customers say and do afterwards, and items that leads propose to retire."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import LINE, SAID, ActorDep, Cursor, Filter, Id, IfMatch, Limit, PageOf, PeriodDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.agent import Basis
from qa_service.domain.interaction import Channel
from qa_service.domain.proposal import ProposalState
from qa_service.domain.retirement import Retirement
from qa_service.domain.validity import ValidityTable
from qa_service.store.outcomes import Place

router = APIRouter(prefix="/validity", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_Words = Annotated[str, Field(min_length=1, max_length=4000, pattern=SAID)]


class RetirementIn(BaseModel):
    """An item that should go."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"criterion": "greeting", "why": "everybody meets it; it tells nothing"}}
    )

    #: Criterion id.
    criterion: str = Field(min_length=1, max_length=200, pattern=LINE)
    #: Why.
    why: _Words
    #: Whose answers speak for it: people's, or those in force.
    basis: Basis = Basis.FINAL


class RetirementDecisionIn(BaseModel):
    """What becomes of it."""

    model_config = ConfigDict(extra="forbid")

    #: Whether the next version of the rubric should do without.
    accept: bool
    #: What you say to it.
    words: _Words | None = None


class RetirementPage(PageOf[Retirement]):
    """A page of items that should go."""


@router.get("", response_model=ValidityTable, responses=documented(401, 403, 404, 422), summary="Tell which items predict anything")
def get_validity(
    services: ServicesDep, period: PeriodDep, rubric: Filter = None, channel: Annotated[Channel | None, Query()] = None,
    team: Filter = None, language: Filter = None,
    basis: Annotated[Basis, Query(description="People's answers (final), or those in force, the machine's too (all).")] = Basis.FINAL,
) -> ValidityTable:
    """Each item against satisfaction, first-contact resolution and customers who stayed, among contacts alike in channel, queue, language
    and contact reason, with false discoveries held at 5 %; and items that say the same."""
    place = Place(period.since, period.until, channel, team=team, language=language)
    return services.validities.table(place, rubric=rubric, basis=basis)


@router.post(
    "/{rubric}/retirements", response_model=Retirement, status_code=201, summary="Propose to retire an item",
    responses={201: _TAGGED, **documented(401, 403, 404, 409, 413, 422)},
)
def retire_criterion(services: ServicesDep, who: ActorDep, once: OnceDep, rubric: Id, body: RetirementIn) -> Response:
    """Kept with the figures of today, whatever becomes of it; the rubric is not changed."""
    return once.run(
        lambda: (201, services.validities.retire(rubric, criterion=body.criterion, why=body.why, basis=body.basis, by=who)),
        request=body.model_dump_json(), headers=lambda made: {"ETag": etag(made["revision"])},
    )


@router.get(
    "/{rubric}/retirements", response_model=RetirementPage, responses=documented(401, 403, 404, 422), summary="List items to be retired"
)
def list_retirements(
    services: ServicesDep, rubric: Id, state: Annotated[ProposalState | None, Query()] = None, cursor: Cursor = None, limit: Limit = 50
) -> RetirementPage:
    """The last made first, each with the version of the rubric that did without."""
    return RetirementPage.of(services.validities.retirements(rubric, state=state, cursor=cursor, limit=limit))


@router.post(
    "/{rubric}/retirements/{retirement}/decide", response_model=Retirement,
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)}, summary="Accept or decline a retirement",
)
def decide_retirement(
    services: ServicesDep, who: ActorDep, once: OnceDep, rubric: Id, retirement: Id, body: RetirementDecisionIn, if_match: IfMatch = None
) -> Response:
    """An accepted one changes no rubric by itself: write the new version, and the list then tells which did without."""
    seen = expected(if_match)
    return once.run(
        lambda: (200, services.validities.decide(rubric, retirement, accept=body.accept, words=body.words, by=who, expected=seen)),
        request=f"{if_match} {body.model_dump_json()}", headers=lambda made: {"ETag": etag(made["revision"])},
    )
