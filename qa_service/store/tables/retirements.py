"""Table of what leads propose to take out of rubrics."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class RetirementRow(Row, table=True):
    """A criterion that should go, with the figures that spoke for it, and what became of that."""

    __tablename__ = "rubric_retirements"
    __table_args__ = (Index(None, "rubric_id", "created_at", "id"),)

    id: str = Field(primary_key=True)
    rubric_id: str
    rubric_version: int
    criterion_id: str
    why: str
    #: JSON, as they were then.
    figures: str
    state: str
    created_by: str
    created_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    decision: str | None
    revision: int
