"""Table of answered requests that carried an idempotency key."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class IdempotencyRow(Row, table=True):
    """What a request was answered."""

    __tablename__ = "idempotency_keys"

    key: str = Field(primary_key=True)
    route: str = Field(primary_key=True)
    request_sha256: str
    status: int
    body: str
    created_at: AwareDatetime = Field(index=True)
