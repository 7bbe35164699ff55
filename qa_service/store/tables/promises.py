"""Table of promises."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class PromiseRow(Row, table=True):
    """One promise; made again whenever its interaction is analysed."""

    __tablename__ = "promises"
    __table_args__ = (
        Index(None, "made_at", "id"), Index(None, "agent_id", "made_at", "id"), Index(None, "due_until"), Index(None, "customer_id"),
    )

    id: str = Field(primary_key=True)
    interaction_id: str = Field(foreign_key="interactions.id", index=True)
    position: int
    customer_id: str | None
    agent_id: str | None
    team: str | None
    channel: str
    #: When received, if the source does not tell when it took place.
    made_at: AwareDatetime
    turn: int
    start: int
    end: int
    who: str
    what: str
    contact: bool
    due_from: AwareDatetime | None
    due_until: AwareDatetime | None
    confidence: float
    #: NULL while nothing tells.
    kept: bool | None
    #: What tells, JSON.
    verdict: str | None
