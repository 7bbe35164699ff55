"""Saves of open scorecards, to take them back; the time that reviewers worked on each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0015_saves"
down_revision = "r0014_identities"


def upgrade() -> None:
    """What was saved before cannot be taken back, and how long that took is not known."""
    op.add_column("scorecards", sa.Column("active_ms", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "scorecard_saves",
        sa.Column("scorecard_id", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("difference", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["scorecard_id"], ["scorecards.id"], name="fk_scorecard_saves_scorecard_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scorecard_id", "revision", name="pk_scorecard_saves"),
    )


def downgrade() -> None:
    """Answers stay as they are."""
    op.drop_table("scorecard_saves")
    op.drop_column("scorecards", "active_ms")
