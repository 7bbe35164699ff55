"""Readings: what was measured of the few signals that profiles show, and their sums by agent and month; contacts found by agent and team."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "r0019_readings"
down_revision = "r0018_figures"

_PIECE = 500
#: As profiles showed them when this was written; later ones come with the next analysis.
_SHOWN = frozenset(
    "courtesy.agent empathy.agent interruptions.agent latency.agent_median hold.unannounced questions.unanswered promise.incomplete "
    "conduct.dismissal unprofessional.agent talk.agent_share hold.seconds dead_air.seconds silence.share overtalk.seconds response.first "
    "outcome.evasive effort.customer escalation.customer churn.customer sentiment.change ring.seconds ivr.seconds contact.says_repeat "
    "contact.says_broken trouble.customer".split()
)
_KEY = ("agent_id", "month", "team", "channel", "purpose", "name")


def upgrade() -> None:
    """What was analysed so far is read once; its months are those of UTC until it is analysed again."""
    op.create_table(
        "readings",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("team", sa.String(), nullable=True),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("channel", "month", "purpose", "data")),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_readings_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_readings"),
    )
    op.create_index("ix_readings_agent_id_month", "readings", ["agent_id", "month"])
    op.create_index("ix_readings_team_month", "readings", ["team", "month"])
    op.create_table(
        "reading_sums",
        *(sa.Column(name, sa.String(), nullable=False) for name in _KEY),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("total", sa.Float(), nullable=False),
        sa.Column("squares", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint(*_KEY, name="pk_reading_sums"),
    )
    op.create_index("ix_reading_sums_team_month", "reading_sums", ["team", "month"])
    op.create_index("ix_contacts_agent_id_started_at", "contacts", ["agent_id", "started_at"])
    op.create_index("ix_contacts_team_started_at", "contacts", ["team", "started_at"])
    _read()


def _read() -> None:
    connection = op.get_bind()
    chosen = sa.text(
        "SELECT s.interaction_id, s.data, i.agent_id, i.agent_team, i.channel, i.happened_at, i.purpose, i.wait_seconds "
        "FROM signal_sets s JOIN interactions i ON i.id = s.interaction_id ORDER BY s.saved_at"
    )
    # The last analysis of an interaction wins.
    readings = {row.interaction_id: _reading(row) for row in connection.execute(chosen, execution_options={"yield_per": _PIECE})}
    sums: dict[tuple[str, ...], list[float]] = {}
    for one in readings.values():
        place = (one["agent_id"] or "", one["month"], one["team"] or "", one["channel"], one["purpose"])
        for name, value in json.loads(one["data"]).items():
            held = sums.setdefault((*place, name), [0, 0.0, 0.0])
            for index, more in enumerate((1, value, value * value)):
                held[index] += more
    _insert("readings", ("interaction_id", "agent_id", "team", "channel", "month", "purpose", "data"), list(readings.values()))
    rows = [
        dict(zip(_KEY, key, strict=True)) | {"n": n, "total": total, "squares": squares} for key, (n, total, squares) in sorted(sums.items())
    ]
    _insert("reading_sums", (*_KEY, "n", "total", "squares"), rows)


def _reading(row: Any) -> dict[str, Any]:
    values = {one["name"]: one["value"] for one in json.loads(row.data) if one["name"] in _SHOWN and one["value"] is not None}
    if row.wait_seconds is not None:
        values["queue.wait"] = row.wait_seconds
    return {
        "interaction_id": row.interaction_id, "agent_id": row.agent_id, "team": row.agent_team, "channel": row.channel,
        "month": str(row.happened_at)[:7], "purpose": row.purpose, "data": json.dumps(dict(sorted(values.items()))),
    }


def _insert(table: str, names: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), _PIECE):
        op.bulk_insert(sa.table(table, *(sa.column(name) for name in names)), rows[start : start + _PIECE])


def downgrade() -> None:
    """They are measured again by the next analysis."""
    op.drop_index("ix_contacts_team_started_at", "contacts")
    op.drop_index("ix_contacts_agent_id_started_at", "contacts")
    op.drop_table("reading_sums")
    op.drop_table("readings")
