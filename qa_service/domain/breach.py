"""Breaches: figures that miss their target, for certain or maybe, and whether they got better since the period before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum

from qa_service.domain.base import Record
from qa_service.domain.chance import binomial_tail, normal_chance
from qa_service.domain.estimation import Z95
from qa_service.domain.false_discovery import adjusted
from qa_service.domain.indicator import BetterIs, Estimate


class TargetMet(StrEnum):
    """Whether a figure meets its target."""

    #: The whole interval does.
    MET = "met"
    #: The value does; the interval reaches beyond the target.
    MAYBE_MET = "maybe_met"
    #: The value does not; the interval reaches the target.
    MAYBE_MISSED = "maybe_missed"
    #: The whole interval misses it.
    MISSED = "missed"
    #: Nothing tells the figure.
    CANNOT_TELL = "cannot_tell"
    NO_TARGET = "no_target"


#: From here on Wilson's interval is as good as the distribution itself.
_MANY = 1000
_UNLIKELY = 0.025
#: Share of the changes told together that may be none.
_FALSE = 0.05
#: What a breach is.
BREACHES = (TargetMet.MISSED, TargetMet.MAYBE_MISSED)


class FigureCourse(StrEnum):
    """How a figure moved."""

    BETTER = "better"
    WORSE = "worse"
    #: The interval of the difference holds 0, or there is none.
    CANNOT_TELL = "cannot_tell"


class FigureChange(Record):
    """A figure against the period before."""

    #: Value before; null where nothing told it.
    before: float | None
    #: Contacts, answers or customers that it was told by.
    before_n: int
    #: Value less value before.
    difference: float | None
    #: Lower bound of the difference; null where the samples tell none.
    low: float | None
    #: Upper bound.
    high: float | None
    #: Whether that is better or worse, as far as the interval tells.
    course: FigureCourse


def met(one: Estimate, target: float | None, better: BetterIs) -> TargetMet:
    """Whether a figure meets its target, as far as its interval tells; without an interval nothing is certain.

    Wilson's interval claims too much of a handful: of a share it must be as unlikely by the binomial distribution itself (2.5 %).
    """
    if target is None:
        return TargetMet.NO_TARGET
    if one.value is None:
        return TargetMet.CANNOT_TELL
    sign = 1 if better is BetterIs.HIGHER else -1
    value, low, high = (None if bound is None else sign * bound for bound in (one.value, one.low, one.high))
    least, most = (low, high) if sign > 0 else (high, low)
    wanted = sign * target
    sure = one.numerator is None or one.n > _MANY or binomial_tail(one.numerator, one.n, target) <= _UNLIKELY
    if value is not None and value >= wanted:
        return TargetMet.MET if least is not None and least >= wanted and (sure or value == wanted) else TargetMet.MAYBE_MET
    return TargetMet.MISSED if most is not None and most < wanted and sure else TargetMet.MAYBE_MISSED


def change(now: Estimate, before: Estimate, better: BetterIs) -> FigureChange:
    """The difference of two figures with the interval that theirs allow.

    MOVER (Zou and Donner 2008), which for shares is Newcombe's method 10 (1998).
    """
    if now.value is None or before.value is None:
        return FigureChange(
            before=before.value, before_n=before.n, difference=None, low=None, high=None, course=FigureCourse.CANNOT_TELL
        )
    difference = now.value - before.value
    low = high = None
    if now.low is not None and now.high is not None and before.low is not None and before.high is not None:
        low = difference - math.hypot(now.value - now.low, before.high - before.value)
        high = difference + math.hypot(now.high - now.value, before.value - before.low)
    return FigureChange(
        before=before.value, before_n=before.n, difference=round(difference, 6), low=None if low is None else round(low, 6),
        high=None if high is None else round(high, 6), course=_course(low, high, better),
    )


def _course(low: float | None, high: float | None, better: BetterIs) -> FigureCourse:
    if low is None or high is None or low <= 0 <= high:
        return FigureCourse.CANNOT_TELL
    return FigureCourse.BETTER if (low > 0) is (better is BetterIs.HIGHER) else FigureCourse.WORSE


def surely(changes: Sequence[FigureChange]) -> tuple[bool, ...]:
    """Which of many figures changed, looked at together: of those told, at most one in twenty did not (Benjamini and Hochberg 1995).

    Chances are read from the intervals, by the bound on the side of no change.
    """
    chances = [_chance(one) for one in changes]
    told = iter(adjusted([one for one in chances if one is not None]))
    return tuple(one is not None and next(told) <= _FALSE for one in chances)


def _chance(one: FigureChange) -> float | None:
    """Of such a difference, or a larger one, where there is none."""
    if one.difference is None or one.low is None or one.high is None:
        return None
    half = one.difference - one.low if one.difference > 0 else one.high - one.difference
    return normal_chance(Z95 * one.difference / half) if half > 0 else None
