"""Reports that were asked for, and the interactions that they quote."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0023_reports"
down_revision = "r0022_coaching"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody has asked for a report so far."""
    op.create_table(
        "reports",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=True),
        sa.Column("size", sa.Integer(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("done_at", _TIME, nullable=True),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    op.create_index("ix_reports_owner_created_at_id", "reports", ["owner", "created_at", "id"])
    op.create_index("ix_reports_created_at_id", "reports", ["created_at", "id"])
    op.create_index("ix_reports_expires_at", "reports", ["expires_at"])
    op.create_table(
        "report_quotes",
        sa.Column("report_id", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name="fk_report_quotes_report_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_report_quotes_interaction_id"),
        sa.PrimaryKeyConstraint("report_id", "interaction_id", name="pk_report_quotes"),
    )
    op.create_index("ix_report_quotes_interaction_id", "report_quotes", ["interaction_id"])


def downgrade() -> None:
    """The files of reports lie where they lay; nothing tells of them any more."""
    op.drop_table("report_quotes")
    op.drop_table("reports")
