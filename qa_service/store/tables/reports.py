"""Tables of reports that were asked for, and of the interactions that they quote."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ReportRow(Row, table=True):
    """A report; its file lies beside the database."""

    __tablename__ = "reports"
    __table_args__ = (Index(None, "owner", "created_at", "id"), Index(None, "created_at", "id"), Index(None, "expires_at"))

    id: str = Field(primary_key=True)
    kind: str
    #: JSON of what is wanted.
    wanted: str
    owner: str
    #: JSON of whoever asked for it, with the rights they had then.
    actor: str
    state: str
    error: str | None
    file_name: str
    sha256: str | None
    size: int | None
    created_at: AwareDatetime
    done_at: AwareDatetime | None
    expires_at: AwareDatetime


class ReportQuoteRow(Row, table=True):
    """That a report quotes an interaction: it goes with it."""

    __tablename__ = "report_quotes"
    __table_args__ = (Index(None, "interaction_id"),)

    report_id: str = Field(primary_key=True, foreign_key="reports.id", ondelete="CASCADE")
    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
