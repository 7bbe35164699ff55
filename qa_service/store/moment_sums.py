"""Sums of moments over many scorecards at once, in arrays whose columns are those of :class:`~qa_service.domain.moments.Moments`."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.moments import ABSTAINED, Moments
from qa_service.domain.outcomes import ABSTAINS, CLOSED, UNIT

Array = NDArray[np.float64]
WIDTH = len(Moments._fields)
_PEOPLE = Moments._fields.index("people")
_DOUBLE, _CODE = np.dtype("<f8"), np.dtype("<u4")


def of_outcomes(packed: Sequence[bytes], weights: Sequence[float], count: int) -> Array:
    """Moments of scorecards of one form of ``count`` items, packed as :func:`qa_service.domain.outcomes.pack` does.

    Shape: scorecards x items x :data:`WIDTH`. The same numbers as ``Moments.of`` of each outcome, to the last bit.
    """
    found = np.zeros((len(packed), count, WIDTH))
    by_people = [number for number, one in enumerate(packed) if len(one) > count * _CODE.itemsize]
    codes = np.frombuffer(b"".join(one[: count * _CODE.itemsize] for one in packed), _CODE).reshape(len(packed), count)
    g, b = _shares(codes)
    abstains = codes == ABSTAINS
    g[abstains] = ABSTAINED
    found[..., 0] = 1.0
    found[..., 1], found[..., 2], found[..., 3], found[..., 4] = g, b, g * g, abstains
    if by_people:
        told = np.frombuffer(b"".join(packed[number][count * _CODE.itemsize :] for number in by_people), _CODE)
        weight = np.array([weights[number] for number in by_people])[:, None]
        found[by_people, :, _PEOPLE:] = _by_people(*_shares(told.reshape(len(by_people), count)), g[by_people], b[by_people], weight)
    return found


def _by_people(u: Array, a: Array, g: Array, b: Array, w: Array) -> Array:
    ww = w * w
    ones = np.ones_like(u)
    columns = (
        ones, a, u, u * u, w * ones, w * a, w * u, w * b, w * g, ww * ones, ww * a, ww * u, ww * b, ww * g, ww * u * u, ww * g * g,
        ww * a * b, ww * a * g, ww * u * b, ww * u * g,
    )  # fmt: skip
    return np.stack(columns, axis=-1)


def _shares(codes: NDArray[np.uint32]) -> tuple[Array, Array]:
    """Shares, and whether there was an opportunity."""
    closed = codes == CLOSED
    shares = codes / UNIT
    shares[closed] = 0.0
    return shares, 1.0 - closed


def settled(sums: Array) -> Array:
    """Without what rounding leaves behind where nothing is left to sum."""
    sums[sums[:, 0] == 0] = 0.0
    sums[sums[:, _PEOPLE] == 0, _PEOPLE:] = 0.0
    return sums


def close(one: Array, other: Array) -> bool:
    """Whether two sums are the same but for rounding."""
    return one.shape == other.shape and bool(np.allclose(one, other, rtol=1e-9, atol=1e-6))


def packed(sums: Array) -> bytes:
    """Little-endian doubles."""
    return sums.astype(_DOUBLE, copy=False).tobytes()


def added(parts: Sequence[bytes], count: int) -> Array:
    """The sum of packed sums of ``count`` items."""
    if len(parts) == 1:
        return np.frombuffer(parts[0], _DOUBLE).reshape(count, WIDTH)
    whole: Array = np.frombuffer(b"".join(parts), _DOUBLE).reshape(len(parts), count, WIDTH).sum(axis=0)
    return whole


def as_moments(sums: Array) -> list[Moments]:
    """One for each item."""
    return [Moments(*row) for row in sums.tolist()]
