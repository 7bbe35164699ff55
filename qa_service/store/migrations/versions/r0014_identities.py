"""Identities of users at OpenID providers, and sign-ins that came back from there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0014_identities"
down_revision = "r0013_queue"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody is known elsewhere yet."""
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("linked_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_identities_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identities"),
    )
    op.create_index("ix_identities_user_id", "identities", ["user_id"])
    op.create_table(
        "returns",
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_returns"),
    )
    op.create_index("ix_returns_until", "returns", ["until"])


def downgrade() -> None:
    """Users stay, without their links."""
    op.drop_table("returns")
    op.drop_table("identities")
