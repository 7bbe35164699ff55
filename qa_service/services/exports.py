"""Exports of figures: what every scorecard tells of every item, in one file for other programs (Parquet, CSV)."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.moments import Item
from qa_service.domain.outcomes import ABSTAINS, CLOSED, UNIT
from qa_service.domain.permission import Actor, Right
from qa_service.errors import InputError
from qa_service.services.clock import Clock
from qa_service.services.rollups import Rollups
from qa_service.store.facts import Fact
from qa_service.store.scratch import Scratch, last_read
from qa_service.store.session import Database

if TYPE_CHECKING:
    import duckdb

#: The columns, in order; docs/aggregates.md tells what they say.
_SELECT = f"""
SELECT f.scorecard, f.interaction, f.agent, f.team, f.channel, f.language, f.queue, f.month, make_timestamp(f.happened_at) AS happened_at,
    f.purpose, i.rubric, f.basis, f.weight, f.reviewer, i.kind, i.item,
    CASE WHEN o.machine < {ABSTAINS} THEN o.machine / {UNIT}.0 END AS machine, o.machine = {ABSTAINS} AS abstains,
    CASE WHEN o.people BETWEEN 0 AND {UNIT} THEN o.people / {UNIT}.0 END AS people,
    CASE WHEN o.people >= 0 THEN o.people <> {CLOSED} END AS asked
