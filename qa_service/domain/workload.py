"""Workload: what a reviewer has to do and has done, and how much of each agent's contacts is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import quantiles

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share
from qa_service.domain.sampling import AgentFairness


class Minutes(Record):
    """How long reviews took, of those that were timed."""

    #: Reviews.
    n: int = Field(ge=0)
    #: Quartiles, minutes; ``None`` without any.
    lower: float | None
    median: float | None
    upper: float | None


class ReviewerFigures(Record):
    """A reviewer's work."""

    #: User id, and name as shown.
    reviewer: str
    name: str
    #: Open items given to the reviewer, and those of them that should have been done.
    due: int
    overdue: int
    #: Scorecards that the reviewer finalised in the period, and those of them without seeing suggestions.
    done: int
    done_blind: int
    #: Time per finalised scorecard.
    minutes: Minutes
    #: Items that the reviewer skipped in the period.
    skipped: int
    #: Of the decided suggestions on what was finalised with them in sight, those that the reviewer answered otherwise.
    overridden: Share


class AgentCoverage(Record):
    """How much of an agent's contacts is reviewed."""

    #: ``None``: the contacts whose agent nobody told.
    agent: str | None
    #: Scorecards that count.
    scorecards: int
    #: In the queue, or out of it again because they are done.
    queued: int
    #: Of these.
    done: int
    #: ``queued`` against an even draw of the same size from all agents.
    fairness: AgentFairness


def minutes(milliseconds: Sequence[int]) -> Minutes:
    """Quartiles (inclusive: between the least and the most that was seen) of what was timed; what took no time was not."""
    timed = [one / 60_000 for one in milliseconds if one > 0]
    if not timed:
        return Minutes(n=0, lower=None, median=None, upper=None)
    lower, median, upper = quantiles(timed, n=4, method="inclusive") if len(timed) > 1 else timed * 3
    return Minutes(n=len(timed), lower=round(lower, 2), median=round(median, 2), upper=round(upper, 2))
