"""Table of the targets' versions."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class TargetSetRow(Row, table=True):
    """One version of all targets; never changed. The newest counts."""

    __tablename__ = "target_sets"

    version: int = Field(primary_key=True)
    #: JSON.
    data: str
    changed_by: str
    changed_at: AwareDatetime
