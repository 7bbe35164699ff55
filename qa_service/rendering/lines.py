"""Lines: a report as one long table, a line for each figure, text or date; what CSV and Parquet hold."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from qa_service.domain.report import Amount, Block, Cell, Course, Courses, Fact, Facts, Notes, Quote, Quotes, Report, Section, Table, When
from qa_service.rendering.bidi import FIRST_STRONG, LEFT_TO_RIGHT, POP
from qa_service.rendering.locale import Locale

_ISOLATES = str.maketrans("", "", FIRST_STRONG + LEFT_TO_RIGHT + POP)


class Line(NamedTuple):
    """One of them; ids are the same in every language, labels and texts are in that of the report."""

    section: str
    block: str
    item: str
    item_label: str
    measure: str
    measure_label: str
    #: As a number, in the unit; shares 0 to 1. ``None`` for a text or date, and where it cannot be told.
    value: float | None
    #: 95 % interval.
    low: float | None
    high: float | None
    #: Observations.
    n: int | None
    unit: str
    #: Text, or a moment as ISO 8601 in UTC.
    text: str


def lines(report: Report, locale: Locale) -> Iterator[Line]:
    """All lines of a report, in its order."""
    yield from (_fact(one, "about", "about", locale) for one in report.about)
    for section, block in report.blocks():
        yield from _block(block, section, locale)


def plain(cell: Cell, locale: Locale) -> str:
    """A text without marks of direction, for programs."""
    return locale.cell(cell).translate(_ISOLATES)


def _block(block: Block, section: Section, locale: Locale) -> Iterator[Line]:
    match block:
        case Facts():
            yield from (_fact(one, section.id, block.id, locale) for one in block.items)
        case Table():
            yield from _table(block, section, locale)
        case Courses():
            for course in block.items:
                yield from _course(course, section.id, block.id, locale)
        case Quotes():
            for number, quote in enumerate(block.items, start=1):
                yield from _quote(quote, number, section.id, block.id, locale)
        case Notes():
            for number, note in enumerate(block.items, start=1):
                yield _line(section.id, block.id, str(number), "", "note", "", note, locale)


def _fact(one: Fact, section: str, block: str, locale: Locale) -> Line:
    return _line(section, block, one.id, plain(one.label, locale), "value", "", one.value, locale)


def _table(table: Table, section: Section, locale: Locale) -> Iterator[Line]:
    first = table.columns[0].id if table.columns else ""
    for row in table.rows:
        label = plain(row.cells[first], locale) if first in row.cells else row.id
        for column in table.columns:
            cell = row.cells.get(column.id)
            if cell is not None and column.id != first:
                yield _line(section.id, table.id, row.id, label, column.id, plain(column.label, locale), cell, locale)


def _course(one: Course, section: str, block: str, locale: Locale) -> Iterator[Line]:
    label = plain(one.label, locale)
    for point in one.points:
        yield _line(section, block, one.id, label, point.at.isoformat(), locale.short_day(point.at), point.amount, locale)


def _quote(one: Quote, number: int, section: str, block: str, locale: Locale) -> Iterator[Line]:
    about = "" if one.about is None else plain(one.about, locale)
    for column, text in (("quote", one.text), ("interaction", one.interaction), ("speaker", one.speaker or "")):
        yield Line(section, block, str(number), about, column, "", None, None, None, None, "", text)
    if one.start_ms is not None:
        yield Line(section, block, str(number), about, "start", "", one.start_ms / 1000, None, None, None, "seconds", "")


def _line(section: str, block: str, row: str, row_label: str, column: str, column_label: str, cell: Cell, locale: Locale) -> Line:
    place = (section, block, row, row_label, column, column_label)
    if isinstance(cell, Amount):
        return Line(*place, cell.value, cell.low, cell.high, cell.n, cell.unit.value, "")
    text = cell.at.isoformat() if isinstance(cell, When) else plain(cell, locale)
    return Line(*place, None, None, None, None, "", text)
