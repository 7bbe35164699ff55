"""Table of what masking took out of transcripts, encrypted; empty unless the operator turned the vault on."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlmodel import Field

from qa_service.store.tables.base import Row


class OriginalRow(Row, table=True):
    """The originals of one transcript."""

    __tablename__ = "originals"

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    #: Engine of the transcript.
    engine: str = Field(primary_key=True)
    #: Which key opens it.
    key_id: str
    #: Sealed bytes, base64.
    sealed: str
    saved_at: AwareDatetime
