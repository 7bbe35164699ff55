"""Contact-centre figures: call details, survey answers, targets, and the measures of interactions."""

from __future__ import annotations

import json

import sqlalchemy as sa
from alembic import op

revision = "r0020_call_details"
down_revision = "r0019_readings"

_TIME = sa.DateTime(timezone=True)
_MEASURES = ("duration", "hold_seconds", "silence_share", "overtalk_share", "response_first", "response_median")
_SIGNALS = {
    "hold_seconds": "hold.seconds", "silence_share": "silence.share", "overtalk_share": "overtalk.seconds", "response_first": "response.first",
    "response_median": "response.median",
}
_PIECE = 500
#: The last transcript tells how long a recording is; the last set of signals, which comes last, wins.
_SIGNAL_SETS = (
    "SELECT s.interaction_id, s.data, (SELECT t.duration_ms FROM transcripts AS t WHERE t.interaction_id = s.interaction_id"
    " ORDER BY t.saved_at DESC LIMIT 1) AS duration_ms FROM signal_sets AS s WHERE s.interaction_id IN (SELECT DISTINCT interaction_id"
    " FROM signal_sets WHERE interaction_id > :last ORDER BY interaction_id LIMIT :most) ORDER BY s.interaction_id, s.saved_at"
)
_SECONDS = ("wait_seconds", "talk_seconds", "hold_seconds", "wrap_seconds", "handle_seconds", "first_response_seconds")


def upgrade() -> None:
    """Nothing was imported before; measures of what was analysed are looked up once."""
    op.create_table(
        "measures",
        sa.Column("interaction_id", sa.String(), nullable=False),
        *(sa.Column(name, sa.Float(), nullable=True) for name in _MEASURES),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_measures_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_measures"),
    )
    op.create_table(
        "target_sets",
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("data", sa.String(), nullable=False),
        sa.Column("changed_by", sa.String(), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_target_sets"),
    )
    _measure()
    _create_call_details()
    _create_survey_answers()


def _measure() -> None:
    connection = op.get_bind()
    table = sa.table("measures", sa.column("interaction_id"), *map(sa.column, _MEASURES))
    last, chosen = "", sa.text(_SIGNAL_SETS)
    while some := connection.execute(chosen, {"last": last, "most": _PIECE}).all():
        told = {one.interaction_id: _measured(json.loads(one.data), one.duration_ms) for one in some}
        op.bulk_insert(table, [{"interaction_id": interaction, **values} for interaction, values in told.items()])
        last = some[-1].interaction_id


def _measured(signals: list[dict[str, object]], duration_ms: int | None) -> dict[str, float | None]:
    found = {str(one["name"]): one["value"] for one in signals}
    values: dict[str, float | None] = {name: _number(found.get(signal)) for name, signal in _SIGNALS.items()}
    seconds = duration_ms / 1000 if duration_ms and values["silence_share"] is not None else None
    overtalk = values["overtalk_share"]
    share = None if overtalk is None or seconds is None else min(1.0, overtalk / seconds)
    return {**values, "duration": seconds, "overtalk_share": share}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _create_call_details() -> None:
    op.create_table(
        "call_details",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("contact_id", sa.String(), nullable=False),
        sa.Column("interaction_id", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("started_at", _TIME, nullable=False),
        sa.Column("ended_at", _TIME, nullable=True),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("agent_id", "team", "queue", "customer_id", "outcome")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in _SECONDS),
        sa.Column("transferred", sa.Boolean(), nullable=True),
        *_facts(), *_origin(),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_call_details_interaction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_call_details"),
    )
    _index("call_details", "started_at")


def _create_survey_answers() -> None:
    op.create_table(
        "survey_answers",
        sa.Column("id", sa.String(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("contact_id", "interaction_id", "channel")),
        sa.Column("answered_at", _TIME, nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("agent_id", "team", "queue", "customer_id", "language")),
        sa.Column("csat", sa.Float(), nullable=True),
        sa.Column("csat_scale", sa.Integer(), nullable=True),
        sa.Column("nps", sa.Integer(), nullable=True),
        sa.Column("ease", sa.Float(), nullable=True),
        sa.Column("ease_scale", sa.Integer(), nullable=True),
        sa.Column("resolved", sa.Boolean(), nullable=True),
        sa.Column("comment", sa.String(), nullable=True),
        *_facts(), *_origin(),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_survey_answers_interaction_id"),
        sa.PrimaryKeyConstraint("id", name="pk_survey_answers"),
    )
    _index("survey_answers", "answered_at")


def _facts() -> tuple[sa.Column[float], sa.Column[float], sa.Column[bool], sa.Column[object]]:
    return (
        sa.Column("loyalty_months", sa.Float(), nullable=True), sa.Column("value", sa.Float(), nullable=True),
        sa.Column("churned", sa.Boolean(), nullable=True), sa.Column("churned_at", _TIME, nullable=True),
    )  # fmt: skip


def _origin() -> tuple[sa.Column[str], sa.Column[str], sa.Column[int], sa.Column[object]]:
    return (
        sa.Column("content_sha256", sa.String(), nullable=False), sa.Column("import_id", sa.String(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False), sa.Column("imported_at", _TIME, nullable=False),
    )  # fmt: skip


def _index(table: str, moment: str) -> None:
    for columns in ((moment,), ("agent_id", moment), ("team", moment), ("customer_id", moment), ("contact_id",), ("interaction_id",)):
        op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def downgrade() -> None:
    """What was imported goes."""
    for table in ("survey_answers", "call_details", "target_sets", "measures"):
        op.drop_table(table)
