"""Contacts of customers, promises, and topics."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0006_history"
down_revision = "r0005_learned"


def upgrade() -> None:
    """Interactions that were scored before are not in it: ``qa-service topics assign`` reads them again."""
    op.create_table(
        "contacts",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("request", sa.String(), nullable=True),
        sa.Column("says_repeat", sa.String(), nullable=True),
        sa.Column("says_broken", sa.String(), nullable=True),
        sa.Column("says_kept", sa.String(), nullable=True),
        sa.Column("topic_version", sa.Integer(), nullable=True),
        sa.Column("topic", sa.String(), nullable=True),
        sa.Column("topic_confidence", sa.Float(), nullable=True),
        sa.Column("earlier", sa.String(), nullable=False),
        sa.Column("later_id", sa.String(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_contacts_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_contacts"),
    )
    op.create_index("ix_contacts_customer_id_started_at", "contacts", ["customer_id", "started_at"])
    op.create_index("ix_contacts_topic_started_at", "contacts", ["topic", "started_at"])
    op.create_index("ix_contacts_started_at", "contacts", ["started_at"])
    _create_promises()
    op.create_table(
        "topic_sets",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("topics", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_topic_sets"),
    )


def _create_promises() -> None:
    op.create_table(
        "promises",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("customer_id", sa.String(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("start", sa.Integer(), nullable=False),
        sa.Column("end", sa.Integer(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("contact", sa.Boolean(), nullable=False),
        sa.Column("due_from", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("kept", sa.Boolean(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_promises_interaction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_promises"),
    )
    op.create_index("ix_promises_interaction_id", "promises", ["interaction_id"])
    op.create_index("ix_promises_made_at_id", "promises", ["made_at", "id"])
    op.create_index("ix_promises_agent_id_made_at_id", "promises", ["agent_id", "made_at", "id"])
    op.create_index("ix_promises_due_until", "promises", ["due_until"])
    op.create_index("ix_promises_customer_id", "promises", ["customer_id"])


def downgrade() -> None:
    """Topics that people named are gone; the rest can be made again."""
    for table in ("topic_sets", "promises", "contacts"):
        op.drop_table(table)
