"""Table of API keys."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ApiKeyRow(Row, table=True):
    """An API key; the secret itself is never stored."""

    __tablename__ = "api_keys"

    id: str = Field(primary_key=True)
    user_id: str = Field(index=True)
    name: str
    sha256: str = Field(unique=True)
    #: First and last characters of the secret, to tell keys apart by.
    hint: str
    #: JSON; null: all of the user's.
    rights: str | None
    #: Made by the service itself, at first start or on the operator's word.
    root: bool
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    used_at: AwareDatetime | None
    revoked_at: AwareDatetime | None
