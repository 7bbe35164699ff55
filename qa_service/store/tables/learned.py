"""Table of learned models."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class LearnedRow(Row, table=True):
    """One version of what was learned for a rubric; never changed but for ``active``."""

    __tablename__ = "learned_models"

    rubric: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    fingerprint: str
    data: str
    created_by: str
    created_at: AwareDatetime
    active: bool
