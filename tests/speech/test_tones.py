"""Ringing, busy lines, keys and beeps; cadences as in ITU-T E.180, supplement 2."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.speech.spectra import spectra
from qa_service.speech.tones import covered, find_pulses, joined
from tests.speech import synth

RING = {
    "US": ((440, 480), (2000, 4000)), "UK": ((400, 450), (400, 200, 400, 2000)), "Iran": ((425,), (1000, 4000)),
    "Saudi Arabia": ((425,), (1200, 4600)), "Egypt": ((425,), (2000, 1000)), "France": ((440,), (1500, 3500)),
    "Turkey": ((450,), (2000, 4000)), "Iraq": ((400,), (1000, 3000)),
}  # fmt: skip
BUSY = {
    "US": ((480, 620), (500, 500)), "UK": ((400,), (375, 375)), "Europe": ((425,), (500, 500)), "China": ((450,), (350, 350)),
    "US congestion": ((480, 620), (250, 250)), "European congestion": ((425,), (250, 250)), "Italy": ((425,), (200, 200)),
}  # fmt: skip


def heard(signal, *, rate=8000, noise_db=-60.0):
    """What is found, with a second of silence around it: kind, start and end in ms of the signal."""
    around = synth.silence(1000, rate=rate)
    samples = synth.line(np.concatenate([around, signal, around]), noise_db=noise_db)
    figures = spectra(samples, rate=rate, frames=-(-len(samples) * 1000 // (rate * 32)))
    return [(kind.value, start * 32 - 1000, end * 32 - 1000) for kind, start, end, _ in joined(find_pulses(figures))]


LINES = pytest.mark.parametrize(
    ("rate", "gain", "noise_db"), [(8000, 1.0, -70), (16000, 1.0, -45), (8000, 0.1, -60)], ids=["clean", "noisy", "faint"]
)


@LINES
@pytest.mark.parametrize("country", RING)
@pytest.mark.parametrize("times", [1, 3])
def test_ringing(country, times, rate, gain, noise_db):
    pitches, cadence = RING[country]
    signal = gain * synth.rhythm(pitches, cadence, times=times, rate=rate)
    [(kind, start, end)] = heard(signal, rate=rate, noise_db=noise_db)
    assert kind == "ring"
    assert abs(start) <= 64
    assert abs(end - (sum(cadence) * times - cadence[-1])) <= 64


@LINES
@pytest.mark.parametrize("country", BUSY)
def test_busy(country, rate, gain, noise_db):
    pitches, cadence = BUSY[country]
    [(kind, start, end)] = heard(gain * synth.rhythm(pitches, cadence, times=5, rate=rate), rate=rate, noise_db=noise_db)
    assert kind == "busy"
    assert abs(start) <= 64
    assert abs(end - (sum(cadence) * 5 - cadence[-1])) <= 64


@pytest.mark.parametrize(
    "make",
    [
        lambda: synth.tone(350, 440, ms=5000, rate=8000),
        lambda: synth.tone(425, ms=6000, rate=8000),
        lambda: np.concatenate([synth.tone(pitch, ms=330, rate=8000) for pitch in (950, 1400, 1800)]),
    ],
    ids=["dial tone, US", "dial tone, Europe", "special information tone"],
)
def test_other_tones_of_the_network_count_as_busy(make):
    assert [kind for kind, _, _ in heard(make())] == ["busy"]


@LINES
@pytest.mark.parametrize("pitch", [400, 440, 853, 1000, 1400, 2000])
@pytest.mark.parametrize("ms", [220, 400, 600])
def test_beeps(pitch, ms, rate, gain, noise_db):
    [(kind, start, end)] = heard(gain * synth.tone(pitch, ms=ms, rate=rate), rate=rate, noise_db=noise_db)
    assert kind == "beep"
    assert abs(start) <= 64
    assert abs(end - ms) <= 64


@LINES
@pytest.mark.parametrize("ms", [60, 100, 200])
def test_keys(ms, rate, gain, noise_db):
    signal = gain * synth.dialled("1234567890*#", ms=ms, rate=rate)
    assert [kind for kind, _, _ in heard(signal, rate=rate, noise_db=noise_db)] == ["keys"]


@pytest.mark.parametrize("key", synth.KEYS)
def test_every_key(key):
    assert [kind for kind, _, _ in heard(synth.dialled(key, ms=120, rate=8000))] == ["keys"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: synth.voice(20.0, rate=8000),
        lambda: synth.voice(20.0, rate=8000, seed=1),
        lambda: np.random.default_rng(0).normal(0, 0.05, 80_000),
        lambda: synth.silence(3000, rate=8000),
        # a siren: pure, but its pitch does not stay
        lambda: 0.3 * np.sin(2 * np.pi * np.cumsum(800 + 400 * np.sin(np.arange(80_000) / 4000)) / 8000),
        # a pair that is no key
        lambda: synth.tone(600, 1500, ms=120, rate=8000),
    ],
    ids=["voice", "another voice", "noise", "silence", "siren", "no key"],
)
def test_what_is_no_tone(make):
    assert heard(make()) == []


def test_sounds_that_follow_each_other_are_told_apart():
    """A call that is dialled, rings, and ends in an answering machine's beep."""
    pause = synth.silence(1500, rate=8000)
    signal = np.concatenate([
        synth.dialled("0912", ms=100, rate=8000), pause, synth.rhythm((425,), (1000, 4000), times=2, rate=8000),
        synth.voice(4.0, rate=8000), pause, synth.tone(1000, ms=500, rate=8000),
    ])  # fmt: skip
    assert [kind for kind, _, _ in heard(signal)] == ["keys", "ring", "beep"]


def test_covered_frames_reach_one_beyond_the_pulse():
    pause = synth.silence(1000, rate=8000)
    samples = synth.line(np.concatenate([pause, synth.tone(1000, ms=500, rate=8000), pause]))
    figures = spectra(samples, rate=8000, frames=79)
    [pulse] = find_pulses(figures)
    frames = np.flatnonzero(covered([pulse], 79))
    assert (frames[0], frames[-1]) == (pulse.start - 1, pulse.end)
