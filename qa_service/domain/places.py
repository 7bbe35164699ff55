"""Places: who stands where among several, as far as intervals tell, and no further."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import NormalDist
from typing import NamedTuple

from qa_service.domain.estimation import Z95
from qa_service.domain.powered import Figure


class Place(NamedTuple):
    """The places that somebody may have."""

    #: Best place, from 1.
    first: int
    #: Worst place.
    last: int
    #: Number of the group, from 1: nobody in a group can be told apart from all others in it, and every group is better than the next.
    group: int


def places(figures: Mapping[str, Figure]) -> dict[str, Place]:
    """Places by agent, of those who have a figure; together right for all of them at once in 95 of 100 teams.

    Each interval is widened so that all of them hold at once (Sidak 1967); whoever's interval lies above mine is better, whoever's lies
    below is worse, and the places in between are mine (Klein, Wright and Wieczorek 2020, theorem 1).
    """
    known = {agent: one for agent, one in figures.items() if one.value is not None}
    bounds = {agent: _widened(one, len(known)) for agent, one in known.items()}
    found = {
        agent: (1 + sum(other[0] > high for other in bounds.values()), len(bounds) - sum(other[1] < low for other in bounds.values()))
        for agent, (low, high) in bounds.items()
    }
    placed: dict[str, Place] = {}
    group, worst = 0, 0
    for agent in sorted(found, key=lambda one: (found[one], -(figures[one].value or 0.0), one)):
        first, last = found[agent]
        group += first > worst
        worst = max(worst, last)
        placed[agent] = Place(first, last, group)
    return placed


def _widened(one: Figure, several: int) -> tuple[float, float]:
    """Bounds at the level at which ``several`` intervals hold together in 95 of 100 cases."""
    value, least, most = one.value or 0.0, one.low or 0.0, 1.0 if one.high is None else one.high
    quantile = NormalDist().inv_cdf(1 - (1 - 0.95 ** (1 / several)) / 2)
    low, high = _wilson(value, max(one.effective, 1e-6), quantile)
    # Never narrower than the interval at hand, stretched: that of a small sample has heavier tails than a normal one.
    stretch = quantile / Z95
    return max(0.0, min(low, value - (value - least) * stretch)), min(1.0, max(high, value + (most - value) * stretch))


def _wilson(share: float, n: float, quantile: float) -> tuple[float, float]:
    """Wilson's bounds (1927) with any quantile."""
    z2 = quantile * quantile / n
    centre, half = share + z2 / 2, math.sqrt(z2 * (share * (1 - share) + z2 / 4))
    return (centre - half) / (1 + z2), (centre + half) / (1 + z2)
