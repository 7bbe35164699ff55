"""Courses: shares, means and moods in the course of time, drawn in the figures of the reader's language."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from qa_service.domain.report import Amount, Cell, Course, Courses, Point, Unit
from qa_service.domain.signal import SignalSpec
from qa_service.domain.signal import Unit as Measure
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import View, view
from qa_service.rendering.plots.course import Size, course
from qa_service.services.journeys import Step
from qa_service.services.reporting import parts
from qa_service.services.trends import PhrasePoint, SignalPoint

#: Beside a row of a table.
_SMALL = Size(200, 72, 36, 40, top=12, bottom=22, ticks=1)
#: Ends of scales of few digits whose quarters have few, too: by powers of ten, and of seconds.
_STEPS = (1.2, 1.6, 2, 2.4, 2.8, 3.2, 4, 6, 8, 10, 12)
_SECONDS = (4, 8, 20, 40, 60, 120, 240, 360, 480, 600, 1200, 2400, 3600, 7200, 14400, 43200, 86400, 172800, 604800)
#: What can be less than nothing; and how far an interval may reach over the largest mean before it is cut off.
_SIGNED, _REACH = frozenset({Measure.SCORE, Measure.DECIBEL}), 2.5
_UNITS = {Measure.SECONDS: Unit.SECONDS, Measure.SHARE: Unit.SHARE, Measure.FLAG: Unit.SHARE}


def small(points: Sequence[PhrasePoint], locale: Locale) -> str:
    """A share, small; empty where nothing can be drawn."""
    one = _shares("", parts.said(""), points)
    if one is None:
        return ""
    title = " · ".join(f"{locale.day(point.since)}: {locale.value(parts.share(point.share))}" for point in points)
    return course(
        one, size=_SMALL, write=lambda value: locale.number(value, Unit.SHARE), day=locale.short_day, title=title, description=""
    )


def large(id_: str, label: Cell, points: Sequence[PhrasePoint], locale: Locale) -> View | None:
    """A share, large."""
    one = _shares(id_, label, points)
    return None if one is None else view(Courses(id="course", items=(one,)), locale)


def signal(name: str, label: Cell, points: Sequence[SignalPoint], spec: SignalSpec | None, locale: Locale) -> View | None:
    """What a signal measured, large."""
    told = [Point(at=one.since, amount=measured(one, spec)) for one in points]
    unit = unit_of(spec)
    one = _fitted(name, label, told, unit, most=1.0 if unit is Unit.SHARE else None)
    return None if one is None else view(Courses(id="course", items=(one,)), locale)


def mood(steps: Iterable[Step], label: Cell, locale: Locale) -> View | None:
    """How a customer felt at the end of each contact, from -1 to 1; nothing before there are two of them."""
    told = [
        Point(at=one.at, amount=Amount(value=one.sentiment_end, unit=Unit.NUMBER)) for one in steps if one.sentiment_end is not None
    ]
    if len({one.at for one in told}) < 2:
        return None
    one = Course(id="mood", label=label, unit=Unit.NUMBER, points=tuple(told), low=-1.0, high=1.0)
    return view(Courses(id="mood", items=(one,)), locale)


def measured(one: SignalPoint, spec: SignalSpec | None) -> Amount:
    """A mean with the unit that readers know."""
    told = parts.mean(one.mean, unit_of(spec))
    if spec is None or spec.unit in _SIGNED or told.low is None or told.high is None:
        return told
    return told.model_copy(update={"low": max(0.0, told.low), "high": min(1.0, told.high) if told.unit is Unit.SHARE else told.high})


def unit_of(spec: SignalSpec | None) -> Unit:
    """The unit of reports that a signal's comes nearest to."""
    return Unit.NUMBER if spec is None else _UNITS.get(spec.unit, Unit.NUMBER)


def _shares(id_: str, label: Cell, points: Sequence[PhrasePoint]) -> Course | None:
    told = [Point(at=one.since, amount=parts.share(one.share)) for one in points]
    return _fitted(id_, label, told, Unit.SHARE, most=1.0)


def _fitted(id_: str, label: Cell, told: Sequence[Point], unit: Unit, *, most: float | None) -> Course | None:
    """On a scale from nothing (or what is below it) to the most there is."""
    amounts = [one.amount for one in told if one.amount.value is not None]
    if not amounts:
        return None
    values = [one.value or 0.0 for one in amounts]
    top, bottom = max(0.0, *values), min(0.0, *values)
    high = min(max(top, *(one.high or 0.0 for one in amounts)), _REACH * top or 1.0)
    low = max(min(bottom, *(one.low or 0.0 for one in amounts)), _REACH * bottom)
    ends = _SECONDS if unit is Unit.SECONDS else None
    high = _round(high, ends) if most is None else min(most, _round(high, ends))
    return Course(id=id_, label=label, unit=unit, points=tuple(told), low=-_round(-low, ends) if low < 0 else 0.0, high=high or 1.0)


def _round(value: float, ends: Sequence[float] | None) -> float:
    """The next end of a scale."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    some = [step * power for step in _STEPS] if ends is None else ends
    return next((one for one in some if value <= one * (1 + 1e-9)), value)
