"""The cross-channel gate: frames of a channel that hold only the other party's voice, leaked in quietly.

A recorder, a headset or a speakerphone lets each party be heard on the other's channel at -20 to -45 dB. Voice activity hears
that speech, and a recogniser writes it down for the wrong party. Here a frame counts as leaked when the other channel is
clearly louder and either

- the waveform follows the other channel's (normalised correlation at the delay of the leak, which is measured once a call), or
- it is far below both the other channel and what its own party speaks like.

When both really talk at once, a party's own voice is no copy of the other's and not far below its own usual level, so it stays.
Pure: arrays in, masks out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

#: Share of a frame's energy that the delayed other channel explains, from which it is a leak.
_EXPLAINED = 0.25
#: A leak is at least this far below its source, dB.
_BELOW_SOURCE_DB = 6.0
#: Without likeness: at least this far below the other channel, and below the own party's usual level, dB.
_FAR_BELOW_SOURCE_DB, _FAR_BELOW_OWN_DB = 18.0, 15.0
#: The leak may come up to this much later than the source (an echo over a mobile network), or a little earlier, ms.
_LATEST_MS, _EARLIEST_MS = 300, 20
#: The delay is measured on at most this many stretches of this length.
_PROBES, _PROBE_FRAMES = 60, 16
#: Mean likeness over the probes from which a delay is believed.
_BELIEVED = 0.12
#: Frames that decide together whether one of them is leaked.
_SMOOTH = 7
#: Frames over which likeness is measured.
_LIKENESS_FRAMES = 3
_FLOOR_DB = -100.0
_BLOCK_FRAMES = 2048

Samples = NDArray[np.int16]
Levels = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Leak:
    """How one channel is heard on the other."""

    #: Samples by which the leak comes later than its source.
    delay: int
    #: Mean normalised correlation at that delay, 0 to 1.
    likeness: float


class Gated(NamedTuple):
    """What each channel holds of the other party."""

    #: For each channel the frames that hold only the other party.
    leaked: tuple[Mask, ...]
    #: For each channel how the other party is heard on it, ``None`` where it is not.
    leaks: tuple[Leak | None, ...]


def leaked_frames(samples: Samples, *, frame: float, frames: int) -> Gated:
    """Both channels against each other. ``samples`` (n, 2); ``frame`` in samples, may be broken; ``frames``: how many."""
    edges = np.minimum(np.floor(np.arange(frames + 1) * frame), len(samples)).astype(np.int64)
    channels = samples[:, 0], samples[:, 1]
    levels = frame_levels(channels[0], edges), frame_levels(channels[1], edges)
    leaks = tuple(find_leak(channels[c], channels[1 - c], levels[c], levels[1 - c], edges) for c in (0, 1))
    leaked = tuple(_leaked(channels[c], channels[1 - c], levels[c], levels[1 - c], edges, leaks[c]) for c in (0, 1))
    return Gated(leaked, leaks)


def frame_levels(channel: Samples, edges: NDArray[np.int64]) -> Levels:
    """Level of each frame in dB below full scale."""
    energy = np.zeros(len(edges) - 1, dtype=np.float32)
    for low in range(0, len(energy), _BLOCK_FRAMES):
        part = edges[low : low + _BLOCK_FRAMES + 1]
        energy[low : low + len(part) - 1] = _sums(np.square(_floats(channel, part[0], part[-1])), part)
    lengths = np.maximum(1, np.diff(edges))
    return np.asarray(10 * np.log10(np.maximum(energy / lengths, 10 ** (_FLOOR_DB / 10))), dtype=np.float32)


def find_leak(channel: Samples, source: Samples, level: Levels, source_level: Levels, edges: NDArray[np.int64]) -> Leak | None:
    """How ``source`` is heard on ``channel``, measured where it is loud and the channel quiet; ``None`` if it is not."""
    rate = float(edges[1] - edges[0]) / 0.032 if len(edges) > 1 else 0.0
    early, late = int(_EARLIEST_MS * rate / 1000), int(_LATEST_MS * rate / 1000)
    total = np.zeros(early + late + 1)
    probes = _probe_frames(level, source_level)
    for index in probes:
        low, high = int(edges[index]), int(edges[index + _PROBE_FRAMES])
        total += _likeness_by_delay(channel, source, low, high, early, late)
    # Signed sums: chance likenesses cancel from probe to probe, a leak adds up (even one with its phase turned).
    likeness = np.abs(total) / max(1, len(probes))
    if likeness.max() < _BELIEVED:
        return None
    return Leak(delay=int(likeness.argmax()) - early, likeness=float(likeness.max()))


def _leaked(
    channel: Samples, source: Samples, level: Levels, source_level: Levels, edges: NDArray[np.int64], leak: Leak | None
) -> Mask:
    delay = leak.delay if leak else 0
    heard = _delayed(source_level, delay, edges)
    copied = _explained(channel, source, edges, delay) > _EXPLAINED if leak else np.zeros(len(level), dtype=np.bool_)
    far = (level < heard - _FAR_BELOW_SOURCE_DB) & (level < _own_level(level, source_level) - _FAR_BELOW_OWN_DB)
    return _smoothed((copied & (level < heard - _BELOW_SOURCE_DB)) | far)


def _own_level(level: Levels, source_level: Levels) -> float:
    """How loud the channel's own party usually speaks: a high percentile where it is the louder one; nobody: infinitely."""
    own = level[(level > source_level + 6) & (level > _FLOOR_DB + 30)]
    return float(np.percentile(own, 80)) if len(own) >= _PROBE_FRAMES else float("inf")