FROM outcomes o JOIN facts f ON f.row = o.row JOIN items i ON i.form = f.form AND i.place = o.place
ORDER BY o.row, o.place
"""  # noqa: S608 - numbers of ours
#: What spreadsheets would calculate gets an apostrophe, as in reports (:mod:`qa_service.rendering.csv`): these columns hold what sources
#: told.
_FORMULA = r"^[ \x{00a0}\x{feff}]*[-=+@\t\r\n\x{ff1d}\x{ff0b}\x{ff0d}\x{ff20}]"
_CALM = ", ".join(
    f"CASE WHEN regexp_matches({name}, '{_FORMULA}') THEN chr(39) || {name} ELSE {name} END AS {name}"
    for name in ("interaction", "agent", "team", "language", "queue", "reviewer")
)
#: No answer of people, in the columns that DuckDB reads.
_UNTOLD = -1
_FACT_COLUMNS = ("agent", "team", "channel", "language", "queue", "month", "purpose", "basis", "reviewer")


class ExportFormat(StrEnum):
    """How the file is written."""

    PARQUET = "parquet"
    CSV = "csv"


class FigureExports:
    """Files of figures."""

    def __init__(self, *, database: Database, rollups: Rollups, scratch: Scratch, clock: Clock) -> None:
        self._database = database
        self._rollups = rollups
        self._clock = clock
        #: Where files lie while they are sent.
        self.scratch = scratch

    def write(
        self, path: Path, *, format_: ExportFormat, since: datetime | None = None, until: datetime | None = None, team: str | None = None,
        channel: Channel | None = None, rubric: str | None = None, purpose: Purpose | None = None, reader: str | None = None,
    ) -> int:
        """Write a file, one row for each scorecard and item, the earliest contact first; how many scorecards. ``since <= contact < until``;
        ``purpose=None``: whatever they took place for, told in a column. ``reader``: without what that user is to answer blind.

        Raises :class:`InputError` for a period that ends before it starts, and for a folder that is not there.
        """
        if since is not None and until is not None and until <= since:
            raise InputError("the period ends before it starts", field="until")
        if not path.parent.is_dir():
            raise InputError(f"there is no folder {str(path.parent)!r}", field="out")
        self._rollups.refresh()
        count = 0
        with tempfile.TemporaryDirectory(prefix="qa-export-", dir=path.parent) as folder, _connection(Path(folder)) as connection:
            with self._database.reading() as unit:
                forms = unit.facts.forms()
                connection.register("items", _items(forms))
                told = unit.facts.told(
                    since=since, until=until, team=team, channel=channel, rubric=rubric, purpose=purpose, reader=reader
                )
                for number, facts in enumerate(told):
                    _piece(connection, facts, forms, Path(folder) / f"{number:06}.parquet")
                    count += len(facts)
            _together(connection, Path(folder), path, format_, empty=not count)
        return count

    def sent(
        self, *, by: Actor, format_: ExportFormat, since: datetime | None = None, until: datetime | None = None, team: str | None = None,
        channel: Channel | None = None, rubric: str | None = None, purpose: Purpose | None = None,
    ) -> Iterator[bytes]:
        """The same, piece by piece, from a file that is gone at the end; the ledger tells who took what. The acting person has the right to
        export figures, or is refused."""
        by.check(Right.EXPORT_FIGURES)
        path = self.scratch.folder / f"{uuid.uuid4().hex}.{format_.value}"
        count = self.write(
            path, format_=format_, since=since, until=until, team=team, channel=channel, rubric=rubric, purpose=purpose, reader=by.id
        )
        asked = {"from": since and since.isoformat(), "to": until and until.isoformat(), "team": team, "rubric": rubric}
        chosen = {**asked, "channel": channel and channel.value, "purpose": purpose and purpose.value}
        content = {"format": format_.value, "scorecards": count, **{name: value for name, value in chosen.items() if value is not None}}
        with self._database.unit() as unit:
            unit.ledger.append(at=self._clock(), actor=by.id, action="figures.exported", subject="exports/figures", content=content)
        return last_read(path)


def _connection(folder: Path) -> duckdb.DuckDBPyConnection:
    import duckdb  # takes a while, and only exports need it

    settings: dict[str, Any] = {
        "memory_limit": "1GB", "temp_directory": str(folder), "autoinstall_known_extensions": False, "autoload_known_extensions": False,
    }
    return duckdb.connect(":memory:", config=settings)


def _items(forms: dict[int, tuple[Item, ...]]) -> dict[str, Any]:
    rows = [(form, place, one.rubric, one.kind.value, one.id) for form, items in forms.items() for place, one in enumerate(items)]
    columns = list(zip(*rows, strict=True)) or [()] * 5
    return {
        "form": np.array(columns[0], np.int32), "place": np.array(columns[1], np.int32), "rubric": _text(columns[2]),
        "kind": _text(columns[3]), "item": _text(columns[4]),
    }


def _piece(
    connection: duckdb.DuckDBPyConnection, facts: Sequence[tuple[Fact, str | None]], forms: dict[int, tuple[Item, ...]], path: Path
) -> None:
    connection.register("facts", _facts(facts))
    connection.register("outcomes", _outcomes([fact for fact, _ in facts], forms))
    connection.execute(f"COPY ({_SELECT}) TO {_literal(path)} (FORMAT parquet, COMPRESSION zstd)")


def _facts(facts: Sequence[tuple[Fact, str | None]]) -> dict[str, Any]:
    columns: dict[str, Any] = {name: _text([getattr(fact, name) or None for fact, _ in facts]) for name in _FACT_COLUMNS}
    return {
        **columns, "row": np.arange(len(facts), dtype=np.int32), "scorecard": _text([fact.scorecard for fact, _ in facts]),
        "interaction": _text([interaction for _, interaction in facts]), "form": np.array([fact.form for fact, _ in facts], np.int32),
        "weight": np.array([fact.weight for fact, _ in facts]),
        "happened_at": np.array([round(fact.happened_at.astimezone(UTC).timestamp() * 1e6) for fact, _ in facts], np.int64),
    }


def _outcomes(facts: Sequence[Fact], forms: dict[int, tuple[Item, ...]]) -> dict[str, Any]:
    rows, places, machine, people = [], [], [], []
    for row, fact in enumerate(facts):
        count = len(forms[fact.form])
        codes = np.frombuffer(fact.outcomes, "<u4").astype(np.int64)
        rows.append(np.full(count, row, np.int32))
        places.append(np.arange(count, dtype=np.int32))
        machine.append(codes[:count])
        people.append(codes[count:] if len(codes) > count else np.full(count, _UNTOLD, np.int64))
    told = (np.concatenate(some) if some else np.zeros(0, np.int64) for some in (rows, places, machine, people))
    return dict(zip(("row", "place", "machine", "people"), told, strict=True))


def _text(values: Sequence[str | None]) -> Any:
    return np.array(values, dtype=object)


def _together(connection: duckdb.DuckDBPyConnection, folder: Path, path: Path, format_: ExportFormat, *, empty: bool) -> None:
    """One file of all pieces."""
    if empty:
        _piece(connection, [], {}, folder / "000000.parquet")
    options = "FORMAT parquet, COMPRESSION zstd" if format_ is ExportFormat.PARQUET else "FORMAT csv, HEADER"
    pieces = connection.read_parquet([str(one) for one in sorted(folder.glob("*.parquet"))])
    pieces.create_view("pieces")
    rows = "pieces" if format_ is ExportFormat.PARQUET else f"(SELECT * REPLACE ({_CALM}) FROM pieces)"  # noqa: S608 - words of ours
    connection.execute(f"COPY {rows} TO {_literal(path)} ({options})")


def _literal(path: Path) -> str:
    """A path in a statement."""
    return "'" + str(path).replace("'", "''") + "'"
