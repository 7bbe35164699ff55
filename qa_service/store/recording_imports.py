"""Recording imports: tables of calls, and how far the recording of each call is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.recording_import import FetchState, ImportWishes, RecordingImport
from qa_service.errors import NotFoundError
from qa_service.store.faults import Fault
from qa_service.store.pages import Page, check_limit, decode_position, encode_position
from qa_service.store.repository import Repository, given
from qa_service.store.tables import RecordingImportItemRow, RecordingImportRow, core

_IMPORTS, _ITEMS = core(RecordingImportRow).c, core(RecordingImportItemRow).c


class ImportItem(Record):
    """One call of a table."""

    #: Place in the table, from 0.
    position: int = Field(ge=0)
    #: Line in the file.
    line: int
    #: Address or path of the recording; of an address without what stands behind the path, once it was fetched.
    place: str
    #: How far it is.
    state: FetchState
    #: How often it was tried.
    attempts: int = 0
    #: When it is tried next; null where it is not.
    next_at: AwareDatetime | None = None
    #: What it became.
    interaction: str | None = None
    #: The job that works on it; null where the recording was here already.
    job: str | None = None
    #: What stopped it, or went wrong the last time.
    error: Fault | None = None


class Due(NamedTuple):
    """A recording to be fetched."""

    of: RecordingImport
    item: ImportItem
    #: JSON of what the table tells of the call.
    header: str


class RecordingImports(Repository):
    """Tables by id, their calls in order."""

    def add(self, one: RecordingImport) -> None:
        """One more."""
        told = one.model_dump(exclude={"wishes"})
        self._insert(RecordingImportRow, [{**told, "options": one.wishes.model_dump_json(exclude_none=True)}])

    def add_items(self, number: str, items: Sequence[tuple[ImportItem, str]]) -> None:
        """Calls, each with the JSON of what the table tells of it."""
        self._insert(RecordingImportItemRow, [
            {
                "import_id": number, "position": one.position, "line": one.line, "place": one.place, "state": one.state.value,
                "header": header if one.state is FetchState.WAITING else None, "attempts": one.attempts, "next_at": one.next_at,
                "interaction_id": None, "job_id": None, "error": Fault.write(one.error),
            }
            for one, header in items
        ])  # fmt: skip

    def count(self, number: str, total: int) -> None:
        """So many calls have a recording."""
        self._update(RecordingImportRow, _IMPORTS.id == number, values={"total": total})

    def get(self, number: str) -> RecordingImport:
        """Raises :class:`NotFoundError`."""
        row = self._first(RecordingImportRow, _IMPORTS.id == number)
        if row is None:
            raise NotFoundError(f"no import of recordings {number!r}", field="import")
        return _import(row)

    def list(self, *, cursor: str | None = None, limit: int = 50) -> Page[RecordingImport]:
        """The last brought first."""
        page = self._page(RecordingImportRow, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_import(row) for row in rows])

    def tallies(self, numbers: Sequence[str]) -> Mapping[str, Mapping[FetchState, int]]:
        """Calls by state."""
        found: dict[str, dict[FetchState, int]] = {number: {} for number in numbers}
        chosen = sa.select(_ITEMS.import_id, _ITEMS.state, sa.func.count()).where(_ITEMS.import_id.in_(numbers))
        for number, state, count in self._session.execute(chosen.group_by(_ITEMS.import_id, _ITEMS.state)):
            found[number][FetchState(state)] = count
        return found

    def items(
        self, number: str, *, state: FetchState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[ImportItem]:
        """Its calls in order."""
        start = -1 if cursor is None else decode_position(cursor)
        where = (_ITEMS.import_id == number, _ITEMS.position > start, *given((state, _ITEMS.state.__eq__)))
        chosen = sa.select(RecordingImportItemRow).where(*where).order_by(_ITEMS.position).limit(check_limit(limit) + 1)
        found = tuple(_item(row) for row in self._session.scalars(chosen))
        return Page(items=found[:limit], next=encode_position(found[limit - 1].position) if len(found) > limit else None)

    def due(self, *, at: datetime, lane: int, lanes: int) -> Due | None:
        """The call of a lane (of so many, by position) that waits longest to be fetched, if one is to be by now."""
        where = (_ITEMS.state == FetchState.WAITING.value, _ITEMS.next_at <= at, _ITEMS.position % lanes == lane)
        chosen = sa.select(RecordingImportItemRow).where(*where).order_by(_ITEMS.next_at, _ITEMS.import_id, _ITEMS.position).limit(1)
        row = self._session.scalars(chosen).first()
        return None if row is None else Due(self.get(row.import_id), _item(row), row.header or "")

    def settle(self, number: str, item: ImportItem) -> bool:
        """What a try has led to; false where another process noted the same try, or somebody cancelled it. What the table told of the call
        is forgotten with the last try."""
        waits = item.state is FetchState.WAITING
        values: dict[str, Any] = {
            "state": item.state.value, "attempts": item.attempts, "next_at": item.next_at, "interaction_id": item.interaction,
            "job_id": item.job, "error": Fault.write(item.error), "place": item.place, **({} if waits else {"header": None}),
        }
        where = (_ITEMS.import_id == number, _ITEMS.position == item.position, _ITEMS.attempts == item.attempts - 1)
        return bool(self._update(RecordingImportItemRow, *where, _ITEMS.state == FetchState.WAITING.value, values=values))

    def cancel(self, number: str, *, error: Fault) -> int:
        """Fetch no more of it; how many calls that were."""
        where = (_ITEMS.import_id == number, _ITEMS.state == FetchState.WAITING.value)
        values = {"state": FetchState.FAILED.value, "next_at": None, "header": None, "error": Fault.write(error)}
        return self._update(RecordingImportItemRow, *where, values=values)


def _import(row: RecordingImportRow) -> RecordingImport:
    return RecordingImport(
        id=row.id, name=row.name, created_at=row.created_at, actor=row.actor, total=row.total,
        wishes=ImportWishes.model_validate_json(row.options),
    )


def _item(row: RecordingImportItemRow) -> ImportItem:
    return ImportItem(
        position=row.position, line=row.line, place=row.place, state=FetchState(row.state), attempts=row.attempts, next_at=row.next_at,
        interaction=row.interaction_id, job=row.job_id, error=Fault.read(row.error),
    )
