"""Logistic regression against closed forms, and Platt's scaling."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qa_service.statistics.logistic import chances, fit, log_odds, loss, straightened


def test_two_groups_without_a_ridge_are_their_log_odds() -> None:
    """30 of 40 and 10 of 40: constant log(3), difference log(1/3) - log(3) = -2 log(3)."""
    rows = np.array([[1.0, 0.0]] * 40 + [[1.0, 1.0]] * 40)
    target = np.array([1.0] * 30 + [0.0] * 10 + [1.0] * 10 + [0.0] * 30)
    found = fit(rows, target, penalty=1e-9)
    assert found == pytest.approx([math.log(3), -2 * math.log(3)], abs=1e-4)
    assert chances(rows[:1] @ found) == pytest.approx([0.75], abs=1e-5)


def test_weights_count_like_copies() -> None:
    chance = np.random.default_rng(1)
    rows = np.concatenate([np.ones((30, 1)), chance.normal(size=(30, 2))], axis=1)
    target, weight = chance.integers(0, 2, 30).astype(float), chance.integers(1, 4, 30)
    copied = np.repeat(np.arange(30), weight)
    assert fit(rows, target, penalty=2.0, weight=weight.astype(float)) == pytest.approx(fit(rows[copied], target[copied], penalty=2.0))


def test_shares_count_as_so_much_of_a_yes() -> None:
    """A share of one half is half a yes and half a no."""
    rows = np.array([[1.0, 0.0], [1.0, 1.0], [1.0, 1.0]])
    halves = fit(rows, np.array([1.0, 0.5, 0.5]), penalty=1.0)
    split = fit(rows[[0, 1, 1, 2, 2]], np.array([1.0, 1, 0, 1, 0]), penalty=1.0, weight=np.array([1.0, 0.5, 0.5, 0.5, 0.5]))
    assert halves == pytest.approx(split)


@pytest.mark.parametrize("target", [np.ones(20), np.zeros(20), (np.arange(20) > 9).astype(float)], ids=["all", "none", "separable"])
def test_what_has_no_finite_answer_gets_one(target: np.ndarray) -> None:
    rows = np.stack([np.ones(20), np.arange(20) - 9.5], axis=1)
    found = fit(rows, target, penalty=0.1)
    assert np.isfinite(found).all()
    assert np.abs(chances(rows @ found) - target).mean() < 0.2


def test_chances_that_are_what_they_say_need_no_straightening_and_doubled_ones_half() -> None:
    chance = np.random.default_rng(3)
    points = chance.normal(size=20_000)
    happened = (chance.random(20_000) < chances(points)).astype(float)
    assert straightened(points, happened) == pytest.approx((0, 1), abs=0.06)
    assert straightened(2 * points, happened)[1] == pytest.approx(0.5, abs=0.03)


def test_loss_and_log_odds() -> None:
    assert loss(np.array([0.5, 0.9]), np.array([1.0, 0.0])) == pytest.approx([math.log(2), -math.log(0.1)])
    assert log_odds(np.array([0.5, 0.75])) == pytest.approx([0, math.log(3)])
