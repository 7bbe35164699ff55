"""Versions of what was learned from people's answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0005_learned"
down_revision = "r0004_redaction"


def upgrade() -> None:
    """None yet: what is shipped stays in use."""
    op.create_table(
        "learned_models",
        sa.Column("rubric", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("rubric", "version", name="pk_learned_models"),
    )


def downgrade() -> None:
    """What was learned here is gone; the shipped models stay."""
    op.drop_table("learned_models")
