"""Clustering of unit vectors by cosine: average linkage finds how many groups there are, spherical k-means settles who belongs to which.

Average linkage (UPGMA, Sokal and Michener 1958) needs no number of groups, only the cosine at which groups are no longer one; it costs the
square of the number of rows, so that large histories are sampled for it. Spherical k-means (Dhillon and Modha 2001) then takes all rows.
Deterministic: equal rows in equal order give equal groups.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qa_service.analysis.probe import Matrix, unit

#: Rows that average linkage takes; memory is their square.
_LINKED = 2000
_ROUNDS = 12
_GONE = -9.0


def centres_of(rows: Matrix, *, apart: float, far: float, smallest: int, fixed: Matrix | None = None) -> Matrix:
    """Centres, shape ``(groups, width)``, of the groups of ``smallest`` rows or more; ``fixed`` ones come first and stay as they are.

    ``rows``: of length 1, shape ``(n, width)``; ``apart``: mean cosine under which groups stay apart; ``far``: cosine under which a row
    belongs to no centre.
    """
    step = -(-len(rows) // _LINKED)
    sample = rows[::step]
    labels = linked(sample, apart=apart)
    least = max(2, -(-smallest // step))
    kept = [unit(sample[labels == label].mean(axis=0)[None])[0] for label in np.unique(labels) if (labels == label).sum() >= least]
    if fixed is not None:
        kept = [one for one in kept if float((fixed @ one).max()) < apart]
    found = np.stack(kept) if kept else np.zeros((0, rows.shape[1]))
    return _settled(rows, found, fixed if fixed is not None else np.zeros((0, rows.shape[1])), far=far, smallest=smallest)


def _settled(rows: Matrix, found: Matrix, fixed: Matrix, *, far: float, smallest: int) -> Matrix:
    for _ in range(_ROUNDS):
        if not len(found):
            break
        near = rows @ np.concatenate([fixed, found]).T
        best, sure = near.argmax(axis=1) - len(fixed), near.max(axis=1) >= far
        groups = [rows[(best == index) & sure] for index in range(len(found))]
        moved = [unit(group.mean(axis=0)[None])[0] for group in groups if len(group) >= smallest]
        after = np.stack(moved) if moved else np.zeros((0, rows.shape[1]))
        if after.shape == found.shape and np.allclose(after, found, atol=1e-9):
            break
        found = after
    both: Matrix = np.concatenate([fixed, found])
    return both


def linked(rows: Matrix, *, apart: float) -> NDArray[np.int64]:
    """A label for each row: groups whose mean cosine is ``apart`` or more are one."""
    labels: NDArray[np.int64] = np.arange(len(rows), dtype=np.int64)
    near = rows @ rows.T
    np.fill_diagonal(near, _GONE)
    size, alive = np.ones(len(rows)), np.ones(len(rows), dtype=bool)
    partner, closest = near.argmax(axis=1), near.max(axis=1)
    while len(rows) > 1:
        one = int(np.where(alive, closest, _GONE).argmax())
        if closest[one] < apart:
            break
        other = int(partner[one])
        near[one] = (near[one] * size[one] + near[other] * size[other]) / (size[one] + size[other])
        near[one, one] = _GONE
        near[:, one] = near[one]
        near[other], near[:, other], alive[other] = _GONE, _GONE, False
        size[one] += size[other]
        labels[labels == other] = one
        closest[other] = _GONE
        for row in [one, *np.flatnonzero(alive & ((partner == other) | (partner == one)))]:
            partner[row], closest[row] = near[row].argmax(), near[row].max()
        nearer = alive & (near[:, one] > closest)
        partner[nearer], closest[nearer] = one, near[nearer, one]
    return labels
