"""The offset between two recorders, told from crosstalk."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from qa_service.speech.audio import decode
from qa_service.speech.delay import SURE, find_offset

Samples = NDArray[np.int16]


@pytest.fixture(scope="module")
def call(calls: Path) -> tuple[Samples, Samples, int]:
    """A call without crosstalk."""
    sound = decode(calls / "clinic-appointment-01.wav", max_seconds=600)
    return sound.samples[:, 0], sound.samples[:, 1], sound.rate


def leaked(call: tuple[Samples, Samples, int], *, db: float, echo_ms: int = 0, both: bool = True, late_ms: int) -> tuple[Samples, Samples]:
    """The call with each party heard on the other's side (or the agent's on the customer's only), the right recorder late."""
    left, right, rate = (call[0].astype(float), call[1].astype(float), call[2])
    noise = np.random.default_rng(7)

    def heard(source: NDArray[np.float64]) -> NDArray[np.float64]:
        delay = echo_ms * rate // 1000
        return 10 ** (db / 20) * np.concatenate([np.zeros(delay), source])[: len(source)]

    mixed = left + (heard(right) if both else 0) + noise.normal(0, 3, len(left)), right + heard(left) + noise.normal(0, 3, len(left))
    first, second = (np.clip(np.round(one), -32768, 32767).astype(np.int16) for one in mixed)
    late = late_ms * rate // 1000
    return first[max(0, -late) :], second[max(0, late) :]


@pytest.mark.parametrize("late_ms", [-5210, 0, 3700, 12_000])
@pytest.mark.parametrize("db", [-25, -40])
def test_crosstalk_tells_the_offset(call: tuple[Samples, Samples, int], db: float, late_ms: int) -> None:
    found = find_offset(*leaked(call, db=db, late_ms=late_ms), rate=call[2], max_ms=20_000)
    assert found is not None
    assert found.late_ms == pytest.approx(late_ms, abs=10)
    assert found.confidence >= SURE


def test_equal_echoes_both_ways_leave_the_offset_in_the_middle(call: tuple[Samples, Samples, int]) -> None:
    found = find_offset(*leaked(call, db=-30, late_ms=4000, echo_ms=120), rate=call[2], max_ms=20_000)
    assert found is not None
    assert found.late_ms == pytest.approx(4000, abs=10)


def test_an_echo_in_one_direction_is_taken_for_part_of_the_offset(call: tuple[Samples, Samples, int]) -> None:
    found = find_offset(*leaked(call, db=-30, late_ms=4000, echo_ms=150, both=False), rate=call[2], max_ms=20_000)
    assert found is not None
    assert found.late_ms == pytest.approx(3850, abs=10)


def test_without_crosstalk_nothing_is_told(calls: Path) -> None:
    for name in ("clinic-appointment-01.wav", "billing-refund-01.wav", "shop-exchange-01.mp3"):
        sound = decode(calls / name, max_seconds=600)
        left, right = sound.samples[:, 0], sound.samples[3 * sound.rate :, 1]
        assert find_offset(left, right, rate=sound.rate, max_ms=20_000) is None


def test_real_calls_without_crosstalk(real_speech: Path) -> None:
    for number in (40, 49):
        files = (real_speech / "two_party_calls" / f"Auto_Repairs_{number}_UTC_{party}.wav" for party in ("agent", "caller"))
        left, right = (decode(file, max_seconds=600) for file in files)
        for shift in (0, 5):
            assert find_offset(left.samples[:, 0], right.samples[shift * right.rate :, 0], rate=8000, max_ms=20_000) is None


@pytest.mark.parametrize("length", [0, 1, 100, 8000])
def test_next_to_nothing_tells_nothing(length: int) -> None:
    noise = np.random.default_rng(1).integers(-900, 900, size=(2, length)).astype(np.int16)
    assert find_offset(noise[0], noise[1], rate=8000, max_ms=5000) is None
    assert find_offset(np.zeros(length, dtype=np.int16), noise[1], rate=8000, max_ms=5000) is None
