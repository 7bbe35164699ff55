"""Copies of tables of PostgreSQL: each a file as the server writes it (``COPY``, text), all of one moment, and loaded again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from sqlalchemy import exc

from qa_service.errors import ProcessingError

#: Names of the copied tables with their columns, in the order in which they are loaded.
LISTING = "tables.json"
_WORKFLOWS = "dbos"
_PIECE = 1 << 20


class Copied(NamedTuple):
    """One table."""

    #: Whether it is the workflow engine's.
    engine: bool
    name: str
    columns: tuple[str, ...]

    @property
    def file(self) -> str:
        """Name of its file."""
        return f"{'workflows' if self.engine else 'main'}.{self.name}.copy"


def copied(connection: sa.Connection, folder: Path, *, of: Callable[[str, str], bool]) -> None:
    """Write every table that ``of`` (schema, name) takes, as it is at the moment of the connection's transaction."""
    here = str(connection.scalar(sa.select(sa.func.current_schema())))
    tables = [table for name in (here, _WORKFLOWS) for table in _tables(connection, name, of=of)]
    cursor = _cursor(connection)
    for table in tables:
        columns = ", ".join(map(_quoted, table.columns))
        command = f"COPY (SELECT {columns} FROM {_full(table, here)}) TO STDOUT"  # noqa: S608 - names are quoted
        with (folder / table.file).open("wb") as out, cursor.copy(command) as rows:
            for piece in rows:
                out.write(piece)
    (folder / LISTING).write_text(json.dumps([table._asdict() for table in tables], indent=1), encoding="utf-8")


def load_tables(engine: sa.Engine, folder: Path) -> None:
    """Load them into tables that are there, instead of what is in them, all or none; raises :class:`ProcessingError`."""
    listed = [Copied(**{**one, "columns": tuple(one["columns"])}) for one in json.loads((folder / LISTING).read_text(encoding="utf-8"))]
    try:
        with engine.begin() as connection:
            here = str(connection.scalar(sa.select(sa.func.current_schema())))
            _guards(connection, listed, here, on=False)
            connection.exec_driver_sql(f"TRUNCATE {', '.join(_full(table, here) for table in listed)}")
            for table in listed:
                _load(connection, table, here, folder)
                _count_on(connection, table, here)
            _guards(connection, listed, here, on=True)
    except exc.DBAPIError as error:
        raise ProcessingError(f"the tables could not be loaded: {error.orig}", hint="nothing was changed") from error


def _load(connection: sa.Connection, table: Copied, here: str, folder: Path) -> None:
    columns = ", ".join(map(_quoted, table.columns))
    with (folder / table.file).open("rb") as source, _cursor(connection).copy(f"COPY {_full(table, here)} ({columns}) FROM STDIN") as rows:
        while piece := source.read(_PIECE):
            rows.write(piece)


def _guards(connection: sa.Connection, tables: Sequence[Copied], here: str, *, on: bool) -> None:
    """What the database does by itself when something changes is in the copy already."""
    for table in tables:
        connection.exec_driver_sql(f"ALTER TABLE {_full(table, here)} {'ENABLE' if on else 'DISABLE'} TRIGGER USER")


def _count_on(connection: sa.Connection, table: Copied, here: str) -> None:
    """Numbers that the server gives go on behind the highest."""
    for column in table.columns:
        of = sa.select(sa.func.pg_get_serial_sequence(_full(table, here), column))
        sequence = connection.scalar(of)
        if sequence is not None:
            highest = f"SELECT max({_quoted(column)}) FROM {_full(table, here)}"  # noqa: S608 - names are quoted
            told = sa.text(f"SELECT setval(:sequence, greatest(({highest}), 1), ({highest}) IS NOT NULL)")
            connection.execute(told, {"sequence": sequence})


def _tables(connection: sa.Connection, name: str, *, of: Callable[[str, str], bool]) -> Iterator[Copied]:
    """Those that others point to come first."""
    found = sa.MetaData()
    inspector = sa.inspect(connection)
    if name not in inspector.get_schema_names():
        return
    wanted = [table for table in inspector.get_table_names(schema=name) if of(name, table)]
    found.reflect(connection, schema=name, only=wanted)
    for table in found.sorted_tables:
        if table.schema == name and table.name in wanted:
            columns = tuple(column.name for column in table.columns if column.computed is None)
            yield Copied(engine=name == _WORKFLOWS, name=table.name, columns=columns)


def _cursor(connection: sa.Connection) -> Any:
    """The driver's own: it alone can copy."""
    return cast("Any", connection.connection.dbapi_connection).cursor()


def _full(table: Copied, here: str) -> str:
    return f"{_quoted(_WORKFLOWS if table.engine else here)}.{_quoted(table.name)}"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
