"""Pace: what was done in the last minute tells how long the rest takes."""

from __future__ import annotations

import pytest

from qa_service.services.pace import Pace, Stopwatch, pace


@pytest.mark.parametrize(
    ("done", "seconds", "waiting", "expected"),
    [
        (2, 10, 5, None), (10, 10, 0, None), (10, 5, 20, Pace(per_minute=120, seconds_left=10)),
        (3, 60, 3, Pace(per_minute=3, seconds_left=60)),
    ],
)
def test_pace(done: int, seconds: float, waiting: int, expected: Pace | None) -> None:
    assert pace(done, seconds=seconds, waiting=waiting) == expected


def test_only_the_last_minute_counts() -> None:
    watch = Stopwatch()
    # A thousand in the first second, then one a second.
    looks = [watch.pace(1000 + second, waiting=30, at=float(second)) for second in range(1, 200)]
    assert looks[0] is None
    assert looks[-1] == Pace(per_minute=60, seconds_left=30)
