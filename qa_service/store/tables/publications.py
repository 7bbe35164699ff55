"""Table of the rubric versions that were published through the service."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class PublicationRow(Row, table=True):
    """One version as somebody wrote it; never changed."""

    __tablename__ = "rubric_publications"

    rubric: str = Field(primary_key=True)
    version: int = Field(primary_key=True)
    #: YAML.
    text: str
    words: str | None = None
    published_by: str
    published_at: AwareDatetime
