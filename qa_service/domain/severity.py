"""Severity: how far a reviewer's scores lie from what others would have given, with what they happened to get taken into account."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from qa_service.domain.base import Record


class Leaning(StrEnum):
    """What can be said of a reviewer."""

    LENIENT = "lenient"
    SEVERE = "severe"
    #: The interval holds zero, or there is none.
    CANNOT_TELL = "cannot_tell"


class TooLittle(StrEnum):
    """Why nothing can be told of anybody."""

    #: Fewer than two reviewers have scores.
    ONE_REVIEWER = "one_reviewer"
    #: Fewer scores than the comparison needs.
    FEW_SCORES = "few_scores"
    #: All scores are the same.
    ONE_SCORE = "one_score"


class ReviewerEffect(Record):
    """One reviewer against the mean of those compared."""

    #: User id.
    reviewer: str
    #: Scores of theirs that went in.
    scores: int = Field(ge=0)
    #: Their mean score less the mean of the others' means, in percent points, nothing taken into account: misleads where interactions are
    #: not dealt out evenly.
    plain: float
    #: Percent points by which they score higher (above 0: lenient) or lower (severe) than the mean of the reviewers, adjusted and shrunk.
    effect: float
    #: Its 95 % interval.
    low: float
    #: Upper bound.
    high: float
    #: What can be said: nothing where the interval holds 0.
    leaning: Leaning


class SeverityReport(Record):
    """Who is lenient, who severe."""

    #: Scores that went in.
    scores: int = Field(ge=0)
    #: Interactions that they are of.
    interactions: int = Field(ge=0)
    #: Interactions that two reviewers or more scored: what compares reviewers most surely.
    shared: int = Field(ge=0)
    #: What was taken into account beside the interaction itself: ``machine`` and the names of the case mix.
    adjusted_for: tuple[str, ...] = ()
    #: By effect, the most severe first.
    effects: tuple[ReviewerEffect, ...] = ()
    #: Why there are no effects; null where there are.
    too_little: TooLittle | None = None
