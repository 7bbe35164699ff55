"""An index of the transcripts whose speakers were guessed, so that a list of them costs little."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0003_guessed"
down_revision = "r0002_acoustics"

_GUESSED = sa.text("NOT speakers_known")


def upgrade() -> None:
    """Few transcripts are in it."""
    op.create_index("ix_transcripts_guessed", "transcripts", ["interaction_id"], sqlite_where=_GUESSED, postgresql_where=_GUESSED)


def downgrade() -> None:
    """Lists read all transcripts again."""
    op.drop_index("ix_transcripts_guessed", table_name="transcripts", sqlite_where=_GUESSED, postgresql_where=_GUESSED)
