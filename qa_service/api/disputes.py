"""Disputes: agents, and whoever speaks for them, disagree with final scorecards; others decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import TEXT, ActorDep, Cursor, Filter, Id, IfMatch, Limit, Moment, PageOf, Period, ServicesDep, period
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.disclosure import READ_NOTES
from qa_service.domain.dispute import (
    AgentClaim,
    AgentRuling,
    Decision,
    Dispute,
    DisputeKind,
    DisputeOutcome,
    DisputeState,
    FollowUp,
    Objection,
    Ruling,
)
from qa_service.domain.dispute_outcomes import DisputeFigures
from qa_service.domain.interaction import Identifier
from qa_service.domain.permission import Actor

router = APIRouter(route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
_Words = Annotated[str, Field(min_length=1, max_length=4000, pattern=TEXT)]


class DisputeView(Dispute):
    """A dispute."""

    #: What became of the whole; null until decided, and where it was withdrawn.
    outcome: DisputeOutcome | None
    #: Whether the decision is late now, or was when it came.
    overdue: bool

    @classmethod
    def of(cls, dispute: Dispute, *, who: Actor, now: datetime) -> Self:
        """As that reader may see it."""
        shown = dispute if who.role in READ_NOTES else dispute.without_note()
        return cls(**dict(shown), outcome=dispute.result, overdue=dispute.late(now))


class DisputePage(PageOf[DisputeView]):
    """A page of disputes."""


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ObjectionIn(_Sent):
    """What is wrong with the answer to one criterion."""

    #: Criterion id.
    criterion: _Name
    #: What it should be: option id or ``not_applicable``; null leaves it to whoever decides.
    wanted: _Name | None = None
    #: Why.
    reason: _Words


class AgentClaimIn(_Sent):
    """That it was another agent's contact."""

    #: Whose it was; null where you do not know.
    agent: Identifier | None = None
    #: How you know.
    reason: _Words


class DisputeIn(_Sent):
    """What you disagree with: answers, whose contact it was, or both."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"items": [{"criterion": "empathy", "wanted": "yes", "reason": "I say at 1:12 that I am sorry about it"}]}
        }
    )

    #: One for each answer that is wrong.
    items: tuple[ObjectionIn, ...] = Field(default=(), max_length=500)
    #: Makes it a dispute of the kind ``wrong_agent``.
    wrong_agent: AgentClaimIn | None = None


class RouteIn(_Sent):
    """Who decides."""

    #: User id; null: whoever is chosen of those who have not got it.
    handler: _Name | None = None
    #: What only reviewers, coaches and leads read.
    note: _Words | None = None


class RulingIn(_Sent):
    """The decision on one objection."""

    #: Criterion id.
    criterion: _Name
    #: ``accepted`` or ``rejected``.
    outcome: DisputeOutcome
    #: The answer from now on, where accepted; null: the one that is wanted.
    answer: _Name | None = None
    #: Why.
    words: _Words


class AgentRulingIn(_Sent):
    """The decision on whose contact it was."""

    #: ``accepted`` or ``rejected``.
    outcome: DisputeOutcome
    #: Whose it is, where accepted; null: nobody knows.
    agent: Identifier | None = None
    #: Why.
    words: _Words


class FollowUpIn(_Sent):
    """The answer to a criterion that is asked only because of the decision."""

    #: Criterion id.
    criterion: _Name
    #: Option id or ``not_applicable``.
    answer: _Name
    #: Why.
    words: _Words


class DecisionIn(_Sent):
    """What you decide, all at once; some objections accepted and some rejected is a partial acceptance."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "rulings": [
                    {"criterion": "empathy", "outcome": "accepted", "words": "so you do"},
                    {"criterion": "closing", "outcome": "rejected", "words": "the call ends without a farewell"},
                ]
            }
        }
    )

    #: One for each objection.
    rulings: tuple[RulingIn, ...] = Field(default=(), max_length=500)
    #: Needed where the agent is in dispute.
    agent: AgentRulingIn | None = None
    #: Answers to criteria that accepted answers bring into play.
    follow_ups: tuple[FollowUpIn, ...] = Field(default=(), max_length=500)
    #: What only reviewers, coaches and leads read.
    note: _Words | None = None

    def decision(self) -> Decision:
        """As it is decided."""
        return Decision(
            rulings=tuple(Ruling(**dict(one)) for one in self.rulings),
            agent=None if self.agent is None else AgentRuling(**dict(self.agent)),
            follow_ups=tuple(FollowUp(**dict(one)) for one in self.follow_ups), note=self.note,
        )


def finalized(
    since: Annotated[Moment | None, Query(alias="from", description="Scorecards finalised from this moment or day (UTC) on.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Scorecards finalised before this moment or day.")] = None,
) -> Period:
    """The period in which scorecards were finalised; raises :class:`InputError` when it ends before it starts."""
    return period(since, until)


