"""Tables of batches whose files are kept until they are taken in."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class StagedBatchRow(Row, table=True):
    """What was asked for, as long as its files wait."""

    __tablename__ = "staged_batches"

    batch_id: str = Field(primary_key=True, foreign_key="batches.id", ondelete="CASCADE")
    wanted: str
    taking: bool
    touched_at: AwareDatetime


class StagedFileRow(Row, table=True):
    """One of its files. Names may be longer than an index takes: their hash is the key."""

    __tablename__ = "staged_files"

    batch_id: str = Field(primary_key=True, foreign_key="staged_batches.batch_id", ondelete="CASCADE")
    name_sha256: str = Field(primary_key=True)
    name: str
    sha256: str
