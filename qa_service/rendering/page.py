"""Page: a report put into words and plots of one locale; all that is left is to lay it out, on screen or on paper."""

from __future__ import annotations

from typing import Any, NamedTuple

from qa_service.domain.report import (
    Amount,
    Block,
    Cell,
    Course,
    Courses,
    Drawing,
    Fact,
    Facts,
    Notes,
    Quote,
    Quotes,
    Report,
    ReportPeriod,
    Row,
    Table,
    Unit,
    When,
)
from qa_service.rendering.bidi import isolated, tame
from qa_service.rendering.locale import NOTHING, Locale
from qa_service.rendering.plots.course import LARGE, SMALL, course
from qa_service.rendering.plots.strips import Scale, axis, strip

#: Letters that a column of text is made for, on paper.
_NARROW, _WIDE = 10, 45
#: Seconds from which on axes tell hours.
_HOUR = 3600
#: Plain values that both templates read: texts, plots and flags.
View = dict[str, Any]


def page(report: Report, locale: Locale) -> View:
    """The whole report."""
    return {
        "language": locale.code.value, "direction": locale.language.direction, "kind": report.kind.value,
        "title": locale.say(f"report.{report.kind.value}"), "subject": "" if report.subject is None else locale.cell(report.subject),
        "about": [_fact(one, locale) for one in report.about],
        "period_label": locale.say("report.period"), "period": period(report.period, locale),
        "sections": [
            {"id": section.id, "title": locale.term(section.title), "blocks": [view(one, locale) for one in section.blocks]}
            for section in report.sections
        ],
        "made": locale.say("report.made", at=When(at=report.made_at, precise=True)),
        "legend": locale.say("report.legend"), "page": locale.say("report.page"), "digits": locale.text("0123456789"),
    }


def period(told: ReportPeriod, locale: Locale) -> str:
    """The days that a period holds, first and last included."""
    if told.since is None and told.until is None:
        return locale.say("period.all")
    if told.until is None and told.since is not None:
        return locale.say("period.from", since=When(at=told.since))
    last = told.until - told.until.resolution if told.until is not None else told.until
    if told.since is None and last is not None:
        return locale.say("period.to", until=When(at=last))
    assert told.since is not None
    assert last is not None
    return locale.say("period.between", since=When(at=told.since), until=When(at=last))


def view(block: Block, locale: Locale) -> View:
    """One of its parts: pages show them, too."""
    match block:
        case Facts():
            return {"kind": "facts", "id": block.id, "items": [_fact(one, locale) for one in block.items]}
        case Table():
            return _table(block, locale)
        case Courses():
            return _courses(block, locale)
        case Quotes():
            told = "" if block.empty is None else locale.term(block.empty)
            return {"kind": "quotes", "id": block.id, "items": [_quote(one, locale) for one in block.items], "empty": told}
        case Notes():
            return {"kind": "notes", "id": block.id, "items": [locale.term(one) for one in block.items]}


def _fact(one: Fact, locale: Locale) -> View:
    target = "" if one.target is None else locale.say("format.target", value=one.target)
    reached = "" if one.reached is None else locale.say("format.reached" if one.reached else "format.missed")
    return {
        "id": one.id, "label": locale.cell(one.label), "value": locale.cell(one.value), "detail": _detail(one.value, locale),
        "target": target, "reached": reached, "missed": one.reached is False, "note": "" if one.note is None else locale.term(one.note),
    }


def _detail(cell: Cell, locale: Locale) -> str:
    """Interval and observations of a figure."""
    if not isinstance(cell, Amount):
        return ""
    interval = locale.interval(cell) if cell.value is not None else ""
    n = "" if cell.n is None else locale.say("format.n", count=Amount(value=cell.n, unit=Unit.COUNT))
    return locale.language.comma.join(part for part in (interval, n) if part)


class _Plot(NamedTuple):
    """What draws the strips of a table."""

    drawing: Drawing
    scale: Scale
    unit: Unit
    #: Whether any amount has an interval, and any something beside it.
    whiskers: bool
    diamonds: bool

    @classmethod
    def of(cls, table: Table) -> _Plot | None:
        """``None`` where there is nothing to draw."""
        drawing = table.drawing
        amounts = [] if drawing is None else [one for row in table.rows if isinstance(one := row.cells.get(drawing.of), Amount)]
        if drawing is None or not any(one.value is not None for one in amounts):
            return None
        most = max(max(one.value or 0.0, one.high or 0.0) for one in amounts)
        high = drawing.high if drawing.high is not None else most or 1.0
        others = [row.cells.get(drawing.beside or "") for row in table.rows]
        diamonds = any(isinstance(one, Amount) and one.value is not None for one in others)
        return cls(drawing, Scale(drawing.low, high), amounts[0].unit, any(one.low is not None for one in amounts), diamonds)


