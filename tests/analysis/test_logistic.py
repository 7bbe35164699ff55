"""Logistic regression against what can be worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.analysis.logistic import fit_logistic, fit_scale, softmax


def one_hot(*answers: int, of: int = 2) -> np.ndarray:
    return np.eye(of)[list(answers)]


def fit(rows: list[list[float]], target: np.ndarray, *, penalty: float, towards: np.ndarray | None = None) -> np.ndarray:
    given = np.array(rows)
    start = np.zeros((given.shape[1], target.shape[1])) if towards is None else towards
    return fit_logistic(given, target, weight=np.ones(len(given)), penalty=np.full(given.shape[1], penalty), towards=start)


def test_a_constant_alone_gives_the_shares() -> None:
    found = fit([[1.0]] * 4, one_hot(0, 0, 0, 1), penalty=1e-9)
    assert softmax(np.ones((1, 1)) @ found)[0] == pytest.approx([0.75, 0.25], abs=1e-6)


def test_three_answers_are_shares_too() -> None:
    found = fit([[1.0]] * 10, one_hot(0, 0, 0, 0, 0, 1, 1, 1, 2, 2, of=3), penalty=1e-9)
    assert softmax(found)[0] == pytest.approx([0.5, 0.3, 0.2], abs=1e-6)


def test_a_feature_that_says_it_all_is_held_by_its_penalty() -> None:
    # One feature x = 1 for answer 0 and -1 for answer 1, and by symmetry weights (w, -w). The slope is 0 where
    # 2 * -(1 - p) + penalty * w = 0 with p = 1 / (1 + exp(-2 w)): for penalty 1, w = 2 (1 - p) has the root 0.4497...
    found = fit([[1.0], [-1.0]], one_hot(0, 1), penalty=1.0)
    weight = float(found[0, 0])
    assert found[0, 1] == pytest.approx(-weight)
    assert weight == pytest.approx(2 * (1 - 1 / (1 + np.exp(-2 * weight))), abs=1e-6)


def test_where_nothing_is_told_it_stays_where_it_was_pulled() -> None:
    towards = np.array([[0.7, -0.7]])
    assert fit([[0.0]], one_hot(0), penalty=1.0, towards=towards) == pytest.approx(towards)


def test_a_stiff_pull_wins_over_few_cases() -> None:
    towards = np.array([[2.0, 0.0]])
    found = fit([[1.0]] * 3, one_hot(1, 1, 1), penalty=1e6, towards=towards)
    assert found == pytest.approx(towards, abs=1e-4)


def test_weights_of_cases_count_like_copies() -> None:
    rows, target = np.array([[1.0, 0.3], [1.0, -0.2], [1.0, 1.0]]), one_hot(0, 1, 0)
    told = {"penalty": np.full(2, 0.5), "towards": np.zeros((2, 2))}
    copies = fit_logistic(np.repeat(rows, [2, 1, 1], axis=0), np.repeat(target, [2, 1, 1], axis=0), weight=np.ones(4), **told)
    assert fit_logistic(rows, target, weight=np.array([2.0, 1.0, 1.0]), **told) == pytest.approx(copies)


def test_the_scale_undoes_boasting() -> None:
    # Log odds of 2 say 88 %, and 3 of 4 are right, which is log odds of ln 3: the scale is ln(3) / 2.
    points = np.array([[2.0, 0.0]] * 4)
    assert fit_scale(points, np.array([0, 0, 0, 1])) == pytest.approx(np.log(3) / 2, abs=1e-3)


def test_the_scale_has_bounds() -> None:
    assert fit_scale(np.array([[1.0, 0.0]] * 3), np.array([0, 0, 0])) == pytest.approx(3.0, abs=1e-3)
    assert fit_scale(np.array([[1.0, 0.0]] * 3), np.array([1, 1, 1])) == pytest.approx(0.2, abs=1e-3)
