"""What is known of uploads that wait to be taken in, so that any machine can go on with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0029_staged_files"
down_revision = "r0028_work_queues"


def upgrade() -> None:
    """Those that wait in the data folder are entered at the next start."""
    op.create_table(
        "staged_batches",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("taking", sa.Boolean(), nullable=False),
        sa.Column("touched_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_staged_batches_batch_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", name="pk_staged_batches"),
    )
    op.create_table(
        "staged_files",
        sa.Column("batch_id", sa.String(), nullable=False),
        sa.Column("name_sha256", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["staged_batches.batch_id"], name="fk_staged_files_batch_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch_id", "name_sha256", name="pk_staged_files"),
    )


def downgrade() -> None:
    """What waits is lost."""
    op.drop_table("staged_files")
    op.drop_table("staged_batches")