def _table(table: Table, locale: Locale) -> View:
    plot = _Plot.of(table)
    columns: list[View] = []
    for column in table.columns:
        numeric = any(isinstance(row.cells.get(column.id), Amount) for row in table.rows)
        told = (row.cells.get(column.id) for row in table.rows)
        longest = max((len(locale.cell(one)) for one in told if one is not None), default=0)
        label = locale.cell(column.label)
        weight = min(max(longest, _NARROW), _WIDE)
        columns.append({"id": column.id, "label": label, "numeric": numeric, "plot": False, "weight": weight})
        if plot is not None and column.id == plot.drawing.of:
            drawn = {"numeric": False, "plot": True, "weight": 0, "svg": _axis(plot, locale, label)}
            columns.append({"id": f"{column.id}.plot", "label": "", **drawn})
    return {
        "kind": "table", "id": table.id, "title": "" if table.title is None else locale.term(table.title), "columns": columns,
        "rows": [{"id": row.id, "marked": row.marked, "cells": _cells(row, table, plot, locale)} for row in table.rows],
        "empty": "" if table.empty is None else locale.term(table.empty), "legend": _legend(plot, locale),
    }


def _axis(plot: _Plot, locale: Locale, title: str) -> str:
    ends_only = plot.unit is Unit.COUNT
    return axis(plot.scale, write=lambda value: _tick(value, plot.unit, locale), title=title, middle=not ends_only)


def _tick(value: float, unit: Unit, locale: Locale) -> str:
    """A short number for an axis."""
    if unit is Unit.SECONDS:
        return locale.duration(value) if value < _HOUR else locale.written("format.hours").format(value=_short(value / _HOUR, locale))
    if unit in (Unit.SHARE, Unit.SHARE_DIFFERENCE):
        return locale.number(value, unit)
    return _short(value, locale)


def _short(value: float, locale: Locale) -> str:
    return locale.text(f"{round(value, 1 if abs(value) < 100 else 0) + 0.0:g}".replace("-", "\N{MINUS SIGN}"))


def _cells(row: Row, table: Table, plot: _Plot | None, locale: Locale) -> list[View]:
    cells: list[View] = []
    for column in table.columns:
        cell = row.cells.get(column.id)
        told = NOTHING if cell is None else locale.cell(cell)
        cells.append({"text": told, "detail": "" if cell is None else _detail(cell, locale), "numeric": isinstance(cell, Amount)})
        if plot is not None and column.id == plot.drawing.of:
            cells.append({"svg": _strip(row, plot, locale, title=f"{told} {_detail(cell, locale) if cell is not None else ''}".strip())})
    return cells


def _strip(row: Row, plot: _Plot, locale: Locale, *, title: str) -> str:
    amount = row.cells.get(plot.drawing.of)
    beside = None if plot.drawing.beside is None else row.cells.get(plot.drawing.beside)
    return strip(
        plot.drawing.shape, plot.scale, amount if isinstance(amount, Amount) else None,
        beside=beside if isinstance(beside, Amount) else None, target=plot.drawing.target, title=title,
    )


def _legend(plot: _Plot | None, locale: Locale) -> str:
    """What the marks of a plot mean, in words."""
    if plot is None:
        return ""
    parts = [locale.say(f"plot.{plot.drawing.shape.value}")] if plot.whiskers else []
    if plot.diamonds:
        parts.append(locale.say("plot.beside"))
    if plot.drawing.target is not None:
        parts.append(locale.say("plot.target", value=Amount(value=plot.drawing.target, unit=plot.unit)))
    return " ".join(parts)


def _courses(block: Courses, locale: Locale) -> View:
    large = len(block.items) == 1
    return {
        "kind": "courses", "id": block.id, "title": "" if block.title is None else locale.term(block.title), "large": large,
        "items": [_course(one, locale, large=large) for one in block.items],
    }


def _course(one: Course, locale: Locale, *, large: bool) -> View:
    label = locale.cell(one.label)
    changes = [
        locale.say("course.change", at=When(at=change.at), before=change.before, after=change.after) for change in one.changes
    ]
    verdict = "" if one.verdict is None else locale.term(one.verdict)
    told = any(point.amount.value is not None for point in one.points)
    drawn = course(
        one, size=LARGE if large else SMALL, write=lambda value: _tick(value, one.unit, locale), day=locale.short_day, title=label,
        description=" ".join([verdict, *changes]).strip(),
    )
    return {
        "label": label, "svg": drawn if told else "", "changes": changes, "verdict": verdict,
        "empty": "" if told else locale.say("course.empty"),
    }


def _quote(one: Quote, locale: Locale) -> View:
    where = [isolated(tame(one.interaction))]
    if one.at is not None:
        where.append(locale.day(one.at))
    if one.start_ms is not None:
        where.append(locale.say("quote.place") + " " + locale.place(one.start_ms))
    speaker = f"speaker.{one.speaker}" if one.speaker in ("agent", "customer", "bot", "system") else ""
    return {
        "text": tame(one.text) or locale.say("quote.nothing"), "said": bool(one.text),
        "speaker": locale.say(speaker) if speaker else "", "where": locale.language.comma.join(where),
        "about": "" if one.about is None else locale.cell(one.about), "good": one.good is True,
        "sign": "" if one.good is None else locale.say("quote.good" if one.good else "quote.bad"),
    }
