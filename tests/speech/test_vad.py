"""Voice activity: from probabilities to stretches (pure), and the model itself on real speech."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from qa_service.speech.audio import decode
from qa_service.speech.vad import FRAME_MS, VadOptions, speech_probabilities, speech_spans

#: No padding, so that the numbers below are frames times 32 ms.
BARE = VadOptions(pad_ms=0)


def _probabilities(*runs: tuple[int, float]) -> np.ndarray:
    return np.concatenate([np.full(count, value, dtype=np.float32) for count, value in runs])


@pytest.mark.parametrize(
    ("runs", "spans"),
    [
        ([(10, 0.1)], []),
        ([(10, 0.1), (20, 0.9), (20, 0.1)], [(320, 960)]),
        ([(10, 0.1), (5, 0.4), (10, 0.9), (5, 0.4), (20, 0.1)], [(320, 960)]),  # hysteresis: 0.4 belongs to it, on both sides
        ([(10, 0.1), (20, 0.4), (20, 0.1)], []),  # ... but never begins it
        ([(10, 0.9), (10, 0.1), (10, 0.9)], [(0, 960)]),  # a pause of 320 ms does not part
        ([(10, 0.9), (12, 0.1), (10, 0.9)], [(0, 320), (704, 1024)]),  # one of 384 ms does
        ([(20, 0.1), (2, 0.9), (20, 0.1)], []),  # a click of 64 ms
        ([(20, 0.1), (4, 0.9), (20, 0.1)], [(640, 768)]),  # "mhm"
    ],
)
def test_stretches(runs: list[tuple[int, float]], spans: list[tuple[int, int]]) -> None:
    probabilities = _probabilities(*runs)
    found = speech_spans(probabilities, duration_ms=len(probabilities) * FRAME_MS, options=BARE)
    assert [(stretch.start_ms, stretch.end_ms) for stretch in found] == spans


def test_padding_stays_in_the_recording_and_out_of_the_neighbour() -> None:
    probabilities = _probabilities((3, 0.1), (10, 0.9), (12, 0.1), (10, 0.9), (1, 0.1))
    first, second = speech_spans(probabilities, duration_ms=36 * FRAME_MS, options=VadOptions(pad_ms=250))
    assert (first.start_ms, first.voice_start_ms, first.voice_end_ms) == (0, 96, 416)
    assert first.end_ms == second.start_ms == 416 + 192  # both get half of the 384 ms between them
    assert (second.voice_start_ms, second.voice_end_ms, second.end_ms) == (800, 1120, 1152)


def test_a_long_stretch_is_cut_where_speech_is_least_likely() -> None:
    probabilities = _probabilities((1500, 0.9))
    probabilities[700], probabilities[400] = 0.5, 0.4  # the second is too early to fill a window with
    found = speech_spans(probabilities, duration_ms=48_000, options=VadOptions(pad_ms=0, max_ms=28_000))
    assert [(s.start_ms, s.end_ms) for s in found] == [(0, 22_400), (22_400, 48_000)]


def test_state_runs_on_from_block_to_block(calls: Path) -> None:
    sound = decode(calls / "delivery-lost-01.wav", max_seconds=600)
    whole = sound.cut(0, 0, 12_345)
    at_once = speech_probabilities([whole])
    in_pieces = speech_probabilities(np.split(whole, [1, 700, 30_000, 30_512]))
    assert len(at_once) == -(-len(whole) // 512)
    np.testing.assert_allclose(in_pieces, at_once, atol=1e-5)


def test_the_model_hears_speech_and_not_silence(calls: Path) -> None:
    sound = decode(calls / "delivery-lost-01.wav", max_seconds=600)
    heard = speech_spans(speech_probabilities(sound.stream(0)), duration_ms=sound.duration_ms)
    assert heard[0].voice_start_ms == pytest.approx(600, abs=120)  # the agent's first word stands at 0.6 s
    assert speech_probabilities([np.zeros(16000, dtype=np.float32)]).max() < 0.3


def test_no_sound_gives_no_frames() -> None:
    assert len(speech_probabilities([])) == 0
