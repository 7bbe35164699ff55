"""Versions of the review policy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0008_policies"
down_revision = "r0007_reviews"


def upgrade() -> None:
    """Nobody has changed anything: the shipped policy counts."""
    op.create_table(
        "policies",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_policies"),
    )


def downgrade() -> None:
    """The shipped policy counts again."""
    op.drop_table("policies")
