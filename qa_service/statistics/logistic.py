"""Logistic regression of a share between 0 and 1, with a ridge, by Newton's method; exact, and the same for equal input.

For answers of yes and no it is the usual one; for shares it is the quasi-likelihood of Papke and Wooldridge 1996. Ridge: le Cessie and
van Houwelingen 1992.
"""

from __future__ import annotations

import numpy as np

from qa_service.statistics.resampling import Floats

_STEPS = 50
#: Largest change of a weight in one step, and the one below which the weights are found.
_LONGEST, _NEAR = 3.0, 1e-7
#: Keeps the constant finite where all targets are equal.
_CONSTANT = 1e-4
#: Log odds beyond which a chance is not told from 0 or 1.
_FAR = 30.0
_SCALES = 1e-9


def chances(points: Floats) -> Floats:
    """Chances of log odds."""
    found: Floats = 1 / (1 + np.exp(-np.clip(points, -_FAR, _FAR)))
    return found


def log_odds(chance: Floats) -> Floats:
    """Log odds of chances."""
    kept = np.clip(chance, _SCALES, 1 - _SCALES)
    found: Floats = np.log(kept / (1 - kept))
    return found


def fit(rows: Floats, target: Floats, *, penalty: float, weight: Floats | None = None) -> Floats:
    """Weights of the columns that make ``sum(weight * loss) + penalty * sum(weights[1:]**2) / 2`` least.

    ``rows``: ``(n, columns)``, the first of ones, which the ridge leaves alone; ``target``: ``(n,)``, 0 to 1; ``penalty``: above 0.
    """
    share = np.ones(len(rows)) if weight is None else weight
    ridge = np.full(rows.shape[1], penalty)
    ridge[0] = _CONSTANT
    found = np.zeros(rows.shape[1])
    for _ in range(_STEPS):
        chance = chances(rows @ found)
        slope = rows.T @ (share * (chance - target)) + ridge * found
        bend = (rows * (share * chance * (1 - chance))[:, None]).T @ rows + np.diag(ridge)
        step = np.linalg.solve(bend, slope)
        longest = float(np.abs(step).max())
        found = found - step * min(1.0, _LONGEST / max(longest, _NEAR))
        if longest < _NEAR:
            break
    return found


def loss(chance: Floats, target: Floats) -> Floats:
    """Log loss of each; shares count as so much of a yes and of a no."""
    kept = np.clip(chance, _SCALES, 1 - _SCALES)
    found: Floats = -(target * np.log(kept) + (1 - target) * np.log(1 - kept))
    return found


def straightened(points: Floats, target: Floats) -> tuple[float, float]:
    """Constant and slope of Platt's scaling (Platt 1999): ``chance = chances(constant + slope * points)`` is what it says."""
    rows = np.stack([np.ones(len(points)), points], axis=1)
    constant, slope = fit(rows, target, penalty=_CONSTANT)
    return float(constant), float(slope)
