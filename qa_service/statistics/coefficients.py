"""Formulas of agreement, each for many weightings of the interactions at once.

``weights`` is rows x interactions (see :class:`qa_service.statistics.resampling.Resampling`); every figure has one value a row, not a
number where it does not exist. ``marks`` is the agreement of two categories, 0 to 1: the identity for nominal answers.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import numpy as np

from qa_service.statistics.ratings import Ratings
from qa_service.statistics.resampling import Floats


class Level(StrEnum):
    """What distances between categories mean to Krippendorff's alpha."""

    NOMINAL = "nominal"
    ORDINAL = "ordinal"
    INTERVAL = "interval"


class Figure(NamedTuple):
    """Observed agreement and the agreement by chance."""

    observed: Floats
    expected: Floats

    @property
    def value(self) -> Floats:
        """``(observed - expected) / (1 - expected)``; not a number where chance explains everything."""
        room = 1 - self.expected
        return _ratio(self.observed - self.expected, np.where(room > 1e-12, room, 0.0))


def observed(ratings: Ratings, weights: Floats, marks: Floats) -> Floats:
    """Mean over interactions with two answers or more of the share of pairs that agree (Gwet 2014, formula 2.10)."""
    counts = ratings.counts
    totals = counts.sum(axis=1)
    paired = totals >= 2
    agreeing = (counts * (counts @ marks - 1)).sum(axis=1)
    share = np.where(paired, agreeing / np.where(paired, totals * (totals - 1), 1), 0.0)
    return _ratio(weights @ share, weights @ paired.astype(float))


def fleiss(ratings: Ratings, weights: Floats, marks: Floats) -> Figure:
    """Fleiss' kappa (Fleiss 1971), with missing answers and weights as in Gwet 2014, section 2.4."""
    shares = _shares(ratings, weights)
    return Figure(observed(ratings, weights, marks), np.einsum("rk,kl,rl->r", shares, marks, shares))


def gwet(ratings: Ratings, weights: Floats, marks: Floats) -> Figure:
    """Gwet's AC1 (Gwet 2008), and with weights AC2 (Gwet 2014, section 4.3): chance is ``sum(marks) / (q (q - 1)) * sum p_k (1 - p_k)``."""
    shares, q = _shares(ratings, weights), ratings.q
    chance = np.sum(shares * (1 - shares), axis=1) * marks.sum() / (q * (q - 1)) if q > 1 else np.ones(len(weights))
    return Figure(observed(ratings, weights, marks), chance)


def cohen(table: Floats, weights: Floats, marks: Floats) -> Figure:
    """Cohen's kappa of two (Cohen 1960; weighted, Cohen 1968); ``table`` as of :meth:`Ratings.table`."""
    items, q, _ = table.shape
    summed = (weights @ table.reshape(items, q * q)).reshape(-1, q, q)
    total = summed.sum(axis=(1, 2))
    part = _ratio(summed, total[:, None, None])
    agreed = np.einsum("rkl,kl->r", part, marks)
    return Figure(agreed, np.einsum("rk,kl,rl->r", part.sum(axis=2), marks, part.sum(axis=1)))


def alpha(ratings: Ratings, weights: Floats, level: Level, values: Floats | None = None) -> Figure:
    """Krippendorff's alpha (Krippendorff 2011): ``1 - D_o / D_e``, here as agreements ``1 - D`` with distances scaled to at most 1.

    ``values``: of the categories, for the level ``interval``. Interactions with one answer say nothing and are left out.
    """
    counts = ratings.counts
    totals = counts.sum(axis=1)
    paired = totals >= 2
    q = ratings.q
    pairs = counts[:, :, None] * counts[:, None, :] - counts[:, :, None] * np.eye(q)
    pairs *= (paired / np.where(paired, totals - 1, 1))[:, None, None]
    together = (weights @ pairs.reshape(len(counts), q * q)).reshape(-1, q, q)
    each = together.sum(axis=2)
    total = each.sum(axis=1)
    distances = _distances(each, level, values)
    far = _ratio(np.einsum("rkl,rkl->r", together, distances), total)
    by_chance = _ratio(np.einsum("rk,rkl,rl->r", each, distances, each), total * (total - 1))
    return Figure(1 - far, 1 - by_chance)


def _distances(each: Floats, level: Level, values: Floats | None) -> Floats:
    rows, q = each.shape
    if level is Level.NOMINAL:
        return np.broadcast_to(1 - np.eye(q), (rows, q, q))
    if level is Level.INTERVAL:
        assert values is not None, "distances of values need values"
        apart = (values[:, None] - values[None, :]) ** 2
        return np.broadcast_to(apart / max(float(apart.max()), 1e-12), (rows, q, q))
    below = np.cumsum(each, axis=1) - each / 2
    ranks = (below[:, :, None] - below[:, None, :]) ** 2
    return _ratio(ranks, np.maximum(ranks.max(axis=(1, 2)), 1e-12)[:, None, None])


def _shares(ratings: Ratings, weights: Floats) -> Floats:
    """Rows x categories: mean over answered interactions of the share of its answers that each category has."""
    counts = ratings.counts
    totals = counts.sum(axis=1, keepdims=True)
    return _ratio(weights @ (counts / np.maximum(totals, 1)), (weights @ (totals[:, 0] > 0).astype(float))[:, None])


def _ratio(above: Floats, below: Floats) -> Floats:
    """The quotient; not a number where the divisor is 0."""
    there = below != 0
    found: Floats = np.where(there, above / np.where(there, below, 1.0), np.nan)
    return found
