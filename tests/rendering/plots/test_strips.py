"""Where marks lie, worked out by hand."""

from __future__ import annotations

import pytest

from qa_service.domain.report import Amount, Shape, Unit
from qa_service.rendering.plots.strips import Scale, axis, strip


def amount(value: float | None, low: float | None = None, high: float | None = None) -> Amount:
    return Amount(value=value, low=low, high=high, unit=Unit.SHARE)


@pytest.mark.parametrize(
    ("scale", "value", "x"),
    [
        # 190 wide with margins of 16: 158 from end to end
        (Scale(0, 1), 0.0, 16.0), (Scale(0, 1), 0.5, 95.0), (Scale(0, 1), 1.0, 174.0),
        (Scale(0, 1), 1.7, 174.0), (Scale(-50, 50), 0.0, 95.0), (Scale(0, 0), 3.0, 16.0),
    ],
)  # fmt: skip
def test_places(scale: Scale, value: float, x: float) -> None:
    assert scale.at(value) == x


def test_a_dot_with_whiskers_a_diamond_and_a_line() -> None:
    drawn = strip(Shape.DOTS, Scale(0, 1), amount(0.5, 0.25, 0.75), beside=amount(1.0), target=0.8, title="50%")
    assert '<circle cx="95.00"' in drawn
    assert '<line x1="55.50" y1="11.00" x2="134.50"' in drawn
    assert "<polygon" in drawn
    assert 'stroke-dasharray="2 2"' in drawn
    assert "<title>50%</title>" in drawn


def test_what_cannot_be_told_is_not_drawn() -> None:
    drawn = strip(Shape.DOTS, Scale(0, 1), amount(None), beside=amount(None), target=None, title="–")
    assert "circle" not in drawn
    assert "polygon" not in drawn


def test_a_bar_begins_at_nothing() -> None:
    assert '<rect x="16.00" y="6.00" width="79.00"' in strip(Shape.BARS, Scale(0, 10), amount(5), beside=None, target=None, title="5")


def test_axis_has_its_ends_and_middle() -> None:
    drawn = axis(Scale(0, 1), write=lambda value: f"v{value:g}", title="a & b")
    assert [f">v{one}<" in drawn for one in ("0", "0.5", "1")] == [True, True, True]
    assert "<title>a &amp; b</title>" in drawn
    assert ">v0.5<" not in axis(Scale(0, 1), write=lambda value: f"v{value:g}", title="a", middle=False)
