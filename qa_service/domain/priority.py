"""Priority: what a person's review of a scorecard would tell that is not known yet."""

from __future__ import annotations

from math import sqrt

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import student95

#: Spread of scores, percent points, that is taken for granted of an agent of whom little is known, and for how many scores it stands.
USUAL_SPREAD, STANDS_FOR = 15.0, 2


class Priority(Record):
    """A priority with its parts, so that whoever reviews can see why it is there."""

    #: 0 to 100: half the doubt, half the width.
    value: float = Field(ge=0, le=100)
    #: How unsure the machine is, 0 to 1 (:func:`qa_service.domain.risk.doubt`).
    doubt: float = Field(ge=0, le=1)
    #: Width of the 95 % interval of the agent's mean final score, as a share of all 100 points.
    width: float = Field(ge=0, le=1)
    #: Final scores that this interval rests on.
    finals: int = Field(ge=0)


def width(finals: int, deviation: float | None) -> float:
    """How far an agent's mean score is unknown, 0 to 1: ``2 * t * s / sqrt(n) / 100``, at most 1.

    ``s`` mixes the standard deviation of the agent's ``n`` final scores (percent points) with a usual one that stands for two scores
    (Gelman et al. 2013, 2.6, the scaled inverse chi-square prior): two equal scores do not make an agent known. ``t``: Student's with
    as many degrees of freedom. Without any final score it is 1.
    """
    if finals == 0:
        return 1.0
    own = (finals - 1) * (deviation or 0.0) ** 2
    freedom = finals - 1 + STANDS_FOR
    spread = sqrt((own + STANDS_FOR * USUAL_SPREAD**2) / freedom)
    return round(min(1.0, 2 * student95(freedom) * spread / sqrt(finals) / 100), 6)


def priority(*, doubt: float, finals: int, deviation: float | None) -> Priority:
    """``100 * (doubt + width) / 2``: highest where the machine is least sure and least is known of the agent."""
    unknown = width(finals, deviation)
    return Priority(value=round(50 * (doubt + unknown), 3), doubt=round(doubt, 6), width=unknown, finals=finals)
