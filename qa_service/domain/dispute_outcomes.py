"""Outcomes of disputes: how often whose final scorecards, and which criteria, are disputed and overturned, and how long decisions take."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.dispute import Dispute, DisputedItem, DisputeOutcome, DisputeState
from qa_service.domain.estimation import Share, wilson

#: Fewer observations carry no claim.
LEAST = 10
_HOUR = timedelta(hours=1)
#: A scorecard, and an objection to one of its answers.
_Objected = tuple[str, DisputedItem]


class OutcomeCounts(Record):
    """What became of objections to answers."""

    #: Final scorecards (versions each for itself): of the reviewer, or with the criterion answered.
    finals: int
    #: Of those, the ones that were disputed, with the interval.
    disputed: Share
    #: Objections to answers that are decided: left as they were.
    upheld: int
    #: And accepted.
    overturned: int
    #: Share of the decided ones that was accepted, with its interval.
    overturned_share: Share
    #: Whether there are finals enough to tell how many are disputed.
    disputed_tells: bool
    #: Whether there are decided objections enough to tell how many are accepted.
    overturned_tells: bool


class ReviewerOutcomes(OutcomeCounts):
    """What became of the final scorecards of one reviewer."""

    #: User id; ``None``: finalised by the service.
    reviewer: str | None


class CriterionOutcomes(OutcomeCounts):
    """What became of the answers to one criterion."""

    #: Id of the form.
    rubric: str
    #: Id of the criterion.
    criterion: str


class AttributionOutcomes(Record):
    """Claims that it was another agent's contact; no reviewer's fault, so they count for none."""

    #: All of them.
    claims: int
    #: Those that were right.
    accepted: int
    #: Those that were not.
    rejected: int
    #: Of the accepted, those whose agent nobody knows.
    unattributed: int


class DecisionTimes(Record):
    """How long decisions took; hours from opening."""

    #: Disputes that are decided.
    decided: int
    #: ``None`` without any.
    median_hours: float | None = Field(ge=0)
    #: The longest.
    longest_hours: float | None = Field(ge=0)
    #: Decided after the deadline.
    late: int
    #: Waiting now.
    waiting: int
    #: Of those, past the deadline.
    overdue: int


class DisputeFigures(Record):
    """Everything about the disputes over the scorecards finalised in a period."""

    #: All of them.
    disputes: int
    #: By how far they are.
    states: dict[DisputeState, int]
    #: Of the decided, what became of the whole.
    outcomes: dict[DisputeOutcome, int]
    #: Fewest observations that carry a claim; with fewer, figures are shown but tell too little.
    least: int = LEAST
    #: Those with enough decided first, of them the most surely overturned.
    reviewers: tuple[ReviewerOutcomes, ...]
    #: In the same order.
    criteria: tuple[CriterionOutcomes, ...]
    #: Claims that it was another agent's contact.
    attributions: AttributionOutcomes
    #: How long decisions took.
    times: DecisionTimes


def outcomes(
    disputes: Sequence[Dispute], *, reviewers: Mapping[str | None, int], criteria: Mapping[tuple[str, str], int], now: datetime
) -> DisputeFigures:
    """The figures of disputes. ``reviewers`` and ``criteria`` (rubric, criterion): final scorecards of each that could be disputed.

    Shares come with Wilson's intervals; disputes that were withdrawn count as disputed and nothing more.
    """
    states = Counter(one.state for one in disputes)
    whole = Counter(one.result for one in disputes if one.result is not None)
    return DisputeFigures(
        disputes=len(disputes), states={one: states[one] for one in DisputeState}, outcomes={one: whole[one] for one in DisputeOutcome},
        reviewers=_by_reviewer(disputes, reviewers), criteria=_by_criterion(disputes, criteria), attributions=_attributions(disputes),
        times=_times(disputes, now),
    )


def _by_reviewer(disputes: Sequence[Dispute], finals: Mapping[str | None, int]) -> tuple[ReviewerOutcomes, ...]:
    found: dict[str | None, list[_Objected]] = {one: [] for one in finals}
    for dispute in disputes:
        found.setdefault(dispute.reviewer, []).extend((dispute.scorecard, item) for item in dispute.items)
    made = (ReviewerOutcomes(reviewer=who, **_counts(some, finals.get(who, 0))) for who, some in found.items())
    return tuple(sorted(made, key=lambda one: (*_rank(one), one.reviewer or "")))


def _by_criterion(disputes: Sequence[Dispute], finals: Mapping[tuple[str, str], int]) -> tuple[CriterionOutcomes, ...]:
    found: dict[tuple[str, str], list[_Objected]] = {one: [] for one in finals}
    for dispute in disputes:
        for item in dispute.items:
            found.setdefault((dispute.rubric, item.criterion), []).append((dispute.scorecard, item))
    made = (
        CriterionOutcomes(rubric=rubric, criterion=criterion, **_counts(some, finals.get((rubric, criterion), 0)))
        for (rubric, criterion), some in found.items()
    )
    return tuple(sorted(made, key=lambda one: (*_rank(one), one.rubric, one.criterion)))


def _counts(objections: Sequence[_Objected], finals: int) -> dict[str, Any]:
    disputed = len({scorecard for scorecard, _ in objections})
    told = Counter(item.outcome for _, item in objections)
    upheld, overturned = told[DisputeOutcome.REJECTED], told[DisputeOutcome.ACCEPTED]
    # What was final when it was disputed may have been deleted since.
    finals, decided = max(finals, disputed), upheld + overturned
    return {
        "finals": finals, "disputed": wilson(disputed, finals), "upheld": upheld, "overturned": overturned,
        "overturned_share": wilson(overturned, decided), "disputed_tells": finals >= LEAST, "overturned_tells": decided >= LEAST,
    }


def _rank(one: OutcomeCounts) -> tuple[bool, float, int]:
    """What tells enough comes first, then what was overturned most, by the bound that it surely reaches."""
    return not one.overturned_tells, -one.overturned_share.low, -one.overturned


def _attributions(disputes: Iterable[Dispute]) -> AttributionOutcomes:
    claims = [one.attribution for one in disputes if one.attribution is not None]
    accepted = [one for one in claims if one.outcome is DisputeOutcome.ACCEPTED]
    return AttributionOutcomes(
        claims=len(claims), accepted=len(accepted), rejected=sum(one.outcome is DisputeOutcome.REJECTED for one in claims),
        unattributed=sum(one.decided is None for one in accepted),
    )


def _times(disputes: Sequence[Dispute], now: datetime) -> DecisionTimes:
    decided = [one for one in disputes if one.state is DisputeState.DECIDED]
    waiting = [one for one in disputes if one.pending]
    hours = [(one.closed_at - one.opened_at) / _HOUR for one in decided if one.closed_at is not None]
    return DecisionTimes(
        decided=len(decided), median_hours=round(median(hours), 2) if hours else None,
        longest_hours=round(max(hours), 2) if hours else None, late=sum(one.late(now) for one in decided), waiting=len(waiting),
        overdue=sum(one.late(now) for one in waiting),
    )
