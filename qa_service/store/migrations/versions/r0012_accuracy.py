"""Audited accuracies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0012_accuracy"
down_revision = "r0011_erasure"


def upgrade() -> None:
    """Nothing has been reviewed blindly so far."""
    op.create_table(
        "criterion_accuracy",
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("engine_speech", sa.String(), nullable=False),
        sa.Column("engine_analysis", sa.String(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("decided", sa.Integer(), nullable=False),
        sa.Column("alike", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("squares", sa.Float(), nullable=False),
        sa.Column("weight_alike", sa.Float(), nullable=False),
        sa.Column("squares_alike", sa.Float(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "rubric_id", "criterion_id", "wording", "engine_speech", "engine_analysis", name="pk_criterion_accuracy"
        ),
    )


def downgrade() -> None:
    """``qa-service accuracy rebuild`` makes them again."""
    op.drop_table("criterion_accuracy")
