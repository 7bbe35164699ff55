"""Work queues that people pause and limit; how urgent jobs are, and how often they were begun."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0028_work_queues"
down_revision = "r0027_batch_actors"


def upgrade() -> None:
    """No queue is held back; of jobs that are there nobody said how urgent they are."""
    op.add_column("jobs", sa.Column("priority", sa.String(), nullable=False, server_default="normal"))
    op.add_column("jobs", sa.Column("starts", sa.Integer(), nullable=False, server_default="0"))
    op.create_table(
        "work_queues",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("at_once", sa.Integer(), nullable=True),
        sa.Column("together", sa.Integer(), nullable=True),
        sa.Column("per_minute", sa.Integer(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_work_queues"),
    )


def downgrade() -> None:
    """Nothing is paused any more."""
    op.drop_table("work_queues")
    op.drop_column("jobs", "starts")
    op.drop_column("jobs", "priority")
