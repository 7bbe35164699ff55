"""Models of satisfaction, what they predicted, and criteria that leads propose to retire."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0024_outcomes"
down_revision = "r0023_reports"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nothing was predicted so far."""
    op.create_table(
        "csat_models",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_csat_models"),
    )
    op.create_table(
        "csat_predictions",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=False) for name in ("chance", "level", "answering")),
        sa.Column("made_at", _TIME, nullable=False),
        sa.Column("in_force", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_csat_predictions_interaction_id"),
        sa.ForeignKeyConstraint(["version"], ["csat_models.version"], name="fk_csat_predictions_version"),
        sa.PrimaryKeyConstraint("interaction_id", "version", name="pk_csat_predictions"),
    )
    op.create_index("ix_csat_predictions_version", "csat_predictions", ["version"])
    op.create_table(
        "rubric_retirements",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("rubric_version", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("criterion_id", "why", "figures", "state", "created_by")),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("decided_at", _TIME, nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rubric_retirements"),
    )
    op.create_index("ix_rubric_retirements_rubric_id_created_at_id", "rubric_retirements", ["rubric_id", "created_at", "id"])


def downgrade() -> None:
    """Predictions and proposals are gone."""
    for table in ("rubric_retirements", "csat_predictions", "csat_models"):
        op.drop_table(table)
