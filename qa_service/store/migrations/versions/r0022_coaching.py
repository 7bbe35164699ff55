"""Coaching plans and sessions, consents to show places to colleagues, and announcements of who stood out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0022_coaching"
down_revision = "r0021_search"

_TIME = sa.DateTime(timezone=True)
_OPEN = sa.text("state IN ('draft', 'active')")


def upgrade() -> None:
    """Nobody was coached so far, nobody has consented, and nobody was announced."""
    _plans()
    _sessions()
    op.create_table(
        "example_consents",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("given", sa.Boolean(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_example_consents_agent_id"),
        sa.PrimaryKeyConstraint("agent_id", name="pk_example_consents"),
    )
    op.create_table(
        "recognition_announcements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("recognition", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_recognition_announcements"),
    )
    op.create_index("uq_recognition_announcements_place", "recognition_announcements", ["month", "place"], unique=True)
    op.create_index("ix_recognition_announcements_at_id", "recognition_announcements", ["at", "id"])


def _plans() -> None:
    op.create_table(
        "coaching_plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("coach", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("starts", sa.Date(), nullable=False),
        sa.Column("ends", sa.Date(), nullable=False),
        sa.Column("priorities", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("started_at", _TIME, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("follow_up", sa.Date(), nullable=True),
        sa.Column("acknowledged", sa.String(), nullable=True),
        sa.Column("due", sa.Date(), nullable=True),
        sa.Column("urgency", _TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_coaching_plans_agent_id"),
        sa.PrimaryKeyConstraint("id", name="pk_coaching_plans"),
    )
    op.create_index("uq_coaching_plans_open", "coaching_plans", ["agent_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_coaching_plans_urgency_id", "coaching_plans", ["urgency", "id"])
    for column in ("agent_id", "coach", "state"):
        op.create_index(f"ix_coaching_plans_{column}_urgency_id", "coaching_plans", [column, "urgency", "id"])
    op.create_index("ix_coaching_plans_state_due", "coaching_plans", ["state", "due"])
    op.create_table(
        "coaching_priorities",
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["coaching_plans.id"], name="fk_coaching_priorities_plan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("plan_id", "rubric_id", "criterion_id", name="pk_coaching_priorities"),
    )
    op.create_index("ix_coaching_priorities_rubric_id_criterion_id", "coaching_priorities", ["rubric_id", "criterion_id"])


def _sessions() -> None:
    op.create_table(
        "coaching_sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("coach", sa.String(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=False),
        sa.Column("practised", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=True),
        sa.Column("private", sa.String(), nullable=True),
        sa.Column("follow_up", sa.Date(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("acknowledged", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["agents.id"], name="fk_coaching_sessions_agent_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["coaching_plans.id"], name="fk_coaching_sessions_plan_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_coaching_sessions"),
    )
    op.create_index("ix_coaching_sessions_plan_id_held_on", "coaching_sessions", ["plan_id", "held_on"])
    op.create_index("ix_coaching_sessions_created_at_id", "coaching_sessions", ["created_at", "id"])
    op.create_index("ix_coaching_sessions_agent_id_created_at_id", "coaching_sessions", ["agent_id", "created_at", "id"])


def downgrade() -> None:
    """What was planned, agreed and announced is gone."""
    for table in ("recognition_announcements", "example_consents", "coaching_sessions", "coaching_priorities", "coaching_plans"):
        op.drop_table(table)
