"""The cross-channel gate on constructed calls, where it is known who speaks when."""

from __future__ import annotations

import numpy as np
import pytest

from qa_service.speech.gate import find_leak, frame_levels, leaked_frames

RATE, FRAME = 8000, 256
SECONDS = 30


def _voice(seed: int, spoken: list[tuple[float, float]], *, level: float = 0.1) -> np.ndarray:
    """Noise shaped like speech (coloured, four syllables a second) in the given stretches, silence elsewhere."""
    chance = np.random.default_rng(seed)
    time = np.arange(SECONDS * RATE) / RATE
    resonance = np.exp(-np.arange(40) / 8) * np.cos(np.arange(40) * (0.4 + 0.2 * seed))
    coloured = np.convolve(chance.standard_normal(len(time)), resonance, "same")
    syllables = 0.2 + 0.8 * np.abs(np.sin(2 * np.pi * 2 * time + seed))
    gate = np.zeros(len(time))
    for start, end in spoken:
        gate[int(start * RATE) : int(end * RATE)] = 1
    return level * coloured / coloured.std() * syllables * gate


def _call(left: np.ndarray, right: np.ndarray, *, leak_db: float | None, delay_ms: int = 0) -> np.ndarray:
    gain, delay = (10 ** (leak_db / 20) if leak_db is not None else 0.0), delay_ms * RATE // 1000
    samples = np.stack([left + gain * np.roll(right, delay), right + gain * np.roll(left, delay)], axis=1)
    noise = 2e-5 * np.random.default_rng(9).standard_normal(samples.shape)
    return np.clip((samples + noise) * 32767, -32768, 32767).astype(np.int16)


def _frames(*spans: tuple[float, float]) -> np.ndarray:
    mask = np.zeros(SECONDS * RATE // FRAME, dtype=bool)
    for start, end in spans:
        mask[int(start * RATE / FRAME) + 2 : int(end * RATE / FRAME) - 2] = True
    return mask


def _gate(samples: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return leaked_frames(samples, frame=FRAME, frames=SECONDS * RATE // FRAME).leaked


@pytest.mark.parametrize("leak_db", [-15, -25, -40])
@pytest.mark.parametrize("delay_ms", [0, 7, 120])
def test_leaked_speech_is_found_and_own_speech_stays(leak_db: float, delay_ms: int) -> None:
    left, right = _voice(1, [(1, 10), (20, 24)]), _voice(2, [(11, 19), (25, 29)])
    on_left, on_right = _gate(_call(left, right, leak_db=leak_db, delay_ms=delay_ms))
    assert on_right[_frames((1.3, 10), (20.3, 24))].mean() > 0.97
    assert on_left[_frames((11.3, 19), (25.3, 29))].mean() > 0.97
    assert on_left[_frames((1, 10), (20, 24))].mean() < 0.02
    assert on_right[_frames((11, 19), (25, 29))].mean() < 0.02


@pytest.mark.parametrize(("leak_db", "quieter"), [(-25, 1.0), (-40, 1.0), (-25, 0.2), (None, 0.2)])
def test_double_talk_survives(leak_db: float | None, quieter: float) -> None:
    left, right = _voice(1, [(1, 20)]), _voice(2, [(12, 20), (21, 29)], level=0.1 * quieter)
    on_left, on_right = _gate(_call(left, right, leak_db=leak_db))
    assert on_left[_frames((12, 20))].mean() < 0.05
    assert on_right[_frames((12, 20))].mean() < 0.1


def test_a_clean_call_is_left_alone() -> None:
    on_left, on_right = _gate(_call(_voice(1, [(1, 10)]), _voice(2, [(11, 20)]), leak_db=None))
    assert not on_left[_frames((1, 10))].any()
    assert not on_right[_frames((11, 20))].any()


def test_a_party_that_never_speaks_gets_nothing() -> None:
    _, on_right = _gate(_call(_voice(1, [(1, 28)]), np.zeros(SECONDS * RATE), leak_db=-25))
    assert on_right[_frames((1.3, 28))].all()


@pytest.mark.parametrize("delay_ms", [0, 30, 250])
def test_the_delay_is_measured(delay_ms: int) -> None:
    samples = _call(_voice(1, [(1, 20)]), _voice(2, [(21, 29)]), leak_db=-25, delay_ms=delay_ms)
    edges = np.arange(SECONDS * RATE // FRAME + 1) * FRAME
    levels = [frame_levels(samples[:, channel], edges) for channel in (0, 1)]
    leak = find_leak(samples[:, 1], samples[:, 0], levels[1], levels[0], edges)
    assert leak is not None
    assert leak.delay == pytest.approx(delay_ms * 8, abs=1)
    assert leak.likeness > 0.8


def test_levels_are_decibels_below_full_scale() -> None:
    half = np.full(1024, 16384, dtype=np.int16)
    assert frame_levels(half, np.array([0, 256, 512, 1024])) == pytest.approx([-6.02] * 3, abs=0.01)  # 20 log10(1/2)
    assert frame_levels(half * 0, np.array([0, 256])) == pytest.approx([-100.0])


@pytest.mark.parametrize("length", [0, 100, 5000])
def test_short_recordings_pass(length: int) -> None:
    frames = -(-length // FRAME)
    masks = leaked_frames(np.ones((length, 2), dtype=np.int16), frame=FRAME, frames=frames).leaked
    assert [len(mask) for mask in masks] == [frames, frames]
