"""Rubric versions that were published through the service, as they were written."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0026_publications"
down_revision = "r0025_report_schedules"


def upgrade() -> None:
    """So far all came from files."""
    op.create_table(
        "rubric_publications",
        sa.Column("rubric", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("published_by", sa.String(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("rubric", "version", name="pk_rubric_publications"),
    )


def downgrade() -> None:
    """All come from files again."""
    op.drop_table("rubric_publications")
