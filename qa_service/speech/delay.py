"""The offset between two files of one call, when one recorder began later than the other.

Told from crosstalk, where there is any: what one party says is heard, quietly, in the other's file too. The quick ups and downs of the
levels of both files (syllables, not who has the floor) are correlated at every offset by FFT; where one offset stands out, the files are
laid together at it, and it counts as sure when the wave itself proves a leak there (:mod:`.gate`). Without crosstalk nothing can be told,
and nothing is. Pure: arrays in, values out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_service.speech.gate import Samples, find_leak, frame_levels

#: At least this sure, and an offset is believed.
SURE = 0.8
#: Length of a frame of the levels, ms.
_FRAME_MS = 10
#: Levels further below full scale are silence, dB.
_FLOOR_DB = -80.0
#: Slower changes of a level than this are who has the floor, frames; larger ones count as this much, dB.
_SLOW_FRAMES, _LARGEST_DB = 40, 15.0
#: An offset must stand out from all others by this many deviations to be looked at, and by the second to count without proof.
_STANDS_OUT, _PROVES_ITSELF = 4.5, 14.0
#: Neighbours of a peak that belong to it, frames: an echo arrives up to 300 ms late.
_PEAK_FRAMES = 35
#: Frames of the gate, ms.
_GATE_MS = 32
#: Confidence of an offset that only the levels show.
_BY_LEVELS = 0.6
Curve = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Offset:
    """How far two recordings of one call are apart."""

    #: The right one began this much later than the left one, ms; negative: earlier.
    late_ms: int
    #: How sure that is, 0 to 1; from ``SURE`` on the wave proves it.
    confidence: float


def find_offset(left: Samples, right: Samples, *, rate: int, max_ms: int) -> Offset | None:
    """By how much ``right`` began later, at most ``max_ms`` either way; ``None`` where the recordings do not tell.

    ``left`` and ``right`` have shape (n,) and ``rate`` samples a second. Good to about 10 ms where each party is heard on the other's side
    or leaks come without delay; an echo in one direction only is taken for part of the offset (up to 300 ms).
    """
    levels = _changes(left, rate), _changes(right, rate)
    most = min(max_ms // _FRAME_MS, min(len(one) for one in levels) - 1)
    if most <= _PEAK_FRAMES:
        return None
    curve = _likeness(*levels, most=most)
    peak = int(curve.argmax())
    height = _height(curve, peak)
    if height < _STANDS_OUT:
        return None
    late = peak - len(curve) // 2
    found = _proved(left, right, rate=rate, late=late * _FRAME_MS * rate // 1000)
    if found is not None:
        return Offset(late_ms=round(found * 1000 / rate), confidence=round(min(1.0, SURE + height / 100), 3))
    return Offset(late_ms=late * _FRAME_MS, confidence=_BY_LEVELS) if height >= _PROVES_ITSELF else None


def _changes(channel: Samples, rate: int) -> Curve:
    """Quick ups and downs of the level, one a frame, dB."""
    edges = np.arange(0, len(channel) + 1, max(1, rate * _FRAME_MS // 1000), dtype=np.int64)
    if len(edges) < 2:
        return np.empty(0)
    levels = np.maximum(frame_levels(channel, edges), _FLOOR_DB).astype(np.float64)
    slow = np.convolve(np.pad(levels, _SLOW_FRAMES, mode="edge"), np.ones(2 * _SLOW_FRAMES + 1) / (2 * _SLOW_FRAMES + 1), mode="valid")
    return np.asarray(np.clip(levels - slow, -_LARGEST_DB, _LARGEST_DB), dtype=np.float64)


def _likeness(left: Curve, right: Curve, *, most: int) -> Curve:
    """Correlation for offsets ``-most..most`` of ``right`` against ``left``, over the frames they share."""
    size = 1 << int(len(left) + len(right)).bit_length()
    product = np.fft.irfft(np.fft.rfft(left, size) * np.conj(np.fft.rfft(right, size)), size)
    around = np.concatenate([product[-most:], product[: most + 1]])
    shared = np.array([min(len(left), len(right) + late) - max(0, late) for late in range(-most, most + 1)])
    # Few shared frames are alike by chance: their correlation is not blown up.
    return np.asarray(around / np.sqrt(np.maximum(shared, max(1, min(len(left), len(right)) // 2))), dtype=np.float64)


def _height(curve: Curve, peak: int) -> float:
    """How many deviations the peak stands above everything that is not beside it."""
    others = np.concatenate([curve[: max(0, peak - _PEAK_FRAMES)], curve[peak + _PEAK_FRAMES + 1 :]])
    if len(others) < _PEAK_FRAMES:
        return 0.0
    middle = float(np.median(others))
    spread = 1.4826 * float(np.median(np.abs(others - middle)))
    return (float(curve[peak]) - middle) / spread if spread > 0 else 0.0


def _proved(left: Samples, right: Samples, *, rate: int, late: int) -> int | None:
    """The offset in samples where the wave of one file is found in the other, laid together at about ``late``; ``None`` where not."""
    first, second = left[max(0, late) :], right[max(0, -late) :]
    length = min(len(first), len(second))
    edges = np.arange(0, length + 1, max(1, rate * _GATE_MS // 1000), dtype=np.int64)
    if len(edges) < 2:
        return None
    first, second = first[: edges[-1]], second[: edges[-1]]
    levels = frame_levels(first, edges), frame_levels(second, edges)
    onto_right = find_leak(second, first, levels[1], levels[0], edges)
    onto_left = find_leak(first, second, levels[0], levels[1], edges)
    if onto_right is not None and onto_left is not None:
        return late - (onto_right.delay - onto_left.delay) // 2  # both ways take as long, so the middle is the offset
    if onto_right is not None:
        return late - onto_right.delay
    return None if onto_left is None else late + onto_left.delay
