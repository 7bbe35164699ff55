"""Tables: the rows of a CSV or JSON Lines file, one at a time, each with its line; broken ones are given back as what is wrong."""

from __future__ import annotations

import csv
import io
import json
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

from qa_service.channels.records.lines import LONGEST, Line, encoding_of, lines
from qa_service.errors import TableError

_DELIMITERS = ",;\t|"
#: Lines that one row may span, in a quoted cell.
_SPAN = 200
#: Columns of one table.
_WIDEST = 1000
_LINES = (".jsonl", ".ndjson")
_OPEN = "a quote is open"


class TableRow(NamedTuple):
    """One row."""

    #: Line that it starts on.
    line: int
    #: Text by column, stripped; empty cells are left out.
    cells: Mapping[str, str]


class Table(NamedTuple):
    """A table that is just being read."""

    #: As they stand in the file; of JSON Lines the keys of the first object.
    columns: tuple[str, ...]
    encoding: str
    #: ``json`` for JSON Lines.
    delimiter: str
    rows: Iterator[TableRow | TableError]


def read_table(path: Path) -> Table:
    """The columns, and the rows as they are asked for. Raises :class:`TableError` for a file without any."""
    encoding = encoding_of(path)
    found = lines(path, encoding=encoding)
    first = next((line for line in found if line.text is None or line.text.strip("\ufeff \t,;|")), None)
    if first is None:
        raise TableError("the file is empty", file=path)
    if first.text is None:
        raise TableError(f"the first line is longer than {LONGEST} characters", file=path, line=first.number, hint="is it a table?")
    text = first.text.lstrip("\ufeff")
    if path.suffix.lower() in _LINES or text.lstrip().startswith("{"):
        return _json_table(Line(first.number, text), found, path=path, encoding=encoding)
    if text.lstrip().startswith("["):
        hint = "one object a line, without the brackets around them"
        raise TableError("a JSON list is not read row by row", file=path, line=first.number, hint=hint)
    return _csv_table(Line(first.number, text), found, path=path, encoding=encoding)


def _csv_table(first: Line, rest: Iterator[Line], *, path: Path, encoding: str) -> Table:
    told = (first.text or "").strip().lower()
    delimiter: str | None = None
    if told.startswith("sep=") and len(told) == 5:
        # What Excel writes above the header for itself.
        delimiter = told[4]
        first = next(rest, Line(first.number, ""))
    head = first.text or ""
    delimiter = delimiter or max(_DELIMITERS, key=_outside_quotes(head).count)
    records = _records(chain([first], rest), delimiter=delimiter, path=path)
    header = next(records, None)
    if header is None or isinstance(header, TableError):
        raise header or TableError("the file is empty", file=path)
    columns = tuple(name.strip() for name in header[1])
    if len(columns) > _WIDEST:
        raise TableError(f"{len(columns)} columns are more than {_WIDEST}", file=path, line=header[0])
    return Table(columns, encoding, delimiter, _rows(columns, records, path=path))


_Record = tuple[int, list[str]]


def _rows(columns: Sequence[str], records: Iterator[_Record | TableError], *, path: Path) -> Iterator[TableRow | TableError]:
    for record in records:
        if isinstance(record, TableError):
            yield record
            continue
        line, cells = record
        if len(cells) != len(columns):
            hint = "quote cells that hold the separator, a line break or a quote"
            yield TableError(f"{len(cells)} cells under {len(columns)} columns", file=path, line=line, hint=hint)
            continue
        yield TableRow(line, {name: text for name, cell in zip(columns, cells, strict=True) if (text := cell.strip())})


def _records(found: Iterator[Line], *, delimiter: str, path: Path) -> Iterator[_Record | TableError]:
    """Rows that are not blank. A quote that never closes costs its own line alone: reading goes on behind that line."""
    source = _Source(found)
    for line in source:
        if line.text is None:
            yield TableError(f"the line is longer than {LONGEST} characters", file=path, line=line.number, hint="is a quote left open?")
            continue
        cells = _cells(line.text, delimiter)
        if cells is _OPEN:
            cells, more = _closed(line.text, source, delimiter)
            if cells is _OPEN:
                source.again(more)
                hint = 'write a quote inside quotes twice: ""'
                yield TableError("a quote is opened and not closed", file=path, line=line.number, hint=hint)
                continue
        if isinstance(cells, str):
            yield TableError(cells, file=path, line=line.number)
        elif any(cell.strip() for cell in cells):
            yield line.number, cells


def _closed(text: str, source: Iterator[Line], delimiter: str) -> tuple[list[str] | str, list[Line]]:
    """A row that goes on in the next lines, and those; they are :data:`_OPEN` where it never ends."""
    more: list[Line] = []
    parts, quotes, size = [text], text.count('"'), len(text)
    while len(more) < _SPAN and size < LONGEST and (follower := next(source, None)) is not None:
        more.append(follower)
        if follower.text is None:
            break
        parts.append(follower.text)
        quotes, size = quotes + follower.text.count('"'), size + len(follower.text)
        if quotes % 2 == 0 and (cells := _cells("\n".join(parts), delimiter)) is not _OPEN:
            return cells, more
    return _OPEN, more


class _Source:
    """Lines that can be given back."""

    def __init__(self, found: Iterator[Line]) -> None:
        self._found = found
        self._again: deque[Line] = deque()

    def __iter__(self) -> Iterator[Line]:
        return self

    def __next__(self) -> Line:
        return self._again.popleft() if self._again else next(self._found)

    def again(self, some: Sequence[Line]) -> None:
        """Come next, in this order."""
        self._again.extendleft(reversed(some))


def _cells(text: str, delimiter: str) -> list[str] | str:
    """The cells of a row; :data:`_OPEN` where a quote is open at its end, else in words what is wrong."""
    if "\0" in text:
        return "holds a NUL character"
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        return _OPEN if "unexpected end" in str(error) else f"not readable as CSV: {error}"
    return rows[0] if rows else []


def _outside_quotes(text: str) -> str:
    return "".join(text.split('"')[0::2])


def _json_table(first: Line, rest: Iterator[Line], *, path: Path, encoding: str) -> Table:
    head = _object(first, path=path)
    if isinstance(head, TableError):
        raise head
    every = (_object(line, path=path) for line in rest if line.text is None or line.text.strip())
    rows = (one if isinstance(one, TableError) else TableRow(one.line, one.cells) for one in chain([head], every))
    return Table(head.columns, encoding, "json", rows)


class _Object(NamedTuple):
    line: int
    columns: tuple[str, ...]
    cells: Mapping[str, str]


def _object(line: Line, *, path: Path) -> _Object | TableError:
    def fault(message: str, **more: Any) -> TableError:
        return TableError(message, file=path, line=line.number, **more)

    if line.text is None:
        return fault(f"the line is longer than {LONGEST} characters")
    try:
        told = json.loads(line.text)
    except (ValueError, RecursionError) as error:
        message = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply, or a number that is too long"
        return fault(f"not valid JSON: {message}", hint="one object a line")
    if not isinstance(told, dict):
        return fault("this is no JSON object", hint='one object a line, as in {"id": "c-1", "talk": 95}')
    cells: dict[str, str] = {}
    for name, value in told.items():
        if isinstance(value, dict | list):
            return fault("holds more than one value", field=name, hint="text, numbers, true, false or null")
        text = str(value).strip()
        if value is not None and text:
            cells[name] = text
    if any("\0" in text for text in (*cells, *cells.values())):
        return fault("holds a NUL character")
    return _Object(line.number, tuple(told), cells)
