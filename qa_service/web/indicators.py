"""Indicators: contact-centre figures with their targets and what they were before, as tiles, tables and courses."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from qa_service.domain.breach import FigureChange, FigureCourse, TargetMet
from qa_service.domain.indicator import FigureUnit, Indicator
from qa_service.domain.indicators import experience, handling, loyalty, queue, resolution, response, speech
from qa_service.domain.interaction import Channel
from qa_service.domain.report import Amount, Column, Course, Courses, Drawing, Point, Row, Shape, Table, Term, Unit
from qa_service.domain.target import SHIPPED, Target
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.indicators import FigureReport, FigureRow, IndicatorFigure
from qa_service.services.reporting import parts
from qa_service.services.reporting.group import UNITS
from qa_service.store.targets import StoredTargetSet
from qa_service.web.moves import address, figure_name

#: Figures that belong together, in the order of the page.
FAMILIES: Mapping[str, tuple[Indicator, ...]] = {
    "queue": queue.INDICATORS, "handling": handling.INDICATORS, "resolution": resolution.INDICATORS, "experience": experience.INDICATORS,
    "loyalty": loyalty.INDICATORS, "response": response.INDICATORS, "speech": speech.INDICATORS,
}  # fmt: skip
_APART = {Unit.SHARE: Unit.SHARE_DIFFERENCE, Unit.SCORE: Unit.POINTS}
#: Room above the highest value of a plot.
_ROOM = 1.15
_ORDER = (TargetMet.MISSED, TargetMet.MAYBE_MISSED)


def amount(what: Indicator, one: IndicatorFigure) -> Amount:
    """Value, interval and what it is counted of."""
    return Amount(value=one.value, low=one.low, high=one.high, n=one.n, unit=UNITS[what.unit])


def difference(what: Indicator, one: FigureChange | None) -> Amount | None:
    """From the period before, where there is one."""
    if one is None or one.difference is None:
        return None
    unit = UNITS[what.unit]
    return Amount(value=one.difference, low=one.low, high=one.high, unit=_APART.get(unit, unit))


def families(report: FigureReport, monthly: FigureReport, locale: Locale, **filters: str | None) -> list[dict[str, Any]]:
    """What can be told, and what cannot, with what is missing."""
    told = [one for row in report.rows for one in row.figures]
    found = []
    for name, some in FAMILIES.items():
        known = {one.id: one for one in some}
        mine = [one for one in told if one.indicator in known]
        tiles = [_tile(known[one.indicator], one, monthly, locale, filters) for one in mine if one.value is not None]
        untold = [
            {"name": figure_name(known[one.indicator], one, locale), "id": one.indicator, "unknown": one.unknown,
             "href": address(f"/figures/{one.indicator}", **filters)}
            for one in mine if one.value is None
        ]  # fmt: skip
        found.append({"id": name, "tiles": tiles, "untold": untold})
    return found


def missed(report: FigureReport, locale: Locale, **filters: str | None) -> list[dict[str, Any]]:
    """Those that miss their targets, the certain ones first."""
    known = {one.id: one for one in report.definitions}
    found = [one for row in report.rows for one in row.figures if one.met in _ORDER]
    return [fact(known[one.indicator], one, locale, filters) for one in sorted(found, key=lambda one: _ORDER.index(one.met))]


def months_back(at: datetime, many: int) -> datetime:
    """A moment in the month so many before that of ``at``."""
    for _ in range(many):
        at = at.replace(day=1) - timedelta(days=1)
    return at.replace(day=2)


def _tile(
    what: Indicator, one: IndicatorFigure, monthly: FigureReport, locale: Locale, filters: Mapping[str, str | None]
) -> dict[str, Any]:
    course = courses(what, monthly, locale, channels=[one.channel])
    return {**fact(what, one, locale, filters), "course": None if course is None else course["items"][0]}


def fact(what: Indicator, one: IndicatorFigure, locale: Locale, filters: Mapping[str, str | None]) -> dict[str, Any]:
    """One figure as a tile tells it."""
    unit = UNITS[what.unit]
    return {
        "name": figure_name(what, one, locale), "id": what.id, "amount": amount(what, one), "met": one.met.value, "n": one.n,
        "target": None if one.target is None else Amount(value=one.target, unit=unit), "course_told": _course(one.change),
        "change": difference(what, one.change), "better": what.better.value,
        "href": address(f"/figures/{what.id}", **filters),
        "before": None if one.change is None or one.change.before is None else Amount(value=one.change.before, unit=unit),
    }  # fmt: skip


def courses(
    what: Indicator, monthly: FigureReport, locale: Locale, *, channels: Sequence[Channel | None], all_of_them: bool = False
) -> dict[str, Any] | None:
    """The figure month by month, one course for each channel where it is told by channel; nothing before two months tell it."""
    found = [_of_channel(what, monthly.rows, channel) for channel in channels]
    told = [one for one in found if sum(point.amount.value is not None for point in one.points) >= 2]
    if not told:
        return None
    return view(Courses(id="course", items=tuple(told) if len(told) > 1 or all_of_them else (told[0], told[0])), locale)


def _of_channel(what: Indicator, rows: Iterable[FigureRow], channel: Channel | None) -> Course:
    points, targets = [], []
    for row in rows:
        one = next((some for some in row.figures if some.indicator == what.id and some.channel == channel), None)
        if one is not None and row.since is not None:
            points.append(Point(at=row.since, amount=amount(what, one)))
            targets.append(one.target)
    target = targets[-1] if targets else None
    low, high = _ends(what, [one.amount for one in points], target)
    label = parts.named(what.names.model_dump(), what.id) if channel is None else parts.word("channel", channel)
    return Course(id=channel or "all", label=label, unit=UNITS[what.unit], points=tuple(points), low=low, high=high, target=target)


def _ends(what: Indicator, amounts: Iterable[Amount], target: float | None) -> tuple[float, float]:
    """Of the scale: from nothing, or the least there can be, to somewhat more than the most there is."""
    least, most = what.bounds
    seen = [value for one in amounts for value in (one.value, one.high) if value is not None and one.value is not None]
    seen += [] if target is None else [target]
    top = max(seen, default=1.0) * _ROOM if what.unit is not FigureUnit.NET_POINTS else most
    return least, min(most, top if top > least and math.isfinite(top) else least + 1)


def groups(what: Indicator, report: FigureReport, by: str, names: Mapping[str, str]) -> Table:
    """The figure of every group; by name, which ranks nobody."""
    rows = [_group(what, row, one, by, names) for row in report.rows for one in row.figures if one.value is not None]
    least, most = what.bounds
    targets = {one.target for row in report.rows for one in row.figures if one.value is not None}
    drawing = Drawing(
        shape=Shape.DOTS, of="value", low=least, high=most if most <= 100 and what.unit is not FigureUnit.SHARE else None,
        target=targets.pop() if len(targets) == 1 else None,
    )  # fmt: skip
    columns = (Column(id=by, label=parts.word("figure_by", by)), *(Column(id=one, label=parts.word("figure_column", one)) for one in (
        "of_channel", "value", "target", "met", "before", "change", "course"
    )))  # fmt: skip
    ordered = sorted(rows, key=lambda row: row.id.casefold())
    return parts.filled(Table(id=f"by_{by}", columns=columns, rows=tuple(ordered), drawing=drawing))


def _group(what: Indicator, row: FigureRow, one: IndicatorFigure, by: str, names: Mapping[str, str]) -> Row:
    name, unit = getattr(row, by), UNITS[what.unit]
    told = parts.term("figures.nobody_told") if name is None else parts.word("channel", name) if by == "channel" else parts.said(
        names.get(name, name)
    )  # fmt: skip
    change = one.change
    return parts.row(
        f"{name or ''} {one.channel or ''}".strip(), {by: told}, value=amount(what, one),
        of_channel=None if one.channel is None else parts.word("channel", one.channel),
        target=None if one.target is None else Amount(value=one.target, unit=unit),
        met=None if one.target is None else parts.word("met", one.met),
        before=None if change is None or change.before is None else Amount(value=change.before, n=change.before_n, unit=unit),
        change=difference(what, change), course=_term(change),
    )


def _course(one: FigureChange | None) -> str:
    return "" if one is None or one.difference is None else one.course.value


def _term(one: FigureChange | None) -> Term | None:
    if one is None or one.difference is None:
        return None
    return parts.term("standing.cannot_tell") if one.course is FigureCourse.CANNOT_TELL else parts.word("move", one.course)


def shown_targets(stored: StoredTargetSet, what: Indicator, locale: Locale) -> dict[str, Any]:
    """Those that people set for a figure, and the shipped ones, which count elsewhere."""
    mine = [one for one in stored.targets.targets if one.indicator == what.id]
    taken = {one.place for one in mine}
    shipped = [one.target for one in SHIPPED if one.target.indicator == what.id and one.target.place not in taken]
    return {
        "version": stored.version, "by": stored.by, "at": stored.at, "unit": _typed_unit(what), "rules": stored.targets,
        "rows": [_shown(one, what, "set") for one in mine] + [_shown(one, what, "shipped") for one in shipped],
    }


def _shown(one: Target, what: Indicator, told_by: str) -> dict[str, Any]:
    amount = None if one.value is None else Amount(value=one.value, unit=UNITS[what.unit])
    return {"one": one, "amount": amount, "told_by": told_by}


def _typed_unit(what: Indicator) -> str:
    """What people type: percent, seconds, or a plain number."""
    return {FigureUnit.SHARE: "percent", FigureUnit.SECONDS: "seconds"}.get(what.unit, "number")
