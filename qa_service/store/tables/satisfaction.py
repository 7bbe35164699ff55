"""Tables of what predicts satisfaction, and of what it predicted."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class CsatModelRow(Row, table=True):
    """One version of what was learned; never changed but for ``active``."""

    __tablename__ = "csat_models"

    version: int = Field(primary_key=True)
    #: JSON.
    data: str
    created_by: str
    created_at: AwareDatetime
    active: bool


class CsatPredictionRow(Row, table=True):
    """What one version predicted of one interaction; never changed but for ``in_force``."""

    __tablename__ = "csat_predictions"
    __table_args__ = (Index(None, "version"),)

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    version: int = Field(primary_key=True, foreign_key="csat_models.version")
    chance: float
    level: float
    answering: float
    made_at: AwareDatetime
    #: The one of its interaction that figures count.
    in_force: bool
