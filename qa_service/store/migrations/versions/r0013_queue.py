"""Sampling plans, the review queue, risks, what contacts took place for, and how unsure the machine is of each scorecard."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "r0013_queue"
down_revision = "r0012_accuracy"

_TIME = sa.DateTime(timezone=True)
_KEPT = sa.text("state <> 'withdrawn'")
_SIGNALS = {"complaint.customer": "complaint", "churn.customer": "churn", "escalation.customer": "escalation"}
_PIECE = 500


def upgrade() -> None:
    """All contacts so far were live; the doubt of open scorecards is worked out, and what customers said is looked up once."""
    op.add_column("interactions", sa.Column("purpose", sa.String(), nullable=False, server_default="live"))
    op.add_column("scorecards", sa.Column("purpose", sa.String(), nullable=False, server_default="live"))
    op.add_column("scorecards", sa.Column("doubt", sa.Float(), nullable=False, server_default="0"))
    op.create_index("ix_scorecards_status_happened_at", "scorecards", ["status", "happened_at"])
    _work_out_doubt()
    op.create_table(
        "risks",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("complaint", sa.Integer(), nullable=False),
        sa.Column("churn", sa.Integer(), nullable=False),
        sa.Column("escalation", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_risks_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_risks"),
    )
    _look_risks_up()
    _create_sampling()
    _create_queue()


def _work_out_doubt() -> None:
    op.execute(
        "UPDATE scorecards SET doubt = COALESCE((SELECT SUM(c.weight * c.p * (1 - c.p)) * 4.0 / NULLIF(SUM(c.weight), 0) FROM ("
        " SELECT scorecard_id, weight, CASE WHEN suggestion_answer IS NULL OR suggestion_answer = 'undecided' THEN 0.5"
        " WHEN suggestion_confidence < 0.5 THEN 0.5 ELSE suggestion_confidence END AS p FROM scorecard_criteria"
        ") AS c WHERE c.scorecard_id = scorecards.id), 0) WHERE status IN ('draft', 'in_review')"
    )


def _look_risks_up() -> None:
    connection = op.get_bind()
    told: dict[str, dict[str, int]] = {}
    chosen = sa.text("SELECT interaction_id, data FROM signal_sets ORDER BY saved_at")
    for interaction, data in connection.execute(chosen, execution_options={"yield_per": _PIECE}):
        counts = {_SIGNALS[one["name"]]: int(one["value"] or 0) for one in json.loads(data) if one["name"] in _SIGNALS}
        if any(counts.values()):
            told[interaction] = {"complaint": 0, "churn": 0, "escalation": 0, **counts}
        else:
            told.pop(interaction, None)
    table = sa.table("risks", sa.column("interaction_id"), sa.column("complaint"), sa.column("churn"), sa.column("escalation"))
    op.bulk_insert(table, [{"interaction_id": key, **counts} for key, counts in sorted(told.items())])


def _create_sampling() -> None:
    op.create_table(
        "sampling_plans",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.Column("active_since", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sampling_plans"),
    )
    op.create_index("ix_sampling_plans_created_at_id", "sampling_plans", ["created_at", "id"])
    op.create_table(
        "sampling_runs",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("plan_version", sa.Integer(), nullable=False),
        sa.Column("period", sa.String(), nullable=False),
        sa.Column("since", _TIME, nullable=False),
        sa.Column("until", _TIME, nullable=False),
        sa.Column("seed", sa.String(), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("picked", sa.Integer(), nullable=False),
        sa.Column("blind", sa.Integer(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["sampling_plans.id"], name="fk_sampling_runs_plan_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sampling_runs"),
        sa.UniqueConstraint("plan_id", "period", name="uq_sampling_runs_plan_id_period"),
    )
    op.create_index("ix_sampling_runs_plan_id_created_at_id", "sampling_runs", ["plan_id", "created_at", "id"])


def _create_queue() -> None:
    op.create_table(
        "queue_items",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("scorecard_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("plan_id", sa.String(), nullable=False),
        sa.Column("run_id", sa.String(), nullable=False),
        sa.Column("reasons", sa.String(), nullable=False),
        sa.Column("priority", sa.String(), nullable=False),
        sa.Column("rank", sa.Float(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("blind_share", sa.Float(), nullable=False),
        sa.Column("lane", sa.String(), nullable=False),
        sa.Column("assigned_to", sa.String(), nullable=True),
        sa.Column("unassigned_because", sa.String(), nullable=True),
        sa.Column("due_at", _TIME, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("for_lead", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("updated_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_queue_items_interaction_id"),
        sa.ForeignKeyConstraint(["plan_id"], ["sampling_plans.id"], name="fk_queue_items_plan_id"),
        sa.ForeignKeyConstraint(["run_id"], ["sampling_runs.id"], name="fk_queue_items_run_id"),
        sa.PrimaryKeyConstraint("id", name="pk_queue_items"),
    )
    op.create_index(
        "uq_queue_items_interaction_id_rubric_id", "queue_items", ["interaction_id", "rubric_id"], unique=True, sqlite_where=_KEPT,
        postgresql_where=_KEPT,
    )
    for columns in (["state", "assigned_to", "due_at", "rank", "id"], ["state", "due_at", "rank", "id"], ["run_id"], ["plan_id"]):
        op.create_index(f"ix_queue_items_{'_'.join(columns)}", "queue_items", columns)
    op.create_table(
        "queue_skips",
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["queue_items.id"], name="fk_queue_skips_item_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("item_id", "user_id", name="pk_queue_skips"),
    )
    op.create_index("ix_queue_skips_user_id_at", "queue_skips", ["user_id", "at"])


def downgrade() -> None:
    """Plans and the queue are gone; the ledger still tells them."""
    for name in ("queue_skips", "queue_items", "sampling_runs", "sampling_plans", "risks"):
        op.drop_table(name)
    op.drop_index("ix_scorecards_status_happened_at", "scorecards")
    with op.batch_alter_table("scorecards") as table:
        table.drop_column("doubt")
        table.drop_column("purpose")
    with op.batch_alter_table("interactions") as table:
        table.drop_column("purpose")
