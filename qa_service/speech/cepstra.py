"""Cepstra: what a stretch of speech sounds like by the shape of its spectrum and its pitch, without any model.

The mean cepstrum and the median pitch of the voiced frames, in the telephone band so that they do not depend on the recorder. Pure:
samples in, arrays out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_service.speech.base import RATE, Audio

_WINDOW, _HOP, _BANDS, _COEFFICIENTS = 512, 256, 24, 12
#: The telephone band.
_LOWEST_HZ, _HIGHEST_HZ = 200.0, 3400.0
_PITCH_HZ = (70.0, 350.0)
#: Normalised autocorrelation from which a frame is voiced.
_VOICED = 0.5
#: Weight of the cepstrum, in units of its spread within a stretch, and of pitch, in octaves.
_CEPSTRUM_WEIGHT, _PITCH_WEIGHT = 1.25, 3.0

Features = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Cepstrum:
    """How a stretch sounds."""

    #: Mean and variance of the cepstrum over its voiced frames, 12 values each.
    mean: Features
    variance: Features
    #: Median pitch, octaves (log2 of Hz).
    pitch: float
    #: Voiced sound in it.
    seconds: float


def as_points(cepstra: Sequence[Cepstrum]) -> Features:
    """One row of 13 figures a stretch, around the mean of all.

    Cepstra are in units of their spread within stretches: what varies little while one person speaks but differs between stretches tells
    voices apart, as in discriminant analysis.
    """
    weights = np.maximum([one.seconds for one in cepstra], 1e-3)
    table = np.array([[*one.mean, one.pitch] for one in cepstra])
    within = np.sqrt(np.average([one.variance for one in cepstra], axis=0, weights=weights)).clip(1e-6)
    scale = np.append(_CEPSTRUM_WEIGHT / within, _PITCH_WEIGHT)
    return np.asarray((table - np.average(table, axis=0, weights=weights)) * scale, dtype=np.float64)


def cepstrum(audio: Audio) -> Cepstrum:
    """What the voiced frames of a stretch (mono, ``RATE``) sound like."""
    audio = np.pad(audio, (0, max(0, _WINDOW - len(audio))))
    frames = np.lib.stride_tricks.sliding_window_view(audio, _WINDOW)[::_HOP].astype(np.float64) * np.hanning(_WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames, 2 * _WINDOW)))
    strength, lag = _pitch(power)
    voiced = (strength > _VOICED) & (power.sum(axis=1) > 0.05 * power.sum(axis=1).max())
    chosen = voiced if voiced.any() else np.ones(len(frames), dtype=np.bool_)
    values = (np.log(power @ _MEL.T + 1e-8) @ _COSINES.T)[chosen]
    pitch = float(np.median(np.log2(RATE / lag[chosen])))
    return Cepstrum(mean=values.mean(axis=0), variance=values.var(axis=0), pitch=pitch, seconds=float(voiced.sum()) * _HOP / RATE)


def _pitch(power: Features) -> tuple[Features, NDArray[np.int64]]:
    """Per frame the normalised autocorrelation at the best pitch lag, and that lag in samples."""
    autocorrelation = np.fft.irfft(power)[:, :_WINDOW]
    # The window itself fades with the lag; dividing by its autocorrelation makes long lags comparable.
    fade = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(_WINDOW), 2 * _WINDOW))))[:_WINDOW]
    normalised = autocorrelation / np.maximum(autocorrelation[:, :1], 1e-9) / (fade / fade[0])
    low, high = int(RATE / _PITCH_HZ[1]), int(RATE / _PITCH_HZ[0])
    lag = normalised[:, low:high].argmax(axis=1) + low
    return normalised[np.arange(len(lag)), lag], lag.astype(np.int64)


def _mel_bands() -> Features:
    """Triangular filters, shape (bands, frequencies), equally wide on the mel scale."""
    lowest, highest = (1127 * math.log1p(hertz / 700) for hertz in (_LOWEST_HZ, _HIGHEST_HZ))
    mel = np.linspace(lowest, highest, _BANDS + 2)
    edges = 700 * np.expm1(mel / 1127)
    hertz = np.fft.rfftfreq(2 * _WINDOW, 1 / RATE)
    rising = (hertz - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - hertz) / np.diff(edges)[1:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None), dtype=np.float64)


_MEL = _mel_bands()
#: Discrete cosine transform without its constant, shape (coefficients, bands).
_COSINES = np.cos(np.pi * np.arange(1, _COEFFICIENTS + 1)[:, None] * (np.arange(_BANDS) + 0.5) / _BANDS)
