"""Music against speech, and what of it is muted."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.speech.music import find_music, muted_by
from qa_service.speech.spectra import spectra
from tests.speech import synth

RATE = 8000


def measured(signal, *, noise_db=-60.0):
    samples = synth.line(signal, noise_db=noise_db)
    return spectra(samples, rate=RATE, frames=-(-len(samples) // 256))


def spoken(figures, *spans):
    """Voice activity as it would be if somebody spoke in these seconds."""
    voice = np.full(len(figures), 0.02, dtype=np.float32)
    for start, end in spans:
        voice[round(start / 0.032) : round(end / 0.032)] = 0.9
    return voice


def none(figures):
    return np.zeros(len(figures), dtype=np.bool_)


@pytest.mark.parametrize("gain", [1.0, 0.15], ids=["loud", "quiet"])
@pytest.mark.parametrize("make", [synth.chords, synth.arpeggio, synth.band])
def test_music_is_found_with_its_borders(make, gain):
    signal = np.concatenate([synth.silence(4000, rate=RATE), gain * make(15.0, rate=RATE), synth.silence(4000, rate=RATE)])
    figures = measured(signal)
    [stretch] = find_music(figures, spoken(figures), other=none(figures))
    assert abs(stretch.start * 0.032 - 4) < 1
    assert abs(stretch.end * 0.032 - 19) < 1
    assert stretch.confidence > 0.6


@pytest.mark.parametrize(
    ("make", "voiced"),
    [
        (lambda: synth.voice(30.0, rate=RATE), True),
        # a voice that voice activity does not hear
        (lambda: synth.voice(30.0, rate=RATE, seed=4), False),
        (lambda: np.random.default_rng(0).normal(0, 0.03, 30 * RATE), False),
        (lambda: 0.05 * sum(np.sin(2 * np.pi * 50 * k * np.arange(40 * RATE) / RATE + k) / k for k in range(1, 30)), False),
        (lambda: synth.silence(30_000, rate=RATE), False),
        # shorter than what is told
        (lambda: np.concatenate([synth.silence(9000, rate=RATE), synth.chords(1.5, rate=RATE), synth.silence(9000, rate=RATE)]), False),
    ],
    ids=["voice", "unheard voice", "noise", "hum", "silence", "short"],
)
def test_what_is_no_music(make, voiced):
    figures = measured(make())
    assert find_music(figures, spoken(figures, (0, 30) if voiced else (0, 0)), other=none(figures)) == []


def test_music_between_talk():
    """A hold: talk, eight seconds of music, talk."""
    talk = synth.voice(8.0, rate=RATE)
    figures = measured(np.concatenate([talk, synth.band(8.0, rate=RATE), talk]))
    voice = spoken(figures, (0, 8), (16, 24))
    [stretch] = find_music(figures, voice, other=none(figures))
    assert abs(stretch.start * 0.032 - 8) < 1.2
    assert abs(stretch.end * 0.032 - 16) < 1.2
    muted = muted_by([stretch], figures, voice)
    assert not muted[: round(8 / 0.032)].any()
    assert muted[round(10 / 0.032) : round(14 / 0.032)].all()
    assert not muted[round(16 / 0.032) :].any()


def test_who_speaks_over_music_is_not_muted():
    music = synth.chords(30.0, rate=RATE)
    talk = np.concatenate([synth.silence(12_000, rate=RATE), 2.5 * synth.voice(6.0, rate=RATE), synth.silence(12_000, rate=RATE)])
    figures = measured(0.1 * music + talk)
    voice = spoken(figures, (12, 18))
    stretches = find_music(figures, voice, other=none(figures))
    muted = muted_by(stretches, figures, voice)
    assert not muted[round(12 / 0.032) : round(18 / 0.032)].any()
    assert muted[round(3 / 0.032) : round(9 / 0.032)].all()
    assert muted[round(21 / 0.032) : round(27 / 0.032)].all()


def test_tones_are_no_music():
    """Ringing is found as such, and its frames are told to the search for music."""
    figures = measured(synth.rhythm((440, 480), (2000, 4000), times=4, rate=RATE))
    assert find_music(figures, spoken(figures), other=figures.ringing_share > 0.5) == []
