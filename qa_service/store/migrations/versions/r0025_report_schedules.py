"""Schedules of reports."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0025_report_schedules"
down_revision = "r0024_outcomes"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing is made by itself yet."""
    op.create_table(
        "report_schedules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("wait_hours", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("active_since", _TIME, nullable=False),
        sa.Column("last_period", sa.String(), nullable=True),
        sa.Column("last_report", sa.String(), nullable=True),
        sa.Column("last_error", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_report_schedules"),
    )
    op.create_index("ix_report_schedules_owner_created_at_id", "report_schedules", ["owner", "created_at", "id"])
    op.create_index("ix_report_schedules_created_at_id", "report_schedules", ["created_at", "id"])


def downgrade() -> None:
    """Nothing is made by itself any more."""
    op.drop_table("report_schedules")
