"""Tables of sources and of the files that were taken from them."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class SourceRow(Row, table=True):
    """How far a source is."""

    __tablename__ = "sources"

    name: str = Field(primary_key=True)
    looked_at: AwareDatetime | None
    taken_at: AwareDatetime | None
    waiting: int
    #: JSON of why the last look came to nothing.
    error: str | None
    #: The batch that is just being taken in.
    batch_id: str | None


class SourceFileRow(Row, table=True):
    """A file as it was when it was taken, by the hash of its name: names tell of people. Only of those that failed the name is kept."""

    __tablename__ = "source_files"
    __table_args__ = (Index(None, "source", "state", "at"),)

    source: str = Field(primary_key=True)
    #: SHA-256 of its name, hex.
    id: str = Field(primary_key=True)
    #: Size and time of change, or the store's tag.
    version: str
    state: str
    at: AwareDatetime
    #: JSON of what was wrong with it.
    error: str | None
