"""Trend: whether a figure rises or falls in the course of time, and where it changed at once.

**Slope.** Weighted least squares with the sampling variance of each point, ``p (1 - p) / effective`` at the mean of all. Where the points
scatter more than their samples explain, the interval grows with the scatter (Birge 1932).

**Changes.** Binary segmentation (Scott and Knott 1974): of all places that leave two points on each side, the one where the means before
and after differ most; p value of the score test or the likelihood ratio's, the larger one, times the number of places (Bonferroni). Found
changes are told only where steps describe the course better than a straight line (Schwarz 1978): a steady rise is no change.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.chance import deviance, normal_chance
from qa_service.domain.estimation import Z95
from qa_service.domain.powered import Figure

#: Fewer points have no slope.
LEAST_POINTS = 3
#: Fewer points carry no change: what is scatter among them and what is a change would be a guess.
LEAST_CHANGING = 6
#: Points on each side of a change: one alone is an outlier.
_SIDE = 2
#: Chance that a course without change shows one.
_FALSE = 0.05
_UNIT = 30 * 86400.0
_NONE = 1e-12


class Heading(StrEnum):
    """What the points carry."""

    RISING = "rising"
    FALLING = "falling"
    #: The interval of the slope holds zero, or there are too few points.
    CANNOT_TELL = "cannot_tell"


class ChangePoint(Record):
    """A change at once."""

    #: First point after it.
    at: AwareDatetime
    #: Mean share from the change before this one (or the first point) up to it, 0 to 1.
    before: float
    #: Mean share from it up to the next one (or the last point).
    after: float
    #: Chance of such a change, or a larger one, anywhere between the changes next to it where there is none.
    p: float


class Trend(Record):
    """The course of a figure."""

    #: Points that have a figure.
    points: int
    #: Change in 30 days as a share (0.02: two points); ``None`` below :data:`LEAST_POINTS` points.
    slope: float | None
    #: Its 95 % interval.
    low: float | None
    #: Upper bound.
    high: float | None
    #: What it carries.
    direction: Heading
    #: Changes at once that the points carry, oldest first.
    changes: tuple[ChangePoint, ...] = ()


class _Point(NamedTuple):
    at: datetime
    #: In units of 30 days from the first.
    time: float
    value: float
    effective: float


class _Line(NamedTuple):
    slope: float
    #: Standard error, from the sampling variances alone.
    error: float
    #: Sum of squared deviations in units of the sampling variances.
    away: float


def trend(points: Sequence[tuple[datetime, Figure]]) -> Trend:
    """The course of these figures, each of scorecards of its own; those without a value are left out, their order does not matter.

    Times are aware of their zone and may leave gaps.
    """
    known = _points(points)
    centre = _centre(known)
    line = _line(known, centre) if len(known) >= LEAST_POINTS else None
    if line is None:
        return Trend(points=len(known), slope=None, low=None, high=None, direction=Heading.CANNOT_TELL)
    half = Z95 * line.error * math.sqrt(max(1.0, line.away / (len(known) - 2)))
    low, high = line.slope - half, line.slope + half
    direction = Heading.RISING if low > 0 else Heading.FALLING if high < 0 else Heading.CANNOT_TELL
    return Trend(
        points=len(known), slope=line.slope, low=low, high=high, direction=direction, changes=_changes(known, line, centre),
    )


def _points(points: Sequence[tuple[datetime, Figure]]) -> list[_Point]:
    told = sorted(((at, one) for at, one in points if one.value is not None), key=lambda point: point[0])
    return [
        _Point(at, (at - told[0][0]).total_seconds() / _UNIT, 0.0 if one.value is None else one.value, one.effective) for at, one in told
    ]


def _centre(points: Sequence[_Point]) -> float:
    """The mean of all, as far from 0 and 1 as half an answer more would be."""
    whole = math.fsum(one.effective for one in points)
    return (math.fsum(one.effective * one.value for one in points) + 0.5) / (whole + 1)


def _line(points: Sequence[_Point], centre: float) -> _Line | None:
    weights = [one.effective / (centre * (1 - centre)) for one in points]
    whole = math.fsum(weights)
    time = math.fsum(weight * one.time for weight, one in zip(weights, points, strict=True)) / whole
    value = math.fsum(weight * one.value for weight, one in zip(weights, points, strict=True)) / whole
    apart = math.fsum(weight * (one.time - time) ** 2 for weight, one in zip(weights, points, strict=True))
    if apart <= _NONE * whole:
        return None
    slope = math.fsum(weight * (one.time - time) * (one.value - value) for weight, one in zip(weights, points, strict=True)) / apart
    away = math.fsum(weight * (one.value - value - slope * (one.time - time)) ** 2 for weight, one in zip(weights, points, strict=True))
    return _Line(slope, 1 / math.sqrt(apart), away)


def _changes(points: Sequence[_Point], line: _Line, centre: float) -> tuple[ChangePoint, ...]:
    if len(points) < LEAST_CHANGING:
        return ()
    scatter = _scatter(points, centre)
    places = _places(points, 0, len(points), scatter)
    if not places:
        return ()
    bounds = [0, *(place for place, _ in places), len(points)]
    means = [_mean(points[start:end]) for start, end in pairwise(bounds)]
    away = math.fsum(
        one.effective * (one.value - mean) ** 2 / (centre * (1 - centre))
        for mean, (start, end) in zip(means, pairwise(bounds), strict=True) for one in points[start:end]
    )
    # A step costs a mean and a place, a line a slope.
    if (away - line.away) / scatter + (2 * len(places) - 1) * math.log(len(points)) >= 0:
        return ()
    return tuple(
        ChangePoint(at=points[place].at, before=before, after=after, p=p)
        for (place, p), (before, after) in zip(places, pairwise(means), strict=True)
    )


def _scatter(points: Sequence[_Point], centre: float) -> float:
    """How much more neighbours differ than their samples explain, at least 1 (von Neumann 1941): a change hardly shows in it."""
    steps = [
        (one.value - next.value) ** 2 / (centre * (1 - centre) * (1 / one.effective + 1 / next.effective))
        for one, next in pairwise(points)
    ]
    return max(1.0, math.fsum(steps) / len(steps))


def _places(points: Sequence[_Point], start: int, end: int, scatter: float) -> list[tuple[int, float]]:
    """Where changes are, each with its p value."""
    tried = range(start + _SIDE, end - _SIDE + 1)
    if not tried:
        return []
    surprise, place = max((_surprise(points[start:one], points[one:end]), one) for one in tried)
    p = min(1.0, len(tried) * normal_chance(surprise / math.sqrt(scatter)))
    if p > _FALSE:
        return []
    return [*_places(points, start, place, scatter), (place, p), *_places(points, place, end, scatter)]


def _surprise(before: Sequence[_Point], after: Sequence[_Point]) -> float:
    """The difference of the means in standard errors."""
    sizes = [math.fsum(one.effective for one in some) for some in (before, after)]
    means = [_mean(before), _mean(after)]
    both = (sizes[0] * means[0] + sizes[1] * means[1]) / (sizes[0] + sizes[1])
    if not 0 < both < 1:
        return 0.0
    score = abs(means[0] - means[1]) / math.sqrt(both * (1 - both) * (1 / sizes[0] + 1 / sizes[1]))
    return min(score, math.sqrt(sum(deviance(mean, both, size) for mean, size in zip(means, sizes, strict=True))))


def _mean(points: Sequence[_Point]) -> float:
    return math.fsum(one.effective * one.value for one in points) / math.fsum(one.effective for one in points)
