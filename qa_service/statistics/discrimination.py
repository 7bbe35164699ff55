"""Discrimination and calibration of chances: whether high ones come true more often, and as often as they say."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from qa_service.domain.csat_model import ChanceBand, ErrorTold
from qa_service.domain.estimation import Z95, wilson
from qa_service.statistics.logistic import log_odds, straightened
from qa_service.statistics.resampling import Floats

#: Answers of each kind below which a figure that compares them is not told.
LEAST_EACH = 10
#: Bands of the table of calibration, with many and with few answers.
_BANDS, _FEW_BANDS, _MANY = 10, 5, 500
#: Least spread of log odds of which a slope can be told.
_FLAT = 1e-3


def auc(chance: Floats, yes: Floats) -> float:
    """Share of the pairs of a yes and a no in which the yes has the higher chance, ties counted half (Mann and Whitney 1947)."""
    _, place, counts = np.unique(chance, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts - 1) / 2
    ranks = middle[place]
    n = float(yes.sum())
    return float((ranks @ yes - n * (n + 1) / 2) / (n * (len(yes) - n)))


def auc_bounds(value: float, yes: int, no: int) -> tuple[float, float]:
    """95 % bounds (Hanley and McNeil 1982, formula 2)."""
    both_yes, both_no = value / (2 - value), 2 * value * value / (1 + value)
    square = value * value
    variance = (value * (1 - value) + (yes - 1) * (both_yes - square) + (no - 1) * (both_no - square)) / (yes * no)
    half = Z95 * math.sqrt(max(variance, 0.0))
    return round(max(0.0, value - half), 4), round(min(1.0, value + half), 4)


def error(group: str, *, chance: Floats, yes: Floats, base: Floats, level: Floats, expected: Floats, level_base: Floats) -> ErrorTold:
    """The error of chances that were made without these answers; ``base`` and ``level_base``: what everybody would have got."""
    n, found = len(yes), int(yes.sum())
    enough = min(found, n - found) >= LEAST_EACH
    ranked = auc(chance, yes) if enough else None
    low, high = auc_bounds(ranked, found, n - found) if ranked is not None else (None, None)
    points = log_odds(chance)
    constant, slope = straightened(points, yes) if enough and float(points.std()) > _FLAT else (None, None)
    off = sum(abs(one.predicted - (one.observed.value or 0.0)) * one.observed.n for one in bands(chance, yes)) / n
    return ErrorTold(
        group=group, n=n, base=round(found / n, 6), predicted=round(float(chance.mean()), 6), auc=_short(ranked), auc_low=low,
        auc_high=high, brier=round(float(np.mean((chance - yes) ** 2)), 6), brier_base=round(float(np.mean((base - yes) ** 2)), 6),
        level_error=round(float(np.mean(np.abs(expected - level))), 6),
        level_error_base=round(float(np.mean(np.abs(level_base - level))), 6), calibration_slope=_short(slope),
        calibration_constant=_short(constant), calibration_error=round(off, 6),
    )  # fmt: skip


def bands(chance: Floats, yes: Floats) -> tuple[ChanceBand, ...]:
    """Equally filled bands by chance, the lowest first, each with what came true."""
    return tuple(_bands(chance, yes))


def _bands(chance: Floats, yes: Floats) -> Iterator[ChanceBand]:
    order = np.argsort(chance, kind="stable")
    for part in np.array_split(order, _BANDS if len(yes) >= _MANY else _FEW_BANDS):
        if len(part):
            yield ChanceBand(predicted=round(float(chance[part].mean()), 6), observed=wilson(float(yes[part].sum()), len(part)))


def _short(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
