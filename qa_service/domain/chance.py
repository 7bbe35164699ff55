"""Chance: how likely it is that luck alone takes a share so far away."""

from __future__ import annotations

import math

_NONE = 1e-12


def normal_chance(z: float) -> float:
    """Chance that a normal variable lies as far from 0 as this, on either side."""
    return math.erfc(abs(z) / math.sqrt(2))


def deviance(share: float, other: float, effective: float) -> float:
    """Twice the logarithm of how much likelier so many answers with this share are under it than under the other one (Wilks 1938): under
    the other one it is about the square of a normal variable. At least 0."""
    return max(0.0, 2 * effective * (_part(share, other) + _part(1 - share, 1 - other)))


def binomial_tail(successes: float, n: int, share: float) -> float:
    """How likely as many of ``n`` are, or a count still farther from ``share`` on that side; parts of one are rounded."""
    if share in (0.0, 1.0):
        return 1.0 if successes == n * share else 0.0
    count = round(successes)
    counts = range(count + 1) if successes < n * share else range(count, n + 1)
    logs = (
        math.lgamma(n + 1) - math.lgamma(one + 1) - math.lgamma(n - one + 1) + one * math.log(share) + (n - one) * math.log1p(-share)
        for one in counts
    )
    return math.fsum(map(math.exp, logs))


def _part(one: float, other: float) -> float:
    return one * math.log(one / max(other, _NONE)) if one > 0 else 0.0
