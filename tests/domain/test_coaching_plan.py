"""Coaching plans: states, days, priorities, coaches; and sessions within them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.coaching_plan import (
    CoachingGoal,
    CoachingPlan,
    CoachingPriority,
    Late,
    PlanState,
    acknowledged,
    changed,
    check_coach,
    check_days,
    check_priorities,
    closed,
    overdue,
    started,
)
from qa_service.domain.coaching_session import CoachingSession, check_session, next_follow_up, read_by_agent, rewritten
from qa_service.domain.permission import Actor, Role
from qa_service.errors import ConflictError, InputError, PermissionDeniedError

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
TODAY = date(2026, 11, 20)


def priority(criterion: str = "empathy", **goal: Any) -> CoachingPriority:
    told = CoachingGoal(**{"share_from": 0.5, "share_to": 0.8, **goal})
    return CoachingPriority(rubric="phone", criterion=criterion, behaviour="Say it", goal=told)


def plan(**changes: Any) -> CoachingPlan:
    told = {
        "id": "p1", "agent": "a1", "team": "billing", "coach": "carl", "starts": date(2026, 11, 2), "ends": date(2026, 12, 31),
        "priorities": (priority(),), "created_by": "carl", "created_at": AT,
    }  # fmt: skip
    return CoachingPlan(**{**told, **changes})


ACTIVE = started(plan(), at=AT)
DONE = closed(ACTIVE, PlanState.DONE, outcome="it went well", by="carl", at=AT)


def test_the_way_of_a_plan() -> None:
    assert not plan().seen_by_agent
    assert (ACTIVE.state, ACTIVE.seen_by_agent, ACTIVE.due) == (PlanState.ACTIVE, True, date(2026, 12, 31))
    read = acknowledged(ACTIVE, by="u1", comment="gladly", at=AT)
    assert read.acknowledged is not None
    assert read.acknowledged.comment == "gladly"
    assert (DONE.state, DONE.outcome, DONE.due, DONE.closed_by) == (PlanState.DONE, "it went well", None, "carl")
    assert closed(plan(), PlanState.DROPPED, outcome="no time", by="carl", at=AT).state is PlanState.DROPPED


@pytest.mark.parametrize(
    "act",
    [
        lambda: started(ACTIVE, at=AT),
        lambda: started(plan(priorities=()), at=AT),
        lambda: closed(plan(), PlanState.DONE, outcome="", by="carl", at=AT),
        lambda: closed(DONE, PlanState.DROPPED, outcome="", by="carl", at=AT),
        lambda: changed(DONE, ends=date(2027, 1, 31)),
        lambda: changed(ACTIVE, priorities=()),
        lambda: acknowledged(DONE, by="u1", comment=None, at=AT),
        lambda: acknowledged(acknowledged(ACTIVE, by="u1", comment=None, at=AT), by="u1", comment=None, at=AT),
    ],
)
def test_what_a_state_does_not_allow(act: Any) -> None:
    with pytest.raises(ConflictError):
        act()


def test_a_change_is_read_again() -> None:
    read = acknowledged(ACTIVE, by="u1", comment=None, at=AT)
    assert changed(read, priorities=[priority(), priority("closing")]).acknowledged is None
    assert changed(read, ends=date(2027, 1, 15)).acknowledged is None
    # Another coach is nothing to read again.
    assert changed(read, coach="cora").acknowledged is not None
    assert changed(read, coach="cora").coach == "cora"


@pytest.mark.parametrize(
    ("priorities", "fault"),
    [
        ([priority(name) for name in "abcd"], "at most 3"),
        ([priority(), priority()], "named twice"),
        ([priority(share_from=0.9)], "is not above"),
    ],
)
def test_priorities_that_cannot_be(priorities: list[CoachingPriority], fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        check_priorities(priorities)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_days_that_cannot_be(days: int) -> None:
    with pytest.raises(InputError, match="plan"):
        check_days(TODAY, TODAY + timedelta(days=days))
    check_days(TODAY, TODAY + timedelta(days=366))


@pytest.mark.parametrize(
    ("coach", "error"),
    [
        (Actor(id="carl", role=Role.COACH, teams=frozenset({"billing"})), None),
        (Actor(id="lena", role=Role.QA_LEAD), None),
        (Actor(id="cora", role=Role.COACH, teams=frozenset({"sales"})), InputError),
        (Actor(id="rita", role=Role.REVIEWER), InputError),
        (Actor(id="sara", role=Role.COACH, teams=frozenset({"billing"}), agent="a1"), PermissionDeniedError),
    ],
)
def test_who_coaches(coach: Actor, error: type[Exception] | None) -> None:
    if error is None:
        check_coach(coach, agent="a1", team="billing")
        with pytest.raises(InputError, match="coaches nobody"):
            check_coach(coach, agent="a1", team="billing", active=False)
        return
    with pytest.raises(error):
        check_coach(coach, agent="a1", team="billing")


@pytest.mark.parametrize(
    ("changes", "today", "late"),
    [
        ({}, TODAY, ()),
        ({"follow_up": date(2026, 11, 20)}, TODAY, ()),
        ({"follow_up": date(2026, 11, 19)}, TODAY, (Late.FOLLOW_UP,)),
        ({}, date(2027, 1, 1), (Late.END,)),
        ({"follow_up": date(2026, 11, 19)}, date(2027, 1, 1), (Late.FOLLOW_UP, Late.END)),
        ({"state": PlanState.DRAFT}, date(2027, 1, 1), ()),
    ],
)
def test_what_is_overdue(changes: dict[str, Any], today: date, late: tuple[Late, ...]) -> None:
    assert overdue(ACTIVE.model_copy(update=changes), today) == late


def session(**changes: Any) -> CoachingSession:
    told = {
        "id": "s1", "plan": "p1", "agent": "a1", "coach": "carl", "held_on": date(2026, 11, 10), "practised": ("empathy",),
        "notes": "both", "private": "coaches", "created_at": AT,
    }  # fmt: skip
    return CoachingSession(**{**told, **changes})


@pytest.mark.parametrize(
    ("changes", "of", "error", "fault"),
    [
        ({}, plan(), ConflictError, "is draft"),
        ({}, DONE, ConflictError, "is done"),
        ({"held_on": date(2026, 11, 21)}, ACTIVE, InputError, "has not come"),
        ({"held_on": date(2026, 10, 1)}, ACTIVE, InputError, "starts on"),
        ({"follow_up": date(2026, 11, 10)}, ACTIVE, InputError, "before the session"),
        ({"practised": ("greeting",)}, ACTIVE, InputError, "no priority"),
        ({"practised": ("empathy", "empathy")}, ACTIVE, InputError, "twice"),
    ],
)
def test_sessions_that_cannot_be(changes: dict[str, Any], of: CoachingPlan, error: type[Exception], fault: str) -> None:
    check_session(session(), ACTIVE, today=TODAY)
    with pytest.raises(error, match=fault):
        check_session(session(**changes), of, today=TODAY)


def test_what_agents_read_is_read_again_when_it_changes() -> None:
    read = read_by_agent(session(), by="u1", comment=None, at=AT)
    with pytest.raises(ConflictError):
        read_by_agent(read, by="u1", comment=None, at=AT)
    assert rewritten(read, read.model_copy(update={"private": "other"})).acknowledged is not None
    assert rewritten(read, read.model_copy(update={"notes": "other"})).acknowledged is None
    assert read.without_private().private is None


def test_a_later_session_answers_for_an_earlier_one() -> None:
    first = session(follow_up=date(2026, 11, 17))
    assert next_follow_up([]) is None
    assert next_follow_up([first]) == date(2026, 11, 17)
    assert next_follow_up([session(id="s2", held_on=date(2026, 11, 18)), first]) is None
