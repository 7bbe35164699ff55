"""Samples on disk read like samples in memory."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.speech.audio import Sound
from qa_service.speech.gate import leaked_frames
from qa_service.speech.paged import Sink, blocks


def made(samples: np.ndarray, *, in_memory: int) -> np.ndarray:
    sink = Sink(channels=samples.shape[1], in_memory=in_memory)
    for start in range(0, len(samples), 10_000):
        sink.write(samples[start : start + 10_000])
    assert sink.length == len(samples)
    return sink.samples()


@pytest.fixture(scope="module")
def noise() -> np.ndarray:
    return np.random.default_rng(3).integers(-9000, 9000, size=(300_000, 2)).astype(np.int16)


@pytest.mark.parametrize("in_memory", [100, 10_000_000])
def test_everything_reads_alike(noise: np.ndarray, in_memory: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.speech.paged._KEPT", 50_000)
    samples = made(noise, in_memory=in_memory)
    assert samples.shape == noise.shape
    assert np.array_equal(samples, noise)
    assert np.array_equal(samples[1000:5000, 1], noise[1000:5000, 1])
    right = samples[:, 1]
    assert len(right) == len(noise)
    for start in range(0, len(noise), 7000):
        assert np.array_equal(right[start : start + 7000], noise[start : start + 7000, 1])
    assert np.array_equal(np.concatenate(list(blocks(samples))), noise)
    assert int(samples[17, 1]) == noise[17, 1]


def test_sound_and_gate_do_not_care(noise: np.ndarray) -> None:
    plain, paged = Sound(samples=noise, rate=8000), Sound(samples=made(noise, in_memory=100), rate=8000)
    assert np.array_equal(plain.cut(1, 3000, 4000), paged.cut(1, 3000, 4000))
    assert np.array_equal(np.concatenate(list(plain.stream(0))), np.concatenate(list(paged.stream(0))))
    assert np.array_equal(plain.mixed().samples, paged.mixed().samples)
    assert plain.has_identical_channels() == paged.has_identical_channels()
    for one, two in zip(*(leaked_frames(s.samples, frame=256, frames=1171).leaked for s in (plain, paged)), strict=True):
        assert np.array_equal(one, two)


def test_nothing_was_written() -> None:
    assert Sink(channels=2).samples().shape == (0, 2)
