"""Scorecards: the machine's suggestions, claimed, answered and finalised by people."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import CallerDep, Cursor, Filter, Id, IfMatch, IfNoneMatch, Limit, PageOf, PeriodDep, ServicesDep
from qa_service.api.etags import etag, expected, unchanged
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import HttpProblem, documented
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Scorecard, Status

router = APIRouter(prefix="/scorecards")

Percent = Annotated[float | None, Query(ge=0, le=100, allow_inf_nan=False)]
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}


class ScorecardPage(PageOf[Scorecard]):
    """A page of scorecards."""


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Quote(_Sent):
    """A quote that a reviewer adds."""

    #: Index of the turn, from 0.
    turn: int = Field(ge=0, le=1_000_000)
    #: Verbatim from that turn.
    quote: str = Field(min_length=1, max_length=10_000)


class GivenAnswerIn(_Sent):
    """What a reviewer says about one criterion."""

    #: Criterion id.
    criterion: str = Field(min_length=1, max_length=200)
    #: Option id or ``not_applicable``; null takes an answer back.
    answer: str | None = Field(max_length=200)
    #: Why; needed where it contradicts a decided suggestion.
    reason: str | None = Field(default=None, max_length=10_000)
    #: Quotes that speak for it.
    evidence: tuple[Quote, ...] = Field(default=(), max_length=50)

    def given(self) -> GivenAnswer:
        """As the review takes it."""
        evidence = tuple(Evidence(turn=one.turn, quote=one.quote, rule="reviewer") for one in self.evidence)
        return GivenAnswer(criterion=self.criterion, answer=self.answer, reason=self.reason, evidence=evidence)


class AnswersIn(_Sent):
    """Answers to save together: all or none."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "answers": [
                    {
                        "criterion": "empathy", "answer": "yes", "reason": "says so in her own words",
                        "evidence": [{"turn": 4, "quote": "I am sorry"}],
                    }
                ]
            }
        }
    )

    #: One for each criterion that changes.
    answers: tuple[GivenAnswerIn, ...] = Field(min_length=1, max_length=500)


@router.get("", response_model=ScorecardPage, responses=documented(401, 422), summary="List scorecards")
def list_scorecards(
    services: ServicesDep, period: PeriodDep, status: Annotated[Status | None, Query()] = None,
    channel: Annotated[Channel | None, Query()] = None, agent: Filter = None, team: Filter = None, rubric: Filter = None,
    reviewer: Filter = None, min_score: Percent = None, max_score: Percent = None,
    undecided: Annotated[bool | None, Query(description="Only those with (or without) undecided criteria.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> ScorecardPage:
    """Those that count (an interaction counts once for each rubric), the last made first."""
    page = services.scorecards.list(
        status=status, channel=channel, agent=agent, team=team, rubric=rubric, reviewer=reviewer, min_score=min_score, max_score=max_score,
        undecided=undecided, since=period.since, until=period.until, cursor=cursor, limit=limit,
    )
    return ScorecardPage.of(page)


@router.get(
    "/{scorecard}", response_model=Scorecard, summary="Read a scorecard",
    responses={200: _TAGGED, 304: {"description": "You have this revision"}, **documented(401, 404, 422)},
)
def get_scorecard(services: ServicesDep, response: Response, scorecard: Id, if_none_match: IfNoneMatch = None) -> Any:
    """Every criterion with the machine's suggestion and its evidence beside the person's answer. The `ETag` is its revision."""
    card = services.scorecards.get(scorecard)
    tag = etag(card.revision)
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers.update({"ETag": tag, "Cache-Control": "private, no-cache"})
    return card


@router.post(
    "/{scorecard}/claim", response_model=Scorecard, summary="Claim a scorecard",
    responses={200: _TAGGED, **documented(401, 404, 409, 412, 422)},
)
def claim_scorecard(services: ServicesDep, who: CallerDep, once: OnceDep, scorecard: Id, if_match: IfMatch = None) -> Response:
    """Hold it for 30 minutes from your last act, so that nobody else answers it; claim again to hold it longer."""
    seen = expected(if_match)
    return once.run(lambda: (200, services.reviewing.claim(scorecard, reviewer=who, expected=seen)), request=if_match or "", headers=_tag)


@router.post(
    "/{scorecard}/release", response_model=Scorecard, summary="Give a scorecard back",
    responses={200: _TAGGED, **documented(401, 404, 409, 422)},
)
def release_scorecard(services: ServicesDep, who: CallerDep, once: OnceDep, scorecard: Id) -> Response:
    """Others may claim it; your answers stay."""
    return once.run(lambda: (200, services.reviewing.release(scorecard, reviewer=who)), request="", headers=_tag)


@router.patch(
    "/{scorecard}/answers", response_model=Scorecard, summary="Answer criteria",
    responses={200: _TAGGED, **documented(401, 404, 409, 412, 413, 422, 428)},
)
def answer_scorecard(
    services: ServicesDep, who: CallerDep, response: Response, scorecard: Id, body: AnswersIn,
    if_match: Annotated[
        str | None, Header(alias="If-Match", max_length=1000, description="ETag of the revision you have seen; required (`*`: any).")
    ] = None,
) -> Scorecard:
    """Save answers of the form, all or none; the score follows. Claim it first. Without `If-Match`: 428; with a stale one: 412."""
    if if_match is None:
        hint = "send the ETag of the scorecard as If-Match"
        raise HttpProblem(HTTPStatus.PRECONDITION_REQUIRED, "say which revision you have seen", field="If-Match", hint=hint)
    card = services.reviewing.answer(scorecard, [one.given() for one in body.answers], reviewer=who, expected=expected(if_match))
    response.headers["ETag"] = etag(card.revision)
    return card


@router.post(
    "/{scorecard}/finalize", response_model=Scorecard, summary="Finalise a scorecard",
    responses={200: _TAGGED, **documented(401, 404, 409, 412, 422)},
)
def finalize_scorecard(services: ServicesDep, who: CallerDep, once: OnceDep, scorecard: Id, if_match: IfMatch = None) -> Response:
    """Suggestions that you left as they are become your answers. Refused with 409 and the `criteria` that are still undecided."""
    seen = expected(if_match)
    return once.run(
        lambda: (200, services.reviewing.finalize(scorecard, reviewer=who, expected=seen)), request=if_match or "", headers=_tag
    )


def _tag(body: Mapping[str, Any]) -> dict[str, str]:
    return {"ETag": etag(body["revision"])}
