"""Estimation: a share with the interval that its sample allows."""

from __future__ import annotations

import math

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


def wilson(successes: float, n: int) -> Share:
    """Wilson's score interval (Wilson 1927; Brown, Cai and DasGupta 2001, formula 4), without continuity correction.

    ``successes`` may be a sum of shares between 0 and 1 (scaled answers); the interval is then conservative, since such answers vary
    less than yes and no. Raises ``ValueError`` for impossible counts.
    """
    if n < 0 or not 0 <= successes <= n:
        raise ValueError(f"{successes} successes of {n} cannot be")
    if n == 0:
        return Share(n=0, value=None, low=0.0, high=1.0)
    share, z2 = successes / n, Z95 * Z95
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z95 / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return Share(n=n, value=round(share, 6), low=round(max(0.0, centre - half), 6), high=round(min(1.0, centre + half), 6))
