"""The search index, saved searches and their alerts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import TSVECTOR

revision = "r0021_search"
down_revision = "r0020_call_details"

_TIME = sa.DateTime(timezone=True)
_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Nothing is in the index until ``qa-service search rebuild``, or until it is analysed again."""
    _index()
    _saved()
    if op.get_bind().dialect.name == "sqlite":
        # Words are parted at blanks alone: what is written into it was folded before.
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5(words, content='search_turns', content_rowid='id', columnsize=0, prefix='3', "
            "tokenize=\"unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co'\")"
        )


def _index() -> None:
    op.create_table(
        "search_interactions",
        sa.Column("key", _KEY, autoincrement=False, nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("queue", sa.String(), nullable=True),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("folding", sa.String(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("indexed_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_search_interactions_interaction_id"),
        sa.PrimaryKeyConstraint("key", name="pk_search_interactions"),
        sa.UniqueConstraint("interaction_id", name="uq_search_interactions_interaction_id"),
    )
    op.create_index("ix_search_interactions_agent_id_key", "search_interactions", ["agent_id", "key"])
    op.create_index("ix_search_interactions_channel_key", "search_interactions", ["channel", "key"])
    op.create_index("ix_search_interactions_seq", "search_interactions", ["seq"])
    op.create_table(
        "search_turns",
        sa.Column("id", _KEY, autoincrement=False, nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("vector", TSVECTOR().with_variant(sa.Text(), "sqlite"), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_search_turns"),
    )
    op.create_index(
        "ix_search_turns_vector", "search_turns", ["vector"], postgresql_using="gin", postgresql_with={"fastupdate": "off"},
        sqlite_where=sa.text("vector IS NOT NULL"),
    )
    op.create_table(
        "search_signals",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_search_signals_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_search_signals"),
    )
    op.create_table(
        "search_passages",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("key", sa.BigInteger(), nullable=False),
        sa.Column("encoder", sa.String(), nullable=False),
        sa.Column("places", sa.String(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_search_passages_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_search_passages"),
    )
    op.create_index("ix_search_passages_encoder_seq", "search_passages", ["encoder", "seq"])


def _saved() -> None:
    op.create_table(
        "saved_searches",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("since_seq", sa.BigInteger(), nullable=False),
        sa.Column("seen_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_searches"),
    )
    op.create_index("ix_saved_searches_created_at_id", "saved_searches", ["created_at", "id"])
    op.create_index("ix_saved_searches_owner", "saved_searches", ["owner"])
    op.create_table(
        "saved_search_hits",
        sa.Column("search_id", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("happened_at", _TIME, nullable=False),
        sa.Column("found_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["search_id"], ["saved_searches.id"], name="fk_saved_search_hits_search_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_saved_search_hits_interaction_id"),
        sa.PrimaryKeyConstraint("search_id", "interaction_id", name="pk_saved_search_hits"),
    )
    op.create_index("ix_saved_search_hits_search_id_happened_at", "saved_search_hits", ["search_id", "happened_at"])
    op.create_index("ix_saved_search_hits_interaction_id", "saved_search_hits", ["interaction_id"])
    op.create_table(
        "search_alerts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("search_id", sa.String(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("raised_at", _TIME, nullable=False),
        sa.Column("acknowledged_by", sa.String(), nullable=True),
        sa.Column("acknowledged_at", _TIME, nullable=True),
        sa.ForeignKeyConstraint(["search_id"], ["saved_searches.id"], name="fk_search_alerts_search_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_search_alerts"),
        sa.UniqueConstraint("search_id", "period", name="uq_search_alerts_period"),
    )
    op.create_index("ix_search_alerts_raised_at_id", "search_alerts", ["raised_at", "id"])


def downgrade() -> None:
    """The index and the saved searches are gone."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_words")
    for table in (
        "search_alerts", "saved_search_hits", "saved_searches", "search_passages", "search_signals", "search_turns", "search_interactions",
    ):  # fmt: skip
        op.drop_table(table)
