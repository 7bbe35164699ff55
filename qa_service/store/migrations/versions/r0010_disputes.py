"""Disputes over final scorecards."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0010_disputes"
down_revision = "r0009_users"

_TIME = sa.DateTime(timezone=True)
_PENDING = sa.text("state IN ('open', 'assigned')")
_INDEXES = (
    ("urgency", "id"), ("state", "urgency", "id"), ("agent_id", "urgency", "id"), ("team", "urgency", "id"), ("handler", "urgency", "id"),
    ("opened_by", "urgency", "id"), ("state", "due_at"), ("scorecard_id",), ("interaction_id",), ("finalized_at",),
)


def upgrade() -> None:
    """Nobody has disputed anything so far."""
    op.create_table(
        "disputes",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("scorecard_id", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("finalized_at", _TIME, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("attribution", sa.String(), nullable=True),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", _TIME, nullable=False),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("handler", sa.String(), nullable=True),
        sa.Column("assigned_at", _TIME, nullable=True),
        sa.Column("closed_by", sa.String(), nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("closed_because", sa.String(), nullable=True),
        sa.Column("successor_id", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("urgency", _TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["scorecard_id"], ["scorecards.id"], name="fk_disputes_scorecard_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_disputes_interaction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_disputes"),
    )
    op.create_index("uq_disputes_pending", "disputes", ["scorecard_id"], unique=True, sqlite_where=_PENDING, postgresql_where=_PENDING)
    for columns in _INDEXES:
        op.create_index(f"ix_disputes_{'_'.join(columns)}", "disputes", list(columns))
    op.create_table(
        "dispute_items",
        sa.Column("dispute_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("stood", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("answer", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["dispute_id"], ["disputes.id"], name="fk_dispute_items_dispute_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("dispute_id", "position", name="pk_dispute_items"),
    )
    op.create_index("ix_dispute_items_criterion_id", "dispute_items", ["criterion_id"])


def downgrade() -> None:
    """What was in dispute is final."""
    op.execute("UPDATE scorecards SET status = 'final' WHERE status = 'disputed'")
    op.drop_table("dispute_items")
    op.drop_table("disputes")
