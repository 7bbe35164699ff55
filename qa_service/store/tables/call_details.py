"""Table of call details: what telephony and help desks tell of contacts, recorded or not."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class CallDetailRow(Row, table=True):
    """One contact as the source system tells it. A column that is NULL was not told."""

    __tablename__ = "call_details"
    __table_args__ = (
        Index(None, "started_at"), Index(None, "agent_id", "started_at"), Index(None, "team", "started_at"), Index(None, "contact_id"),
        Index(None, "interaction_id"), Index(None, "customer_id", "started_at"),
    )

    id: str = Field(primary_key=True)
    #: Id of the recording or conversation in the source system, where it is another than the row's own.
    contact_id: str
    interaction_id: str | None = Field(foreign_key="interactions.id")
    channel: str
    direction: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None
    agent_id: str | None
    team: str | None
    queue: str | None
    customer_id: str | None
    outcome: str | None
    wait_seconds: float | None
    talk_seconds: float | None
    hold_seconds: float | None
    wrap_seconds: float | None
    handle_seconds: float | None
    first_response_seconds: float | None
    transferred: bool | None
    loyalty_months: float | None
    value: float | None
    churned: bool | None
    churned_at: AwareDatetime | None
    #: SHA-256 of what was told, to tell a corrected row from the same one.
    content_sha256: str
    import_id: str
    line: int
    imported_at: AwareDatetime
