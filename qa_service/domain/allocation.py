"""Allocation: how many of a total fall to each group, exactly in expectation and within one in fact."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from fractions import Fraction
from math import floor
from typing import TypeVar

G = TypeVar("G", bound=Hashable)


def allocate(sizes: Mapping[G, int], *, total: int, weights: Mapping[G, int] | None = None, minimum: int = 0) -> dict[G, Fraction]:
    """What each group is due of ``total``: ``min(size, max(minimum, level * weight))``, with the one ``level`` that adds up to it.

    Without weights all groups are due alike. A group that has fewer gives all it has, and the others share the rest (water-filling). The
    sum is ``total``, unless all groups together have fewer, or their minimums more.
    """
    floors = {group: Fraction(min(minimum, size)) for group, size in sizes.items()}
    if sum(sizes.values()) <= total:
        return {group: Fraction(size) for group, size in sizes.items()}
    if sum(floors.values()) >= total:
        return floors
    weighed = {group: 1 if weights is None else weights[group] for group in sizes}
    level = _level(sizes, floors, weighed, total)
    return {group: min(Fraction(size), max(floors[group], level * weighed[group])) for group, size in sizes.items()}


def _level(sizes: Mapping[G, int], floors: Mapping[G, Fraction], weights: Mapping[G, int], total: int) -> Fraction:
    """Where the sum, which grows piecewise linearly with the level, reaches the total."""
    bends = [(floors[group] / weights[group], weights[group]) for group in sizes]
    bends += [(Fraction(size, weights[group]), -weights[group]) for group, size in sizes.items()]
    reached, slope, level = sum(floors.values(), Fraction()), 0, Fraction()
    for bend, change in sorted(bends):
        grown = reached + slope * (bend - level)
        if grown >= total:
            break
        reached, level, slope = grown, bend, slope + change
    return level + (total - reached) / slope


def rounded(due: Mapping[G, Fraction], *, start: Fraction) -> dict[G, int]:
    """Whole numbers for what groups are due: each the one below or above, and so is their sum.

    Systematic (unbiased, "controlled") rounding (Cox 1987): the running total, shifted by a ``start`` drawn evenly from [0, 1), is cut to
    whole numbers; the expectation of each group is exactly what it is due. The largest remainder gives the same where all remainders are
    equal, and otherwise leaves those with the smallest out in every period for ever. The order of ``due`` only settles who is rounded up
    together.
    """
    running, counts = start, {}
    for group, share in due.items():
        counts[group] = floor(running + share) - floor(running)
        running += share
    return counts
