"""Sounds of a telephone line made by formula: tones with a rhythm, music, a voice-like glide, line noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Signal = NDArray[np.float64]

KEYS = {
    "1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "4": (770, 1209), "5": (770, 1336), "6": (770, 1477),
    "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "*": (941, 1209), "0": (941, 1336), "#": (941, 1477),
}  # fmt: skip


def tone(*pitches: float, ms: int, rate: int) -> Signal:
    """Pitches together, with edges of 4 ms, loudest 0.3."""
    time = np.arange(rate * ms // 1000) / rate
    edge = np.minimum(1, np.minimum(np.arange(len(time)), np.arange(len(time))[::-1]) / (rate * 0.004))
    return 0.3 * edge * np.mean([np.sin(2 * np.pi * pitch * time) for pitch in pitches], axis=0)


def silence(ms: int, *, rate: int) -> Signal:
    """Nothing."""
    return np.zeros(rate * ms // 1000)


def rhythm(pitches: Sequence[float], cadence: Sequence[int], *, times: int, rate: int) -> Signal:
    """Tone and pause by turns, lengths in ms."""
    parts = [tone(*pitches, ms=ms, rate=rate) if not i % 2 else silence(ms, rate=rate) for i, ms in enumerate(cadence)]
    return np.concatenate(parts * times)


def dialled(keys: str, *, ms: int, rate: int) -> Signal:
    """Keys pressed one after the other."""
    return np.concatenate([part for key in keys for part in (tone(*KEYS[key], ms=ms, rate=rate), silence(max(ms, 70), rate=rate))])


def chords(seconds: float, *, rate: int) -> Signal:
    """Four chords over and over, two seconds each, with overtones that fade."""
    time = np.arange(round(2 * rate)) / rate
    bars = []
    for root in (220.0, 174.6, 261.6, 196.0):
        notes = [root * step * overtone for step in (1, 5 / 4, 3 / 2) for overtone in (1, 2, 3, 4)]
        bars.append(np.exp(-time / 1.5) * sum(np.sin(2 * np.pi * note * time) / (1 + note / 400) for note in notes) / 12)
    return _for(np.concatenate(bars), seconds, rate)


def arpeggio(seconds: float, *, rate: int) -> Signal:
    """Single notes of a third of a second, plucked."""
    time = np.arange(rate // 3) / rate
    notes = [330.0, 415.3, 493.9, 659.3, 493.9, 415.3, 370.0, 440.0, 554.4, 740.0, 554.4, 440.0]
    plucks = [np.exp(-time / 0.25) * sum(np.sin(2 * np.pi * n * k * time) / k for k in (1, 2, 3, 5)) / 4 for n in notes]
    return _for(np.concatenate(plucks), seconds, rate)


def band(seconds: float, *, rate: int) -> Signal:
    """Chords, a bass and a drum at 120 beats a minute."""
    rng = np.random.default_rng(3)
    beat = rate // 2
    time = np.arange(beat) / rate
    drum = 0.3 * rng.normal(size=beat) * np.exp(-time / 0.03)
    return chords(seconds, rate=rate) + _for(drum, seconds, rate) + 0.2 * arpeggio(seconds, rate=rate)


def voice(seconds: float, *, rate: int, seed: int = 0) -> Signal:
    """Syllables of a voice whose pitch glides, four a second, with a pause after each eighth."""
    rng = np.random.default_rng(seed)
    syllables = []
    while sum(map(len, syllables)) < seconds * rate:
        time = np.arange(round(rng.uniform(0.15, 0.28) * rate)) / rate
        pitch = rng.uniform(110, 210) * (1 + rng.uniform(-0.25, 0.25) * time / time[-1])
        phase = 2 * np.pi * np.cumsum(pitch) / rate
        formants = rng.uniform((350, 900, 2200), (750, 1800, 2900))
        weights = [sum(np.exp(-(((k * 150 - f) / 150) ** 2)) for f in formants) + 0.02 for k in range(1, 24)]
        syllable = sum(weight * np.sin((k + 1) * phase) for k, weight in enumerate(weights)) * np.hanning(len(time))
        syllables += [0.12 * syllable, np.zeros(round(rng.uniform(0.02, 0.08) * rate))]
        if len(syllables) % 16 == 0:
            syllables.append(np.zeros(round(0.5 * rate)))
    return np.concatenate(syllables)[: round(seconds * rate)]


def line(signal: Signal, *, noise_db: float = -60, seed: int = 0) -> NDArray[np.int16]:
    """As a telephone exchange passes it on: noise and mu-law (ITU-T G.711)."""
    noisy = np.clip(signal + np.random.default_rng(seed).normal(0, 10 ** (noise_db / 20), len(signal)), -1, 1)
    companded = np.round(np.sign(noisy) * np.log1p(255 * np.abs(noisy)) / np.log1p(255) * 127.5 - 0.5) + 0.5
    back = np.sign(companded) * np.expm1(np.abs(companded) / 127.5 * np.log1p(255)) / 255
    return (back * 32767).astype(np.int16)


def _for(loop: Signal, seconds: float, rate: int) -> Signal:
    return np.resize(loop, round(seconds * rate))
