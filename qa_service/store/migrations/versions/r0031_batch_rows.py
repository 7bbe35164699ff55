"""Where rows of batches stand, and why each was worked on or not; the pace of a batch told without sorting all its jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0031_batch_rows"
down_revision = "r0030_sources"


def upgrade() -> None:
    """Of those that are there nobody knows it any more."""
    op.add_column("batch_items", sa.Column("line", sa.Integer(), nullable=True))
    op.add_column("batch_items", sa.Column("manifest", sa.String(), nullable=True))
    op.add_column("batch_items", sa.Column("cause", sa.String(), nullable=True))
    op.create_index("ix_batch_items_job_id", "batch_items", ["job_id"])
    op.create_index("ix_jobs_batch_id_state_finished_at", "jobs", ["batch_id", "state", "finished_at"])


def downgrade() -> None:
    """Nobody tells."""
    op.drop_index("ix_jobs_batch_id_state_finished_at", table_name="jobs")
    op.drop_index("ix_batch_items_job_id", table_name="batch_items")
    op.drop_column("batch_items", "cause")
    op.drop_column("batch_items", "manifest")
    op.drop_column("batch_items", "line")
