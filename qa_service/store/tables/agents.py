"""Table of agents."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class AgentRow(Row, table=True):
    """An agent as last seen."""

    __tablename__ = "agents"
    __table_args__ = (Index(None, "team", "created_at", "id"), Index(None, "created_at", "id"))

    id: str = Field(primary_key=True)
    name: str | None
    team: str | None
    created_at: AwareDatetime
