"""The base of all repositories: reads as typed rows, writes as plain statements that many rows can share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from qa_service.store.pages import Page, after, check_limit, encode
from qa_service.store.tables.base import Row, core

R = TypeVar("R", bound=Row)
T = TypeVar("T")
Values = Mapping[str, Any]
#: The two databases spell it alike, yet each has a class of its own.
_Insert = sqlite.Insert | postgresql.Insert
_INSERTS: Mapping[str, Callable[[sa.Table], _Insert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
#: Values in one IN list, far under every database's limit.
_CHUNK = 500


class Repository:
    """Works inside one unit of work; never commits."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name

    def _first(self, row: type[R], *where: sa.ColumnElement[bool]) -> R | None:
        return self._session.scalars(sa.select(row).where(*where)).first()

    def _all(self, row: type[R], *where: sa.ColumnElement[bool]) -> Sequence[R]:
        return self._session.scalars(sa.select(row).where(*where)).all()

    def _execute(self, statement: sa.Executable, rows: Sequence[Values] | None = None) -> int:
        """Rows that were changed."""
        # Without the option, SQLAlchemy forgets the count of inserts on some drivers.
        result = self._session.connection().execute(statement, rows or None, execution_options={"preserve_rowcount": True})
        return cast("sa.CursorResult[Any]", result).rowcount

    def _insert(self, row: type[Row], values: Sequence[Values]) -> None:
        if values:
            self._execute(sa.insert(core(row)), values)

    def _insert_new(self, row: type[Row], values: Sequence[Values]) -> bool:
        """Insert those that are not there; false when another writer was quicker with some of them."""
        if not values:
            return True
        statement = _INSERTS[self._dialect](core(row)).on_conflict_do_nothing()
        return self._execute(statement, values) == len(values)

    def _replace(self, row: type[Row], values: Sequence[Values]) -> None:
        """Insert, or replace everything but the primary key."""
        if values:
            self._execute(_replacing(self._dialect, core(row), tuple(values[0])), values)

    def _increase(self, row: type[Row], values: Sequence[Values], *, by: Sequence[str], latest: str | None = None) -> None:
        """Insert, or add to the columns ``by`` of what is there; ``latest``, where there is one, becomes the later of both moments."""
        if values:
            self._execute(_increasing(self._dialect, core(row), tuple(by), latest), values)

    def _update(self, row: type[Row], *where: sa.ColumnElement[bool], values: Values) -> int:
        return self._execute(sa.update(core(row)).where(*where).values(**values))

    def _page(
        self, row: type[R], *where: sa.ColumnElement[bool], by: str, cursor: str | None, limit: int
    ) -> Page[R]:
        """Newest first by the time column ``by``, then by id."""
        table = core(row)
        moment, identifier = table.c[by], table.c.id
        places = where if cursor is None else (*where, after(moment, identifier, cursor))
        statement = sa.select(row).where(*places).order_by(moment.desc(), identifier.desc()).limit(check_limit(limit) + 1)
        found = self._session.scalars(statement).all()
        last: Any = found[limit - 1] if len(found) > limit else None
        return Page(items=tuple(found[:limit]), next=None if last is None else encode(getattr(last, by), last.id))


@lru_cache(maxsize=64)
def _replacing(dialect: str, table: sa.Table, names: tuple[str, ...]) -> _Insert:
    """Kept, as :func:`_increasing`."""
    statement = _INSERTS[dialect](table)
    changes = {name: statement.excluded[name] for name in names if not table.c[name].primary_key}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changes)


@lru_cache(maxsize=8)
def _increasing(dialect: str, table: sa.Table, by: tuple[str, ...], latest: str | None) -> _Insert:
    """Kept, since putting it together takes longer than running it."""
    statement = _INSERTS[dialect](table)
    new = statement.excluded
    changes: dict[str, Any] = {name: table.c[name] + new[name] for name in by}
    if latest is not None:
        changes[latest] = sa.case((table.c[latest] > new[latest], table.c[latest]), else_=new[latest])
    return statement.on_conflict_do_update(index_elements=list(table.primary_key.columns), set_=changes)


def chunks(values: Iterable[T]) -> Iterator[tuple[T, ...]]:
    """Pieces that fit into one IN list."""
    rest = iter(values)
    while piece := tuple(islice(rest, _CHUNK)):
        yield piece


def given(*filters: tuple[Any, Callable[[Any], sa.ColumnElement[bool]]]) -> tuple[sa.ColumnElement[bool], ...]:
    """The conditions of the filters that were given (are not ``None``): value, and what makes the condition of it."""
    return tuple(condition(value.value if isinstance(value, Enum) else value) for value, condition in filters if value is not None)
