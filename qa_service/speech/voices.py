"""Two voices in one channel told apart by how they sound: a light stand-in for diarization, and no more than a guess.

The words are grouped into sentences (speakers rarely change within one). Each sentence gets the mean cepstrum and the pitch of
its voiced frames; two-means over the longer sentences gives two voices; the most probable sequence of voices follows, where a
change costs less after a question, a full stop or a pause. Whoever uses the result marks it as not known.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from qa_service.speech.base import RATE, Audio
from qa_service.speech.turns import HeardWord

#: A pause that ends a sentence even without punctuation, ms.
_PAUSE_MS = 250
_ENDS = (".", "?", "!", "؟", "。")
_WINDOW, _HOP, _BANDS, _COEFFICIENTS = 512, 256, 24, 12
#: The telephone band, so that features do not depend on the recorder.
_LOWEST_HZ, _HIGHEST_HZ = 200.0, 3400.0
_PITCH_HZ = (70.0, 350.0)
#: Normalised autocorrelation from which a frame is voiced.
_VOICED = 0.5
#: Weight of the cepstrum, in units of its spread within a sentence, and of pitch, in octaves.
_CEPSTRUM_WEIGHT, _PITCH_WEIGHT = 1.25, 3.0
#: Sentences this long, in seconds, decide what the voices are like.
_TELLING = 1.0
#: Cost of a change of voice: within a run of speech, and after a sentence end, a pause or a question.
_CHANGE, _CHANGE_AT_END, _CHANGE_AT_QUESTION = 2.0, 0.5, 0.1

Features = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class _Sound:
    """How a sentence sounds."""

    #: Mean and variance of the cepstrum over its voiced frames, 12 values each.
    mean: Features
    variance: Features
    #: Median pitch, octaves (log2 of Hz).
    pitch: float
    #: Voiced sound in it.
    seconds: float


def assign_voices(words: Sequence[HeardWord], *, cut: Callable[[int, int], Audio]) -> list[HeardWord]:
    """The words with ``party`` 0 or 1 by voice; 0 is the voice heard first. ``cut(start_ms, end_ms)`` gives the sound."""
    ordered = sorted(words, key=lambda word: (word.start_ms, word.end_ms))
    sentences = _sentences(ordered)
    if len(sentences) < 2:
        return [replace(word, party=0) for word in ordered]
    sounds = [_features(cut(sentence[0].start_ms, sentence[-1].end_ms)) for sentence in sentences]
    voices = _sequence(_scaled(sounds), np.array([sound.seconds for sound in sounds]), _change_costs(sentences))
    return [replace(word, party=int(voice != voices[0])) for sentence, voice in zip(sentences, voices, strict=True) for word in sentence]


def _sentences(words: Sequence[HeardWord]) -> list[list[HeardWord]]:
    sentences: list[list[HeardWord]] = []
    for word in words:
        if sentences and not _ends(sentences[-1][-1], word):
            sentences[-1].append(word)
        else:
            sentences.append([word])
    return sentences


def _ends(before: HeardWord, after: HeardWord) -> bool:
    return before.text.rstrip().endswith(_ENDS) or after.start_ms - before.end_ms > _PAUSE_MS


def _change_costs(sentences: Sequence[Sequence[HeardWord]]) -> list[float]:
    costs = []
    for before, after in pairwise(sentences):
        text, pause = before[-1].text.rstrip(), after[0].start_ms - before[-1].end_ms
        if text.endswith(("?", "؟")):
            costs.append(_CHANGE_AT_QUESTION)
        else:
            costs.append(_CHANGE_AT_END if text.endswith(_ENDS) or pause > _PAUSE_MS else _CHANGE)
    return costs


def _features(audio: Audio) -> _Sound:
    """What the voiced frames of a sentence sound like."""
    audio = np.pad(audio, (0, max(0, _WINDOW - len(audio))))
    frames = np.lib.stride_tricks.sliding_window_view(audio, _WINDOW)[::_HOP].astype(np.float64) * np.hanning(_WINDOW)
    power = np.square(np.abs(np.fft.rfft(frames, 2 * _WINDOW)))
    strength, lag = _pitch(power)
    voiced = (strength > _VOICED) & (power.sum(axis=1) > 0.05 * power.sum(axis=1).max())
    chosen = voiced if voiced.any() else np.ones(len(frames), dtype=np.bool_)
    cepstrum = (np.log(power @ _MEL.T + 1e-8) @ _COSINES.T)[chosen]
    pitch = float(np.median(np.log2(RATE / lag[chosen])))
    return _Sound(mean=cepstrum.mean(axis=0), variance=cepstrum.var(axis=0), pitch=pitch, seconds=float(voiced.sum()) * _HOP / RATE)


def _pitch(power: Features) -> tuple[Features, NDArray[np.int64]]:
    """Per frame the normalised autocorrelation at the best pitch lag, and that lag in samples."""
    autocorrelation = np.fft.irfft(power)[:, :_WINDOW]
    # The window itself fades with the lag; dividing by its autocorrelation makes long lags comparable.
    fade = np.fft.irfft(np.square(np.abs(np.fft.rfft(np.hanning(_WINDOW), 2 * _WINDOW))))[:_WINDOW]
    normalised = autocorrelation / np.maximum(autocorrelation[:, :1], 1e-9) / (fade / fade[0])
    low, high = int(RATE / _PITCH_HZ[1]), int(RATE / _PITCH_HZ[0])
    lag = normalised[:, low:high].argmax(axis=1) + low
    return normalised[np.arange(len(lag)), lag], lag.astype(np.int64)


def _scaled(sounds: Sequence[_Sound]) -> Features:
    """One row a sentence, around the mean of the call: cepstrum in units of its spread within sentences, then pitch.

    What varies little while one person speaks but differs between sentences tells voices apart, as in discriminant analysis.
    """
    weights = np.maximum([sound.seconds for sound in sounds], 1e-3)
    table = np.array([[*sound.mean, sound.pitch] for sound in sounds])
    within = np.sqrt(np.average([sound.variance for sound in sounds], axis=0, weights=weights)).clip(1e-6)
    scale = np.append(_CEPSTRUM_WEIGHT / within, _PITCH_WEIGHT)
    return np.asarray((table - np.average(table, axis=0, weights=weights)) * scale, dtype=np.float64)


def _sequence(points: Features, seconds: NDArray[np.float64], changes: Sequence[float]) -> list[int]:
    """The most probable voice of each sentence (Viterbi), given two-means centres and the cost of each change."""
    centres = _centres(points, seconds)
    trust = np.minimum(seconds, 3.0)[:, None]
    misfit = np.square(points[:, None] - centres[None]).sum(axis=2) * trust
    cost, origins = misfit[0], []
    for step, change in zip(misfit[1:], changes, strict=True):
        ways = cost[:, None] + change * (1 - np.eye(2))
        origins.append(ways.argmin(axis=0))
        cost = ways.min(axis=0) + step
    voices = [int(cost.argmin())]
    for origin in reversed(origins):
        voices.append(int(origin[voices[-1]]))
    return voices[::-1]


def _centres(points: Features, seconds: NDArray[np.float64]) -> Features:
    """Two-means of the telling sentences, weighted by length; the best of all starts from two of the longest ones."""
    longest = np.argsort(-seconds, kind="stable")
    chosen = longest[: max(2, int((seconds >= _TELLING).sum()))]
    best, least = points[longest[:2]], float("inf")
    for pair in combinations(longest[:10], 2):
        centres, misfit = _two_means(points[chosen], seconds[chosen] + 1e-3, points[list(pair)])
        if misfit < least:
            best, least = centres, misfit
    return best


def _two_means(points: Features, weights: NDArray[np.float64], centres: Features) -> tuple[Features, float]:
    for _ in range(20):
        distance = np.square(points[:, None] - centres[None]).sum(axis=2)
        nearest = distance.argmin(axis=1)
        if len(np.unique(nearest)) < 2:
            break
        centres = np.stack([np.average(points[nearest == k], axis=0, weights=weights[nearest == k]) for k in (0, 1)])
    distance = np.square(points[:, None] - centres[None]).sum(axis=2)
    return centres, float((distance.min(axis=1) * weights).sum())


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
