"""Agreement of several reviewers on each criterion and of every two of them, with bootstrap intervals over interactions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from qa_service.domain.coefficient import Coefficient, CriterionAgreement, PairAgreement, Untold
from qa_service.domain.estimation import wilson
from qa_service.domain.rubric import NOT_APPLICABLE, Criterion
from qa_service.statistics.coefficients import Figure, Level, alpha, cohen, fleiss, gwet, observed
from qa_service.statistics.ratings import Ratings, quadratic
from qa_service.statistics.resampling import LEAST_CONTRAST, LEAST_ITEMS, Floats, Resampling

#: Answers to one criterion: interactions x reviewers, ``None`` where there is none.
Rows = Sequence[Sequence[str | None]]


class _Scale(NamedTuple):
    """Answers and the agreement of every two of them."""

    ratings: Ratings
    marks: Floats


class Agreements:
    """Agreement of the same reviewers on the same interactions: all criteria share the samples that are drawn from the interactions."""

    def __init__(self, interactions: int, reviewers: Sequence[str], *, seed: int, resamples: int) -> None:
        self._reviewers = tuple(reviewers)
        self._samples = Resampling(interactions, seed=seed, resamples=resamples)

    def criterion(self, form: Criterion, rows: Rows) -> CriterionAgreement:
        """All coefficients of one criterion; an answer that is no option of it counts as none."""
        nominal, scaled = _nominal(form, rows), _scaled(form, rows)
        found = self._nominal(nominal) | ({} if scaled is None else self._weighted(scaled))
        counts = Counter(answer for row in rows for answer in row if answer is not None)
        return CriterionAgreement(
            criterion=form.id, scaled=scaled is not None, answers=sum(counts.values()), counts=dict(sorted(counts.items())),
            pairs=tuple(self._pair(first, second, nominal, scaled) for first, second in self._pairs()), **found,
        )

    def overall(self, rows: Mapping[str, Rows], forms: Sequence[Criterion]) -> tuple[PairAgreement, ...]:
        """Every two reviewers over all criteria: the share of all answers to the same question that are alike, and kappa pooled over the
        criteria (De Vries et al. 2008: mean observed and mean chance agreement, each criterion by its pairs of answers)."""
        scales = [_nominal(form, rows[form.id]) for form in forms]
        return tuple(self._pooled(first, second, scales) for first, second in self._pairs())

    def _pairs(self) -> list[tuple[int, int]]:
        return list(combinations(range(len(self._reviewers)), 2))

    def _nominal(self, scale: _Scale) -> dict[str, Coefficient]:
        ratings, marks = scale
        weights, n = self._samples.weights, ratings.paired
        figures = {
            "kappa": self._mean_kappa(scale), "fleiss": fleiss(ratings, weights, marks), "ac1": gwet(ratings, weights, marks),
            "alpha": alpha(ratings, weights, Level.NOMINAL),
        }
        share = observed(ratings, weights, marks)
        return {"agreement": self._told(Figure(share, np.zeros_like(share)), n)} | {
            name: self._told(figure, n, contrast=None if name == "ac1" else ratings.contrast) for name, figure in figures.items()
        }

    def _weighted(self, scale: _Scale) -> dict[str, Coefficient]:
        ratings, marks = scale
        weights, n = self._samples.weights, ratings.paired
        return {
            "weighted_kappa": self._told(self._mean_kappa(scale), n, contrast=ratings.contrast),
            "ac2": self._told(gwet(ratings, weights, marks), n),
            "alpha_ordinal": self._told(alpha(ratings, weights, Level.ORDINAL), n, contrast=ratings.contrast),
        }

    def _mean_kappa(self, scale: _Scale) -> Figure | _Mean:
        """Light's kappa (Light 1971): the mean of the kappas of all pairs that have one."""
        return _Mean([cohen(scale.ratings.table(first, second), self._samples.weights, scale.marks) for first, second in self._pairs()])

    def _pair(self, first: int, second: int, nominal: _Scale, scaled: _Scale | None) -> PairAgreement:
        found, n = self._cohen(first, second, nominal)
        return PairAgreement(
            first=self._reviewers[first], second=self._reviewers[second], kappa=self._kappa(first, second, nominal),
            weighted_kappa=None if scaled is None else self._kappa(first, second, scaled),
            agreement=self._told(Figure(found.observed, np.zeros_like(found.observed)), n),
        )

    def _kappa(self, first: int, second: int, scale: _Scale) -> Coefficient:
        return self._told(*self._cohen(first, second, scale), contrast=scale.ratings.of_two(first, second).contrast)

    def _cohen(self, first: int, second: int, scale: _Scale) -> tuple[Figure, int]:
        table = scale.ratings.table(first, second)
        return cohen(table, self._samples.weights, scale.marks), int(table.sum())

    def _pooled(self, first: int, second: int, scales: Sequence[_Scale]) -> PairAgreement:
        weights = self._samples.weights
        tables = [scale.ratings.table(first, second) for scale in scales]
        shares = np.stack([weights @ table.sum(axis=(1, 2)) for table in tables])
        total = shares.sum(axis=0)
        figures = [cohen(table, weights, scale.marks) for table, scale in zip(tables, scales, strict=True)]
        with_answers = np.where(total > 0, total, np.nan)
        seen = np.nansum([figure.observed * share for figure, share in zip(figures, shares, strict=True)], axis=0) / with_answers
        chance = np.nansum([figure.expected * share for figure, share in zip(figures, shares, strict=True)], axis=0) / with_answers
        n = int(np.sum(sum(table.sum(axis=(1, 2)) for table in tables) > 0)) if tables else 0
        return PairAgreement(
            first=self._reviewers[first], second=self._reviewers[second], kappa=self._told(Figure(seen, chance), n),
            agreement=self._told(Figure(seen, np.zeros_like(seen)), n),
        )

    def _told(self, figure: Figure | _Mean, n: int, *, contrast: int | None = None) -> Coefficient:
        """The coefficient with its bounds, or why there are none. ``contrast``: of :class:`Ratings`, for what it is a matter of."""
        if not n:
            return Coefficient(n=0, untold=Untold.NO_PAIRS)
        value = figure.value
        if not np.isfinite(value[0]):
            return Coefficient(n=n, untold=Untold.ONE_ANSWER)
        estimate = _rounded(value[0])
        if n < LEAST_ITEMS:
            return Coefficient(n=n, value=estimate, untold=Untold.FEW_INTERACTIONS)
        if contrast is not None and contrast < LEAST_CONTRAST:
            return Coefficient(n=n, value=estimate, untold=Untold.RARE_ANSWER)
        bounds = self._samples.interval(value)
        if bounds is None:
            return Coefficient(n=n, value=estimate, untold=Untold.UNSTABLE)
        low, high = bounds
        if high - low < 1e-9:
            low, high = _unseen(figure, n)
        return Coefficient(n=n, value=estimate, low=min(_rounded(low), estimate), high=max(_rounded(high), estimate))


