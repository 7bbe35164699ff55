"""Measures: the numbers that figures take from signals."""

from __future__ import annotations

import pytest

from qa_service.domain.measure import Measured, measured
from qa_service.domain.signal import Signal


def signals(**values: float | None) -> list[Signal]:
    return [Signal(name=name.replace("__", "."), value=value) for name, value in values.items()]


@pytest.mark.parametrize(
    ("told", "duration_ms", "found"),
    [
        ({"silence__share": 0.2, "overtalk__seconds": 3.0, "hold__seconds": 0.0}, 60_000, Measured(60, 0, 0.2, 0.05)),
        ({"response__first": 36.0, "response__median": 20.0}, 60_000, Measured(response_first=36, response_median=20)),
        ({"silence__share": None, "overtalk__seconds": 3.0}, 60_000, Measured()),
        ({"silence__share": 0.5}, None, Measured(silence_share=0.5)),
        ({"pace__agent": 120.0}, 60_000, Measured()),
    ],
)
def test_measures(told: dict[str, float | None], duration_ms: int | None, found: Measured) -> None:
    assert measured(signals(**told), duration_ms=duration_ms) == found
