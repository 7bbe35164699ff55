"""A promise as data: who promised what by when, and what became of it."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record


class Promiser(StrEnum):
    """Whom a promise binds."""

    AGENT = "agent"
    COMPANY = "company"
    TEAM = "team"
    TECHNICIAN = "technician"


class PromiseStatus(StrEnum):
    """What became of a promise."""

    #: Its time has not passed.
    OPEN = "open"
    #: Its time has passed, and nothing tells yet whether it was kept.
    DUE = "due"
    #: A later contact tells that it was kept.
    KEPT = "kept"
    #: A later contact tells that it was not.
    BROKEN = "broken"
    #: No time was told, or nobody spoke of it for too long.
    UNKNOWN = "unknown"


class Commitment(Record):
    """Who promises what by when, in one sentence of an interaction."""

    #: Order in the interaction, from 0.
    position: int = Field(ge=0)
    #: Turn of the agent, from 0.
    turn: int = Field(ge=0)
    #: First character of the sentence in the turn's text.
    start: int = Field(ge=0)
    #: One past its last character.
    end: int = Field(ge=0)
    #: Whom it binds.
    who: Promiser
    #: The clause, as the masked transcript has it.
    what: str
    #: Whether it promises to contact the customer (a call, a message, an answer).
    contact: bool
    #: Not before; null where no time is told, or a vague one.
    due_from: AwareDatetime | None = None
    #: Not after; null where no time is told, or a vague one.
    due_until: AwareDatetime | None = None
    #: How sure it is a promise, 0 to 1.
    confidence: float = Field(ge=0, le=1)


class Verdict(Record):
    """What a later contact of the same customer tells about a promise."""

    #: Whether it was kept.
    kept: bool
    #: Why: ``contacted_in_time``, ``contacted_late``, ``customer_confirms``, ``customer_complains``, ``asked_again``.
    why: str
    #: How sure, 0 to 1.
    confidence: float = Field(ge=0, le=1)
    #: The contact that tells.
    interaction: str
    #: Its turn, where words tell.
    turn: int | None = None
    #: Those words.
    quote: str | None = None


def status(due_until: datetime | None, verdict: Verdict | None, *, now: datetime, patience: timedelta) -> PromiseStatus:
    """What became of it; ``patience``: how long after its time one waits for word."""
    if verdict is not None:
        return PromiseStatus.KEPT if verdict.kept else PromiseStatus.BROKEN
    if due_until is None or now > due_until + patience:
        return PromiseStatus.UNKNOWN
    return PromiseStatus.OPEN if now <= due_until else PromiseStatus.DUE
