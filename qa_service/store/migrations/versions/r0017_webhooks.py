"""Webhooks, and the messages to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0017_webhooks"
down_revision = "r0016_calibrations"


def upgrade() -> None:
    """Nobody is told anything yet."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "webhooks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("events", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=True),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("secret_before", sa.String(), nullable=True),
        sa.Column("both_until", moment, nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("stopped_because", sa.String(), nullable=True),
        sa.Column("failing_since", moment, nullable=True),
        sa.Column("told", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_webhooks"),
    )
    op.create_index("ix_webhooks_created_at_id", "webhooks", ["created_at", "id"])
    op.create_table(
        "webhook_deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("webhook_id", sa.String(), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", moment, nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("tried_at", moment, nullable=True),
        sa.ForeignKeyConstraint(
            ["webhook_id"], ["webhooks.id"], name="fk_webhook_deliveries_webhook_id", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name="pk_webhook_deliveries"),
        sa.UniqueConstraint("webhook_id", "sequence", name="uq_webhook_deliveries_webhook_id_sequence"),
    )
    op.create_index("ix_webhook_deliveries_webhook_id_created_at_id", "webhook_deliveries", ["webhook_id", "created_at", "id"])
    waiting = sa.text("state = 'waiting'")
    op.create_index("ix_webhook_deliveries_due", "webhook_deliveries", ["next_at"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    """Nobody is told anything any more."""
    op.drop_table("webhook_deliveries")
    op.drop_table("webhooks")
