"""Versions of scorecards side by side, blind and automatic ones, words for agents and notes for reviewers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0007_reviews"
down_revision = "r0006_history"

_MADE_BY = ["interaction_id", "rubric_fingerprint", "engine_speech", "engine_analysis"]


def upgrade() -> None:
    """Every scorecard so far is a first version that a person reviewed with the suggestions in sight."""
    with op.batch_alter_table("scorecards") as table:
        table.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        table.add_column(sa.Column("replaces", sa.String(), nullable=True))
        table.add_column(sa.Column("blind", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("automatic", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.add_column(sa.Column("comment", sa.String(), nullable=True))
        table.add_column(sa.Column("note", sa.String(), nullable=True))
        table.add_column(sa.Column("acknowledged", sa.String(), nullable=True))
        table.drop_constraint("uq_scorecards_made_by", type_="unique")
        table.create_unique_constraint("uq_scorecards_made_by", [*_MADE_BY, "version"])
    with op.batch_alter_table("scorecards") as table:
        table.alter_column("version", server_default=None)
        table.alter_column("blind", server_default=None)
        table.alter_column("automatic", server_default=None)
    op.create_index("ix_scorecards_replaces", "scorecards", ["replaces"])
    op.add_column("scorecard_criteria", sa.Column("comment", sa.String(), nullable=True))
    op.add_column("scorecard_criteria", sa.Column("note", sa.String(), nullable=True))


def downgrade() -> None:
    """Only the version that counts is left of each scorecard."""
    op.execute("DELETE FROM scorecards WHERE version > 1 AND NOT is_latest")
    op.drop_column("scorecard_criteria", "note")
    op.drop_column("scorecard_criteria", "comment")
    op.drop_index("ix_scorecards_replaces", "scorecards")
    with op.batch_alter_table("scorecards") as table:
        table.drop_constraint("uq_scorecards_made_by", type_="unique")
        table.create_unique_constraint("uq_scorecards_made_by", _MADE_BY)
        for column in ("acknowledged", "note", "comment", "automatic", "blind", "replaces", "version"):
            table.drop_column(column)
