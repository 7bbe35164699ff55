"""Agreement of people and machine, against figures worked out by hand and by the book."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.agreement import agreement, cohen_kappa

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
