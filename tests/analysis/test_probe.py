"""Probes: the closed form against its definition, and what leaving out tells."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_service.analysis.probe import Calibration, fit, unit

Matrix = NDArray[np.float64]
WIDTH = 12


def cloud(count: int, *, seed: int, along: int | None = None) -> Matrix:
    """Vectors around nothing, or around an axis."""
    rows: Matrix = np.random.default_rng(seed).normal(size=(count, WIDTH))
    if along is not None:
        rows[:, along] += 4
    return rows


def loss(direction: Matrix, offset: float, rows: Matrix, target: Matrix, weight: Matrix) -> float:
    return float(weight @ (rows @ direction + offset - target) ** 2 + 0.1 * direction @ direction)


def test_the_direction_is_the_least_of_its_loss() -> None:
    like, unlike, rest = cloud(5, seed=1, along=0), cloud(3, seed=2, along=1), cloud(20, seed=3)
    probe = fit(like, unlike, rest)
    rows = unit(np.concatenate([like, unlike, rest]))
    target = np.r_[np.ones(5), -np.ones(23)]
    weight = np.r_[np.full(5, 1 / 5), np.full(3, 0.5 / 3), np.full(20, 0.5 / 20)]
    best = loss(probe.direction, probe.offset, rows, target, weight)
    for step in np.random.default_rng(4).normal(size=(50, WIDTH + 1)) * 0.01:
        assert loss(probe.direction + step[:WIDTH], probe.offset + step[WIDTH], rows, target, weight) > best


def test_what_is_like_scores_over_what_is_not() -> None:
    probe = fit(cloud(6, seed=1, along=0), np.zeros((0, WIDTH)), cloud(40, seed=3))
    assert probe.score(cloud(20, seed=5, along=0)).mean() > probe.score(cloud(20, seed=6)).mean() + 0.5


def test_near_misses_are_pushed_away() -> None:
    like, rest, near = cloud(6, seed=1, along=0), cloud(40, seed=3), cloud(6, seed=2, along=1)
    assert fit(like, near, rest).score(near).mean() < fit(like, near[:0], rest).score(near).mean()


def test_left_out_examples_score_as_fresh_ones_do() -> None:
    """Many rows, so that the middle hardly moves when one is left out."""
    like, rest = cloud(40, seed=1, along=0), cloud(200, seed=3)
    probe = fit(like, like[:0], rest)
    fresh = [float(fit(np.delete(like, i, axis=0), like[:0], rest).score(like[i : i + 1])[0]) for i in range(len(like))]
    assert probe.likes == pytest.approx(np.mean(fresh), abs=0.01)
    assert probe.likes < probe.score(like).mean()


def test_points_are_the_calibration_of_the_score() -> None:
    probe = fit(cloud(6, seed=1, along=0), np.zeros((0, WIDTH)), cloud(40, seed=3))
    rows = cloud(3, seed=7)
    expected = 2 * probe.score(rows) - 3 * probe.likes + 4 * probe.rest + 0.5
    assert probe.points(rows, calibration=Calibration(2, -3, 4, 0.5)) == pytest.approx(expected)


def test_one_example_is_enough_to_fit() -> None:
    assert np.isfinite(fit(cloud(1, seed=1), np.zeros((0, WIDTH)), cloud(40, seed=3)).points(cloud(2, seed=2))).all()
