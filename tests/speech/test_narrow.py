"""Narrow band: a call through a line that cuts off the fundamental, with noise in the gap, is heard again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_service.speech.audio import Sound, decode
from qa_service.speech.listening import listen
from qa_service.speech.narrow import is_narrow, telephone_band
from qa_service.speech.vad import speech_probabilities

ROOT = Path(__file__).parents[2]
RATE = 16_000


@pytest.fixture(scope="module")
def call() -> Sound:
    return decode(ROOT / "audio_fixtures" / "delivery-lost-01.wav", max_seconds=1e6)


@pytest.fixture(scope="module")
def cut_off(call: Sound) -> Sound:
    """The same call without anything below 300 Hz and above 3400 Hz, in white noise 62 dB below full scale."""
    noise = np.random.default_rng(5).standard_normal(call.samples.shape) * 32768 * 10 ** (-62 / 20)
    channels = [_brick_wall(call.samples[:, channel].astype(np.float64)) for channel in (0, 1)]
    return Sound(samples=np.round(np.stack(channels, axis=1) + noise).clip(-32768, 32767).astype(np.int16), rate=call.rate)


def _brick_wall(samples: NDArray[np.float64]) -> NDArray[np.float64]:
    spectrum = np.fft.rfft(samples)
    hertz = np.fft.rfftfreq(len(samples), 1 / RATE)
    spectrum[(hertz < 300) | (hertz > 3400)] = 0
    return np.fft.irfft(spectrum, len(samples))


def test_the_line_is_told_by_what_it_lacks(call: Sound, cut_off: Sound) -> None:
    assert [is_narrow(call, channel) for channel in (0, 1)] == [False, False]
    assert [is_narrow(cut_off, channel) for channel in (0, 1)] == [True, True]


def test_silence_and_nothing_are_not_narrow() -> None:
    assert not is_narrow(Sound(samples=np.zeros((100, 1), dtype=np.int16), rate=RATE), 0)


def test_speech_on_such_a_line_is_found_again(call: Sound, cut_off: Sound) -> None:
    """Alone, voice activity finds less than a fifth of the speech there; the whole listening finds most of it."""
    plain = [(speech_probabilities(call.stream(channel)) > 0.5).mean() for channel in (0, 1)]
    deaf = (speech_probabilities(cut_off.stream(0)) > 0.5).mean()
    heard = [(voice > 0.5).mean() for voice in listen(cut_off).voice]
    assert deaf < plain[0] / 5
    assert all(found > 0.7 * whole for found, whole in zip(heard, plain, strict=True))


@pytest.mark.parametrize("sizes", [(48_000,), (16_000, 16_000, 16_000), (100, 300, 47_600), (47_990, 10)])
def test_the_band_is_the_same_however_the_stream_is_cut(sizes: tuple[int, ...]) -> None:
    samples = np.random.default_rng(1).standard_normal(48_000).astype(np.float32)
    blocks = np.split(samples, np.cumsum(sizes)[:-1])
    whole, cut = (np.concatenate(list(telephone_band(some))) for some in ([samples], blocks))
    assert len(whole) == len(cut) == len(samples)
    np.testing.assert_allclose(cut, whole, atol=1e-5)


@pytest.mark.parametrize(("hertz", "gain"), [(100, 0.0), (200, 0.0), (1000, 1.0), (3000, 1.0), (5000, 0.0)])
def test_what_passes(hertz: float, gain: float) -> None:
    tone = np.sin(2 * np.pi * hertz * np.arange(RATE) / RATE).astype(np.float32)
    through = np.concatenate(list(telephone_band([tone])))[2000:-2000]
    assert np.abs(through).max() == pytest.approx(gain, abs=0.02)
    if gain:
        np.testing.assert_allclose(through, tone[2000:-2000], atol=0.02)
