"""Shares with the interval that their sample allows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.estimation import Share, mean, student95, wilson


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"),
    [
        # z^2 = 3.841459. At 0 of n the upper bound is z^2 / (n + z^2), at n of n the lower one n / (n + z^2).
        (0, 10, 0.0, 0.277533),
        (10, 10, 0.722467, 1.0),
        (1, 1, 0.206549, 1.0),
        # Centre (0.5 + 0.192073) / 1.384146 = 0.5, half width 1.416030 * sqrt(0.025 + 0.009604) = 0.263405.
        (5, 10, 0.236593, 0.763407),
        # Newcombe (1998), Statistics in Medicine 17, table I, method 3: 81 of 263, and 15 of 148.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
    ],
)
def test_wilson(successes: float, n: int, low: float, high: float) -> None:
    found = wilson(successes, n)
    assert found.value == pytest.approx(successes / n, abs=1e-6)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


def test_nothing_seen_says_nothing() -> None:
    assert wilson(0, 0) == Share(n=0, value=None, low=0.0, high=1.0)


@pytest.mark.parametrize(("successes", "n"), [(-1, 3), (4, 3), (1, 0), (0, -1), (float("nan"), 3)])
def test_impossible_counts(successes: float, n: int) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        wilson(successes, n)


@given(st.integers(1, 5000).flatmap(lambda n: st.tuples(st.floats(0, n), st.just(n))))
def test_interval_holds_the_share_and_mirrors(drawn: tuple[float, int]) -> None:
    successes, n = drawn
    found, mirrored = wilson(successes, n), wilson(n - successes, n)
    assert found.value is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert (mirrored.low, mirrored.high) == pytest.approx((1 - found.high, 1 - found.low), abs=2e-6)


@given(st.integers(1, 500), st.integers(2, 20))
def test_more_of_the_same_narrows(n: int, times: int) -> None:
    few, many = wilson(n / 3, n), wilson(times * n / 3, times * n)
    assert many.high - many.low < few.high - few.low


@pytest.mark.parametrize(
    ("freedom", "quantile"),
    # Student's table, two-sided 5 %, as in every textbook; beyond 100 by scipy.stats.t.ppf(.975, ...)
    [(1, 12.706205), (2, 4.302653), (3, 3.182446), (4, 2.776445), (5, 2.570582), (10, 2.228139), (29, 2.045230), (30, 2.042272),
     (60, 2.000298), (100, 1.983972), (101, 1.983731), (1000, 1.962339)],
)  # fmt: skip
def test_student(freedom: int, quantile: float) -> None:
    assert student95(freedom) == pytest.approx(quantile, abs=1e-6)


def test_no_freedom_no_quantile() -> None:
    with pytest.raises(ValueError, match="0 degrees of freedom"):
        student95(0)


def test_mean() -> None:
    """1, 2, 3, 4, 5: mean 3, s**2 = 10/4, t(4) = 2.776445; half = 2.776445 * sqrt(2.5 / 5) = 1.963243."""
    found = mean([1, 2, 3, 4, 5])
    assert (found.n, found.value) == (5, 3.0)
    assert (found.low, found.high) == pytest.approx((1.036757, 4.963243), abs=1e-6)


@pytest.mark.parametrize(("values", "value"), [([], None), ([2.5], 2.5)])
def test_one_value_tells_nothing_of_the_spread(values: list[float], value: float | None) -> None:
    assert mean(values).model_dump() == {"n": len(values), "value": value, "low": None, "high": None}
