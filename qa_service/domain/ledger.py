"""The audit ledger: append-only entries, each sealed with the hash of the one before.

``hash = SHA-256(previous hash + canonical JSON of the entry)``; the first entry follows sixty-four zeros.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.errors import LedgerError

GENESIS = "0" * 64


class LedgerEntry(Record):
    """One act."""

    #: From 1, without gaps.
    sequence: int = Field(ge=1)
    #: When, UTC.
    at: AwareDatetime
    #: Who: ``system``, a user or a key.
    actor: str
    #: What: ``interaction.ingested``, ``scorecard.finalized`` ...
    action: str
    #: What it was done to: ``scorecard/ID``.
    subject: str
    #: Canonical content of the change, with the versions that made it.
    content: dict[str, Any]
    #: Hash of the entry before.
    previous: str
    #: Hash of this entry.
    hash: str


def canonical(value: Any) -> str:
    """JSON with sorted keys, no blanks, no escapes beyond need: equal values give equal text (``5.0`` is ``5``, as databases have it)."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def seal(*, sequence: int, at: datetime, actor: str, action: str, subject: str, content: dict[str, Any], previous: str) -> LedgerEntry:
    """An entry with its hash; the hash does not depend on the time zone that ``at`` (with a zone) is told in."""
    text = canonical(
        {
            "sequence": sequence, "at": at.astimezone(UTC).isoformat(), "actor": actor, "action": action, "subject": subject,
            "content": content,
        }
    )
    digest = hashlib.sha256((previous + text).encode()).hexdigest()
    return LedgerEntry(
        sequence=sequence, at=at, actor=actor, action=action, subject=subject, content=content, previous=previous, hash=digest
    )


def verify(entries: Iterable[LedgerEntry]) -> int:
    """Number of entries of a whole chain; raises :class:`LedgerError` naming the first entry that was changed, removed or moved."""
    previous, count = GENESIS, 0
    for entry in entries:
        count += 1
        sealed = seal(
            sequence=entry.sequence, at=entry.at, actor=entry.actor, action=entry.action, subject=entry.subject,
            content=entry.content, previous=previous,
        )
        if entry.sequence != count or entry.previous != previous or entry.hash != sealed.hash:
            raise LedgerError("the chain is broken here: an entry was changed, removed or moved", field=f"entry {entry.sequence}")
        previous = entry.hash
    return count
