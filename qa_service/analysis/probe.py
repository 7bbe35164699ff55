"""A probe: from a few examples of a meaning, how likely another sentence means the same.

A cosine alone decides badly: its size depends on the language, the length and the subject. A probe is the regularised least-squares
direction that parts the examples from the counter-examples and from ordinary sentences of a contact centre (ridge regression,
classes weighed alike, each language centred by its own mean), in closed form, so that equal examples give equal probes. How far it
separates examples that it has not seen is told by leaving each out in turn (the exact shortcut of ridge regression), and a logistic
calibration over score and separation turns it into log odds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]

#: Strength of the penalty; between .03 and .3 the ranking hardly changes.
_PENALTY = 0.1
#: Share of the weight against the meaning that counter-examples get where there are any; ordinary sentences get the rest.
_COUNTER = 0.5


class Calibration(NamedTuple):
    """Log odds = ``score`` x score + ``likes`` x mean of the left-out examples + ``rest`` x mean of the left-out rest + ``start``."""

    score: float
    likes: float
    rest: float
    start: float


#: Fitted on labelled utterances in English, Persian and Arabic; ``docs/rubrics.md`` tells how well it holds.
DEFAULT = Calibration(score=5.15, likes=-2.48, rest=-2.96, start=-0.71)


class Probe(NamedTuple):
    """A direction and what its scores mean."""

    #: Shape ``(width,)``.
    direction: Matrix
    #: Added to the product with the direction: the score; examples lie near 1, the rest near -1.
    offset: float
    #: Mean score of the examples, and of all else, each left out in turn.
    likes: float
    rest: float

    def score(self, vectors: Matrix) -> Matrix:
        """Scores, shape ``(n,)``, of centred vectors, shape ``(n, width)``."""
        found: Matrix = unit(vectors) @ self.direction + self.offset
        return found

    def points(self, vectors: Matrix, *, calibration: Calibration = DEFAULT) -> Matrix:
        """Log odds, shape ``(n,)``, that each means it, where it is as likely as not beforehand."""
        fixed = calibration.likes * self.likes + calibration.rest * self.rest + calibration.start
        return calibration.score * self.score(vectors) + fixed


def fit(like: Matrix, unlike: Matrix, background: Matrix, *, penalty: float = _PENALTY) -> Probe:
    """From centred vectors, shapes ``(n, width)``: examples (one or more), counter-examples (may be none), ordinary sentences."""
    rows = unit(np.concatenate([like, unlike, background]))
    target = np.where(np.arange(len(rows)) < len(like), 1.0, -1.0)
    weight = np.concatenate([np.full(len(like), 1 / len(like)), *_against(len(unlike), len(background))])
    middle, level = weight @ rows / 2, float(weight @ target / 2)
    centred = rows - middle
    inverse = np.linalg.inv((centred * weight[:, None]).T @ centred + penalty * np.eye(rows.shape[1]))
    direction = inverse @ (centred.T @ (weight * (target - level)))
    fitted = centred @ direction + level
    # How much each row pulls its own fit: the diagonal of the hat matrix, with the level's part.
    pull = weight * (np.einsum("ij,jk,ik->i", centred, inverse, centred) + 0.5)
    left_out = target - (target - fitted) / np.maximum(1 - pull, 1e-6)
    offset = level - float(middle @ direction)
    return Probe(direction, offset, float(left_out[: len(like)].mean()), float(left_out[len(like) :].mean()))


def unit(vectors: Matrix) -> Matrix:
    """Rows at length 1."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    found: Matrix = vectors / np.maximum(lengths, 1e-12)
    return found


def _against(counter: int, ordinary: int) -> tuple[Matrix, Matrix]:
    share = _COUNTER if counter else 0.0
    return np.full(counter, share / max(counter, 1)), np.full(ordinary, (1 - share) / ordinary)
