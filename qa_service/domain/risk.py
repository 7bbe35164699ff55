"""Risks: why an interaction should be looked at by a person, named and weighed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from qa_service.domain.rubric import UNDECIDED
from qa_service.domain.scorecard import Scorecard, ScoredCriterion
from qa_service.domain.signal import Signal


class Risk(StrEnum):
    """A reason to look."""

    CRITICAL_MISS = "critical_miss"
    LOW_CONFIDENCE = "low_confidence"
    COMPLAINT = "complaint"
    CHURN = "churn"
    ESCALATION = "escalation"


#: In words, as reviewers read them.
WORDS: Mapping[Risk, str] = MappingProxyType(
    {
        Risk.CRITICAL_MISS: "a critical miss is suspected", Risk.LOW_CONFIDENCE: "the machine is unsure",
        Risk.COMPLAINT: "the customer complains formally", Risk.CHURN: "the customer may leave",
        Risk.ESCALATION: "the customer wants to go higher",
    }
)
#: What each counts for unless a plan says otherwise.
WEIGHTS: Mapping[Risk, float] = MappingProxyType(
    {Risk.CRITICAL_MISS: 3.0, Risk.LOW_CONFIDENCE: 1.0, Risk.COMPLAINT: 2.0, Risk.CHURN: 2.0, Risk.ESCALATION: 1.0}
)
#: Where what the customer said is measured.
SIGNALS: Mapping[Risk, str] = MappingProxyType(
    {Risk.COMPLAINT: "complaint.customer", Risk.CHURN: "churn.customer", Risk.ESCALATION: "escalation.customer"}
)


class Told(NamedTuple):
    """How often the customer said what makes a risk."""

    complaint: int = 0
    churn: int = 0
    escalation: int = 0

    @classmethod
    def of(cls, signals: Iterable[Signal]) -> Told:
        """From what was measured; what was not counts as unsaid."""
        values = {one.name: one.value for one in signals}
        return cls(**{risk.value: int(values.get(name) or 0) for risk, name in SIGNALS.items()})


def doubt(card: Scorecard) -> float:
    """How unsure the machine is of a scorecard, 0 (of nothing) to 1 (of everything).

    ``sum(weight * p * (1 - p)) / (0.25 * sum(weight))`` over the criteria, where ``p`` is the confidence of the suggestion: the variance of
    whether it is right, in shares of the largest that can be. Undecided criteria, and those that only people answer, count in full.
    """
    weight = sum(one.weight for one in card.criteria)
    spread = sum(one.weight * _spread(one) for one in card.criteria)
    return round(spread / weight * 4, 6) if weight else 0.0


def _spread(one: ScoredCriterion) -> float:
    told = one.suggestion
    # Under one half the machine would rather say the opposite: it is no surer than at one half.
    p = 0.5 if told is None or told.answer == UNDECIDED else max(0.5, told.confidence)
    return p * (1 - p)


def strengths(*, critical: bool, doubt: float, told: Told) -> dict[Risk, float]:
    """The risks of one scorecard, each 0 to 1; those that are absent are left out."""
    found = {
        Risk.CRITICAL_MISS: float(critical), Risk.LOW_CONFIDENCE: doubt, Risk.COMPLAINT: float(told.complaint > 0),
        Risk.CHURN: float(told.churn > 0), Risk.ESCALATION: float(told.escalation > 0),
    }
    return {risk: strength for risk, strength in found.items() if strength > 0}
