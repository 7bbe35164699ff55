"""Who brought a batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0027_batch_actors"
down_revision = "r0026_publications"


def upgrade() -> None:
    """Of those that are there nobody knows it any more."""
    op.add_column("batches", sa.Column("actor", sa.String(), nullable=True))


def downgrade() -> None:
    """Nobody tells."""
    op.drop_column("batches", "actor")
