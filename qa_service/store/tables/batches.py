"""Tables of batches and of their items."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class BatchRow(Row, table=True):
    """Many files taken in together."""

    __tablename__ = "batches"
    __table_args__ = (Index(None, "created_at", "id"),)

    id: str = Field(primary_key=True)
    name: str
    state: str
    total: int
    created_at: AwareDatetime
    actor: str | None = None


class BatchItemRow(Row, table=True):
    """One file of a batch."""

    __tablename__ = "batch_items"
    __table_args__ = (Index(None, "batch_id", "state"),)

    batch_id: str = Field(primary_key=True, foreign_key="batches.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    file: str
    interaction_id: str | None = Field(foreign_key="interactions.id")
    job_id: str | None = Field(foreign_key="jobs.id", index=True)
    state: str
    error: str | None
    #: Line it starts on: in the manifest that lists it, else in its file, where that holds several.
    line: int | None = None
    manifest: str | None = None
    cause: str | None = None
