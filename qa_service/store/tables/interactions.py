"""Table of interactions."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class InteractionRow(Row, table=True):
    """A contact, where it came from and how far it is processed."""

    __tablename__ = "interactions"
    __table_args__ = (
        Index(None, "received_at", "id"),
        Index(None, "agent_id", "received_at", "id"),
        Index(None, "channel", "received_at", "id"),
        Index(None, "state", "received_at", "id"),
        Index(None, "happened_at"),
    )

    id: str = Field(primary_key=True)
    channel: str
    direction: str
    language: str | None
    started_at: AwareDatetime | None
    #: ``started_at``, else ``received_at``: what periods are cut by.
    happened_at: AwareDatetime
    agent_id: str | None = Field(foreign_key="agents.id")
    #: Name and team as the source told them at the time; the agent's row has the latest.
    agent_name: str | None
    agent_team: str | None
    customer_id: str | None = Field(index=True)
    queue: str | None = Field(index=True)
    wait_seconds: float | None
    csat: float | None
    csat_scale: int | None
    subject: str | None
    metadata_json: str
    purpose: str = Field(sa_column_kwargs={"server_default": "live"})
    content_sha256: str = Field(unique=True)
    source_name: str | None
    recording_sha256: str | None = Field(index=True)
    received_at: AwareDatetime
    state: str
    error: str | None
