"""The figures of short spectra that tones and music are told by."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.speech.spectra import spectra
from tests.speech import synth


def frames_of(samples, rate):
    return -(-len(samples) * 1000 // (rate * 32))


def figures(signal, rate, **noise):
    samples = synth.line(signal, **noise)
    return spectra(samples, rate=rate, frames=frames_of(samples, rate))


@pytest.mark.parametrize("rate", [8000, 11025, 16000])
@pytest.mark.parametrize("pitch", [440.0, 1000.0, 2100.0])
def test_a_tone_is_one_line_at_its_pitch(rate, pitch):
    found = figures(synth.tone(pitch, ms=2000, rate=rate), rate)
    inner = slice(15, 55)
    assert np.abs(found.first_hz[inner] - pitch).max() < 4
    assert found.first_share[inner].min() > 0.95
    # 0.3 is -10.5 dB, a sine's power is 3 dB below its peak
    assert found.level[inner] == pytest.approx(-13.5, abs=0.3)


def test_two_tones_are_two_lines():
    found = figures(synth.tone(770, 1336, ms=1000, rate=8000), 8000)
    pitches = np.sort([found.first_hz[10:20], found.second_hz[10:20]], axis=0)
    assert np.abs(pitches - np.array([[770], [1336]])).max() < 5
    assert (found.first_share + found.second_share)[10:20].min() > 0.95


@pytest.mark.parametrize(("make", "low", "high"), [(synth.chords, 2.0, 20.0), (synth.voice, 0.0, 0.8)])
def test_notes_hold_their_pitch_and_voices_do_not(make, low, high):
    found = figures(make(8.0, rate=8000), 8000)
    assert low <= found.held[20:].mean() <= high


def test_a_steady_hum_has_no_lines():
    time = np.arange(8000 * 40) / 8000
    hum = 0.05 * sum(np.sin(2 * np.pi * 50 * k * time + k) / k for k in range(1, 30))
    assert figures(hum, 8000).held[2100 // 32 :].mean() < 0.1


@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.05, 1.0])
def test_silence_and_scraps_give_nothing_but_a_level(seconds):
    samples = np.zeros(round(8000 * seconds), dtype=np.int16)
    found = spectra(samples, rate=8000, frames=frames_of(samples, 8000))
    assert len(found) == frames_of(samples, 8000)
    assert found.level == pytest.approx(-100)
    assert not found.lines.any()


def test_blocks_leave_no_seam():
    """A call longer than a block has the same figures as its parts, away from the borders."""
    samples = synth.line(synth.chords(80.0, rate=8000))
    shift = 1000  # frames; 1024 of them are a block
    whole = spectra(samples, rate=8000, frames=2500)
    part = spectra(samples[shift * 256 :], rate=8000, frames=1500)
    # The background is measured block by block, so that lines may differ a little.
    for name in ("level", "first_hz", "second_share", "flux", "flatness"):
        assert getattr(part, name)[20:] == pytest.approx(getattr(whole, name)[shift + 20 :], abs=1e-3), name
