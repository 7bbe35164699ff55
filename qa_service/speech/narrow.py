"""Narrow band: speech through a line that cuts everything below 300 Hz, made audible for voice activity.

The voice model listens for the fundamental. Where a line cuts it off steeply and its own noise fills the gap, the model hears next to
nothing (3 instead of 42 frames in 100 on a call filtered so, with noise 60 dB below full scale); with the gap empty it hears the
speech again (35 in 100). So the band that telephony carries (300 to 3400 Hz, ITU-T G.712) is cut out once more before listening.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from qa_service.speech.audio import Sound
from qa_service.speech.base import RATE, Audio

#: The band of telephony, Hz, and the taps of the filter (32 ms: its edges are 90 Hz wide).
_BAND_HZ, _TAPS = (300.0, 3400.0), 511
#: Below this a line of that kind carries nothing, Hz; what is there lies this far below the band, dB.
_EMPTY_BELOW_HZ, _EMPTY_DB = 220.0, -25.0
#: Frames that are looked at, their length in ms, and the share of the loudest ones that count.
_FRAMES, _FRAME_MS, _LOUD = 2_000, 64, 0.1


def is_narrow(sound: Sound, channel: int) -> bool:
    """Whether the loud parts of a channel hold next to nothing below the band of telephony."""
    size = sound.rate * _FRAME_MS // 1000
    count = len(sound.samples) // size
    if count == 0:
        return False
    chosen = np.unique(np.linspace(0, count - 1, min(count, _FRAMES)).astype(np.int64))
    frames = np.stack([sound.samples[at * size : (at + 1) * size, channel] for at in chosen]).astype(np.float32)
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)))
    hertz = np.fft.rfftfreq(size, 1 / sound.rate)
    low = power[:, (hertz > 50) & (hertz < _EMPTY_BELOW_HZ)].sum(axis=1)
    band = power[:, (hertz >= _BAND_HZ[0]) & (hertz <= _BAND_HZ[1])].sum(axis=1)
    loud = band >= np.quantile(band, 1 - _LOUD)
    return bool(10 * np.log10(max(float(low[loud].sum()), 1e-9) / max(float(band[loud].sum()), 1e-9)) < _EMPTY_DB)


def telephone_band(blocks: Iterable[Audio]) -> Iterator[Audio]:
    """The band of telephony of a stream at ``RATE``; as many samples come out as go in, at the same times."""
    taps, reach = _filter(), _TAPS // 2
    rest = np.zeros(reach, dtype=np.float32)
    for block in blocks:
        held = np.concatenate([rest, block])
        if len(held) < _TAPS:
            rest = held
            continue
        yield _filtered(held, taps)
        rest = held[-(_TAPS - 1) :]
    yield _filtered(np.concatenate([rest, np.zeros(reach, dtype=np.float32)]), taps)


def _filtered(samples: NDArray[np.float32], taps: NDArray[np.float64]) -> Audio:
    """Only where all taps lie inside: ``_TAPS - 1`` samples fewer."""
    if len(samples) < _TAPS:
        return np.empty(0, dtype=np.float32)
    size = 1 << (len(samples) - 1).bit_length()
    whole = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(taps, size), size)
    return np.asarray(whole[_TAPS - 1 : len(samples)], dtype=np.float32)


def _filter() -> NDArray[np.float64]:
    """Windowed sinc, linear phase."""
    at = np.arange(_TAPS) - _TAPS // 2
    low, high = (2 * hertz / RATE * np.sinc(2 * hertz / RATE * at) for hertz in _BAND_HZ)
    return np.asarray((high - low) * np.blackman(_TAPS), dtype=np.float64)
