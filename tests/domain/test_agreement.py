"""Agreement of people and machine, against figures worked out by hand and by the book."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.agreement import agreement, cohen_kappa, kappa_error, kappa_with_interval

ANSWERS = st.sampled_from(["yes", "no", "not_applicable"])


def pairs(**counts: int) -> list[tuple[str, str]]:
    """``yes_no=3``: three times the person says yes, the machine no."""
    short = {"na": "not_applicable", "un": "undecided"}
    found: list[tuple[str, str]] = []
    for names, count in counts.items():
        person, machine = (short.get(name, name) for name in names.split("_"))
        found += [(person, machine)] * count
    return found


@pytest.mark.parametrize(
    ("given_pairs", "kappa"),
    [
        # Observed 35/50 = 0.7; chance 25/50 * 30/50 + 25/50 * 20/50 = 0.5; (0.7 - 0.5) / 0.5.
        (pairs(yes_yes=20, yes_no=5, no_yes=10, no_no=15), 0.4),
        # Observed 0.6 in both; chance 0.54 and 0.46: equal shares, unlike chance.
        (pairs(yes_yes=45, yes_no=15, no_yes=25, no_no=15), 0.130435),
        (pairs(yes_yes=25, yes_no=35, no_yes=5, no_no=35), 0.259259),
        (pairs(yes_yes=4, no_no=4, na_na=2), 1.0),
        (pairs(yes_no=5, no_yes=5), -1.0),
        (pairs(yes_yes=9), None),
        ([], None),
    ],
)
def test_kappa(given_pairs: Sequence[tuple[str, str]], kappa: float | None) -> None:
    assert cohen_kappa(given_pairs) == kappa


def table(*rows: Sequence[int]) -> list[tuple[str, str]]:
    """``rows[i][j]`` times the one says i and the other j."""
    return [(str(i), str(j)) for i, row in enumerate(rows) for j, count in enumerate(row) for _ in range(count)]


@pytest.mark.parametrize(
    ("rows", "kappa", "error", "low", "high"),
    [
        # Fleiss, Levin and Paik 2003, table 18.1 (100 diagnoses): kappa .68, standard error .087.
        # All figures beyond two decimals: statsmodels 0.15, cohens_kappa(...).kappa, .std_kappa, .kappa_low, .kappa_upp.
        ([[75, 1, 4], [5, 4, 1], [0, 0, 10]], 0.6765, 0.0877, 0.5046, 0.8484),
        ([[20, 5], [10, 15]], 0.4, 0.1270, 0.1511, 0.6489),
        ([[45, 15], [25, 15]], 0.1304, 0.0987, -0.0629, 0.3238),
        ([[17, 2, 1], [0, 9, 3], [2, 1, 5]], 0.6414, 0.1015, 0.4425, 0.8404),
    ],
)
def test_kappa_with_its_interval(rows: list[list[int]], kappa: float, error: float, low: float, high: float) -> None:
    found = kappa_with_interval(table(*rows))
    assert kappa_error(table(*rows)) == pytest.approx(error, abs=5e-5)
    assert (found.value, found.low, found.high) == pytest.approx((kappa, low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("rows", "value", "low", "high"),
    [
        # 10 of 10 agree, half and half: Wilson's bound 10 / (10 + 1.96**2) = .7225, chance .5; (.7225 - .5) / .5 = .4449
        ([[5, 0], [0, 5]], 1.0, 0.4449, 1.0),
        # One says nothing but 1: 8 of 10 agree, as chance has it; Wilson's bounds .4902 and .9433 -> below -1 and .7166
        ([[0, 2], [0, 8]], 0.0, -1.0, 0.7166),
    ],
)
def test_no_error_is_no_certainty(rows: list[list[int]], value: float, low: float, high: float) -> None:
    found = kappa_with_interval(table(*rows))
    assert (found.value, found.low, found.high) == pytest.approx((value, low, high), abs=5e-5)


def test_without_a_kappa_there_is_no_interval() -> None:
    assert kappa_with_interval(pairs(yes_yes=9)).model_dump() == {"n": 9, "value": None, "low": -1.0, "high": 1.0}


def test_misses_of_a_scale() -> None:
    found = agreement("speed", [("slow", "slow"), ("slow", "fair"), ("fair", "slow"), ("fast", "fast")], misses=frozenset({"slow"}))
    assert (found.precision, found.recall, found.precision_interval.n, found.recall_interval.n) == (0.5, 0.5, 2, 2)
    # Wilson for 1 of 2: (.5 + 1.96**2/4 ± 1.96 * sqrt(.125 + 1.96**2/16)) / (1 + 1.96**2/2)
    assert (found.recall_interval.low, found.recall_interval.high) == pytest.approx((0.0945, 0.9055), abs=5e-5)


def test_abstaining_counts_apart_and_against_recall() -> None:
    found = agreement("greeting", pairs(yes_yes=4, no_no=2, no_un=1, no_yes=1, yes_un=1, na_no=1))
    assert (found.name, found.n, found.abstention) == ("greeting", 10, 0.2)
    assert (found.agreement.n, found.agreement.value) == (8, 0.75)
    assert found.precision == round(2 / 3, 6)  # claimed 3 misses, people saw 2 of them
    assert found.recall == 0.5  # people saw 4 misses, the machine claimed 2


def test_no_misses_no_precision() -> None:
    found = agreement("x", pairs(yes_yes=3, yes_un=1))
    assert (found.precision, found.recall) == (None, None)


def test_empty() -> None:
    found = agreement("x", [])
    assert (found.n, found.abstention, found.agreement.value, found.kappa) == (0, 0.0, None, None)


@given(st.lists(st.tuples(ANSWERS, ANSWERS), min_size=1))
def test_kappa_is_symmetric_and_bounded(drawn: list[tuple[str, str]]) -> None:
    kappa = cohen_kappa(drawn)
    assert kappa == cohen_kappa([(machine, person) for person, machine in drawn])
    assert kappa is None or -1 <= kappa <= 1
