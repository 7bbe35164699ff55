"""Severity: a mixed model of scores by interaction and reviewer, whose effects are shrunk as far as the data are thin.

``score = mean + covariates + interaction + reviewer + rest``, the interaction and the reviewer as random effects (Henderson 1975; Searle,
Casella and McCulloch 1992, chapter 7). Interactions that several scored compare reviewers directly; one that a single reviewer scored says
something through its covariates only: what the machine suggested, and the case mix (language, team ...).

How much reviewers and interactions vary is not known either. It is averaged over on a grid, by the restricted likelihood (Patterson and
Thompson 1971) and half-Cauchy priors (Gelman 2006) on the ratios of their standard deviations to that of the rest: intervals from one
best guess are too narrow with few reviewers, and of no width at all where that guess is 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from qa_service.domain.estimation import Z95, student95
from qa_service.domain.severity import Leaning, ReviewerEffect, SeverityReport, TooLittle
from qa_service.statistics.resampling import Floats

#: Nodes of the grid for the ratio of reviewers and of interactions; equal prior weight each.
_NODES = 24
#: Median of those priors.
_REVIEWERS, _INTERACTIONS = 2.0, 1.0
#: Levels of the case mix with fewer scores count as one.
_LEAST_LEVEL = 10
#: Squared length that a column must have beyond the others to be kept.
_APART = 1e-8
#: Nodes less likely than the likeliest by this factor, as a logarithm, do not count.
_LEAST_LOG = 12.0
#: Standard error in percent points below which it is none.
_LEAST_ERROR = 1e-6
_erf = np.vectorize(math.erf, otypes=[float])
#: What is covered by the machine's own score.
MACHINE = "machine"


class Scored(NamedTuple):
    """One reviewer's score of one interaction, in percent points."""

    reviewer: str
    interaction: str
    score: float
    #: What the machine would have given; ``None`` where it did not say.
    machine: float | None = None
    #: Case mix: name and level.
    mix: Mapping[str, str] = MappingProxyType({})


class _Fit(NamedTuple):
    """Effects of the reviewers at one node of the grid."""

    log_weight: float
    effects: Floats
    variances: Floats


def severity(scores: Sequence[Scored]) -> SeverityReport:
    """Every reviewer against the mean of the reviewers; nobody where there is too little to compare."""
    reviewers = sorted({one.reviewer for one in scores})
    seen = Counter(one.interaction for one in scores)
    told = {"scores": len(scores), "interactions": len(seen), "shared": sum(count > 1 for count in seen.values())}
    values = np.array([one.score for one in scores], dtype=float)
    if len(reviewers) < 2:
        return SeverityReport(**told, too_little=TooLittle.ONE_REVIEWER)
    if float(np.ptp(values)) == 0:
        return SeverityReport(**told, too_little=TooLittle.ONE_SCORE)
    names, covariates = _covariates(scores)
    freedom = len(scores) - covariates.shape[1]
    if freedom < len(reviewers) + 1:
        return SeverityReport(**told, too_little=TooLittle.FEW_SCORES)
    effects, lows, highs = _averaged(list(_fits(scores, reviewers, values, covariates)), widen=student95(freedom) / Z95)
    plain = _plain(scores, reviewers)
    found = [
        _effect(reviewer, scores, plain[reviewer], (float(effect), float(low), float(high)))
        for reviewer, effect, low, high in zip(reviewers, effects, lows, highs, strict=True)
    ]
    return SeverityReport(**told, adjusted_for=names, effects=tuple(sorted(found, key=lambda one: (one.effect, one.reviewer))))


def _effect(reviewer: str, scores: Sequence[Scored], plain: float, found: tuple[float, float, float]) -> ReviewerEffect:
    effect, low, high = (round(one, 4) for one in found)
    leaning = Leaning.LENIENT if low > 0 else Leaning.SEVERE if high < 0 else Leaning.CANNOT_TELL
    count = sum(one.reviewer == reviewer for one in scores)
    return ReviewerEffect(
        reviewer=reviewer, scores=count, plain=round(plain, 4), effect=effect, low=low, high=high, leaning=leaning
    )


def _plain(scores: Sequence[Scored], reviewers: Sequence[str]) -> dict[str, float]:
    means = {who: float(np.mean([one.score for one in scores if one.reviewer == who])) for who in reviewers}
    total = sum(means.values())
    return {who: mean - (total - mean) / (len(means) - 1) for who, mean in means.items()}


def _fits(scores: Sequence[Scored], reviewers: Sequence[str], values: Floats, covariates: Floats) -> Iterator[_Fit]:
    """The model at every node."""
    place = {reviewer: number for number, reviewer in enumerate(reviewers)}
    marks = np.zeros((len(scores), len(reviewers)))
    marks[np.arange(len(scores)), [place[one.reviewer] for one in scores]] = 1
    columns = np.concatenate([covariates, marks, values[:, None]], axis=1)
    sums, sizes = _by_interaction(scores, columns)
    products = columns.T @ columns
    fixed = covariates.shape[1]
    # Where every interaction was scored once, it is not to be told apart from the rest.
    for ratio in _grid(_INTERACTIONS) if float(sizes.max()) > 1 else (0.0,):
        shrunk = ratio / (1 + sizes * ratio)
        within = products - sums.T @ (sums * shrunk[:, None])
        spread = float(np.sum(np.log1p(sizes * ratio)))
        for prior in _grid(_REVIEWERS):
            yield _fit(within, fixed, len(reviewers), prior, spread=spread, freedom=len(scores) - fixed)


