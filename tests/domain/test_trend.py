"""Whether a figure rises or falls, where it changed at once, and what points do not carry."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.moments import Moments, Outcome
from qa_service.domain.powered import Figure, by_people
from qa_service.domain.trend import LEAST_CHANGING, Heading, Trend, trend

ORACLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "estimates_oracle.json").read_text(encoding="utf-8"))["slopes"]
START = datetime(2026, 1, 1, tzinfo=UTC)
ONE = by_people(Moments.of(Outcome(1.0, 1.0, met=1.0, asked=1.0)))
NONE = by_people(Moments())


def of(value: float, n: int) -> Figure:
    return ONE.model_copy(update={"value": value, "n": n, "effective": float(n)})


def months(*values: float | None, n: int = 40) -> list[tuple[datetime, Figure]]:
    return [(START + timedelta(days=30 * place), NONE if value is None else of(value, n)) for place, value in enumerate(values)]


@pytest.mark.parametrize("case", ORACLE, ids=["3 points", "8 points", "20 points"])
def test_statsmodels_says_the_same(case: dict[str, Any]) -> None:
    """Weighted least squares with known variances; the interval is Birge's where the points scatter more than those explain."""
    rows = zip(case["days"], case["values"], case["sizes"], strict=True)
    points = [(START + timedelta(days=day), of(value, size)) for day, value, size in rows]
    found = trend(points)
    half = 1.959964 * case["error"] * max(1.0, case["away"] / (len(points) - 2)) ** 0.5
    assert (found.slope, found.low, found.high) == pytest.approx((case["slope"], case["slope"] - half, case["slope"] + half), rel=1e-5)


def test_slope_by_hand() -> None:
    """.5, .6, .7 in three months of 100 answers: ten points a month; variance (60.5/101) (40.5/101) / 100 / 2 = .0012010, half .067924."""
    found = trend(months(0.5, 0.6, 0.7, n=100))
    centre = (180 + 0.5) / 301
    half = 1.959964 * (centre * (1 - centre) / 100 / 2) ** 0.5
    assert (found.slope, found.low, found.high) == pytest.approx((0.1, 0.1 - half, 0.1 + half), abs=1e-6)
    assert (found.direction, found.points, found.changes) == (Heading.RISING, 3, ())


@pytest.mark.parametrize(
    ("points", "known"),
    [
        ([], 0), (months(0.5), 1), (months(0.5, 0.9), 2), (months(None, None, None, None), 0), (months(0.5, None, None, 0.9), 2),
        ([(START, of(0.5, 40)), (START, of(0.7, 40)), (START, of(0.9, 40))], 3),
    ],
    ids=["none", "one", "two", "all without answers", "two and a gap", "all at once"],
)
def test_what_has_no_course(points: list[tuple[datetime, Figure]], known: int) -> None:
    assert trend(points) == Trend(points=known, slope=None, low=None, high=None, direction=Heading.CANNOT_TELL)


@pytest.mark.parametrize("value", [0.0, 0.8, 1.0])
def test_a_flat_course_has_an_interval_and_no_change(value: float) -> None:
    found = trend(months(*[value] * 12))
    assert found.slope == pytest.approx(0.0, abs=1e-12)
    assert found.low is not None
    assert found.high is not None
    assert found.low < 0 < found.high
    assert (found.direction, found.changes) == (Heading.CANNOT_TELL, ())


@pytest.mark.parametrize(
    ("values", "direction"), [((0.9, 0.8, 0.7, 0.6), Heading.FALLING), ((0.8, 0.83, 0.79, 0.81), Heading.CANNOT_TELL)]
)
def test_directions(values: tuple[float, ...], direction: Heading) -> None:
    assert trend(months(*values, n=60)).direction is direction
    assert trend(months(*values, n=60)[::-1]) == trend(months(*values, n=60))


