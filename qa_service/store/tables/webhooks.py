"""Tables of webhooks and of the messages to them."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index, UniqueConstraint, text
from sqlmodel import Field

from qa_service.store.tables.base import Row


class WebhookRow(Row, table=True):
    """Where messages go, and how far in the ledger they are told."""

    __tablename__ = "webhooks"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: str = Field(primary_key=True)
    url: str
    #: JSON.
    events: str
    description: str | None
    #: In clear: it signs.
    secret: str
    secret_before: str | None
    both_until: AwareDatetime | None
    active: bool
    stopped_because: str | None
    failing_since: AwareDatetime | None
    #: The last entry of the ledger that was looked at.
    told: int = Field(sa_type=BigInteger)
    created_by: str
    created_at: AwareDatetime
    revision: int


class WebhookDeliveryRow(Row, table=True):
    """A message; its body holds ids alone."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        UniqueConstraint("webhook_id", "sequence"), Index(None, "webhook_id", "created_at", "id"),
        Index(
            "ix_webhook_deliveries_due", "next_at", sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: str = Field(primary_key=True)
    webhook_id: str = Field(foreign_key="webhooks.id", ondelete="CASCADE")
    sequence: int | None = Field(sa_type=BigInteger)
    type: str
    body: str
    state: str
    attempts: int
    next_at: AwareDatetime | None
    status: int | None
    error: str | None
    created_at: AwareDatetime
    tried_at: AwareDatetime | None
