"""The audit ledger: acts are noted in a unit of work and sealed, one after the other, when it commits."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime
from sqlalchemy.orm import Session

from qa_service.domain.base import Record
from qa_service.domain.ledger import GENESIS, LedgerEntry, canonical, seal, verify
from qa_service.store.repository import Repository, given
from qa_service.store.tables import LedgerRow, core

_LEDGER = core(LedgerRow).c
#: Any number; the same in all processes that share a PostgreSQL database.
_HEAD_LOCK = 7_406_202_402
#: Entries read at once.
_PIECE = 500


class Act(Record):
    """What is to be noted; its place in the chain is found at the end."""

    #: When.
    at: AwareDatetime
    #: Who: ``system``, a user or a key.
    actor: str
    #: What: ``scorecard.finalized`` ...
    action: str
    #: What it was done to: ``scorecard/ID``.
    subject: str
    #: Plain JSON data of the change.
    content: dict[str, Any]


class Ledger(Repository):
    """The chain. The lock on its head is taken last, so that writers wait for each other only while sealing."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._noted: list[tuple[Act, str]] = []

    def append(self, *, at: datetime, actor: str, action: str, subject: str, content: Mapping[str, Any]) -> None:
        """Note an act; raises ``TypeError`` or ``ValueError`` for content that is no JSON."""
        self.append_many([Act(at=at, actor=actor, action=action, subject=subject, content=dict(content))])

    def append_many(self, acts: Iterable[Act]) -> None:
        """Note many, in order."""
        # Written out at once: what the caller changes afterwards is not what happened.
        self._noted.extend((act, canonical(act.content)) for act in acts)

    def flush(self) -> tuple[LedgerEntry, ...]:
        """Seal and store what was noted; the unit of work does so when it commits. From here on other writers wait."""
        noted, self._noted = self._noted, []
        if not noted:
            return ()
        self._lock()
        sequence, previous = self.head()
        entries: list[LedgerEntry] = []
        for number, (act, content) in enumerate(noted, start=sequence + 1):
            # Read back from its text, as the verifier will, so that both hash the same (integer keys become text, say).
            entry = seal(
                sequence=number, at=act.at.astimezone(UTC), actor=act.actor, action=act.action, subject=act.subject,
                content=json.loads(content), previous=previous,
            )
            entries.append(entry)
            previous = entry.hash
        self._insert(LedgerRow, [_values(entry) for entry in entries])
        return tuple(entries)

    def head(self) -> tuple[int, str]:
        """Sequence and hash of the last stored entry; 0 and the genesis hash when there is none."""
        last = sa.select(_LEDGER.sequence, _LEDGER.hash).order_by(_LEDGER.sequence.desc()).limit(1)
        found = self._session.execute(last).first()
        return (0, GENESIS) if found is None else (found.sequence, found.hash)

    def entries(self, *, start: int = 1, subject: str | None = None) -> Iterator[LedgerEntry]:
        """Stored entries in order, a few at a time; those noted in this unit come after :meth:`flush` only."""
        # Piece by piece instead of one open cursor, which a reader that stops early would leave behind.
        chosen = sa.select(core(LedgerRow)).where(*given((subject, _LEDGER.subject.__eq__))).order_by(_LEDGER.sequence).limit(_PIECE)
        while rows := self._session.execute(chosen.where(_LEDGER.sequence >= start)).all():
            yield from (_entry(row) for row in rows)
            start = rows[-1].sequence + 1

    def verify(self) -> int:
        """Number of entries; raises :class:`qa_service.errors.LedgerError` naming the first bad one."""
        return verify(self.entries())

    def _lock(self) -> None:
        # SQLite's unit of work holds the write lock already.
        if self._dialect == "postgresql":
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(_HEAD_LOCK)))


def _entry(row: Any) -> LedgerEntry:
    return LedgerEntry(
        sequence=row.sequence, at=row.at, actor=row.actor, action=row.action, subject=row.subject, content=json.loads(row.content),
        previous=row.previous, hash=row.hash,
    )


def _values(entry: LedgerEntry) -> dict[str, Any]:
    return {
        "sequence": entry.sequence, "at": entry.at, "actor": entry.actor, "action": entry.action, "subject": entry.subject,
        "content": canonical(entry.content), "previous": entry.previous, "hash": entry.hash,
    }
