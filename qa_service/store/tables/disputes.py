"""Tables of disputes and of the answers they are about."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index, text
from sqlmodel import Field

from qa_service.store.tables.base import Row

_PENDING = text("state IN ('open', 'assigned')")


class DisputeRow(Row, table=True):
    """A dispute over one version of a scorecard."""

    __tablename__ = "disputes"
    __table_args__ = (
        # The database itself guarantees that a scorecard has one open dispute.
        Index("uq_disputes_pending", "scorecard_id", unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING),
        Index(None, "urgency", "id"),
        Index(None, "state", "urgency", "id"),
        Index(None, "agent_id", "urgency", "id"),
        Index(None, "team", "urgency", "id"),
        Index(None, "handler", "urgency", "id"),
        Index(None, "opened_by", "urgency", "id"),
        Index(None, "state", "due_at"),
        Index(None, "scorecard_id"),
        Index(None, "interaction_id"),
        Index(None, "finalized_at"),
    )

    id: str = Field(primary_key=True)
    scorecard_id: str = Field(foreign_key="scorecards.id", ondelete="CASCADE")
    interaction_id: str = Field(foreign_key="interactions.id")
    rubric_id: str
    #: As the scorecard had them.
    agent_id: str | None
    team: str | None
    language: str | None
    reviewer: str | None
    finalized_at: AwareDatetime
    kind: str
    #: JSON; NULL where the agent is not in dispute.
    attribution: str | None
    opened_by: str
    opened_at: AwareDatetime
    due_at: AwareDatetime
    state: str
    handler: str | None
    assigned_at: AwareDatetime | None
    closed_by: str | None
    closed_at: AwareDatetime | None
    closed_because: str | None
    successor_id: str | None
    note: str | None
    #: What lists go by, the greatest first: far in the future while it waits (and the farther, the sooner it is due), then when it closed.
    urgency: AwareDatetime
    revision: int


class DisputeItemRow(Row, table=True):
    """One objection, and what became of it."""

    __tablename__ = "dispute_items"
    __table_args__ = (Index(None, "criterion_id"),)

    dispute_id: str = Field(primary_key=True, foreign_key="disputes.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    criterion_id: str
    stood: str
    wanted: str | None
    reason: str
    outcome: str | None
    answer: str | None
    words: str | None
