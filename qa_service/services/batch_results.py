"""Results of batches: one row for each conversation and recording, in one file for other programs (Parquet, CSV)."""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from qa_service.domain.disclosure import shown_to
from qa_service.domain.permission import Actor, Right
from qa_service.domain.scorecard import Scorecard
from qa_service.errors import InputError
from qa_service.rendering.csv import safe
from qa_service.services.batch_runs import BatchRuns, FileOutcome
from qa_service.services.clock import Clock
from qa_service.services.exports import ExportFormat
from qa_service.store.scratch import Scratch, last_read
from qa_service.store.session import Database

if TYPE_CHECKING:
    import duckdb

#: Rows read and written together.
_ROWS = 200
#: Calls that hide from a reader what they may not see.
Shown = Callable[[Scorecard], Scorecard]


class Line(NamedTuple):
    """The columns, in order; docs/batches.md tells what they say."""

    position: int
    file: str
    manifest: str | None
    line: int | None
    state: str
    cause: str | None
    error_code: str | None
    error: str | None
    error_field: str | None
    hint: str | None
    interaction: str | None
    scorecard: str | None
    channel: str | None
    language: str | None
    agent: str | None
    rubric: str | None
    rubric_version: int | None
    speech_engine: str | None
    analysis: str | None
    status: str | None
    #: Percent.
    score: float | None
    passed: bool | None
    undecided: int | None
    critical_misses: str | None
    #: JSON: criterion -> option; the answer of people where there is one, else what the machine suggests.
    answers: str | None


#: Types of columns that hold no text.
_TYPES = {
    "position": "BIGINT", "line": "BIGINT", "rubric_version": "BIGINT", "score": "DOUBLE", "passed": "BOOLEAN", "undecided": "BIGINT",
}  # fmt: skip


class BatchResults:
    """Files of results."""

    def __init__(self, *, database: Database, runs: BatchRuns, scratch: Scratch, clock: Clock) -> None:
        self._database = database
        self._runs = runs
        self._scratch = scratch
        self._clock = clock

    def write(self, batch: str, path: Path, *, shown: Shown | None = None) -> int:
        """Write a file that its ending names, piece by piece, in the order of the batch; how many rows.

        Raises :class:`NotFoundError`, and :class:`InputError` for another ending and for a folder that is not there.
        """
        kind = format_of(path)
        if not path.parent.is_dir():
            raise InputError(f"there is no folder {str(path.parent)!r}", field="export")
        aside = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
        try:
            count = _write_csv(aside, self._lines(batch, shown)) if kind is ExportFormat.CSV else _parquet(aside, self._lines(batch, shown))
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)
        return count

    def sent(self, batch: str, *, format_: ExportFormat, by: Actor, calibrating: frozenset[str]) -> Iterator[bytes]:
        """The same, piece by piece, from a file that is gone at the end, without what ``by`` may not see; the ledger tells who took what.
        ``calibrating``: interactions that they are to answer blind. The acting person has the right to export figures, or is refused."""
        by.check(Right.EXPORT_FIGURES)
        path = self._scratch.folder / f"{uuid.uuid4().hex}.{format_.value}"
        count = self.write(batch, path, shown=lambda card: shown_to(card, by, calibrating=calibrating))
        content = {"format": format_.value, "rows": count}
        with self._database.unit() as unit:
            unit.ledger.append(at=self._clock(), actor=by.id, action="batch.exported", subject=f"batch/{batch}", content=content)
        return last_read(path)

    def _lines(self, batch: str, shown: Shown | None) -> Iterator[list[Line]]:
        cursor: str | None = None
        while True:
            page = self._runs.outcomes(batch, cursor=cursor, limit=_ROWS)
            yield [_line(one, shown) for one in page.items]
            cursor = page.next
            if cursor is None:
                return


def format_of(path: Path) -> ExportFormat:
    """By the ending; raises :class:`InputError`."""
    kind = next((one for one in ExportFormat if path.suffix.lower() == f".{one.value}"), None)
    if kind is None:
        what = path.suffix or "a file without an ending"
        raise InputError(f"what is {what} to hold?", field="export", hint="name it .parquet or .csv")
    return kind


def _line(one: FileOutcome, shown: Shown | None) -> Line:
    item, error = one.item, one.item.error
    card = one.card if shown is None or one.card is None else shown(one.card)
    told: dict[str, Any] = dict.fromkeys(Line._fields)
    told.update(
        position=item.position, file=item.file, manifest=item.manifest, line=item.line, state=item.state.value,
        cause=item.cause and item.cause.value, interaction=item.interaction,
    )
    if error is not None:
        told.update(error_code=error.code, error=error.message, error_field=error.field, hint=error.hint)
    if card is not None:
        told.update(_of(card))
    return Line(**told)


def _of(card: Scorecard) -> dict[str, Any]:
    answers = {
        one.id: one.answer if one.answer is not None else None if one.suggestion is None else one.suggestion.answer for one in card.criteria
    }
    return {
        "scorecard": card.id, "channel": card.interaction.channel.value, "language": card.interaction.language,
        "agent": card.interaction.agent, "rubric": card.rubric.id, "rubric_version": card.rubric.version,
        "speech_engine": card.engine.speech, "analysis": card.engine.analysis, "status": card.status.value,
        "score": None if card.score is None else card.score / 1000, "passed": card.passed, "undecided": card.undecided,
        "critical_misses": " ".join(card.critical_misses), "answers": json.dumps(answers, ensure_ascii=False),
    }


def _write_csv(path: Path, pieces: Iterator[list[Line]]) -> int:
    count = 0
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(Line._fields)
        for lines in pieces:
            writer.writerows([_cell(value) for value in line] for line in lines)
            count += len(lines)
    return count


def _cell(value: object) -> str:
    if value is None:
        return ""
    return safe(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)


def _parquet(path: Path, pieces: Iterator[list[Line]]) -> int:
    """DuckDB keeps the rows aside on disk until they are written as one file."""
    import duckdb  # takes a while, and only exports need it

    count, aside = 0, path.with_name(f"{path.name}.rows")
    settings: dict[str, Any] = {
        "memory_limit": "512MB", "threads": 1, "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(str(aside), config=settings) as connection:
            connection.execute(f"CREATE TABLE lines ({', '.join(f'{name} {kind}' for name, kind in _columns())})")
            for lines in pieces:
                _insert(connection, lines)
                count += len(lines)
            target = str(path).replace("'", "''")
            connection.execute(f"COPY (SELECT * FROM lines ORDER BY position) TO '{target}' (FORMAT parquet, COMPRESSION zstd)")  # noqa: S608 - a path of ours
    finally:
        for left in path.parent.glob(f"{aside.name}*"):
            left.unlink(missing_ok=True)
    return count


def _columns() -> Iterator[tuple[str, str]]:
    return ((name, _TYPES.get(name, "VARCHAR")) for name in Line._fields)


def _insert(connection: duckdb.DuckDBPyConnection, lines: Sequence[Line]) -> None:
    import numpy as np

    if lines:
        columns = {name: np.array(values, dtype=object) for name, values in zip(Line._fields, zip(*lines, strict=True), strict=True)}
        connection.register("piece", columns)
        chosen = ", ".join(f"CAST({name} AS {kind})" for name, kind in _columns())
        connection.execute(f"INSERT INTO lines SELECT {chosen} FROM piece")  # noqa: S608 - names of ours
        connection.unregister("piece")
