"""Ratings: who answered what, as the arrays that formulas of agreement take."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_service.statistics.resampling import Floats

#: No answer.
MISSING = -1


class Ratings:
    """``codes``: interactions x reviewers, the index of a category or :data:`MISSING`; ``q`` categories, whether used or not."""

    def __init__(self, codes: NDArray[np.int64], q: int) -> None:
        self.codes = codes
        self.q = q

    @classmethod
    def of(cls, rows: Sequence[Sequence[str | None]], categories: Sequence[str]) -> Ratings:
        """Answers by interaction and reviewer, ``None`` for none; what is no category counts as none."""
        index = {category: code for code, category in enumerate(categories)}
        codes = [[MISSING if answer is None else index.get(answer, MISSING) for answer in row] for row in rows]
        raters = len(rows[0]) if rows else 0
        return cls(np.array(codes, dtype=np.int64).reshape(len(rows), raters), len(categories))

    @property
    def counts(self) -> Floats:
        """Interactions x categories: how many reviewers gave each answer."""
        return np.stack([(self.codes == code).sum(axis=1) for code in range(self.q)], axis=1).astype(float)

    @property
    def paired(self) -> int:
        """Interactions that two reviewers or more answered."""
        return int(np.sum((self.codes != MISSING).sum(axis=1) >= 2))

    @property
    def contrast(self) -> int:
        """Interactions whose main answer is the second most frequent main answer; where two answers are equally many, both are main."""
        counts = self.counts
        answered = counts[counts.sum(axis=1) >= 2]
        if not len(answered):
            return 0
        main = np.sort((answered == answered.max(axis=1, keepdims=True)).sum(axis=0))
        return int(main[-2]) if len(main) > 1 else 0

    def of_two(self, first: int, second: int) -> Ratings:
        """Those of two reviewers alone."""
        return Ratings(self.codes[:, [first, second]], self.q)

    def table(self, first: int, second: int) -> Floats:
        """Interactions x categories x categories: 1 where both answered, at the first one's answer and the second one's."""
        one, other = self._marked(first), self._marked(second)
        return one[:, :, None] * other[:, None, :]

    def _marked(self, rater: int) -> Floats:
        marked: Floats = (self.codes[:, rater, None] == np.arange(self.q)).astype(float)
        return marked


def quadratic(values: Sequence[float]) -> Floats:
    """Weights ``1 - ((v_k - v_l) / (v_max - v_min))**2`` of agreement of two answers (Fleiss and Cohen 1973); identity for one value."""
    scale = np.asarray(values, dtype=float)
    span = float(np.ptp(scale))
    if span == 0:
        return np.eye(len(scale))
    weights: Floats = 1 - ((scale[:, None] - scale[None, :]) / span) ** 2
    return weights
