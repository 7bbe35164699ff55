"""Tables of readings: what was measured of an interaction, of the few signals that profiles show, and their sums by agent and month."""

from __future__ import annotations

from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ReadingRow(Row, table=True):
    """One interaction, by its last analysis, and where its values are counted in."""

    __tablename__ = "readings"
    __table_args__ = (Index(None, "agent_id", "month"), Index(None, "team", "month"))

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    agent_id: str | None
    #: The agent's team at the time.
    team: str | None
    channel: str
    #: ``2026-11``, in the service's time zone.
    month: str
    purpose: str
    #: JSON: signal to value.
    data: str


class ReadingSumRow(Row, table=True):
    """Sums over the readings of one agent in one month; databases disagree on whether NULLs are equal, so nobody is an empty text."""

    __tablename__ = "reading_sums"
    __table_args__ = (Index(None, "team", "month"),)

    agent_id: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    team: str = Field(primary_key=True)
    channel: str = Field(primary_key=True)
    purpose: str = Field(primary_key=True)
    name: str = Field(primary_key=True)
    #: Interactions in which it was measured.
    n: int
    total: float
    #: Sum of the squares.
    squares: float
