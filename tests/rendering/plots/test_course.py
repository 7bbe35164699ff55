"""A figure in the course of time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from qa_service.domain.report import Amount, Change, Course, Point, Said, Unit
from qa_service.rendering.plots.course import LARGE, SMALL, course

AT = datetime(2026, 1, 1, tzinfo=UTC)


def drawn(*values: float | None, low: float | None = None, high: float | None = None, size: object = LARGE, **more: object) -> str:
    points = tuple(
        Point(at=AT + timedelta(days=number), amount=Amount(value=value, low=low, high=high, unit=Unit.SCORE))
        for number, value in enumerate(values)
    )
    one = Course(id="s", label=Said(text="s"), unit=Unit.SCORE, points=points, **more)  # type: ignore[arg-type]
    return course(one, size=size, write=lambda v: f"{v:g}", day=lambda at: f"{at:%d}", title="t", description="d")  # type: ignore[arg-type]


def test_a_line_through_the_points_with_the_last_figure_beside_it() -> None:
    # 660 wide less 44 and 52; 220 high less 18 and 22: 0 at 198, 100 at 18
    found = drawn(0, 50, 100)
    assert '<polyline points="44.00,198.00 326.00,108.00 608.00,18.00"' in found
    assert 'x="615.00"' in found
    assert ">100</text></svg>" not in found
    assert ">01</text>" in found
    assert ">03</text>" in found


def test_what_cannot_be_told_leaves_no_point() -> None:
    assert drawn(None, 50, None, 60).count("<circle") == 2
    assert "<polyline" not in drawn(None, None)


def test_a_band_where_two_points_have_bounds() -> None:
    assert "<polygon" in drawn(40, 50, low=30, high=60)
    assert "<polygon" not in drawn(40, low=30, high=60)


def test_a_change_is_marked_and_named_where_there_is_room() -> None:
    amount = Amount(value=40, unit=Unit.SCORE)
    change = Change(at=AT + timedelta(days=1), before=amount, after=amount)
    assert ">02</text>" in drawn(40, 50, 60, changes=(change,))
    small = drawn(40, 50, 60, changes=(change,), size=SMALL)
    assert ">02</text>" not in small
    assert 'stroke-dasharray="1 3"' in small
