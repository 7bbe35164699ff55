"""Strips: one line of a plot for each row of a table, under one axis; label and figures stand beside it, in the table."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from qa_service.domain.report import Amount, Shape
from qa_service.rendering.plots.drawing import GREY, INK, LIGHT, box, diamond, dot, letters, line, svg, whiskers

WIDTH, HEIGHT, AXIS_HEIGHT = 190.0, 22.0, 20.0
_MARGIN = 16.0


class Scale(NamedTuple):
    """From values to places."""

    low: float
    high: float

    def at(self, value: float) -> float:
        """Where a value lies; what is beyond the ends lies at them."""
        span = self.high - self.low
        share = (min(max(value, self.low), self.high) - self.low) / span if span > 0 else 0.0
        return _MARGIN + share * (WIDTH - 2 * _MARGIN)


def axis(scale: Scale, *, write: Callable[[float], str], title: str, middle: bool = True) -> str:
    """Ends and, if wanted, middle of a scale, with their numbers; ``write`` turns a value into text."""
    parts = [line(_MARGIN, AXIS_HEIGHT - 1, WIDTH - _MARGIN, AXIS_HEIGHT - 1, stroke=GREY)]
    for value in (scale.low, *([(scale.low + scale.high) / 2] if middle else []), scale.high):
        x = scale.at(value)
        parts += [line(x, AXIS_HEIGHT - 4, x, AXIS_HEIGHT, stroke=GREY), letters(x, AXIS_HEIGHT - 7, write(value), fill=GREY)]
    return svg(parts, width=WIDTH, height=AXIS_HEIGHT, title=title)


def strip(shape: Shape, scale: Scale, amount: Amount | None, *, beside: Amount | None, target: float | None, title: str) -> str:
    """A row's figure with its interval; a diamond for what it is compared with, a dashed line for what is to be reached."""
    middle = HEIGHT / 2
    parts = [line(scale.at(value), 0, scale.at(value), HEIGHT, stroke="#dddddd") for value in (scale.low, scale.high)]
    if scale.low < 0 < scale.high:
        parts.append(line(scale.at(0), 0, scale.at(0), HEIGHT, stroke=GREY))
    if target is not None:
        parts.append(line(scale.at(target), 0, scale.at(target), HEIGHT, stroke=INK, dash="2 2"))
    if beside is not None and beside.value is not None:
        parts.append(diamond(scale.at(beside.value), middle))
    if amount is not None and amount.value is not None:
        parts += _mark(shape, scale, amount, amount.value, middle)
    return svg(parts, width=WIDTH, height=HEIGHT, title=title)


def _mark(shape: Shape, scale: Scale, amount: Amount, value: float, middle: float) -> list[str]:
    x, start = scale.at(value), scale.at(max(0.0, scale.low))
    parts = []
    if shape is Shape.BARS:
        parts.append(box(min(start, x), middle - 5, abs(x - start), 10, fill=LIGHT))
        parts.append(line(x, middle - 5, x, middle + 5, stroke=INK, width=1.6))
    if amount.low is not None and amount.high is not None:
        parts.append(whiskers(scale.at(amount.low), scale.at(amount.high), middle))
    if shape is Shape.DOTS:
        parts.append(dot(x, middle))
    return parts
