"""Table of the review policy's versions."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class PolicyRow(Row, table=True):
    """One version of the policy; never changed. The newest counts."""

    __tablename__ = "policies"

    version: int = Field(primary_key=True)
    #: JSON.
    data: str
    changed_by: str
    changed_at: AwareDatetime
