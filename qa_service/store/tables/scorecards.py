"""Tables of scorecards and of their criteria, suggestion and answer side by side."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, false, text
from sqlmodel import Field

from qa_service.store.tables.base import Row


class ScorecardRow(Row, table=True):
    """One interaction against one rubric version, by one pair of engines."""

    __tablename__ = "scorecards"
    __table_args__ = (
        UniqueConstraint(
            "interaction_id", "rubric_fingerprint", "engine_speech", "engine_analysis", "version", name="uq_scorecards_made_by"
        ),
        ForeignKeyConstraint(["rubric_fingerprint"], ["rubrics.fingerprint"]),
        # The database itself guarantees that an interaction counts once per rubric.
        Index(
            "uq_scorecards_latest", "interaction_id", "rubric_id", unique=True,
            sqlite_where=text("is_latest"), postgresql_where=text("is_latest"),
        ),
        Index(None, "agent_id", "status", "happened_at"),
        Index(None, "team", "status", "happened_at"),
        Index(None, "channel", "status", "created_at"),
        Index(None, "reviewer", "status"),
        Index(None, "created_at", "id"),
        Index(None, "replaces"),
        Index(None, "status", "happened_at"),
    )

    id: str = Field(primary_key=True)
    interaction_id: str = Field(foreign_key="interactions.id")
    channel: str
    agent_id: str | None
    #: The agent's team at the time.
    team: str | None
    language: str | None
    #: When the contact took place (when received, if the source does not tell).
    happened_at: AwareDatetime
    rubric_id: str
    rubric_version: int
    rubric_fingerprint: str
    #: Empty without a speech engine, because databases disagree on whether NULLs are equal.
    engine_speech: str
    engine_analysis: str
    status: str
    score: int | None = Field(sa_type=BigInteger)
    raw_score: int | None = Field(sa_type=BigInteger)
    passed: bool | None
    undecided: int
    critical_misses: str
    sections: str
    revision: int
    reviewer: str | None
    claimed_at: AwareDatetime | None
    claim_expires_at: AwareDatetime | None
    finalized_at: AwareDatetime | None
    created_at: AwareDatetime
    updated_at: AwareDatetime
    #: The one that aggregates count.
    is_latest: bool
    #: 1, and one more each time that a final one was opened again.
    version: int
    #: Id of the version before.
    replaces: str | None
    blind: bool
    automatic: bool
    comment: str | None
    note: str | None
    #: JSON.
    acknowledged: str | None
    #: As its interaction has it.
    purpose: str = Field(sa_column_kwargs={"server_default": "live"})
    #: How unsure the machine is of it, 0 to 1.
    doubt: float = Field(sa_column_kwargs={"server_default": "0"})
    #: How long reviewers worked on it: from act to act of its holder.
    active_ms: int = Field(sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})
    #: Whether its words are gone.
    erased: bool = Field(sa_column_kwargs={"server_default": false()})


class ScorecardCriterionRow(Row, table=True):
    """One criterion; the ``suggestion_*`` columns are written once."""

    __tablename__ = "scorecard_criteria"
    __table_args__ = (Index(None, "criterion_id", "scorecard_id"),)

    scorecard_id: str = Field(primary_key=True, foreign_key="scorecards.id", ondelete="CASCADE")
    position: int = Field(primary_key=True)
    criterion_id: str
    section_id: str
    weight: int = Field(sa_type=BigInteger)
    severity: str
    skill: str | None
    points: int | None = Field(sa_type=BigInteger)
    suggestion_answer: str | None
    suggestion_confidence: float | None
    suggestion_why: str | None
    suggestion_evidence: str
    answer: str | None
    answered_by: str | None
    answered_at: AwareDatetime | None
    reason: str | None
    answer_evidence: str
    comment: str | None
    note: str | None
