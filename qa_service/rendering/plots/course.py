"""Course: a figure in the course of time, with its band, where it changed, and what is to be reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from qa_service.domain.report import Course, Point
from qa_service.rendering.plots.drawing import GREY, INK, PALE, area, dot, letters, line, path, svg


class Size(NamedTuple):
    """Of a plot, and what it leaves for numbers around it."""

    width: float
    height: float
    left: float
    right: float
    top: float = 18.0
    bottom: float = 22.0
    ticks: int = 4


LARGE, SMALL = Size(660, 220, 44, 52), Size(210, 104, 34, 40, ticks=2)


class _Frame(NamedTuple):
    """From moments and values to places."""

    size: Size
    first: datetime
    last: datetime
    low: float
    high: float

    def x(self, at: datetime) -> float:
        """Of a moment; a single one lies in the middle."""
        room = self.size.width - self.size.left - self.size.right
        span = (self.last - self.first).total_seconds()
        return self.size.left + room * ((at - self.first).total_seconds() / span if span > 0 else 0.5)

    def y(self, value: float) -> float:
        """Of a value."""
        room = self.size.height - self.size.top - self.size.bottom
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        return self.size.top + room * (1 - share)


def course(
    one: Course, *, size: Size, write: Callable[[float], str], day: Callable[[datetime], str], title: str, description: str
) -> str:
    """``write`` and ``day`` turn values and moments into text. Without a point that can be told, an empty frame."""
    told = [point for point in one.points if point.amount.value is not None]
    if not told:
        return svg([], width=size.width, height=1, title=title, description=description)
    frame = _Frame(size, told[0].at, told[-1].at, one.low, one.high)
    parts = [*_grid(frame, write), *_band(frame, told)]
    if one.target is not None:
        y = frame.y(one.target)
        parts.append(line(size.left, y, size.width - size.right, y, dash="5 3"))
        parts.append(letters(size.left + 3, y - 4, write(one.target), anchor="start", size=10))
    for change in one.changes:
        parts += _change(frame, change.at, day(change.at), large=size is LARGE)
    parts.append(path((frame.x(point.at), frame.y(point.amount.value or 0.0)) for point in told))
    parts += _points(frame, told, large=size is LARGE)
    last = told[-1].amount.value or 0.0
    parts.append(letters(frame.x(told[-1].at) + 7, frame.y(last) + 4, write(last), anchor="start", bold=True))
    return svg([*parts, *_days(frame, told, day)], width=size.width, height=size.height, title=title, description=description)


def _grid(frame: _Frame, write: Callable[[float], str]) -> list[str]:
    size, parts = frame.size, []
    for step in range(size.ticks + 1):
        value = frame.low + (frame.high - frame.low) * step / size.ticks
        y = frame.y(value)
        parts.append(line(size.left, y, size.width - size.right, y, stroke=GREY if step == 0 else "#dddddd", width=0.8))
        parts.append(letters(size.left - 6, y + 3.5, write(value), anchor="end", size=10, fill=GREY))
    return parts


def _band(frame: _Frame, told: Sequence[Point]) -> list[str]:
    """Between the bounds of neighbours that have them; a lone one has whiskers."""
    bounded = [(frame.x(one.at), frame.y(one.amount.low), frame.y(one.amount.high)) for one in told
               if one.amount.low is not None and one.amount.high is not None]  # fmt: skip
    if len(bounded) < 2:
        return []
    return [area([*((x, low) for x, low, _ in bounded), *((x, high) for x, _, high in reversed(bounded))], fill=PALE)]


def _points(frame: _Frame, told: Sequence[Point], *, large: bool) -> list[str]:
    parts = []
    for one in told:
        x, y = frame.x(one.at), frame.y(one.amount.value or 0.0)
        if len(told) == 1 and one.amount.low is not None and one.amount.high is not None:
            parts += [line(x, frame.y(one.amount.low), x, frame.y(one.amount.high), width=1.2)]
        if len(told) <= 60:
            parts.append(dot(x, y, radius=3.0 if large else 2.2))
    return parts


def _change(frame: _Frame, at: datetime, label: str, *, large: bool) -> list[str]:
    x, size = frame.x(at), frame.size
    parts = [line(x, size.top - 4, x, size.height - size.bottom, stroke=INK, dash="1 3", width=1.4)]
    near_end = x > size.width - size.right - 80
    return [*parts, letters(x, size.top - 7, label, anchor="end" if near_end else "middle", size=10)] if large else parts


def _days(frame: _Frame, told: Sequence[Point], day: Callable[[datetime], str]) -> list[str]:
    y = frame.size.height - 6
    if len(told) == 1:
        return [letters(frame.x(told[0].at), y, day(told[0].at), size=10, fill=GREY)]
    first, last = told[0], told[-1]
    return [
        letters(frame.size.left, y, day(first.at), anchor="start", size=10, fill=GREY),
        letters(frame.size.width - frame.size.right, y, day(last.at), anchor="end", size=10, fill=GREY),
    ]
