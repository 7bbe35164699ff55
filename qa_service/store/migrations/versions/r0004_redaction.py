"""What was masked in transcripts and silenced in recordings, and a table for encrypted originals."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0004_redaction"
down_revision = "r0003_guessed"


def upgrade() -> None:
    """Transcripts and recordings taken in before stay as they are."""
    op.add_column("transcripts", sa.Column("redactions", sa.String(), nullable=True))
    op.add_column("recordings", sa.Column("muting", sa.String(), nullable=True))
    op.create_table(
        "originals",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("key_id", sa.String(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_originals_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", "engine", name="pk_originals"),
    )


def downgrade() -> None:
    """Originals are gone, and nobody knows any more what was masked."""
    op.drop_table("originals")
    op.drop_column("recordings", "muting")
    op.drop_column("transcripts", "redactions")
