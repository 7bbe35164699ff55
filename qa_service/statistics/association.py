"""Association of criteria with outcomes, among contacts that are alike, with intervals for contacts that share their agent.

Both are taken as differences from what is expected of their channel, queue, language and contact reason (Frisch and Waugh 1933); the
slope's error allows for unequal spread (White 1980, "HC1") and for agents (Liang and Zeger 1986, "CR1"): the larger of both counts, with
Student's quantile for the number of agents less one (Bell and McCaffrey 2002 say why few agents need that).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.estimation import student95, two_sided, wilson
from qa_service.domain.validity import (
    LEAST_CASES,
    LEAST_CONTRAST,
    LEAST_SPREAD,
    NEGLIGIBLE,
    SAME,
    Association,
    Case,
    ContactEnd,
    CriterionValidity,
    ItemVerdict,
    Redundancy,
    ValidityTable,
    judged,
    notes,
    overall,
)
from qa_service.statistics.resampling import Floats

#: Levels of the case mix with fewer contacts count as one.
_LEAST_LEVEL = 10
_FLAT = 1e-9
#: Sum of the normal quantiles of 95 % two-sided and of four times in five.
_POWER = 1.959964 + 0.841621
#: Most degrees of freedom that Student's quantile is asked for: beyond, it is the normal one.
_MANY = 5000
_Marks = NDArray[np.bool_]


class _Slope(NamedTuple):
    """A straight line through differences, and how sure it is."""

    value: float
    error: float
    freedom: int
    #: What it must be multiplied with to be a correlation.
    scale: float


def validity(cases: Sequence[Case], *, items: Iterable[tuple[str, str]] = ()) -> ValidityTable:
    """Every criterion that was answered against every outcome that is known; ``items``: criteria to list though nobody answered them."""
    known = {outcome: sum(outcome in case.outcomes for case in cases) for outcome in ContactEnd}
    names = sorted({name for case in cases for name in case.answers} | set(items))
    told = [[case.answers.get(name, math.nan) for name in names] for case in cases]
    answers = np.array(told, dtype=float).reshape(len(cases), len(names))
    outcomes = {
        outcome: np.array([case.outcomes.get(outcome, math.nan) for case in cases], dtype=float) for outcome in ContactEnd if known[outcome]
    }
    adjusted_for, mix = _mix(cases)
    agents = _agents(cases)
    constant = [_constant(answers[:, place]) for place in range(len(names))]
    pairs = [(place, outcome) for place in range(len(names)) for outcome in outcomes]
    found = judged([
        _association(outcome, answers[:, place], outcomes[outcome], mix, agents, constant=constant[place]) for place, outcome in pairs
    ])  # fmt: skip
    redundant = tuple(_redundant(names, answers))
    return ValidityTable(
        cases=len(cases), known=known, adjusted_for=adjusted_for, redundant=redundant, notes=notes(known),
        criteria=tuple(
            _criterion(
                name, answers[:, place], constant[place], [one for (at, _), one in zip(pairs, found, strict=True) if at == place], redundant
            )
            for place, name in enumerate(names)
        ),
    )


def _criterion(
    name: tuple[str, str], answers: Floats, constant: bool, found: Sequence[Association], redundant: Sequence[Redundancy]
) -> CriterionValidity:
    rubric, criterion = name
    decided = answers[~np.isnan(answers)]
    same = sorted(
        other for one in redundant if one.rubric == rubric and criterion in (one.one, one.other)
        for other in (one.one, one.other) if other != criterion
    )  # fmt: skip
    return CriterionValidity(
        rubric=rubric, criterion=criterion, met=wilson(min(float(decided.sum()), float(len(decided))), len(decided)), constant=constant,
        verdict=overall(constant, found), associations=tuple(found), same_as=tuple(same),
    )


def _constant(answers: Floats) -> bool:
    """Whether nearly all have the same answer, for sure."""
    decided = answers[~np.isnan(answers)]
    if len(decided) < LEAST_CASES:
        return False
    return wilson(len(decided) - _most_frequent(decided), len(decided)).high < LEAST_SPREAD


def _most_frequent(values: Floats) -> int:
    """How often the most frequent value is there."""
    return int(np.unique(values, return_counts=True)[1].max())


def _association(
    outcome: ContactEnd, answers: Floats, outcomes: Floats, mix: Floats, agents: NDArray[np.int_], *, constant: bool
) -> Association:
    both = ~np.isnan(answers) & ~np.isnan(outcomes)
    n, here = int(both.sum()), len(np.unique(agents[both]))
    varied = not constant and _varied(answers[both], outcomes[both])
    slope = _slope(answers[both], outcomes[both], mix[both], agents[both]) if varied else None
    if slope is None:
        return Association(
            outcome=outcome, n=n, agents=here, correlation=None, low=None, high=None, difference=None, difference_low=None,
            difference_high=None, p=None, verdict=ItemVerdict.TELLS_NOTHING if constant else ItemVerdict.CANNOT_TELL, largest=None,
            more=None if constant else max(0, LEAST_CASES - n) or None,
        )  # fmt: skip
    wide = student95(min(slope.freedom, _MANY)) * slope.error
    r, low, high = _bounds(slope)
    error = slope.error * slope.scale
    needed = math.ceil(n * (error * _POWER / NEGLIGIBLE) ** 2)
    return Association(
        outcome=outcome, n=n, agents=here, correlation=round(r, 4), low=round(low, 4), high=round(high, 4),
        difference=round(slope.value, 4), difference_low=round(slope.value - wide, 4), difference_high=round(slope.value + wide, 4),
        p=two_sided(slope.value / slope.error, slope.freedom), verdict=ItemVerdict.CANNOT_TELL,
        largest=round(max(abs(low), abs(high)), 4), more=max(0, needed - n) or None,
    )


def _varied(answers: Floats, outcomes: Floats) -> bool:
    """Whether there is anything to compare."""
    if len(answers) < LEAST_CASES:
        return False
    return all(len(one) - _most_frequent(one) >= LEAST_CONTRAST for one in (answers, outcomes))


def _slope(answers: Floats, outcomes: Floats, mix: Floats, agents: NDArray[np.int_]) -> _Slope | None:
    """``None`` where the case mix explains one of both."""
    rows = mix[:, mix.std(axis=0) > _FLAT]
    rows = np.concatenate([np.ones((len(rows), 1)), rows], axis=1)
    inverse = np.linalg.pinv(rows.T @ rows, hermitian=True)
    x, y = (one - rows @ (inverse @ (rows.T @ one)) for one in (answers, outcomes))
    n, used = len(x), int(np.linalg.matrix_rank(rows.T @ rows, hermitian=True)) + 1
    xx, yy = float(x @ x), float(y @ y)
    if n - used < 2 or xx < n * 1e-6 or yy < n * 1e-6:
        return None
    value = float(x @ y) / xx
    parts = x * (y - value * x)
    _, place = np.unique(agents, return_inverse=True)
    by_agent = np.bincount(place, weights=parts)
    groups = len(by_agent)
    plain = float(parts @ parts) * n / (n - used)
    shared = float(by_agent @ by_agent) * groups / (groups - 1) * (n - 1) / (n - used) if groups > 1 else 0.0
    error = math.sqrt(max(plain, shared)) / xx
    if error < _FLAT:
        return None
    return _Slope(value, error, groups - 1 if groups > 1 else n - used, math.sqrt(xx / yy))


def _bounds(slope: _Slope) -> tuple[float, float, float]:
    """Correlation and its bounds on Fisher's scale (Fisher 1921)."""
    r = max(-0.999999, min(0.999999, slope.value * slope.scale))
    half = student95(min(slope.freedom, _MANY)) * slope.error * slope.scale / (1 - r * r)
    return r, math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)