def _probe_frames(level: Levels, source_level: Levels) -> NDArray[np.int64]:
    """First frames of stretches in which the source is loud and the channel well below it, spread over the call."""
    if len(level) <= _PROBE_FRAMES:
        return np.empty(0, dtype=np.int64)
    loud = source_level > np.percentile(source_level, 95) - 15
    fit = (loud & (level < source_level - 10) & (level > _FLOOR_DB)).astype(np.int32)
    share = np.convolve(fit, np.ones(_PROBE_FRAMES, dtype=np.int32), mode="valid")
    good = np.flatnonzero(share >= _PROBE_FRAMES * 0.75)
    good = good[good + _PROBE_FRAMES < len(level)]
    return good[:: max(1, len(good) // _PROBES)].astype(np.int64)


def _likeness_by_delay(channel: Samples, source: Samples, low: int, high: int, early: int, late: int) -> NDArray[np.float64]:
    """Normalised correlation for delays ``-early..late`` of ``channel[low:high]`` against the source."""
    heard = _floats(channel, low, high)
    around = _floats(source, low - late, high + early)
    size = 1 << int(len(around) + len(heard)).bit_length()
    product = np.fft.irfft(np.fft.rfft(around, size) * np.conj(np.fft.rfft(heard, size)), size)[: early + late + 1][::-1]
    norm = np.sqrt(float(np.square(heard).sum()) * float(np.square(around).sum()) * len(heard) / max(1, len(around)))
    return np.asarray(product / max(norm, 1e-9), dtype=np.float64)


def _explained(channel: Samples, source: Samples, edges: NDArray[np.int64], delay: int) -> Levels:
    """Share of each frame's energy that the source, delayed, explains; the best of three neighbouring delays."""
    best = np.zeros(len(edges) - 1, dtype=np.float32)
    for shift in (delay - 1, delay, delay + 1):
        best = np.maximum(best, _explained_at(channel, source, edges, shift))
    return best


def _explained_at(channel: Samples, source: Samples, edges: NDArray[np.int64], delay: int) -> Levels:
    cross, own, other = (np.zeros(len(edges) - 1, dtype=np.float64) for _ in range(3))
    for low in range(0, len(cross), _BLOCK_FRAMES):
        part = edges[low : low + _BLOCK_FRAMES + 1]
        heard, said = _floats(channel, part[0], part[-1]), _floats(source, part[0] - delay, part[-1] - delay)
        place = slice(low, low + len(part) - 1)
        cross[place], own[place], other[place] = (_sums(x, part) for x in (heard * said, heard * heard, said * said))
    cross, own, other = (_moving_sum(x, _LIKENESS_FRAMES) for x in (cross, own, other))
    return np.asarray(np.square(cross) / np.maximum(own * other, 1e-12), dtype=np.float32)


def _sums(values: NDArray[np.float32], edges: NDArray[np.int64]) -> NDArray[np.float64]:
    """Sum of each frame; ``edges`` are those of the whole channel, ``values`` begins at the first of them."""
    running = np.concatenate([[0.0], np.cumsum(values, dtype=np.float64)])
    return np.asarray(np.diff(running[edges - edges[0]]), dtype=np.float64)


def _floats(channel: Samples, low: int, high: int) -> NDArray[np.float32]:
    """Samples ``low..high`` between -1 and 1, zeros beyond the ends of the recording."""
    low, high = int(low), int(high)
    inside = channel[max(0, low) : max(0, min(high, len(channel)))].astype(np.float32) / np.float32(32768)
    before = min(high, 0) - min(low, 0)
    return np.pad(inside, (before, max(0, high - low - before - len(inside))))


def _delayed(levels: Levels, delay: int, edges: NDArray[np.int64]) -> Levels:
    """The source's levels as they arrive; a frame takes the louder of the two it overlaps."""
    shift = delay / max(1.0, float(edges[1] - edges[0])) if len(edges) > 1 else 0.0
    at = np.arange(len(levels)) - shift
    low, high = (np.clip(side(at).astype(np.int64), 0, max(0, len(levels) - 1)) for side in (np.floor, np.ceil))
    return np.asarray(np.maximum(levels[low], levels[high]), dtype=np.float32)


def _smoothed(mask: Mask) -> Mask:
    """Majority over ``_SMOOTH`` frames: a leak does not come and go from frame to frame."""
    return np.asarray(_moving_sum(mask.astype(np.float64), _SMOOTH) > _SMOOTH // 2, dtype=np.bool_)


def _moving_sum(values: NDArray[np.float64], width: int) -> NDArray[np.float64]:
    """Sum over ``width`` values around each; as many as came in, however few they are."""
    return np.convolve(np.concatenate([values, np.zeros(width)]), np.ones(width))[width // 2 : width // 2 + len(values)]
