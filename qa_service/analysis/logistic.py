"""Multinomial logistic regression with a ridge that pulls towards told weights, by Newton's method; exact, and the same for equal input."""

from __future__ import annotations

import numpy as np

from qa_service.analysis.probe import Matrix

_STEPS = 60
_LONGEST = 3.0
_NEAR = 1e-6


def softmax(points: Matrix) -> Matrix:
    """Chances, shape ``(n, answers)``, of log odds of that shape."""
    powers = np.exp(points - points.max(axis=1, keepdims=True))
    found: Matrix = powers / powers.sum(axis=1, keepdims=True)
    return found


def fit_logistic(rows: Matrix, target: Matrix, *, weight: Matrix, penalty: Matrix, towards: Matrix) -> Matrix:
    """Weights, shape ``(features, answers)``, that make ``sum(weight * loss) + sum(penalty * (weights - towards)**2) / 2`` least.

    ``rows``: shape ``(n, features)``; ``target``: one-hot, shape ``(n, answers)``; ``weight``: ``(n,)``; ``penalty``: ``(features,)``, all
    above 0, so that the problem has one answer although softmax does not change when a constant is added to all answers.
    """
    features, answers = towards.shape
    found = towards.copy()
    ridge = np.diag(np.repeat(penalty, answers))
    for _ in range(_STEPS):
        chances = softmax(rows @ found)
        slope = rows.T @ (weight[:, None] * (chances - target)) + penalty[:, None] * (found - towards)
        bend = np.zeros((features, answers, features, answers))
        for one in range(answers):
            for other in range(answers):
                share = weight * chances[:, one] * ((one == other) - chances[:, other])
                bend[:, one, :, other] = (rows * share[:, None]).T @ rows
        step = np.linalg.solve(bend.reshape(features * answers, -1) + ridge, slope.reshape(-1)).reshape(features, answers)
        longest = float(np.abs(step).max())
        found = found - step * min(1.0, _LONGEST / max(longest, _NEAR))
        if longest < _NEAR:
            break
    return found


def fit_scale(points: Matrix, right: Matrix, *, weight: Matrix | None = None) -> float:
    """The number that log odds must be multiplied by so that chances are what they say (temperature scaling, Guo et al. 2017).

    ``points``: ``(n, answers)``, of cases that were not learned from; ``right``: index of the right answer of each. Golden section search
    over ``ln`` of the scale, which the loss is convex in the scale of.
    """
    share = np.ones(len(points)) if weight is None else weight

    def loss(scale: float) -> float:
        chances = softmax(points * scale)[np.arange(len(points)), right]
        return float(-(share * np.log(np.maximum(chances, 1e-12))).sum())

    low, high, golden = 0.2, 3.0, (5**0.5 - 1) / 2
    while high - low > 1e-4:
        one, other = high - golden * (high - low), low + golden * (high - low)
        low, high = (low, other) if loss(one) < loss(other) else (one, high)
    return round((low + high) / 2, 4)
