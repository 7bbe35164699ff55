"""Indicators: contact-centre figures, each defined by what it counts of what, and estimated with the interval that its sample allows."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import student95, wilson

#: Fewest values whose order tells an interval of 95 % for their median (1 - 2 * 0.5 ** 6 = 0.969).
LEAST_FOR_MEDIAN = 6
#: Of the squared mean: variances below are those of values that are all the same, as sums of floats tell it.
_NO_VARIANCE = 1e-12


class FigureKind(StrEnum):
    """How sums become a value."""

    #: Numerator over denominator, 0 to 1; Wilson's interval.
    SHARE = "share"
    #: Arithmetic mean; Student's interval.
    MEAN = "mean"
    #: Middle value; interval by order (Conover 1999, 3.2).
    MEDIAN = "median"
    #: Share of one kind less share of another, in points of 100: a mean of 1, 0 and -1.
    NET = "net"


class FigureUnit(StrEnum):
    """What a value counts."""

    SECONDS = "s"
    SHARE = "share"
    #: Of 100.
    POINTS = "points"
    #: -100 to 100.
    NET_POINTS = "net points"
    #: 1 to 7.
    OF_SEVEN = "of 7"


class BetterIs(StrEnum):
    """Which way is good."""

    HIGHER = "higher"
    LOWER = "lower"


class IndicatorSource(StrEnum):
    """What a figure is counted from."""

    #: Call details that were imported, and interactions that no call detail tells of.
    CONTACTS = "contacts"
    #: Call details alone: what never became an interaction (abandoned calls) would be left out otherwise.
    CALL_DETAILS = "call_details"
    #: Survey answers that were imported, and those in the headers of interactions.
    SURVEYS = "surveys"
    #: What the contacts of one customer tell about each other (:mod:`qa_service.domain.history`).
    HISTORY = "history"
    #: Customers whose standing call details or surveys tell.
    CUSTOMERS = "customers"


class IndicatorNames(Record):
    """What people call it."""

    #: English.
    en: str
    #: Persian.
    fa: str
    #: Arabic.
    ar: str


class Indicator(Record):
    """What a figure is: the one place where it is defined."""

    #: Id.
    id: str
    #: What people call it.
    names: IndicatorNames
    #: One sentence.
    definition: str
    #: What is added up.
    numerator: str
    #: What it is divided by, which is what ``n`` counts.
    denominator: str
    #: How sums become a value.
    figure: FigureKind
    #: What a value counts.
    unit: FigureUnit
    #: Which way is good.
    better: BetterIs
    #: What it is counted from.
    source: IndicatorSource
    #: Whom the definition is by.
    reference: str
    #: What must be there before it can be told.
    needs: str
    #: Told by channel alone: no value fits a chat and an e-mail.
    by_channel: bool = False

    @property
    def bounds(self) -> tuple[float, float]:
        """Least and greatest value that it can have."""
        return {
            FigureUnit.SECONDS: (0.0, math.inf), FigureUnit.SHARE: (0.0, 1.0), FigureUnit.POINTS: (0.0, 100.0),
            FigureUnit.NET_POINTS: (-100.0, 100.0), FigureUnit.OF_SEVEN: (1.0, 7.0),
        }[self.unit]  # fmt: skip


class Tally(NamedTuple):
    """What was counted of one indicator; tallies of two parts add up (but for medians)."""

    #: Contacts, answers or customers that tell it.
    n: int = 0
    #: Sum of their values; of a share those that count.
    total: float = 0.0
    #: Sum of the squares of their values.
    squares: float = 0.0
    #: Those that should tell it and do not.
    unknown: int = 0
    #: Middle value and its bounds, of a median.
    middle: float | None = None
    low: float | None = None
    high: float | None = None


class Estimate(Record):
    """A value with its 95 % interval."""

    #: ``None`` where nothing tells it; never 0 instead.
    value: float | None
    #: Bounds; ``None`` where the sample tells none.
    low: float | None
    high: float | None
    #: What the value is divided by.
    n: int = Field(ge=0)
    #: What counts, of a share.
    numerator: float | None = None
    #: Contacts, answers or customers that should tell it and do not.
    unknown: int = Field(default=0, ge=0)


def estimate(indicator: Indicator, tally: Tally) -> Estimate:
    """The value of an indicator; without any observation it is ``None``."""
    if tally.n == 0:
        return Estimate(value=None, low=None, high=None, n=0, unknown=tally.unknown)
    if indicator.figure is FigureKind.SHARE:
        share = wilson(tally.total, tally.n)
        return Estimate(
            value=share.value, low=share.low, high=share.high, n=tally.n, numerator=round(tally.total, 6), unknown=tally.unknown
        )
    factor = 100.0 if indicator.figure is FigureKind.NET else 1.0
    least, most = indicator.bounds
    ends = (least / factor, most / factor)
    middle, low, high = _median(tally) if indicator.figure is FigureKind.MEDIAN else _mean(tally, ends)
    value, low, high = (
        None if one is None else round(min(max(one * factor, least), most), 6) for one in (middle, low, high)
    )
    return Estimate(value=value, low=low, high=high, n=tally.n, unknown=tally.unknown)


_Interval = tuple[float | None, float | None, float | None]


def _median(tally: Tally) -> _Interval:
    return (tally.middle, tally.low, tally.high) if tally.n >= LEAST_FOR_MEDIAN else (tally.middle, None, None)


def _mean(tally: Tally, ends: tuple[float, float]) -> _Interval:
    """``t * s / sqrt(n)`` around the mean with ``n - 1`` degrees of freedom (Student 1908).

    Values that are all the same tell nothing of how they vary. On a scale with two ends, as many others as Wilson's interval of the share
    that says the same leaves room for may lie at either end; on one without there is no interval.
    """
    n, middle = tally.n, tally.total / tally.n
    if n == 1:
        return middle, None, None
    variance = max(0.0, (tally.squares - tally.total * tally.total / n) / (n - 1))
    if variance <= _NO_VARIANCE * max(1.0, middle * middle):
        if not all(map(math.isfinite, ends)):
            return middle, None, None
        other = 1 - (wilson(n, n).low or 0.0)
        return middle, middle + other * (ends[0] - middle), middle + other * (ends[1] - middle)
    half = student95(n - 1) * math.sqrt(variance / n)
    return middle, middle - half, middle + half
