"""Coaching summary: what the coaching of many agents came to, told together where each alone tells little."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.coaching_effect import CoachingEffect, EffectStanding
from qa_service.domain.estimation import student95
from qa_service.domain.levels import Level, pooled

#: Measured criteria below which nothing is told of all together.
LEAST_MEASURED = 4


class CoachingSummary(Record):
    """Effects of several plans, pooled; differences 0 to 1."""

    #: Priorities of the plans.
    priorities: int = Field(ge=0)
    #: Those whose effect can be measured.
    measured: int = Field(ge=0)
    #: Those that worked, each by its own interval.
    worked: int = Field(ge=0)
    #: Those that got worse, each by its own interval.
    worse: int = Field(ge=0)
    #: Mean effect; null below :data:`LEAST_MEASURED`.
    effect: float | None = None
    #: Its 95 % interval.
    low: float | None = None
    #: Upper bound.
    high: float | None = None
    #: Standard deviation of what the effects truly are: how much they differ beyond luck.
    spread: float | None = None
    #: What the mean carries.
    standing: EffectStanding = EffectStanding.CANNOT_TELL


def summary(effects: Sequence[CoachingEffect]) -> CoachingSummary:
    """Of each priority one effect, those that cannot be measured too (random effects: DerSimonian and Laird 1986).

    What all have in common, since they are measured against the same peers, does not lessen with their number: it is added as a whole.
    """
    found = [one for one in effects if one.effect is not None]
    standings = [one.standing for one in found]
    counted = CoachingSummary(
        priorities=len(effects), measured=len(found), worked=standings.count(EffectStanding.WORKED),
        worse=standings.count(EffectStanding.WORSE),
    )
    if len(found) < LEAST_MEASURED:
        return counted
    shared = math.fsum((one.shared or 0.0) ** 2 for one in found) / len(found)
    own = [Level(one.effect or 0.0, max((one.deviation or 0.0) ** 2 - (one.shared or 0.0) ** 2, 1e-6)) for one in found]
    centre, spread = pooled(own)
    half = student95(len(found) - 1) * math.sqrt(centre.variance + shared)
    low, high = centre.value - half, centre.value + half
    standing = EffectStanding.WORKED if low > 0 else EffectStanding.WORSE if high < 0 else EffectStanding.CANNOT_TELL
    told = {"effect": centre.value, "low": low, "high": high, "spread": math.sqrt(spread)}
    return counted.model_copy(update={**{name: round(value, 6) for name, value in told.items()}, "standing": standing})