def test_a_change_at_once_is_placed() -> None:
    """Seven months at .9, one of them without reviews, then five at .6."""
    found = trend(months(0.9, 0.88, None, 0.91, 0.92, 0.9, 0.89, 0.6, 0.58, 0.62, 0.61, 0.59, n=60))
    (change,) = found.changes
    assert change.at == START + timedelta(days=210)
    assert (change.before, change.after) == (pytest.approx(0.9, abs=1e-9), pytest.approx(0.6, abs=1e-9))
    assert change.p < 1e-6


def test_two_changes_there_and_back() -> None:
    found = trend(months(*[0.9] * 6, *[0.5] * 6, *[0.9] * 6, n=60))
    assert [(one.at - START).days for one in found.changes] == [180, 360]
    assert [share for one in found.changes for share in (one.before, one.after)] == pytest.approx([0.9, 0.5, 0.5, 0.9])


@pytest.mark.parametrize(
    "values",
    [
        (0.9, 0.9, 0.9, 0.3, 0.3)[:LEAST_CHANGING], (0.9,) * 11 + (0.3,), (0.3,) + (0.9,) * 11,
        tuple(0.4 + 0.04 * step for step in range(12)),
    ],
    ids=["few points", "the last one alone", "the first one alone", "a steady rise"],
)
def test_what_is_no_change_at_once(values: tuple[float, ...]) -> None:
    assert trend(months(*values, n=60)).changes == ()


def course(chance: random.Random, points: int, share: float, *, scatter: float = 0.0, step: float = 0.0) -> list[tuple[datetime, Figure]]:
    """Months of 10 to 60 answers, every sixth of them missing; a step in the middle."""
    found = []
    for place in range(points):
        true = min(0.99, max(0.02, share + (step if 2 * place >= points else 0.0) + chance.gauss(0, scatter)))
        n = chance.randint(10, 60)
        met = sum(chance.random() < true for _ in range(n))
        if chance.random() > 1 / 6:
            found.append((START + timedelta(days=30 * place), of(met / n, n)))
    return found


@pytest.mark.parametrize("scatter", [0.0, 0.03], ids=["luck alone", "months differ by 3 points"])
@pytest.mark.parametrize("share", [0.75, 0.93])
def test_flat_courses_show_few_changes_and_intervals_hold_zero(share: float, scatter: float) -> None:
    chance = random.Random(4)
    some = [trend(course(chance, points, share, scatter=scatter)) for points in (6, 12, 24) for _ in range(200)]
    told = [one for one in some if one.slope is not None]
    assert len(told) > 550
    assert sum(bool(one.changes) for one in told) < 0.03 * len(told)
    assert 0.92 <= sum((one.low or 0) <= 0 <= (one.high or 0) for one in told) / len(told) <= 0.98


def test_a_step_of_25_points_in_two_years_is_found() -> None:
    chance = random.Random(6)
    some = [trend(course(chance, 24, 0.85, step=-0.25)) for _ in range(150)]
    near = [one for one in some if any(abs((change.at - START).days - 360) <= 30 for change in one.changes)]
    assert len(near) > 0.75 * len(some)


@given(st.lists(st.tuples(st.integers(0, 400), st.none() | st.floats(0, 1), st.integers(1, 60)), max_size=15))
def test_whatever_comes_the_answer_is_clear(drawn: list[tuple[int, float | None, int]]) -> None:
    points = [(START + timedelta(days=day), NONE if value is None else of(value, n)) for day, value, n in drawn]
    found = trend(points)
    assert found.points == sum(value is not None for _, value, _ in drawn)
    assert (found.slope is None) == (found.low is None) == (found.high is None)
    if found.slope is not None and found.low is not None and found.high is not None:
        assert found.low < found.slope < found.high
        assert (found.direction is Heading.CANNOT_TELL) == (found.low <= 0 <= found.high)
    assert all(0 <= one.before <= 1 and 0 <= one.after <= 1 and 0 <= one.p <= 0.05 for one in found.changes)
