"""Reasons of picks: why an interaction is in the queue, as codes with values, so that every reader is told in their own language."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from qa_service.domain.base import Record


class PickCode(StrEnum):
    """What made a plan pick it."""

    #: Drawn evenly of a group.
    RANDOM = "random"
    #: Drawn from its stratum.
    STRATIFIED = "stratified"
    #: Drawn for the quota of its group.
    QUOTA = "quota"
    #: Drawn of what was not risky enough, so that nothing can be sure not to be looked at.
    REMAINDER = "remainder"
    #: A critical miss is suspected.
    CRITICAL_MISS = "critical_miss"
    #: The machine is unsure.
    LOW_CONFIDENCE = "low_confidence"
    #: The customer complains formally.
    COMPLAINT = "complaint"
    #: The customer may leave.
    CHURN = "churn"
    #: The customer wants to go higher.
    ESCALATION = "escalation"


class PickReason(Record):
    """One reason."""

    #: What it is.
    code: PickCode
    #: The same in English.
    words: str
    #: How many were drawn; null for risks.
    n: int | None = Field(default=None, ge=0)
    #: Of how many.
    of: int | None = Field(default=None, ge=0)
    #: What the risk counts for: weight times strength; null for draws.
    weight: float | None = None
    #: What the group that it was drawn from has in common, by name: ``agent``, ``channel``, ``queue``, ``language``, ``topic``, ``team``.
    group: dict[str, str | None] = Field(default_factory=dict)
