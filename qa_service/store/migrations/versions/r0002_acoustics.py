"""Acoustics beside the words of a transcript."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0002_acoustics"
down_revision = "r0001_first"


def upgrade() -> None:
    """Transcripts made before keep none."""
    op.add_column("transcripts", sa.Column("acoustics", sa.String(), nullable=True))


def downgrade() -> None:
    """What was measured is forgotten."""
    op.drop_column("transcripts", "acoustics")
