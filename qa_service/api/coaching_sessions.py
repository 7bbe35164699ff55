"""Coaching sessions: what was practised on a day, with notes for both and for coaches alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.coaching import CoachingReadIn
from qa_service.api.deps import LINE, SAID, ActorDep, Cursor, Filter, Id, IfMatch, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.coaching_plan import MOST_PRIORITIES
from qa_service.domain.coaching_session import CoachingSession
from qa_service.services.coaching_sessions import KEEP

router = APIRouter(prefix="/coaching", route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
_Words = Annotated[str, Field(min_length=1, max_length=8000, pattern=SAID)]
_Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2899, 12, 31))]


class CoachingSessionPage(PageOf[CoachingSession]):
    """A page of coaching sessions."""


class CoachingSessionIn(BaseModel):
    """A session that was held."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"practised": ["empathy"], "notes": "We listened to two calls.", "follow_up": "2026-12-01"}},
    )

    #: The day; null: today.
    held_on: _Day | None = None
    #: Criteria of the plan that were practised.
    practised: tuple[_Name, ...] = Field(default=(), max_length=MOST_PRIORITIES)
    #: What both read.
    notes: _Words | None = None
    #: What only coaches and leads read.
    private: _Words | None = None
    #: Day to see each other again.
    follow_up: _Day | None = None


class CoachingSessionPatch(BaseModel):
    """What is to be otherwise; what is left out stays as it is, null takes it away."""

    model_config = ConfigDict(extra="forbid")

    #: The day; null stays as it is.
    held_on: _Day | None = None
    #: Criteria of the plan that were practised; null stays as it is.
    practised: tuple[_Name, ...] | None = Field(default=None, max_length=MOST_PRIORITIES)
    #: What both read.
    notes: _Words | None = None
    #: What only coaches and leads read.
    private: _Words | None = None
    #: Day to see each other again.
    follow_up: _Day | None = None


@router.post(
    "/plans/{plan}/sessions", response_model=CoachingSession, status_code=201, summary="Write a coaching session down",
    responses={201: _TAGGED, **documented(401, 403, 404, 409, 413, 422)},
)
def hold_coaching_session(services: ServicesDep, who: ActorDep, once: OnceDep, plan: Id, body: CoachingSessionIn) -> Response:
    """Of an active plan; its `follow_up` is when the plan is due next."""

    def act() -> tuple[int, CoachingSession]:
        return 201, services.coaching_sessions.hold(plan, by=who, **dict(body))

    return once.run(act, request=body.model_dump_json(), headers=_located)


@router.get("/sessions", response_model=CoachingSessionPage, responses=documented(401, 403, 404, 422), summary="List coaching sessions")
def list_coaching_sessions(
    services: ServicesDep, who: ActorDep, plan: Filter = None, agent: Filter = None, coach: Filter = None,
    acknowledged: Annotated[bool | None, Query(description="Only those that the agent has confirmed to have read (or has not).")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> CoachingSessionPage:
    """The last written down first. Agents see theirs without private notes, coaches those of their teams."""
    return CoachingSessionPage.of(
        services.coaching_sessions.list(by=who, plan=plan, agent=agent, coach=coach, acknowledged=acknowledged, cursor=cursor, limit=limit)
    )


@router.get(
    "/sessions/{session}", response_model=CoachingSession, summary="Read a coaching session",
    responses={200: _TAGGED, **documented(401, 403, 404, 422)},
)
def get_coaching_session(services: ServicesDep, who: ActorDep, response: Response, session: Id) -> CoachingSession:
    """The `ETag` is its revision."""
    found = services.coaching_sessions.get(session, by=who)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.patch(
    "/sessions/{session}", response_model=CoachingSession, summary="Correct a coaching session",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def patch_coaching_session(
    services: ServicesDep, who: ActorDep, response: Response, session: Id, body: CoachingSessionPatch, if_match: IfMatch = None
) -> CoachingSession:
    """While its plan is active. The agent reads it again where it says something else to them."""
    told = body.model_fields_set
    made = services.coaching_sessions.rewrite(
        session, by=who, expected=expected(if_match), held_on=body.held_on, practised=body.practised,
        notes=body.notes if "notes" in told else KEEP, private=body.private if "private" in told else KEEP, follow_up=body.follow_up,
        no_follow_up="follow_up" in told and body.follow_up is None,
    )
    response.headers["ETag"] = etag(made.revision)
    return made


@router.post(
    "/sessions/{session}/acknowledge", response_model=CoachingSession, summary="Confirm that one has read a coaching session",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def acknowledge_coaching_session(
    services: ServicesDep, who: ActorDep, once: OnceDep, session: Id, body: CoachingReadIn | None = None, if_match: IfMatch = None
) -> Response:
    """As the agent, with or without a comment."""
    seen, comment = expected(if_match), None if body is None else body.comment

    def act() -> tuple[int, CoachingSession]:
        return 200, services.coaching_sessions.acknowledge(session, comment=comment, by=who, expected=seen)

    return once.run(act, request=f"{if_match or ''} {comment or ''}", headers=_tag)


def _tag(body: Mapping[str, Any]) -> Mapping[str, str]:
    return {"ETag": etag(body["revision"])}


def _located(body: Mapping[str, Any]) -> Mapping[str, str]:
    return {**_tag(body), "Location": f"/v1/coaching/sessions/{body['id']}"}
