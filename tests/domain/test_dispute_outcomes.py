"""Figures of disputes: counted by hand, with Wilson's bounds from the textbook, and silent where there is too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.dispute import Dispute, DisputedItem, DisputeKind, DisputeOutcome, DisputeState, Misattribution
from qa_service.domain.dispute_outcomes import LEAST, DisputeFigures, outcomes

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
NOW = AT + timedelta(days=30)
ACCEPTED, REJECTED = DisputeOutcome.ACCEPTED, DisputeOutcome.REJECTED


def dispute(number: int, *told: DisputeOutcome | None, reviewer: str = "rita", hours: float | None = 24, **more: Any) -> Dispute:
    """Over scorecard ``number``: an objection to ``c0``, ``c1`` ... for each outcome, decided after ``hours``."""
    items = tuple(
        DisputedItem(criterion=f"c{i}", reason="why", stood="no", outcome=one, answer="yes" if one is ACCEPTED else None)
        for i, one in enumerate(told)
    )
    decided: dict[str, Any] = {} if hours is None else {
        "state": DisputeState.DECIDED, "closed_by": "lena", "closed_at": AT + timedelta(hours=hours)
    }  # fmt: skip
    fields: dict[str, Any] = {
        "id": f"d{number}-{hours}", "scorecard": f"s{number}", "interaction": f"i{number}", "rubric": "phone", "agent": "a17",
        "team": "billing", "language": "fa", "reviewer": reviewer, "finalized_at": AT, "kind": DisputeKind.CRITERIA, "items": items,
        "opened_by": "u17", "opened_at": AT, "due_at": AT + timedelta(days=7), **decided,
    }  # fmt: skip
    return Dispute(**{**fields, **more})


def figures(*disputes: Dispute, reviewers: dict[str | None, int] | None = None, criteria: Any = None) -> DisputeFigures:
    return outcomes(disputes, reviewers=reviewers or {}, criteria=criteria or {}, now=NOW)


def test_nothing_is_counted_as_nothing() -> None:
    found = figures(reviewers={"rita": 3})
    assert (found.disputes, found.times.decided, found.times.median_hours) == (0, 0, None)
    assert set(found.states.values()) == set(found.outcomes.values()) == {0}
    (rita,) = found.reviewers
    assert (rita.finals, rita.disputed.value, rita.overturned_share.value, rita.disputed_tells) == (3, 0.0, None, False)


def test_objections_count_for_their_reviewer_and_criterion() -> None:
    many = [dispute(n, ACCEPTED if n < 4 else REJECTED) for n in range(10)]
    omids = dispute(20, REJECTED, ACCEPTED, reviewer="omid")
    found = figures(*many, omids, reviewers={"rita": 40, "omid": 5}, criteria={("phone", "c0"): 45, ("phone", "c1"): 45})
    rita, omid = found.reviewers
    assert (rita.reviewer, rita.finals, rita.upheld, rita.overturned) == ("rita", 40, 6, 4)
    # Ten of forty: (.25 + 3.8415 / 80 -+ 1.96 * sqrt(.25 * .75 / 40 + 3.8415 / 6400)) / (1 + 3.8415 / 40); four of ten likewise.
    assert (rita.disputed.value, rita.disputed.low, rita.disputed.high) == pytest.approx((0.25, 0.141871, 0.401940), abs=1e-6)
    assert (rita.overturned_share.low, rita.overturned_share.high) == pytest.approx((0.168180, 0.687326), abs=1e-6)
    assert (rita.disputed_tells, rita.overturned_tells, LEAST) == (True, True, 10)
    assert (omid.reviewer, omid.upheld, omid.overturned, omid.overturned_tells) == ("omid", 1, 1, False)
    assert [(one.criterion, one.finals, one.disputed.value, one.upheld, one.overturned) for one in found.criteria] == [
        ("c0", 45, round(11 / 45, 6), 7, 4), ("c1", 45, round(1 / 45, 6), 0, 1),
    ]  # fmt: skip
    assert found.outcomes == {ACCEPTED: 4, REJECTED: 6, DisputeOutcome.PARTLY: 1}


def test_a_scorecard_disputed_twice_is_one_disputed_scorecard() -> None:
    found = figures(dispute(1, REJECTED), dispute(1, ACCEPTED, hours=48), reviewers={"rita": 20})
    assert (found.disputes, found.reviewers[0].disputed.value, found.reviewers[0].overturned) == (2, 0.05, 1)


def test_withdrawn_and_waiting_disputes_are_disputed_but_not_decided() -> None:
    gone = dispute(1, None, hours=None, state=DisputeState.WITHDRAWN, closed_at=AT + timedelta(days=20))
    waits = dispute(2, None, hours=None, state=DisputeState.ASSIGNED, handler="omid")
    young = dispute(3, None, hours=None, due_at=NOW + timedelta(days=1))
    found = figures(gone, waits, young, reviewers={"rita": 30})
    (rita,) = found.reviewers
    assert (rita.disputed.value, rita.upheld + rita.overturned) == (0.1, 0)
    assert found.states == {DisputeState.OPEN: 1, DisputeState.ASSIGNED: 1, DisputeState.DECIDED: 0, DisputeState.WITHDRAWN: 1}
    assert (found.times.waiting, found.times.overdue, found.times.late) == (2, 1, 0)


def test_times_run_from_opening_to_decision() -> None:
    found = figures(dispute(1, REJECTED, hours=2), dispute(2, REJECTED, hours=30.5), dispute(3, REJECTED, hours=7 * 24 + 1))
    assert (found.times.decided, found.times.median_hours, found.times.longest_hours, found.times.late) == (3, 30.5, 169.0, 1)


def test_another_agents_contact_is_no_fault_of_the_reviewer() -> None:
    def claim(number: int, outcome: DisputeOutcome, agent: str | None) -> Dispute:
        told = Misattribution(stood="a17", reason="not me", outcome=outcome, decided=agent, words="so it is")
        return dispute(number, kind=DisputeKind.WRONG_AGENT, attribution=told)

    found = figures(claim(1, ACCEPTED, "a18"), claim(2, ACCEPTED, None), claim(3, REJECTED, None), reviewers={"rita": 10})
    told = found.attributions
    assert (told.claims, told.accepted, told.rejected, told.unattributed) == (3, 2, 1, 1)
    assert (found.reviewers[0].disputed.value, found.reviewers[0].overturned) == (0.0, 0)


def test_more_disputed_than_is_left_is_still_a_share() -> None:
    found = figures(dispute(1, ACCEPTED), dispute(2, ACCEPTED), reviewers={"rita": 1})
    assert (found.reviewers[0].finals, found.reviewers[0].disputed.value) == (2, 1.0)