def _redundant(names: Sequence[tuple[str, str]], answers: Floats) -> Iterator[Redundancy]:
    """Pairs of one form whose answers go together, whatever the case mix."""
    for one, other in np.argwhere(np.triu(_correlations(answers) > SAME, k=1)).tolist():
        both = ~np.isnan(answers[:, one]) & ~np.isnan(answers[:, other])
        x, y = answers[both, one], answers[both, other]
        if names[one][0] != names[other][0] or not _varied(x, y):
            continue
        r = max(-0.999999, min(0.999999, float(np.corrcoef(x, y)[0, 1])))
        half = 1.959964 / math.sqrt(len(x) - 3)
        low, high = math.tanh(math.atanh(r) - half), math.tanh(math.atanh(r) + half)
        if low > SAME:
            yield Redundancy(
                rubric=names[one][0], one=names[one][1], other=names[other][1], n=len(x), correlation=round(r, 4), low=round(low, 4),
                high=round(high, 4),
            )


def _correlations(answers: Floats) -> Floats:
    """Every pair of columns, by the rows that have both; not a number where one does not vary."""
    there = (~np.isnan(answers)).astype(float)
    values = np.nan_to_num(answers)
    n, sums, squares = there.T @ there, values.T @ there, (values * values).T @ there
    spread = n * squares - sums * sums
    product = spread * spread.T
    varied = product > _FLAT
    found: Floats = np.where(varied, (n * (values.T @ values) - sums * sums.T) / np.sqrt(np.where(varied, product, 1.0)), np.nan)
    return found


def _mix(cases: Sequence[Case]) -> tuple[tuple[str, ...], Floats]:
    """What contacts differ in, and a column of 0 and 1 for each level but the most frequent."""
    columns: list[Floats] = []
    names: list[str] = []
    for name in sorted({name for case in cases for name in case.mix}):
        told = [case.mix.get(name, "") for case in cases]
        for level, count in sorted(Counter(told).most_common()[1:]):
            if count >= _LEAST_LEVEL:
                columns.append(np.array([float(one == level) for one in told]))
                names.append(name)
    return tuple(dict.fromkeys(names)), np.stack(columns, axis=1) if columns else np.zeros((len(cases), 0))


def _agents(cases: Sequence[Case]) -> NDArray[np.int_]:
    """A number for each agent; contacts without one have their own."""
    place: dict[str, int] = {}
    names = [f"alone {at}" if case.agent is None else f"agent {case.agent}" for at, case in enumerate(cases)]
    return np.array([place.setdefault(name, len(place)) for name in names], dtype=int)
