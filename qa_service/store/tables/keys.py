"""Table of API keys."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ApiKeyRow(Row, table=True):
    """An API key; the secret itself is never stored."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    name: str
    sha256: str = Field(unique=True)
    role: str
    created_at: AwareDatetime
    revoked_at: AwareDatetime | None