def _fit(products: Floats, fixed: int, reviewers: int, ratio: float, *, spread: float, freedom: int) -> _Fit:
    """Henderson's equations; ``products``: of covariates, reviewers and scores, interactions taken into account."""
    left = products[:-1, :-1].copy()
    left[np.arange(fixed, fixed + reviewers), np.arange(fixed, fixed + reviewers)] += 1 / ratio
    right, total = products[:-1, -1], float(products[-1, -1])
    inverse = np.linalg.inv(left)
    solution = inverse @ right
    rest = max(total - float(right @ solution), 1e-9 * max(total, 1.0))
    _, size = np.linalg.slogdet(left)
    log_weight = -0.5 * (spread + reviewers * math.log(ratio) + float(size) + freedom * math.log(rest))
    centre = np.eye(reviewers) - 1 / reviewers
    variance = centre @ inverse[fixed:, fixed:] @ centre * rest / freedom
    return _Fit(log_weight, centre @ solution[fixed:], np.clip(np.diag(variance), 0, None))


def _averaged(fits: Sequence[_Fit], *, widen: float) -> tuple[Floats, Floats, Floats]:
    """Means and 95 % bounds over the nodes, each by its likelihood; ``widen``: for a rest whose size is estimated, too."""
    logs = np.array([fit.log_weight for fit in fits])
    likely = logs > logs.max() - _LEAST_LOG
    weights = np.exp(logs[likely] - logs.max())
    weights /= weights.sum()
    chosen = [fit for fit, kept in zip(fits, likely, strict=True) if kept]
    effects, errors = np.stack([fit.effects for fit in chosen]), np.sqrt(np.stack([fit.variances for fit in chosen])) * widen
    low, high = (_quantile(tail, weights, effects, np.maximum(errors, _LEAST_ERROR)) for tail in (0.025, 0.975))
    return weights @ effects, low, high


def _quantile(tail: float, weights: Floats, means: Floats, errors: Floats) -> Floats:
    """Quantile of a mixture of normal distributions (nodes x reviewers), by bisection."""
    low, high = (means - 9 * errors).min(axis=0), (means + 9 * errors).max(axis=0)
    for _ in range(50):
        middle = (low + high) / 2
        below = weights @ (0.5 + 0.5 * _erf((middle - means) / (errors * math.sqrt(2)))) < tail
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    found: Floats = high
    return found


def _grid(median: float) -> tuple[float, ...]:
    """Ratios of variances at the middles of equal shares of a half-Cauchy prior of the ratio of standard deviations."""
    return tuple((median * math.tan(math.pi / 2 * (node + 0.5) / _NODES)) ** 2 for node in range(_NODES))


def _by_interaction(scores: Sequence[Scored], columns: Floats) -> tuple[Floats, Floats]:
    """Sums of the columns over each interaction, and its scores."""
    place: dict[str, int] = {}
    rows = [place.setdefault(one.interaction, len(place)) for one in scores]
    sums = np.zeros((len(place), columns.shape[1]))
    np.add.at(sums, rows, columns)
    return sums, np.bincount(rows, minlength=len(place)).astype(float)


def _covariates(scores: Sequence[Scored]) -> tuple[tuple[str, ...], Floats]:
    """Names of what is taken into account, and the columns that say something the others do not, the mean first."""
    chosen = [np.ones(len(scores))]
    names: list[str] = []
    for name, column in _candidates(scores):
        base = np.stack(chosen, axis=1)
        beyond = column - base @ np.linalg.lstsq(base, column, rcond=None)[0]
        if float(beyond @ beyond) > _APART * max(float(column @ column), 1.0):
            chosen.append(beyond / math.sqrt(float(beyond @ beyond)) * math.sqrt(len(scores)))
            names.append(name)
    return tuple(dict.fromkeys(names)), np.stack(chosen, axis=1)


def _candidates(scores: Sequence[Scored]) -> Iterator[tuple[str, Floats]]:
    known = [one.machine for one in scores if one.machine is not None]
    if known:
        middle = sum(known) / len(known)
        yield MACHINE, np.array([middle if one.machine is None else one.machine for one in scores]) - middle
        yield MACHINE, np.array([float(one.machine is None) for one in scores])
    for name in sorted({name for one in scores for name in one.mix}):
        levels = Counter(one.mix.get(name, "") for one in scores)
        for level, count in sorted(levels.items()):
            if count >= _LEAST_LEVEL:
                yield name, np.array([float(one.mix.get(name, "") == level) for one in scores])
