"""Table of recordings."""

from __future__ import annotations

from sqlalchemy import BigInteger
from sqlmodel import Field

from qa_service.store.tables.base import Row


class RecordingRow(Row, table=True):
    """An audio file; the bytes lie in the recording files."""

    __tablename__ = "recordings"

    sha256: str = Field(primary_key=True)
    file_name: str
    size: int = Field(sa_type=BigInteger)
    duration_ms: int = Field(sa_type=BigInteger)
    sample_rate: int
    channels: int
    codec: str
    channel_map: str
    #: How far personal data in it are silenced, JSON; NULL where redaction was off.
    muting: str | None
