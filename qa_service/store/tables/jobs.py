"""Table of jobs."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class JobRow(Row, table=True):
    """One piece of work and how far it is."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index(None, "created_at", "id"), Index(None, "state", "created_at", "id"), Index(None, "batch_id", "state", "finished_at"),
    )

    id: str = Field(primary_key=True)
    kind: str
    state: str
    interaction_id: str | None = Field(foreign_key="interactions.id", index=True)
    batch_id: str | None = Field(foreign_key="batches.id", index=True)
    #: What whoever asked wants differently, JSON.
    options: str
    priority: str = Field(sa_column_kwargs={"server_default": "normal"})
    #: How often a process began it.
    starts: int = Field(sa_column_kwargs={"server_default": "0"})
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    finished_at: AwareDatetime | None
    step: str | None
    error: str | None
