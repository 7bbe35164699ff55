"""Figures: what each scorecard gives, their sums, and triggers that note which scorecards have changed since."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0018_figures"
down_revision = "r0017_webhooks"

_TIME = sa.DateTime(timezone=True)
_FINISHED = "('final', 'disputed')"
#: Columns that figures are made of; while a scorecard is being reviewed, answers alone change none.
_COLUMNS = ("is_latest", "agent_id", "team", "purpose", "blind", "automatic")
_NOTE = "INSERT INTO figure_changes (scorecard_id) VALUES"
#: The finished scorecard that a queue item weighs.
_WEIGHED = (
    "INSERT INTO figure_changes (scorecard_id) SELECT id FROM scorecards WHERE interaction_id = NEW.interaction_id"
    " AND rubric_id = NEW.rubric_id AND is_latest AND status IN ('final', 'disputed')"
)


def _differs(dialect: str, column: str) -> str:
    return f"OLD.{column} IS {'NOT' if dialect == 'sqlite' else 'DISTINCT FROM'} NEW.{column}"


def _triggers(dialect: str) -> dict[str, tuple[str, str, str]]:
    """Event, condition and act of each trigger."""
    changed = " OR ".join(_differs(dialect, column) for column in _COLUMNS)
    finished = f"(OLD.status IN {_FINISHED}) <> (NEW.status IN {_FINISHED})"
    answered = f"NEW.status IN {_FINISHED} AND OLD.revision <> NEW.revision"
    told = f"(OLD.is_latest OR NEW.is_latest) AND ({changed} OR {finished} OR {answered})"
    weighed = f"{_differs(dialect, 'probability')} OR (OLD.state = 'withdrawn') <> (NEW.state = 'withdrawn')"
    return {
        "figures_scorecard_added": ("INSERT ON scorecards", "NEW.is_latest", f"{_NOTE} (NEW.id)"),
        "figures_scorecard_changed": ("UPDATE ON scorecards", told, f"{_NOTE} (NEW.id)"),
        "figures_scorecard_removed": ("DELETE ON scorecards", "OLD.is_latest", f"{_NOTE} (OLD.id)"),
        "figures_queue_item_added": ("INSERT ON queue_items", "NEW.state <> 'withdrawn'", _WEIGHED),
        "figures_queue_item_changed": ("UPDATE ON queue_items", weighed, _WEIGHED),
    }


def upgrade() -> None:
    """All scorecards that are there wait to be counted; readers count them, and what attends the service."""
    _create()
    dialect = op.get_bind().dialect.name
    for name, (event, condition, act) in _triggers(dialect).items():
        if dialect == "sqlite":
            op.execute(f"CREATE TRIGGER {name} AFTER {event} WHEN {condition} BEGIN {act}; END")
            continue
        back = "OLD" if event.startswith("DELETE") else "NEW"
        op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {act}; RETURN {back}; END $$")
        op.execute(f"CREATE TRIGGER {name} AFTER {event} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()")
    if dialect == "postgresql":
        # Sums of a form of thirty items stay in their row, as they are: they are read by the thousand and do not shrink.
        op.execute("ALTER TABLE rollups ALTER COLUMN sums SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE rollups SET (toast_tuple_target = 8160)")
    op.execute("INSERT INTO figure_changes (scorecard_id) SELECT id FROM scorecards WHERE is_latest")


def _create() -> None:
    op.create_table(
        "figure_changes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("scorecard_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_figure_changes"),
    )
    op.create_table(
        "figure_state",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_figure_state"),
    )
    op.create_table(
        "figure_forms",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("rubric_id", sa.String(), nullable=False),
        sa.Column("items", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_figure_forms"),
        sa.UniqueConstraint("fingerprint", name="uq_figure_forms_fingerprint"),
    )
    op.create_index("ix_figure_forms_rubric_id", "figure_forms", ["rubric_id"])
    op.create_table(
        "facts",
        sa.Column("scorecard_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=True),
        sa.Column("queue", sa.String(), nullable=True),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("happened_at", _TIME, nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("form", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(), nullable=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.Column("reviewer", sa.String(), nullable=True),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("outcomes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("scorecard_id", name="pk_facts"),
    )
    for columns in (["agent_id", "happened_at"], ["team", "happened_at"], ["month", "agent_id"], ["happened_at"]):
        op.create_index(f"ix_facts_{'_'.join(columns)}", "facts", columns)
    op.create_table(
        "rollups",
        sa.Column("agent_id", sa.String(), nullable=False),
        sa.Column("month", sa.String(), nullable=False),
        sa.Column("purpose", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("form", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("scorecards", sa.Integer(), nullable=False),
        sa.Column("sums", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("agent_id", "month", "purpose", "channel", "team", "form", name="pk_rollups"),
    )
    op.create_index("ix_rollups_team_month", "rollups", ["team", "month"])
    op.create_index("ix_rollups_month", "rollups", ["month"])


def downgrade() -> None:
    """Figures can be worked out again from the scorecards."""
    dialect = op.get_bind().dialect.name
    for name, (event, _, _) in _triggers(dialect).items():
        op.execute(f"DROP TRIGGER {name}" + ("" if dialect == "sqlite" else f" ON {event.split()[-1]}"))
        if dialect == "postgresql":
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("rollups", "facts", "figure_forms", "figure_state", "figure_changes"):
        op.drop_table(table)
