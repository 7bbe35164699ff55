"""Tables of calibration sessions: who answers what, the answers, what was said and agreed."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, ForeignKeyConstraint, Index
from sqlmodel import Field

from qa_service.store.tables.base import Row


class CalibrationRow(Row, table=True):
    """A session."""

    __tablename__ = "calibrations"
    __table_args__ = (
        ForeignKeyConstraint(["rubric_fingerprint"], ["rubrics.fingerprint"]),
        Index(None, "created_at", "id"),
        Index(None, "state", "created_at", "id"),
    )

    id: str = Field(primary_key=True)
    title: str
    rubric_id: str
    rubric_version: int
    rubric_fingerprint: str
    channel: str
    expert: str | None
    due: AwareDatetime | None
    state: str
    seed: int = Field(sa_type=BigInteger)
    created_by: str
    created_at: AwareDatetime
    revealed_at: AwareDatetime | None
    closed_at: AwareDatetime | None
    gold_at: AwareDatetime | None
    #: JSON; figures and ids only.
    results: str | None
    revision: int


class CalibrationMemberRow(Row, table=True):
    """Whoever is compared in a session."""

    __tablename__ = "calibration_members"
    __table_args__ = (Index(None, "user_id"),)

    session_id: str = Field(primary_key=True, foreign_key="calibrations.id", ondelete="CASCADE")
    user_id: str = Field(primary_key=True)
    position: int


class CalibrationInteractionRow(Row, table=True):
    """What a session is about."""

    __tablename__ = "calibration_interactions"
    __table_args__ = (Index(None, "interaction_id"),)

    session_id: str = Field(primary_key=True, foreign_key="calibrations.id", ondelete="CASCADE")
    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    position: int


class CalibrationReviewRow(Row, table=True):
    """One person's answers to one interaction."""

    __tablename__ = "calibration_reviews"
    __table_args__ = (Index(None, "interaction_id"),)

    session_id: str = Field(primary_key=True, foreign_key="calibrations.id", ondelete="CASCADE")
    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    reviewer: str = Field(primary_key=True)
    #: JSON: criterion to answer, in the order in which they were given.
    answers: str
    #: JSON: criterion to reason and comment, where there are any.
    words: str | None
    submitted_at: AwareDatetime | None
    nonce: str
    revision: int


class CalibrationNoteRow(Row, table=True):
    """Something said in a session."""

    __tablename__ = "calibration_notes"
    __table_args__ = (Index(None, "interaction_id"),)

    session_id: str = Field(primary_key=True, foreign_key="calibrations.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    interaction_id: str | None = Field(foreign_key="interactions.id")
    criterion_id: str | None
    by: str
    at: AwareDatetime
    text: str


class CalibrationAgreedRow(Row, table=True):
    """An answer that was put down as agreed."""

    __tablename__ = "calibration_agreed"
    __table_args__ = (Index(None, "interaction_id"),)

    session_id: str = Field(primary_key=True, foreign_key="calibrations.id", ondelete="CASCADE")
    interaction_id: str = Field(primary_key=True, foreign_key="interactions.id")
    criterion_id: str = Field(primary_key=True)
    answer: str
    why: str | None
    by: str | None
    at: AwareDatetime | None
