"""Scorecards: the machine's suggestions beside people's answers; :mod:`.review` changes them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import (
    ActorDep,
    Cursor,
    Filter,
    Id,
    IfNoneMatch,
    Limit,
    PageOf,
    PeriodDep,
    ScopeDep,
    ServicesDep,
)
from qa_service.api.door import Door
from qa_service.api.etags import etag, unchanged
from qa_service.api.problems import documented
from qa_service.domain.disclosure import shown_to
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.scorecard import Scorecard, Status

router = APIRouter(prefix="/scorecards", route_class=Door)

Percent = Annotated[float | None, Query(ge=0, le=100, allow_inf_nan=False)]
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}


class ScorecardPage(PageOf[Scorecard]):
    """A page of scorecards."""


class ScorecardVersions(BaseModel):
    """Versions of one judgement."""

    model_config = ConfigDict(extra="forbid")

    #: The first one first; each replaces the one before once it is final.
    versions: tuple[Scorecard, ...]


@router.get("", response_model=ScorecardPage, responses=documented(401, 422), summary="List scorecards")
def list_scorecards(
    services: ServicesDep, who: ActorDep, within: ScopeDep, period: PeriodDep, status: Annotated[Status | None, Query()] = None,
    channel: Annotated[Channel | None, Query()] = None, agent: Filter = None, team: Filter = None, rubric: Filter = None,
    reviewer: Filter = None, min_score: Percent = None, max_score: Percent = None,
    undecided: Annotated[bool | None, Query(description="Only those with (or without) undecided criteria.")] = None,
    purpose: Annotated[Purpose | None, Query(description="Only contacts that took place for it.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> ScorecardPage:
    """Those that count (an interaction counts once for each rubric), the last made first: coaches see those of their teams, agents their
    final ones. Filters by figures leave out those that are just being reviewed blindly, or that you are to answer in an open
    calibration session."""
    page = services.scorecards.list(
        status=status, channel=channel, agent=agent, team=team, rubric=rubric, reviewer=reviewer, min_score=min_score, max_score=max_score,
        undecided=undecided, since=period.since, until=period.until, purpose=purpose, within=within, reader=who.id, cursor=cursor,
        limit=limit,
    )
    hidden = services.calibrating.answering(by=who)
    return ScorecardPage.of(page, (shown_to(card, who, calibrating=hidden) for card in page.items))


@router.get(
    "/{scorecard}", response_model=Scorecard, summary="Read a scorecard",
    responses={200: _TAGGED, 304: {"description": "You have this revision"}, **documented(401, 404, 422)},
)
def get_scorecard(
    services: ServicesDep, who: ActorDep, within: ScopeDep, response: Response, scorecard: Id, if_none_match: IfNoneMatch = None
) -> Any:
    """Every criterion with the machine's suggestion and its evidence beside the person's answer. The `ETag` is its revision. While it is
    reviewed blindly, suggestions and all figures are withheld, and from whoever is to answer it in an open calibration session everybody's
    answers; agents read no private notes."""
    card = shown_to(services.scorecards.get(scorecard, within=within), who, calibrating=services.calibrating.answering(by=who))
    tag = etag(card.revision)
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
    return card


@router.get(
    "/{scorecard}/versions", response_model=ScorecardVersions, responses=documented(401, 404, 422), summary="Read all versions of it"
)
def get_scorecard_versions(services: ServicesDep, who: ActorDep, within: ScopeDep, scorecard: Id) -> ScorecardVersions:
    """The version that was opened again, and what became of it; agents see the final ones."""
    hidden, found = services.calibrating.answering(by=who), services.reviewing.versions(scorecard, within=within)
    return ScorecardVersions(versions=tuple(shown_to(card, who, calibrating=hidden) for card in found))
