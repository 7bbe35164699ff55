"""Table of survey answers."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class SurveyAnswerRow(Row, table=True):
    """What one customer answered after one contact. A column that is NULL was not asked or not answered."""

    __tablename__ = "survey_answers"
    __table_args__ = (
        Index(None, "answered_at"), Index(None, "agent_id", "answered_at"), Index(None, "team", "answered_at"), Index(None, "contact_id"),
        Index(None, "interaction_id"), Index(None, "customer_id", "answered_at"),
    )

    id: str = Field(primary_key=True)
    #: Id of the contact in the source system; NULL where the survey does not name it.
    contact_id: str | None
    interaction_id: str | None = Field(foreign_key="interactions.id")
    channel: str | None
    answered_at: AwareDatetime
    agent_id: str | None
    team: str | None
    queue: str | None
    customer_id: str | None
    language: str | None
    csat: float | None
    csat_scale: int | None
    nps: int | None
    ease: float | None
    ease_scale: int | None
    resolved: bool | None
    #: Masked.
    comment: str | None
    loyalty_months: float | None
    value: float | None
    churned: bool | None
    churned_at: AwareDatetime | None
    #: SHA-256 of what was told, to tell a corrected row from the same one.
    content_sha256: str
    import_id: str
    line: int
    imported_at: AwareDatetime
