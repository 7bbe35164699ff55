"""Coaching: what an agent would gain by practising, plans with at most three priorities, and what became of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import (
    LINE,
    SAID,
    ActorDep,
    Cursor,
    Filter,
    Id,
    IfMatch,
    Limit,
    Moment,
    PageOf,
    Period,
    PeriodDep,
    ServicesDep,
)
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.coaching_plan import MOST_EXAMPLES, MOST_PRIORITIES, CoachingPlan, ExampleKind, ExampleRef, Late, PlanState
from qa_service.domain.permission import Actor
from qa_service.domain.shown_example import ShownExample
from qa_service.errors import InputError
from qa_service.services.coaching_effects import HouseEffect, PlanEffect
from qa_service.services.coaching_plans import PlanSheet, Wish
from qa_service.services.coaching_suggestions import CoachingSuggestion

router = APIRouter(route_class=Door)

_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_Name = Annotated[str, Field(min_length=1, max_length=200, pattern=LINE)]
_Words = Annotated[str, Field(min_length=1, max_length=4000, pattern=SAID)]
_Day = Annotated[date, Field(ge=date(1900, 1, 1), le=date(2899, 12, 31))]
Language = Annotated[
    str | None, Query(pattern=r"^[a-z]{2,3}$", description="Language of what is expected; the agent's own unless told.", examples=["fa"])
]


class CoachingPlanView(CoachingPlan):
    """A coaching plan."""

    #: What should have happened before today.
    overdue: tuple[Late, ...]
    #: The agent's team now.
    team_now: str | None
    #: Whether the coach can still reach the agent; if not (the agent changed teams, the coach left), a lead names another.
    coach_in_reach: bool
    #: Whether the agent is still here: has an active user, or never had one.
    agent_here: bool

    @classmethod
    def of(cls, sheet: PlanSheet, *, who: Actor) -> Self:
        """As that reader may see it: to the agent, colleagues' places bear no scorecard."""
        plan = sheet.plan
        if who.agent == plan.agent:
            own = [tuple(ref for ref in one.examples if ref.kind is not ExampleKind.COLLEAGUE) for one in plan.priorities]
            kept = (one.model_copy(update={"examples": refs}) for one, refs in zip(plan.priorities, own, strict=True))
            plan = plan.model_copy(update={"priorities": tuple(kept)})
        return cls(**dict(plan), overdue=sheet.overdue, team_now=sheet.team_now, coach_in_reach=sheet.in_reach, agent_here=sheet.here)


class CoachingPlanPage(PageOf[CoachingPlanView]):
    """A page of coaching plans."""


class CoachingExamples(BaseModel):
    """Places to listen to."""

    model_config = ConfigDict(extra="forbid")

    #: In the order of the plan.
    items: tuple[ShownExample, ...]


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ExampleIn(_Sent):
    """A place to listen to."""

    #: Whose it is, and what it shows.
    kind: ExampleKind
    #: Scorecard id.
    scorecard: _Name


class PriorityIn(_Sent):
    """One thing to practise; what is left out is taken from the figures and the form, or stays as it was."""

    #: Rubric id.
    rubric: _Name
    #: Criterion id.
    criterion: _Name
    #: What the agent is expected to do, one behaviour.
    behaviour: Annotated[str, Field(min_length=1, max_length=1000, pattern=SAID)] | None = None
    #: Share of the opportunities to reach, 0 to 1.
    share: float | None = Field(default=None, gt=0, le=1)
    #: Places to listen to, instead of those that were found.
    examples: tuple[ExampleIn, ...] | None = Field(default=None, max_length=MOST_EXAMPLES)

    def wish(self) -> Wish:
        """As the service takes it."""
        examples = None if self.examples is None else tuple(ExampleRef(**dict(one)) for one in self.examples)
        return Wish(**{**dict(self), "examples": examples})


