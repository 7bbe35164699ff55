"""Tables of the review queue and of who skipped what."""

from __future__ import annotations

from pydantic import AwareDatetime
from sqlalchemy import Index, text
from sqlmodel import Field

from qa_service.store.tables.base import Row

_KEPT = "state <> 'withdrawn'"


class QueueItemRow(Row, table=True):
    """An interaction that is to be reviewed against a rubric, and why. Which scorecard that is follows from which one counts."""

    __tablename__ = "queue_items"
    __table_args__ = (
        Index(
            "uq_queue_items_interaction_id_rubric_id", "interaction_id", "rubric_id", unique=True, sqlite_where=text(_KEPT),
            postgresql_where=text(_KEPT),
        ),
        # The order in which people are given work.
        Index(None, "state", "assigned_to", "due_at", "rank", "id"),
        Index(None, "state", "due_at", "rank", "id"),
        Index(None, "run_id"),
        Index(None, "plan_id"),
    )

    id: str = Field(primary_key=True)
    interaction_id: str = Field(foreign_key="interactions.id")
    rubric_id: str
    #: The draft that was picked.
    scorecard_id: str
    agent_id: str | None
    team: str | None
    channel: str
    language: str | None
    plan_id: str = Field(foreign_key="sampling_plans.id")
    run_id: str = Field(foreign_key="sampling_runs.id")
    #: JSON.
    reasons: str
    #: JSON: the priority with its parts.
    priority: str
    #: The priority below zero, so that one index serves the order; of blind ones, which come first, all the same.
    rank: float
    probability: float
    #: Share that was to be reviewed blindly.
    blind_share: float
    lane: str
    assigned_to: str | None
    #: Why nobody was found for it.
    unassigned_because: str | None
    due_at: AwareDatetime
    state: str
    #: Only leads are offered it any more.
    for_lead: bool
    created_at: AwareDatetime
    updated_at: AwareDatetime


class QueueSkipRow(Row, table=True):
    """Somebody who will not be offered an item again."""

    __tablename__ = "queue_skips"
    __table_args__ = (Index(None, "user_id", "at"),)

    item_id: str = Field(primary_key=True, foreign_key="queue_items.id", ondelete="CASCADE")
    user_id: str = Field(primary_key=True)
    reason: str
    words: str | None
    at: AwareDatetime
