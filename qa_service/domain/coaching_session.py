"""A coaching session: what coach and agent practised on a day, and when they see each other again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.coaching_plan import CoachingPlan, PlanState
from qa_service.domain.scorecard import Acknowledgement
from qa_service.errors import ConflictError, InputError


class CoachingSession(Record):
    """One session of a plan."""

    #: Id.
    id: str
    #: The plan.
    plan: str
    #: The agent.
    agent: str
    #: User id of whoever held it.
    coach: str
    #: The day.
    held_on: date
    #: Criteria of the plan that were practised.
    practised: tuple[str, ...] = ()
    #: What both read.
    notes: str | None = None
    #: What only coaches and leads read.
    private: str | None = None
    #: Day to see each other again; null: none agreed.
    follow_up: date | None = None
    #: When it was written down.
    created_at: AwareDatetime
    #: Set once the agent has confirmed to have read it as it is; a change of what agents read takes it away.
    acknowledged: Acknowledgement | None = None
    #: Goes up with every change.
    revision: int = Field(default=1, ge=1)

    def without_private(self) -> CoachingSession:
        """As agents see it."""
        return self.model_copy(update={"private": None})


def check_session(session: CoachingSession, plan: CoachingPlan, *, today: date) -> None:
    """Raises :class:`ConflictError` for a plan that is not active, :class:`InputError` for what cannot be."""
    if plan.state is not PlanState.ACTIVE:
        raise ConflictError(f"this plan is {plan.state}", field="plan", hint="sessions belong to an active plan")
    if session.held_on > today:
        raise InputError(f"{session.held_on} has not come yet", field="held_on", hint="write a session down once it was held")
    if session.held_on < plan.created_at.date() and session.held_on < plan.starts:
        raise InputError(f"the plan starts on {plan.starts}", field="held_on", hint="a session lies within its plan")
    if session.follow_up is not None and session.follow_up <= session.held_on:
        raise InputError("the follow-up comes before the session", field="follow_up", hint="name a later day, or none")
    _check_practised(session.practised, plan)


def _check_practised(practised: Sequence[str], plan: CoachingPlan) -> None:
    for place, one in enumerate(practised):
        if plan.priority(one) is None:
            known = ", ".join(priority.criterion for priority in plan.priorities)
            raise InputError(f"{one!r} is no priority of this plan", field=f"practised[{place}]", hint=f"one of: {known}")
        if one in practised[:place]:
            raise InputError(f"{one!r} is named twice", field=f"practised[{place}]")


def rewritten(before: CoachingSession, after: CoachingSession) -> CoachingSession:
    """As corrected; the agent reads it again where it says something else to them."""
    if before.without_private().model_dump(exclude={"acknowledged"}) == after.without_private().model_dump(exclude={"acknowledged"}):
        return after
    return after.model_copy(update={"acknowledged": None})


def read_by_agent(session: CoachingSession, *, by: str, comment: str | None, at: datetime) -> CoachingSession:
    """Confirmed by the agent; raises :class:`ConflictError` when it was already."""
    if session.acknowledged is not None:
        raise ConflictError("you have confirmed this already", field="acknowledged")
    return session.model_copy(update={"acknowledged": Acknowledgement(by=by, at=at, comment=comment)})


def next_follow_up(sessions: Sequence[CoachingSession]) -> date | None:
    """What the last session agreed on; a later session answers for an earlier one."""
    if not sessions:
        return None
    return max(sessions, key=lambda one: (one.held_on, one.created_at, one.id)).follow_up
