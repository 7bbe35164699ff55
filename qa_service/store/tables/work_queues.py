"""Table of what people set for queues of work."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class WorkQueueRow(Row, table=True):
    """What holds for one queue, where somebody set it; the settings hold for the others."""

    __tablename__ = "work_queues"

    name: str = Field(primary_key=True)
    paused: bool
    at_once: int | None
    together: int | None
    per_minute: int | None
    changed_at: AwareDatetime
    changed_by: str
