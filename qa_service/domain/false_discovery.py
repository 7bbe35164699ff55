"""False discovery: how many of what is called a difference are none, kept small however many things are looked at."""

from __future__ import annotations

from collections.abc import Sequence


def adjusted(chances: Sequence[float], *, dependent: bool = False) -> tuple[float, ...]:
    """The q value of each p value, in their order: of what is called a difference at ``q <= 0.05``, at most 5 % are none.

    Benjamini and Hochberg 1995 (step-up); holds for independent tests and for positively dependent ones, as criteria of one scorecard are
    (Benjamini and Yekutieli 2001, theorem 1.2). ``dependent``: any dependence (their theorem 1.3), at the price of the factor
    ``1 + 1/2 + ... + 1/m``. Raises ``ValueError`` for what is no probability.
    """
    if not all(0 <= one <= 1 for one in chances):
        raise ValueError("a p value lies between 0 and 1")
    m = len(chances)
    factor = sum(1 / rank for rank in range(1, m + 1)) if dependent else 1.0
    found, least = [0.0] * m, 1.0
    for rank, place in sorted(enumerate(sorted(range(m), key=chances.__getitem__), 1), reverse=True):
        least = min(least, chances[place] * (m / rank * factor))
        found[place] = least
    return tuple(found)
