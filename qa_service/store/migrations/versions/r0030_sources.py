"""Sources that files are taken from, and tables of calls whose recordings are fetched."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0030_sources"
down_revision = "r0029_staged_files"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing was taken yet."""
    op.create_table(
        "sources",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("looked_at", _TIME, nullable=True),
        sa.Column("taken_at", _TIME, nullable=True),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("name", name="pk_sources"),
    )
    op.create_table(
        "source_files",
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("source", "id", name="pk_source_files"),
    )
    op.create_index("ix_source_files_source_state_at", "source_files", ["source", "state", "at"])
    op.create_table(
        "recording_imports",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("options", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_recording_imports"),
    )
    op.create_index("ix_recording_imports_created_at_id", "recording_imports", ["created_at", "id"])
    op.create_table(
        "recording_import_items",
        sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("header", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", _TIME, nullable=True),
        sa.Column("interaction_id", sa.String(), nullable=True),
        sa.Column("job_id", sa.String(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["recording_imports.id"], name="fk_recording_import_items_import_id", ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_recording_import_items_interaction_id"),
        sa.PrimaryKeyConstraint("import_id", "position", name="pk_recording_import_items"),
    )
    op.create_index("ix_recording_import_items_state_next_at", "recording_import_items", ["state", "next_at"])
    op.create_index("ix_recording_import_items_import_id_state", "recording_import_items", ["import_id", "state"])
    op.create_index("ix_recording_import_items_interaction_id", "recording_import_items", ["interaction_id"])


def downgrade() -> None:
    """What was taken is not known any more: files that stay in a source are looked at again, and found to be there."""
    op.drop_table("recording_import_items")
    op.drop_table("recording_imports")
    op.drop_table("source_files")
    op.drop_table("sources")