class CoachingPlanIn(_Sent):
    """A plan to be drafted; with the agent alone, of what the figures carry."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"agent": "a17", "ends": "2027-01-31", "priorities": [{"rubric": "phone-support", "criterion": "empathy"}]}
        }
    )

    #: The agent.
    agent: _Name
    #: User id of the coach who owns it; null: you.
    coach: _Name | None = None
    #: First day of practice; null: today.
    starts: _Day | None = None
    #: Last day; null: 60 days later.
    ends: _Day | None = None
    #: What to practise; null: what the figures carry.
    priorities: tuple[PriorityIn, ...] | None = Field(default=None, min_length=1, max_length=MOST_PRIORITIES)


class CoachingPlanPatch(_Sent):
    """What is to be otherwise; null leaves it as it is."""

    #: User id of another coach.
    coach: _Name | None = None
    #: First day of practice.
    starts: _Day | None = None
    #: Last day.
    ends: _Day | None = None
    #: All priorities, in order.
    priorities: tuple[PriorityIn, ...] | None = Field(default=None, min_length=1, max_length=MOST_PRIORITIES)


class CoachingEndIn(_Sent):
    """How a plan ends."""

    #: Carried through, or given up.
    state: Literal[PlanState.DONE, PlanState.DROPPED]
    #: What came of it.
    outcome: _Words


class CoachingReadIn(_Sent):
    """That you have read it."""

    #: What you say to it.
    comment: _Words | None = None


def effect_until(
    until: Annotated[Moment | None, Query(alias="to", description="Contacts before this moment or day; now unless told.")] = None
) -> datetime | None:
    """Up to when an effect is measured."""
    return until


@router.get(
    "/agents/{agent}/coaching-priorities", response_model=CoachingSuggestion, responses=documented(401, 403, 404, 422),
    summary="Read what an agent would gain by practising",
)
def get_coaching_priorities(
    services: ServicesDep, who: ActorDep, agent: Id, period: PeriodDep, language: Language = None
) -> CoachingSuggestion:
    """At most three priorities, most to be won first, with the working for every criterion: stake, gap, the probability that it is real,
    and about how many more reviews it takes where nothing can be told yet. The last three months and the present one unless told."""
    _check_period(period)
    return services.coaching_plans.suggest(agent, by=who, since=period.since, until=period.until, language=language)


@router.post(
    "/coaching/plans", response_model=CoachingPlanView, status_code=201, summary="Draft a coaching plan",
    responses={201: _TAGGED, **documented(401, 403, 404, 409, 413, 422)},
)
def create_coaching_plan(services: ServicesDep, who: ActorDep, once: OnceDep, body: CoachingPlanIn, language: Language = None) -> Response:
    """Of what the figures carry, or of what you name. One open plan for each agent; nobody coaches themselves. 409 where there is nothing
    to coach that the numbers carry: the problem says how many more reviews it takes."""

    def act() -> tuple[int, CoachingPlanView]:
        made = services.coaching_plans.create(
            body.agent, by=who, coach=body.coach, starts=body.starts, ends=body.ends, wishes=_wishes(body.priorities), language=language
        )
        return 201, CoachingPlanView.of(made, who=who)

    return once.run(act, request=body.model_dump_json(), headers=_located)


@router.get("/coaching/plans", response_model=CoachingPlanPage, responses=documented(401, 403, 422), summary="List coaching plans")
def list_coaching_plans(
    services: ServicesDep, who: ActorDep, agent: Filter = None, team: Filter = None, coach: Filter = None,
    state: Annotated[PlanState | None, Query()] = None,
    overdue: Annotated[bool | None, Query(description="Only those in which something is overdue (or nothing is).")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> CoachingPlanPage:
    """Open ones first, the overdue before all; then the last closed. Agents see theirs that were started, coaches those of their teams."""
    page = services.coaching_plans.list(
        by=who, agent=agent, team=team, coach=coach, state=state, overdue=overdue, cursor=cursor, limit=limit
    )
    return CoachingPlanPage.of(page, (CoachingPlanView.of(one, who=who) for one in page.items))


@router.get(
    "/coaching/plans/{plan}", response_model=CoachingPlanView, summary="Read a coaching plan",
    responses={200: _TAGGED, **documented(401, 403, 404, 422)},
)
def get_coaching_plan(services: ServicesDep, who: ActorDep, response: Response, plan: Id) -> CoachingPlanView:
    """What is practised, why, until when, and how it will be measured. The `ETag` is its revision."""
    found = services.coaching_plans.get(plan, by=who)
    response.headers["ETag"] = etag(found.plan.revision)
    return CoachingPlanView.of(found, who=who)


@router.patch(
    "/coaching/plans/{plan}", response_model=CoachingPlanView, summary="Change a coaching plan",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def patch_coaching_plan(
    services: ServicesDep, who: ActorDep, response: Response, plan: Id, body: CoachingPlanPatch, if_match: IfMatch = None,
    language: Language = None,
) -> CoachingPlanView:
    """Draft or active; the agent reads an active one again once it says something else."""
    made = services.coaching_plans.change(
        plan, by=who, expected=expected(if_match), coach=body.coach, starts=body.starts, ends=body.ends, wishes=_wishes(body.priorities),
        language=language,
    )
    response.headers["ETag"] = etag(made.plan.revision)
    return CoachingPlanView.of(made, who=who)


@router.post(
    "/coaching/plans/{plan}/start", response_model=CoachingPlanView, summary="Start a coaching plan",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 422)},
)
def start_coaching_plan(services: ServicesDep, who: ActorDep, once: OnceDep, plan: Id, if_match: IfMatch = None) -> Response:
    """From now on the agent sees it."""
    seen = expected(if_match)

    def act() -> tuple[int, CoachingPlanView]:
        return 200, CoachingPlanView.of(services.coaching_plans.start(plan, by=who, expected=seen), who=who)

    return once.run(act, request=if_match or "", headers=_tag)


@router.post(
    "/coaching/plans/{plan}/close", response_model=CoachingPlanView, summary="End a coaching plan",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def close_coaching_plan(
    services: ServicesDep, who: ActorDep, once: OnceDep, plan: Id, body: CoachingEndIn, if_match: IfMatch = None
) -> Response:
    """Done or dropped, with what came of it, for good."""
    seen = expected(if_match)

    def act() -> tuple[int, CoachingPlanView]:
        made = services.coaching_plans.close(plan, body.state, outcome=body.outcome, by=who, expected=seen)
        return 200, CoachingPlanView.of(made, who=who)

    return once.run(act, request=f"{if_match or ''} {body.model_dump_json()}", headers=_tag)


@router.post(
    "/coaching/plans/{plan}/acknowledge", response_model=CoachingPlanView, summary="Confirm that one has read a coaching plan",
    responses={200: _TAGGED, **documented(401, 403, 404, 409, 412, 413, 422)},
)
def acknowledge_coaching_plan(
    services: ServicesDep, who: ActorDep, once: OnceDep, plan: Id, body: CoachingReadIn | None = None, if_match: IfMatch = None
) -> Response:
    """As the agent, with or without a comment."""
    seen, comment = expected(if_match), None if body is None else body.comment

    def act() -> tuple[int, CoachingPlanView]:
        made = services.coaching_plans.acknowledge(plan, comment=comment, by=who, expected=seen)
        return 200, CoachingPlanView.of(made, who=who)

    return once.run(act, request=f"{if_match or ''} {comment or ''}", headers=_tag)


@router.get(
    "/coaching/plans/{plan}/examples", response_model=CoachingExamples, responses=documented(401, 403, 404, 422),
    summary="Read the examples of a coaching plan",
)
def list_coaching_examples(services: ServicesDep, who: ActorDep, plan: Id) -> CoachingExamples:
    """The agent's own places, missed and done, and quotes of colleagues who agreed to it, masked and nameless. What was erased, is judged
    otherwise now, or is not agreed to any more, is gone."""
    return CoachingExamples(items=services.coaching_plans.examples(plan, by=who))


@router.get(
    "/coaching/plans/{plan}/effect", response_model=PlanEffect, responses=documented(401, 403, 404, 409, 422),
    summary="Read what became of a coaching plan",
)
def get_coaching_effect(
    services: ServicesDep, who: ActorDep, plan: Id, until: Annotated[datetime | None, Depends(effect_until)] = None
) -> PlanEffect:
    """Of each criterion: the change beyond what was to be expected by itself and beyond that of matched peers who were not coached on it,
    with a 95 % interval; `cannot_tell` with what is missing."""
    return services.coaching_effects.effect(plan, by=who, until=until)


@router.get(
    "/coaching/effect", response_model=HouseEffect, responses=documented(401, 403, 422), summary="Read what coaching came to on the whole"
)
def get_coaching_summary(
    services: ServicesDep, who: ActorDep,
    since: Annotated[_Day | None, Query(alias="from", description="Plans that began from this day on; the last year unless told.")] = None,
    until: Annotated[_Day | None, Query(alias="to", description="Plans that began until this day.")] = None,
) -> HouseEffect:
    """The effects of all plans within your reach, pooled: many together tell what one with few reviews cannot. By whole months; the one
    in which a plan began counts neither as before nor as after."""
    return services.coaching_effects.summary(by=who, since=since, until=until)


def _check_period(period: Period) -> None:
    if period.until is not None and period.since is None:
        raise InputError("say from when, too", field="from", hint="or leave both out: the last months")


def _wishes(priorities: tuple[PriorityIn, ...] | None) -> tuple[Wish, ...] | None:
    return None if priorities is None else tuple(one.wish() for one in priorities)


def _tag(body: Mapping[str, Any]) -> Mapping[str, str]:
    return {"ETag": etag(body["revision"])}


def _located(body: Mapping[str, Any]) -> Mapping[str, str]:
    return {**_tag(body), "Location": f"/v1/coaching/plans/{body['id']}"}
