"""Table of proposed words for questions of rubrics."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ProposalRow(Row, table=True):
    """Other words for a question, and what became of them."""

    __tablename__ = "rubric_proposals"
    __table_args__ = (Index(None, "rubric_id", "created_at", "id"),)

    id: str = Field(primary_key=True)
    rubric_id: str
    rubric_version: int
    criterion_id: str
    #: JSON: language to text.
    wording: str
    why: str
    session_id: str | None = Field(foreign_key="calibrations.id")
    state: str
    created_by: str
    created_at: AwareDatetime
    decided_by: str | None
    decided_at: AwareDatetime | None
    decision: str | None
    revision: int
