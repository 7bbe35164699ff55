"""Audit: the ledger read page by page, and its chain checked."""

from __future__ import annotations

from itertools import islice

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.ledger import LedgerEntry
from qa_service.errors import LedgerError
from qa_service.store.pages import Page, check_limit, decode_position, encode_position
from qa_service.store.session import Database


class Verification(Record):
    """What checking the whole chain gave."""

    #: Whether no entry was changed, removed or moved.
    valid: bool
    #: Entries that were checked; on a broken chain those before the first bad one.
    entries: int = Field(ge=0)
    #: Sequence of the first bad entry.
    first_bad: int | None = None
    #: What is wrong with it.
    message: str | None = None


class Audit:
    """Reads the ledger."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def entries(self, *, subject: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[LedgerEntry]:
        """Entries in order, the oldest first."""
        start = 1 if cursor is None else decode_position(cursor) + 1
        with self._database.reading() as unit:
            found = tuple(islice(unit.ledger.entries(start=start, subject=subject), check_limit(limit) + 1))
        return Page(items=found[:limit], next=encode_position(found[limit - 1].sequence) if len(found) > limit else None)

    def verify(self) -> Verification:
        """Check the whole chain; a broken one is told, not raised."""
        try:
            with self._database.reading() as unit:
                return Verification(valid=True, entries=unit.ledger.verify())
        except LedgerError as error:
            bad = int((error.field or "entry 1").removeprefix("entry "))
            return Verification(valid=False, entries=max(0, bad - 1), first_bad=bad, message=error.message)
