"""Breaches: a target missed for certain or maybe; better or worse than before, or no telling."""

from __future__ import annotations

import math

import pytest

from qa_service.domain.breach import FigureCourse, TargetMet, change, met
from qa_service.domain.indicator import BetterIs, Estimate, Tally, estimate
from qa_service.domain.indicators import INDICATORS

HIGHER, LOWER = BetterIs.HIGHER, BetterIs.LOWER


def figure(value: float | None, low: float | None, high: float | None, n: int = 50) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=n)


@pytest.mark.parametrize(
    ("one", "target", "better", "told"),
    [
        (figure(0.9, 0.85, 0.95), 0.8, HIGHER, TargetMet.MET),
        (figure(0.9, 0.75, 0.95), 0.8, HIGHER, TargetMet.MAYBE_MET),
        (figure(0.7, 0.6, 0.85), 0.8, HIGHER, TargetMet.MAYBE_MISSED),
        (figure(0.7, 0.6, 0.75), 0.8, HIGHER, TargetMet.MISSED),
        (figure(200, 150, 250), 300, LOWER, TargetMet.MET),
        (figure(280, 250, 310), 300, LOWER, TargetMet.MAYBE_MET),
        (figure(320, 290, 350), 300, LOWER, TargetMet.MAYBE_MISSED),
        (figure(400, 350, 450), 300, LOWER, TargetMet.MISSED),
        (figure(400, None, None, 1), 300, LOWER, TargetMet.MAYBE_MISSED),
        (figure(200, None, None, 1), 300, LOWER, TargetMet.MAYBE_MET),
        (figure(None, None, None, 0), 300, LOWER, TargetMet.CANNOT_TELL),
        (figure(400, 350, 450), None, LOWER, TargetMet.NO_TARGET),
        (figure(300, 300, 300), 300, LOWER, TargetMet.MET),
        (figure(0.8, 0.8, 0.9), 0.8, HIGHER, TargetMet.MET),
    ],
)
def test_targets(one: Estimate, target: float | None, better: BetterIs, told: TargetMet) -> None:
    assert met(one, target, better) is told


@pytest.mark.parametrize(
    ("successes", "n", "told"),
    [
        # By the binomial distribution with 0.8: 0 of 1 is 20 % likely, 0 of 2 4 %, 0 of 3 0.8 %, 1 of 4 2.7 %, 1 of 5 0.7 %.
        (0, 1, TargetMet.MAYBE_MISSED),
        (0, 2, TargetMet.MAYBE_MISSED),
        (0, 3, TargetMet.MISSED),
        (1, 4, TargetMet.MAYBE_MISSED),
        (1, 5, TargetMet.MISSED),
        (5, 5, TargetMet.MAYBE_MET),
        (40, 40, TargetMet.MET),
        (600, 1000, TargetMet.MISSED),
        (6000, 10_000, TargetMet.MISSED),
        (9000, 10_000, TargetMet.MET),
    ],
)
def test_a_handful_is_no_certain_miss(successes: int, n: int, told: TargetMet) -> None:
    assert met(estimate(INDICATORS["service_level"], Tally(n, successes, successes)), 0.8, HIGHER) is told


def test_certain_misses_by_luck_are_at_most_one_in_forty() -> None:
    """Over every count that may come up where the target is just met, for 1 to 120 contacts."""
    for n in range(1, 121):
        missed = (
            math.comb(n, count) * 0.8**count * 0.2 ** (n - count)
            for count in range(n + 1)
            if met(estimate(INDICATORS["service_level"], Tally(n, count, count)), 0.8, HIGHER) is TargetMet.MISSED
        )
        assert sum(missed) <= 0.025


def test_the_difference_of_two_shares_is_newcombes() -> None:
    # Newcombe 1998, table II, method 10, 56/70 - 48/80: 0.2, 0.0524 to 0.3339.
    now, before = figure(0.8, 0.691879, 0.876834, 70), figure(0.6, 0.490381, 0.700461, 80)
    found = change(now, before, HIGHER)
    assert found.difference == pytest.approx(0.2)
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=3e-4)
    assert found.course is FigureCourse.BETTER
    assert change(now, before, LOWER).course is FigureCourse.WORSE


@pytest.mark.parametrize("before", [figure(None, None, None, 0), figure(0.7, None, None, 1), figure(0.75, 0.6, 0.85)])
def test_what_may_be_luck_is_no_course(before: Estimate) -> None:
    found = change(figure(0.8, 0.7, 0.87), before, HIGHER)
    assert found.course is FigureCourse.CANNOT_TELL
    assert found.before == before.value