class _Mean(NamedTuple):
    """The mean of several figures where they exist."""

    figures: Sequence[Figure]

    @property
    def value(self) -> Floats:
        return _mean([figure.value for figure in self.figures])

    @property
    def observed(self) -> Floats:
        return _mean([figure.observed for figure in self.figures])

    @property
    def expected(self) -> Floats:
        return _mean([figure.expected for figure in self.figures])


def _mean(values: Sequence[Floats]) -> Floats:
    stacked = np.stack(values)
    there = np.isfinite(stacked)
    count = there.sum(axis=0)
    found: Floats = np.where(count > 0, np.where(there, stacked, 0.0).sum(axis=0) / np.maximum(count, 1), np.nan)
    return found


def _unseen(figure: Figure | _Mean, n: int) -> tuple[float, float]:
    """Where every sample gives the same they say nothing about what was not seen: Wilson's bounds of the agreement, by the same chance."""
    seen, chance = float(np.clip(figure.observed[0], 0, 1)), float(figure.expected[0])
    share = wilson(seen * n, n)
    room = 1 - chance
    return max(-1.0, (share.low - chance) / room), min(1.0, (share.high - chance) / room)


def _rounded(value: float) -> float:
    return round(float(value), 6) + 0.0


def _nominal(form: Criterion, rows: Rows) -> _Scale:
    """Every option is a category; ``not_applicable`` too, where somebody gave it."""
    given = any(answer == NOT_APPLICABLE for row in rows for answer in row)
    ratings = Ratings.of(rows, [*(option.id for option in form.options), *([NOT_APPLICABLE] if given else [])])
    return _Scale(ratings, np.eye(ratings.q))


def _scaled(form: Criterion, rows: Rows) -> _Scale | None:
    """Options in the order of their values, those of equal value as one; ``None`` for fewer than three values."""
    values = sorted({option.value for option in form.options})
    if len(values) < 3:
        return None
    level = {option.id: str(option.value) for option in form.options}
    coded = [[None if answer is None else level.get(answer) for answer in row] for row in rows]
    return _Scale(Ratings.of(coded, [str(value) for value in values]), quadratic(values))
