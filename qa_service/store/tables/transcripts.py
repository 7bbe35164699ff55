"""Tables of transcripts and of the signals measured on them."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, Index, text
from sqlmodel import Field

from qa_service.store.tables.base import Row


class TranscriptRow(Row, table=True):
    """What was said, by one engine."""

    __tablename__ = "transcripts"
    __table_args__ = (
        Index(
            "ix_transcripts_guessed", "interaction_id", sqlite_where=text("NOT speakers_known"),
            postgresql_where=text("NOT speakers_known"),
        ),
    )

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    engine: str = Field(primary_key=True)
    language: str | None
    language_confidence: float
    duration_ms: int | None = Field(sa_type=BigInteger)
    speakers_known: bool
    turns: str
    acoustics: str | None
    #: What was masked, JSON; NULL where redaction was off.
    redactions: str | None
    saved_at: AwareDatetime


class SignalSetRow(Row, table=True):
    """All signals of an interaction, by one version of the analysis."""

    __tablename__ = "signal_sets"

    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    analysis: str = Field(primary_key=True)
    data: str
    saved_at: AwareDatetime
