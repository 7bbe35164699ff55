"""Table of contacts: of each interaction what the other contacts of its customer need to know, and how they hang together."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ContactRow(Row, table=True):
    """One analysed interaction; made again whenever it is analysed."""

    __tablename__ = "contacts"
    __table_args__ = (
        Index(None, "customer_id", "started_at"), Index(None, "topic", "started_at"), Index(None, "started_at"),
        Index(None, "agent_id", "started_at"), Index(None, "team", "started_at"),
    )  # fmt: skip

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    customer_id: str | None
    #: NULL where the source tells no time: such contacts are linked to none.
    started_at: AwareDatetime | None
    channel: str
    direction: str
    agent_id: str | None
    team: str | None
    language: str | None
    request: str | None
    #: Words of the customer with their turn, JSON.
    says_repeat: str | None
    says_broken: str | None
    says_kept: str | None
    #: Version of the topics that it was assigned by; NULL: not assigned yet.
    topic_version: int | None
    #: NULL with a version: far from every topic.
    topic: str | None
    topic_confidence: float | None
    #: Earlier contacts for the same reason, JSON, the nearest first.
    earlier: str
    later_id: str | None
    saved_at: AwareDatetime
