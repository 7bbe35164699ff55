"""Coefficients against published worked examples, to four decimals, and against two packages on random answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.statistics.coefficients import Figure, Level, alpha, cohen, fleiss, gwet, observed
from qa_service.statistics.ratings import Ratings, quadratic

N = None
#: Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", example C: four observers, twelve units, five values; also the data set
#: ``cac.raw4raters`` of Gwet's irrCAC (Gwet 2014).
FOUR_OBSERVERS = (
    (1, 1, N, 1), (2, 2, 3, 2), (3, 3, 3, 3), (3, 3, 3, 3), (2, 2, 2, 2), (1, 2, 3, 4),
    (4, 4, 4, 4), (1, 1, 2, 1), (2, 2, 2, 2), (N, 5, 5, 5), (N, N, 1, 1), (N, N, 3, N),
)  # fmt: skip
#: Fleiss 1971, table 1: thirty patients by six psychiatrists each: depression, personality disorder, schizophrenia, neurosis, other.
PSYCHIATRISTS = [
    "00060", "03003", "01401", "00006", "03030", "20400", "00402", "20310", "20040", "00006",
    "10050", "11040", "03300", "10050", "02031", "00501", "30012", "51000", "02040", "10203",
    "00006", "01050", "02013", "20040", "10041", "05010", "40002", "02040", "10500", "00006",
]  # fmt: skip


def of(rows: Any, q: int) -> Ratings:
    return Ratings.of([[None if one is None else str(one) for one in row] for row in rows], [str(one) for one in range(1, q + 1)])


def from_table(table: tuple[tuple[int, ...], ...]) -> Ratings:
    """Two raters: rows the first one's answer, columns the second one's."""
    rows = [(first, second) for first, row in enumerate(table, 1) for second, count in enumerate(row, 1) for _ in range(count)]
    return of(rows, len(table))


def from_counts(counts: list[str]) -> Ratings:
    return of([[k for k, count in enumerate(row, 1) for _ in range(int(count))] for row in counts], len(counts[0]))


def ones(ratings: Ratings) -> Any:
    return np.ones((1, len(ratings.codes)))


def two(ratings: Ratings, marks: Any = None) -> float:
    marks = np.eye(ratings.q) if marks is None else marks
    return float(cohen(ratings.table(0, 1), ones(ratings), marks).value[0])


def one(formula: Callable[..., Figure], ratings: Ratings, *more: Any) -> float:
    return float(formula(ratings, ones(ratings), *more).value[0])


@pytest.mark.parametrize(
    ("level", "published"),
    # Krippendorff 2011, sections C to E: .743, .815 and .849; four decimals by irrCAC and krippendorff.
    [(Level.NOMINAL, 0.7434), (Level.ORDINAL, 0.8154), (Level.INTERVAL, 0.8491)],
)
def test_alpha_of_four_observers_with_missing_answers(level: Level, published: float) -> None:
    assert one(alpha, of(FOUR_OBSERVERS, 5), level, np.arange(1.0, 6)) == pytest.approx(published, abs=5e-5)


def test_gwet_and_fleiss_of_four_observers_with_missing_answers() -> None:
    """Vignette of irrCAC for R, ``cac.raw4raters``: pa .81818, AC1 .77544, Fleiss .76117; with quadratic weights AC2 .91400."""
    ratings = of(FOUR_OBSERVERS, 5)
    marks = quadratic(range(5))
    assert float(observed(ratings, ones(ratings), np.eye(5))[0]) == pytest.approx(0.81818, abs=5e-6)
    assert one(gwet, ratings, np.eye(5)) == pytest.approx(0.77544, abs=5e-6)
    assert one(fleiss, ratings, np.eye(5)) == pytest.approx(0.76117, abs=5e-6)
    assert one(gwet, ratings, marks) == pytest.approx(0.91400, abs=5e-6)


def test_fleiss_of_thirty_patients() -> None:
    """Fleiss 1971: observed .5556, by chance .2199, kappa .430 (.4302 from the same table)."""
    ratings = from_counts(PSYCHIATRISTS)
    found = fleiss(ratings, ones(ratings), np.eye(5))
    assert (float(found.observed[0]), float(found.expected[0])) == pytest.approx((0.5556, 0.2199), abs=5e-5)
    assert float(found.value[0]) == pytest.approx(0.4302, abs=5e-5)


def test_cohen_of_two_hundred_cases() -> None:
    """Cohen 1960, table 2 (frequencies): po .70, pe .41, kappa .492; Cohen 1968 with the weights 0, 1, 3, 6 of disagreement: .348."""
    ratings = from_table(((88, 14, 18), (10, 40, 10), (2, 6, 12)))
    assert two(ratings) == pytest.approx(0.4915, abs=5e-5)
    disagreement = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
    assert two(ratings, 1 - disagreement / 6) == pytest.approx(0.3478, abs=5e-5)


@pytest.mark.parametrize(
    ("table", "kappa", "ac1"),
    [
        # Gwet 2014, table of 100 pregnancies by two abstractors (irrCAC ``cont3x3abstractors``)
        (((13, 0, 0), (0, 20, 7), (0, 4, 56)), 0.7964, 0.8493),
        # Gwet 2008, 125 subjects, nearly all positive: the kappa paradox
        (((118, 5), (2, 0)), -0.0234, 0.9408),
        # Feinstein and Cicchetti 1990: both agree in .85, kappas .70 and .32. By hand: (.85 - .5008) / .4992 and (.85 - .78) / .22;
        # AC1 with the mean shares .475 and .875: (.85 - .49875) / .50125 and (.85 - .21875) / .78125
        (((40, 9), (6, 45)), 0.6995, 0.7007),
        (((80, 10), (5, 5)), 0.3182, 0.8080),
    ],
)
def test_kappa_and_ac1_of_published_tables(table: tuple[tuple[int, ...], ...], kappa: float, ac1: float) -> None:
    ratings = from_table(table)
    assert two(ratings) == pytest.approx(kappa, abs=5e-5)
    assert one(gwet, ratings, np.eye(ratings.q)) == pytest.approx(ac1, abs=5e-5)


CASES = json.loads(Path(__file__).with_name("oracle.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[str(number) for number in range(len(CASES))])
def test_like_the_packages_on_random_answers(case: dict[str, Any]) -> None:
    """irrCAC 0.4.4 (which rounds to five decimals) and krippendorff 0.9.0; ``make_oracle.py`` made their figures."""
    q, told = case["categories"], case["figures"]
    ratings, marks = of(case["rows"], q), quadratic(range(q))
    values = np.arange(1.0, q + 1)
    assert float(observed(ratings, ones(ratings), np.eye(q))[0]) == pytest.approx(told["agreement"], abs=6e-6)
    assert one(gwet, ratings, np.eye(q)) == pytest.approx(told["ac1"], abs=6e-6)
    assert one(fleiss, ratings, np.eye(q)) == pytest.approx(told["fleiss"], abs=6e-6)
    assert one(gwet, ratings, marks) == pytest.approx(told["ac2"], abs=6e-6)
    assert one(fleiss, ratings, marks) == pytest.approx(told["fleiss_weighted"], abs=6e-6)
    assert two(ratings) == pytest.approx(told["cohen"], abs=6e-6)
    assert two(ratings, marks) == pytest.approx(told["cohen_weighted"], abs=6e-6)
    for level in Level:
        assert one(alpha, ratings, level, values) == pytest.approx(told[f"alpha_{level.value}"], abs=1e-9)


def test_weighting_interactions_is_the_same_as_repeating_them() -> None:
    """Resampling by weights gives what the formulas give on the resampled rows themselves."""
    times = np.array([2, 0, 1, 1, 3, 1, 0, 1, 2, 1, 0, 1])
    ratings = of(FOUR_OBSERVERS, 5)
    repeated = of([row for row, count in zip(FOUR_OBSERVERS, times, strict=True) for _ in range(count)], 5)
    weights, marks = times[None, :].astype(float), quadratic(range(5))
    for formula, more in ((fleiss, np.eye(5)), (gwet, marks), (alpha, Level.ORDINAL)):
        assert float(formula(ratings, weights, more).value[0]) == pytest.approx(one(formula, repeated, more), abs=1e-12)
    assert float(cohen(ratings.table(0, 3), weights, marks).value[0]) == pytest.approx(two_of(repeated, 0, 3, marks), abs=1e-12)


def two_of(ratings: Ratings, first: int, second: int, marks: Any) -> float:
    return float(cohen(ratings.table(first, second), ones(ratings), marks).value[0])
