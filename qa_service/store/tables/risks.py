"""Table of what customers said that makes a risk."""

from __future__ import annotations

from sqlmodel import Field

from qa_service.store.tables.base import Row


class RiskRow(Row, table=True):
    """How often the customer of an interaction said such things, by the last analysis; those who never did have no row."""

    __tablename__ = "risks"

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    complaint: int
    churn: int
    escalation: int
