"""Tables of coaching: plans and their sessions, whose places colleagues may see, and who stood out in a month."""

from __future__ import annotations

from datetime import date

from pydantic import AwareDatetime
from sqlalchemy import Index, text
from sqlmodel import Field

from qa_service.store.tables.base import Row

_OPEN = text("state IN ('draft', 'active')")


class CoachingPlanRow(Row, table=True):
    """A plan for one agent; it quotes nobody, and names scorecards where its examples are found."""

    __tablename__ = "coaching_plans"
    __table_args__ = (
        # The database itself guarantees that an agent has one open plan.
        Index("uq_coaching_plans_open", "agent_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
        Index(None, "urgency", "id"),
        Index(None, "agent_id", "urgency", "id"),
        Index(None, "coach", "urgency", "id"),
        Index(None, "state", "urgency", "id"),
        Index(None, "state", "due"),
    )

    id: str = Field(primary_key=True)
    agent_id: str = Field(foreign_key="agents.id")
    #: The agent's when the plan was made.
    team: str | None
    coach: str
    state: str
    starts: date
    ends: date
    #: JSON: what is practised, why, and where examples are found.
    priorities: str
    created_by: str
    created_at: AwareDatetime
    started_at: AwareDatetime | None
    closed_by: str | None
    closed_at: AwareDatetime | None
    outcome: str | None
    follow_up: date | None
    #: JSON; NULL until the agent has confirmed to have read it.
    acknowledged: str | None
    #: The next day on which something is to happen; NULL unless it is active.
    due: date | None
    #: What lists go by, the greatest first: far in the future while it is open (the farther, the sooner it is due), then when it closed.
    urgency: AwareDatetime
    revision: int


class CoachingPriorityRow(Row, table=True):
    """What a plan is about, to find out who was coached on what."""

    __tablename__ = "coaching_priorities"
    __table_args__ = (Index(None, "rubric_id", "criterion_id"),)

    plan_id: str = Field(primary_key=True, foreign_key="coaching_plans.id", ondelete="CASCADE")
    rubric_id: str = Field(primary_key=True)
    criterion_id: str = Field(primary_key=True)


class CoachingSessionRow(Row, table=True):
    """A session of a plan."""

    __tablename__ = "coaching_sessions"
    __table_args__ = (Index(None, "plan_id", "held_on"), Index(None, "created_at", "id"), Index(None, "agent_id", "created_at", "id"))

    id: str = Field(primary_key=True)
    plan_id: str = Field(foreign_key="coaching_plans.id", ondelete="CASCADE")
    agent_id: str = Field(foreign_key="agents.id")
    coach: str
    held_on: date
    #: JSON: ids of criteria.
    practised: str
    notes: str | None
    private: str | None
    follow_up: date | None
    created_at: AwareDatetime
    #: JSON; NULL until the agent has confirmed to have read it.
    acknowledged: str | None
    revision: int


class ConsentRow(Row, table=True):
    """Whether an agent agrees that colleagues see places of theirs."""

    __tablename__ = "example_consents"

    agent_id: str = Field(primary_key=True, foreign_key="agents.id")
    given: bool
    by: str
    at: AwareDatetime
    revision: int


class AnnouncementRow(Row, table=True):
    """Who stood out in a month, as a lead announced it."""

    __tablename__ = "recognition_announcements"
    __table_args__ = (Index("uq_recognition_announcements_place", "month", "place", unique=True), Index(None, "at", "id"))

    id: str = Field(primary_key=True)
    #: ``2026-11``.
    month: str
    team: str | None
    #: Of a team, ``team NAME``; of the whole house, ``house``: what is unique with the month, as NULL is not.
    place: str
    #: JSON: the whole working.
    recognition: str
    by: str
    at: AwareDatetime
    words: str | None