@router.post(
    "/scorecards/{scorecard}/disputes", response_model=DisputeView, status_code=201, summary="Dispute a final scorecard",
    responses={201: _TAGGED, **documented(401, 403, 404, 409, 413, 422)},
)
def open_dispute(services: ServicesDep, who: ActorDep, once: OnceDep, scorecard: Id, body: DisputeIn) -> Response:
    """Agents dispute their own, coaches those of their teams, within the time that the policy leaves from finalising (409 `deadline`
    later). One dispute at a time; the scorecard counts on as it is until the decision, which somebody is asked for at once."""

    def act() -> tuple[int, DisputeView]:
        objections = [Objection(**dict(one)) for one in body.items]
        claim = None if body.wrong_agent is None else AgentClaim(**dict(body.wrong_agent))
        return 201, _view(services, who, services.disputes.open(scorecard, objections, claim=claim, by=who))

    return once.run(act, request=body.model_dump_json(), headers=_located)


@router.get("/disputes", response_model=DisputePage, responses=documented(401, 403, 422), summary="List disputes")
def list_disputes(
    services: ServicesDep, who: ActorDep, state: Annotated[DisputeState | None, Query()] = None,
    kind: Annotated[DisputeKind | None, Query()] = None, agent: Filter = None, team: Filter = None, handler: Filter = None,
    scorecard: Filter = None, overdue: Annotated[bool | None, Query(description="Only those whose decision is late (or is not).")] = None,
    mine: Annotated[bool, Query(description="Only those that you opened or were given.")] = False, cursor: Cursor = None,
    limit: Limit = 50,
) -> DisputePage:
    """Those that wait for a decision first, the overdue before all; then the last closed. Agents see those about them, coaches those of
    their teams."""
    page = services.disputes.list(
        by=who, state=state, kind=kind, agent=agent, team=team, handler=handler, scorecard=scorecard, overdue=overdue, mine=mine,
        cursor=cursor, limit=limit,
    )
    return DisputePage.of(page, (_view(services, who, one) for one in page.items))


# Before the path of one dispute, which would take it for an id.
@router.get(
    "/disputes/outcomes", response_model=DisputeFigures, responses=documented(401, 403, 422), summary="Read what became of disputes"
)
def get_dispute_outcomes(
    services: ServicesDep, who: ActorDep, within: Annotated[Period, Depends(finalized)], team: Filter = None, rubric: Filter = None
) -> DisputeFigures:
    """By reviewer and by criterion how many final scorecards are disputed and how many objections accepted, with 95 % intervals and
    whether there are enough to tell; how long decisions take, and how many are late."""
    return services.disputes.outcomes(by=who, since=within.since, until=within.until, team=team, rubric=rubric)


@router.get(
    "/disputes/{dispute}", response_model=DisputeView, summary="Read a dispute", responses={200: _TAGGED, **documented(401, 403, 404, 422)}
)
def get_dispute(services: ServicesDep, who: ActorDep, response: Response, dispute: Id) -> DisputeView:
    """What is disputed by whom, who decides until when, and what was decided why. The `ETag` is its revision."""
    found = services.disputes.get(dispute, by=who)
    response.headers["ETag"] = etag(found.revision)
    return _view(services, who, found)


@router.post(
    "/disputes/{dispute}/withdraw", response_model=DisputeView, summary="Withdraw a dispute",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
def withdraw_dispute(services: ServicesDep, who: ActorDep, once: OnceDep, dispute: Id, if_match: IfMatch = None) -> Response:
    """Take back what you opened; the scorecard is final again, unchanged."""
    seen = expected(if_match)

    def act() -> tuple[int, DisputeView]:
        return 200, _view(services, who, services.disputes.withdraw(dispute, by=who, expected=seen))

    return once.run(act, request=if_match or "", headers=_tag)


@router.post(
    "/disputes/{dispute}/route", response_model=DisputeView, summary="Give a dispute to somebody",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def route_dispute(services: ServicesDep, who: ActorDep, once: OnceDep, dispute: Id, body: RouteIn, if_match: IfMatch = None) -> Response:
    """Never to whoever finalised a version of the scorecard, decided about it before, opened the dispute, or is the agent."""
    seen = expected(if_match)

    def act() -> tuple[int, DisputeView]:
        return 200, _view(services, who, services.disputes.route(dispute, handler=body.handler, note=body.note, by=who, expected=seen))

    return once.run(act, request=f"{if_match or ''} {body.model_dump_json()}", headers=_tag)


@router.post(
    "/disputes/{dispute}/decide", response_model=DisputeView, summary="Decide a dispute",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def decide_dispute(
    services: ServicesDep, who: ActorDep, once: OnceDep, dispute: Id, body: DecisionIn, if_match: IfMatch = None
) -> Response:
    """Its handler or a lead. Whatever is accepted makes a new version of the scorecard (`successor`), which counts from now on; the old
    one stays as it is. An accepted `wrong_agent` moves the contact and its scorecards to the right agent."""
    seen = expected(if_match)

    def act() -> tuple[int, DisputeView]:
        return 200, _view(services, who, services.disputes.decide(dispute, body.decision(), by=who, expected=seen))

    return once.run(act, request=f"{if_match or ''} {body.model_dump_json()}", headers=_tag)


def _view(services: ServicesDep, who: Actor, dispute: Dispute) -> DisputeView:
    return DisputeView.of(dispute, who=who, now=services.disputes.now())


def _tag(body: Mapping[str, Any]) -> Mapping[str, str]:
    return {"ETag": etag(body["revision"])}


def _located(body: Mapping[str, Any]) -> Mapping[str, str]:
    return {**_tag(body), "Location": f"/v1/disputes/{body['id']}"}
