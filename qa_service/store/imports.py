"""Imports: rows of files, each taken once by its id; the same row again changes nothing, a corrected one takes the place of the old."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.store.repository import Repository, chunks
from qa_service.store.tables import InteractionRow, Row, core

#: Columns that are emptied when a customer is erased.
_FORGETTABLE = ("customer_id", "comment")
#: Columns that tell where a row is from, not what it says.
_ORIGIN = ("content_sha256", "import_id", "line", "imported_at")


class Taken(StrEnum):
    """What became of a row."""

    ADDED = "added"
    #: It takes the place of one that said something else.
    REPLACED = "replaced"
    #: It was there already.
    UNCHANGED = "unchanged"
    #: It was there already, and its interaction has come since.
    LINKED = "linked"
    #: Another row of the same file has its id, and says something else.
    TWICE = "twice"


class TakenRow(NamedTuple):
    """A row, and what became of it."""

    id: str
    line: int
    what: Taken
    #: Columns that say something else than before.
    changed: tuple[str, ...] = ()
    #: Line of the row of the same file that was taken.
    first: int | None = None


class Imported(Repository):
    """Base of what is imported row by row."""

    def _take(self, row: type[Row], values: Sequence[Mapping[str, Any]]) -> tuple[TakenRow, ...]:
        """Take rows in; each has the columns of the table, with ``import_id`` and ``line``."""
        known = self._known(row, [one["id"] for one in values])
        fresh: dict[str, Mapping[str, Any]] = {}
        seen: dict[str, Mapping[str, Any]] = {}
        done: list[TakenRow] = []
        for one in values:
            taken = _against(known.get(one["id"]), one)
            done.append(taken)
            if taken.what is Taken.LINKED:
                # Words that were forgotten since do not come back.
                one = {**one, **{name: known[one["id"]][name] for name in _FORGETTABLE if name in one}}
            if taken.what in (Taken.ADDED, Taken.REPLACED, Taken.LINKED):
                fresh[one["id"]] = known[one["id"]] = one
            elif taken.what is Taken.UNCHANGED and known[one["id"]]["import_id"] != one["import_id"]:
                # So that another row of the same file with its id, and other content, is told apart from a correction.
                seen[one["id"]] = {"key": one["id"], "new_import": one["import_id"], "new_line": one["line"]}
                known[one["id"]] = {**known[one["id"]], "import_id": one["import_id"], "line": one["line"]}
        self._replace(row, [fresh[key] for key in sorted(fresh)])
        self._note(row, [seen[key] for key in sorted(seen)])
        return tuple(done)

    def _note(self, row: type[Row], seen: Sequence[Mapping[str, Any]]) -> None:
        """In which import rows were seen last."""
        if seen:
            values: dict[str, Any] = {"import_id": sa.bindparam("new_import"), "line": sa.bindparam("new_line")}
            self._execute(sa.update(core(row)).where(core(row).c.id == sa.bindparam("key")).values(values), seen)

    def _known(self, row: type[Row], ids: Sequence[str]) -> dict[str, Mapping[str, Any]]:
        table = core(row)
        found = (one for some in chunks(sorted(set(ids))) for one in self._session.execute(sa.select(table).where(table.c.id.in_(some))))
        return {one.id: one._asdict() for one in found}

    def _adopt(self, row: type[Row], interactions: Sequence[str]) -> int:
        """Link rows that came before their interaction, by its id, and fill in what they leave out of it; how many there were."""
        column, it = core(row).c, core(InteractionRow).c
        told = {"agent_id": it.agent_id, "team": it.agent_team, "queue": it.queue, "channel": it.channel, "customer_id": it.customer_id}
        values: dict[str, sa.ColumnElement[Any]] = {
            name: sa.func.coalesce(column[name], sa.select(value).where(it.id == column.contact_id).scalar_subquery())
            for name, value in told.items()
        }
        values["interaction_id"] = column.contact_id
        # The team goes with the agent: of a row that names another, the interaction's team is nobody's.
        same = column.agent_id.is_(None) | (column.agent_id == sa.select(it.agent_id).where(it.id == column.contact_id).scalar_subquery())
        values["team"] = sa.case((same, values["team"]), else_=column.team)
        return sum(
            self._update(row, column.contact_id.in_(some), column.interaction_id.is_(None), values=values)
            for some in chunks(sorted(set(interactions)))
        )


def _against(known: Mapping[str, Any] | None, one: Mapping[str, Any]) -> TakenRow:
    identifier, line = one["id"], one["line"]
    if known is None:
        return TakenRow(identifier, line, Taken.ADDED)
    if known["content_sha256"] == one["content_sha256"]:
        late = known["interaction_id"] is None and one["interaction_id"] is not None
        return TakenRow(identifier, line, Taken.LINKED if late else Taken.UNCHANGED)
    if known["import_id"] == one["import_id"]:
        return TakenRow(identifier, line, Taken.TWICE, first=known["line"])
    changed = tuple(name for name in one if name not in _ORIGIN and known[name] != one[name])
    return TakenRow(identifier, line, Taken.REPLACED, changed)
