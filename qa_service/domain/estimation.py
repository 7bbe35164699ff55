"""Estimation: a share with the interval that its sample allows."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from pydantic import Field

from qa_service.domain.base import Record

#: Two-sided 95 % quantile of the normal distribution.
Z95 = 1.959963984540054


class Share(Record):
    """A share with its 95 % interval."""

    #: Observations.
    n: int = Field(ge=0)
    #: Estimate, 0 to 1; ``None`` without observations.
    value: float | None
    #: Lower bound.
    low: float
    #: Upper bound.
    high: float


class Mean(Record):
    """A mean with its 95 % interval."""

    #: Observations.
    n: int = Field(ge=0)
    #: Estimate; ``None`` without observations.
    value: float | None
    #: Bounds; ``None`` where fewer than two observations tell nothing of the spread.
    low: float | None
    high: float | None


def mean(values: Sequence[float]) -> Mean:
    """Student's interval of a mean (Student 1908): ``mean ± t * s / sqrt(n)`` with ``n - 1`` degrees of freedom."""
    n = len(values)
    if n == 0:
        return Mean(n=0, value=None, low=None, high=None)
    middle = math.fsum(values) / n
    if n == 1:
        return Mean(n=1, value=round(middle, 6), low=None, high=None)
    half = student95(n - 1) * math.sqrt(math.fsum((value - middle) ** 2 for value in values) / (n - 1) / n)
    return Mean(n=n, value=round(middle, 6), low=round(middle - half, 6), high=round(middle + half, 6))


@lru_cache(maxsize=1024)
def student95(freedom: int) -> float:
    """Two-sided 95 % quantile of Student's t, to nine decimals; raises ``ValueError`` below one degree of freedom.

    By bisection of the exact probability up to 100 degrees of freedom, by the expansion in ``1 / freedom`` beyond (Abramowitz and Stegun
    1964, 26.7.3 to 26.7.5).
    """
    if freedom < 1:
        raise ValueError(f"{freedom} degrees of freedom cannot be")
    if freedom > 100:
        z = Z95
        terms = (
            (z**3 + z) / 4, (5 * z**5 + 16 * z**3 + 3 * z) / 96, (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
            (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
        )
        return z + math.fsum(term / freedom**power for power, term in enumerate(terms, 1))
    low, high = 0.0, 13.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < 0.95 else (low, middle)
    return high


def _within(t: float, freedom: int) -> float:
    """Probability that Student's variable lies between ``-t`` and ``t``."""
    angle = math.atan(t / math.sqrt(freedom))
    cos, odd = math.cos(angle), freedom % 2
    term = cos if odd else 1.0
    total = 0.0
    for step in range(2 + odd, freedom + 1, 2):
        total += term
        term *= cos * cos * (step - 1) / step
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total


def two_sided(t: float, freedom: int) -> float:
    """Probability that Student's variable is at least as far from 0 as ``t``; the normal one's beyond 1,000 degrees of freedom."""
    if freedom > 1000:
        return math.erfc(abs(t) / math.sqrt(2))
    return max(0.0, 1 - _within(abs(t), freedom))


def wilson(successes: float, n: int) -> Share:
    """Wilson's score interval (Wilson 1927; Brown, Cai and DasGupta 2001, formula 4), without continuity correction.

    ``successes`` may be a sum of shares between 0 and 1 (scaled answers); the interval is then conservative, since such answers vary
    less than yes and no. Raises ``ValueError`` for impossible counts.
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} cannot be")
    if n == 0:
        return Share(n=0, value=None, low=0.0, high=1.0)
    low, high = score_interval(successes / n, n)
    return Share(n=n, value=round(successes / n, 6), low=low, high=high)


def score_interval(share: float, n: float) -> tuple[float, float]:
    """Wilson's bounds of a share of ``n`` observations; ``n`` above 0 may be an effective sample size, which is no whole number."""
    z2 = Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return round(max(0.0, centre - half), 6), round(min(1.0, centre + half), 6)
