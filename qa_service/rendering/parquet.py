"""Parquet: the lines of a report for programs that calculate, with the report they are of."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np

from qa_service.domain.report import SCHEMA, Report
from qa_service.rendering.bidi import tame
from qa_service.rendering.lines import Line, lines
from qa_service.rendering.locale import Locale

_NUMBERS = ("value", "low", "high")


def parquet(report: Report, locale: Locale, *, folder: Path | None = None) -> bytes:
    """The file, compressed with Zstandard; its columns are those of :class:`Line`. ``folder``: where it is put together."""
    with TemporaryDirectory(dir=folder) as name:
        path = Path(name) / "report.parquet"
        _write(list(lines(report, locale)), path, kind=report.kind.value)
        return path.read_bytes()


def _write(found: list[Line], path: Path, *, kind: str) -> None:
    columns = {name: _column([getattr(one, name) for one in found], name) for name in Line._fields}
    chosen = ", ".join(
        f"nullif({name}, 'nan'::double) as {name}" if name in _NUMBERS
        else f"nullif({name}, -1)::bigint as {name}" if name == "n" else f"{name}::varchar as {name}"
        for name in Line._fields
    )
    with duckdb.connect(config={"threads": 1, "autoinstall_known_extensions": False}) as connection:
        connection.register("lines", columns)
        metadata = f"kv_metadata {{schema: '{SCHEMA}', kind: '{kind}'}}"
        # Every part of the statement is ours: field names, an enumeration, and a path of a folder that was just made.
        target = str(path).replace("'", "''")
        connection.execute(f"copy (select {chosen} from lines) to '{target}' (format parquet, compression zstd, {metadata})")  # noqa: S608


def _column(values: list[str | float | None], name: str) -> np.ndarray[tuple[int], np.dtype[np.generic]]:
    if name in _NUMBERS:
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    if name == "n":
        return np.array([-1 if value is None else value for value in values], dtype=np.int64)
    return np.array([tame(str(value)) for value in values], dtype=object)
