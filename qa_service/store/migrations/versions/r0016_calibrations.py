"""Calibration sessions, and proposals for the wording of rubrics."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "r0016_calibrations"
down_revision = "r0015_saves"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nobody has calibrated so far."""
    op.create_table(
        "calibrations",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("rubric_fingerprint", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("expert", sa.String(), nullable=True),
        sa.Column("due", _TIME, nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seed", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revealed_at", _TIME, nullable=True),
        sa.Column("closed_at", _TIME, nullable=True),
        sa.Column("gold_at", _TIME, nullable=True),
        sa.Column("results", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["rubric_fingerprint"], ["rubrics.fingerprint"], name="fk_calibrations_rubric_fingerprint"),
        sa.PrimaryKeyConstraint("id", name="pk_calibrations"),
    )
    op.create_index("ix_calibrations_created_at_id", "calibrations", ["created_at", "id"])
    op.create_index("ix_calibrations_state_created_at_id", "calibrations", ["state", "created_at", "id"])
    _part("calibration_members", "user_id", sa.Column("user_id", sa.String(), nullable=False), sa.Column("position", sa.Integer(), nullable=False))
    op.create_index("ix_calibration_members_user_id", "calibration_members", ["user_id"])
    _part("calibration_interactions", "interaction_id", _about(), sa.Column("position", sa.Integer(), nullable=False))
    _part(
        "calibration_reviews", "interaction_id,reviewer", _about(),
        sa.Column("reviewer", sa.String(), nullable=False),
        sa.Column("answers", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("submitted_at", _TIME, nullable=True),
        sa.Column("nonce", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
    )
    _part(
        "calibration_notes", "position", _about(nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("text", sa.String(), nullable=False),
    )
    _part(
        "calibration_agreed", "interaction_id,criterion_id", _about(),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("at", _TIME, nullable=True),
    )
    for table in ("interactions", "reviews", "notes", "agreed"):
        op.create_index(f"ix_calibration_{table}_interaction_id", f"calibration_{table}", ["interaction_id"])
    op.create_table(
        "rubric_proposals",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        sa.Column("criterion_id", sa.String(), nullable=False),
        sa.Column("wording", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("session_id", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["calibrations.id"], name="fk_rubric_proposals_session_id"),
        sa.PrimaryKeyConstraint("id", name="pk_rubric_proposals"),
    )
    op.create_index("ix_rubric_proposals_rubric_id_created_at_id", "rubric_proposals", ["rubric_id", "created_at", "id"])


def _about(*, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column("interaction_id", sa.String(), nullable=nullable)


def _part(table: str, key: str, *columns: sa.Column[Any]) -> None:
    """A table of parts of a session."""
    references = [sa.ForeignKeyConstraint(["session_id"], ["calibrations.id"], name=f"fk_{table}_session_id", ondelete="CASCADE")]
    if any(column.name == "interaction_id" for column in columns):
        references.append(sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name=f"fk_{table}_interaction_id"))
    op.create_table(
        table, sa.Column("session_id", sa.String(), nullable=False), *columns, *references,
        sa.PrimaryKeyConstraint("session_id", *key.split(","), name=f"pk_{table}"),
    )


def downgrade() -> None:
    """What was calibrated and proposed is gone."""
    for table in ("rubric_proposals", "calibration_agreed", "calibration_notes", "calibration_reviews", "calibration_interactions",
                  "calibration_members", "calibrations"):  # fmt: skip
        op.drop_table(table)
