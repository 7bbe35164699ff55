"""Table of report schedules."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ReportScheduleRow(Row, table=True):
    """A schedule as it is now, and how far it is."""

    __tablename__ = "report_schedules"
    __table_args__ = (Index(None, "owner", "created_at", "id"), Index(None, "created_at", "id"))

    id: str = Field(primary_key=True)
    name: str
    #: JSON of what is wanted.
    wanted: str
    period: str
    wait_hours: int
    active: bool
    owner: str
    created_at: AwareDatetime
    active_since: AwareDatetime
    last_period: str | None
    last_report: str | None
    last_error: str | None
    revision: int
