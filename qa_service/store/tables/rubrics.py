"""Table of rubric versions."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class RubricRow(Row, table=True):
    """One version of a rubric; never changed but for ``active``."""

    __tablename__ = "rubrics"
    __table_args__ = (Index(None, "channel", "active"),)

    id: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    fingerprint: str = Field(unique=True)
    channel: str
    data: str
    created_at: AwareDatetime
    active: bool
