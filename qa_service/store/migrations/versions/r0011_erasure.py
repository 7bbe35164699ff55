"""Contents of the ledger beside their digests, so that they can be erased; legal holds, files to be deleted, scorecards without words."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0011_erasure"
down_revision = "r0010_disputes"

#: Emptying an entry, once: everything else stays, and what tells about erasures is never emptied.
_KEPT = ("sequence", "at", "actor", "action", "subject", "previous", "hash", "seal", "interaction", "digest")
_SAME = " AND ".join(f"NEW.{name} IS NOT DISTINCT FROM OLD.{name}" for name in _KEPT)
_EMPTIED = f"NEW.content IS NULL AND NEW.salt IS NULL AND OLD.content IS NOT NULL AND OLD.action NOT LIKE '%.erased' AND {_SAME}"
_FORGOTTEN = (
    "NEW.suggestion_why = '' AND NEW.suggestion_answer IS NOT DISTINCT FROM OLD.suggestion_answer"
    " AND NEW.suggestion_confidence IS NOT DISTINCT FROM OLD.suggestion_confidence"
)
_WHY = "suggestion_answer, suggestion_confidence, suggestion_why"


def upgrade() -> None:
    """Entries so far keep their seal, which is of the first kind."""
    _drop_guards()
    with op.batch_alter_table("ledger") as table:
        table.add_column(sa.Column("seal", sa.Integer(), nullable=False, server_default="1"))
        for name in ("interaction", "salt", "digest"):
            table.add_column(sa.Column(name, sa.String(), nullable=True))
        table.alter_column("content", existing_type=sa.String(), nullable=True)
    with op.batch_alter_table("ledger") as table:
        table.alter_column("seal", server_default=None)
    op.create_index("ix_ledger_interaction_sequence", "ledger", ["interaction", "sequence"])
    op.add_column("scorecards", sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "holds",
        sa.Column("interaction_id", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["interaction_id"], ["interactions.id"], name="fk_holds_interaction_id"),
        sa.PrimaryKeyConstraint("interaction_id", name="pk_holds"),
    )
    op.create_table(
        "deletions",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("kind", "name", name="pk_deletions"),
    )
    _guard(emptied=_EMPTIED, forgotten=_FORGOTTEN)


def downgrade() -> None:
    """What was erased stays erased; later entries do not verify in the older program, which knows one kind of seal."""
    _drop_guards()
    op.drop_table("deletions")
    op.drop_table("holds")
    op.drop_column("scorecards", "erased")
    op.drop_index("ix_ledger_interaction_sequence", "ledger")
    op.execute("UPDATE ledger SET content = '{}' WHERE content IS NULL")
    with op.batch_alter_table("ledger") as table:
        table.alter_column("content", existing_type=sa.String(), nullable=False)
        for name in ("digest", "salt", "interaction", "seal"):
            table.drop_column(name)
    _guard()


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _drop_guards() -> None:
    if _postgresql():
        op.execute("DROP TRIGGER IF EXISTS ledger_no_change ON ledger")
        op.execute("DROP TRIGGER IF EXISTS ledger_no_update ON ledger")
        op.execute("DROP TRIGGER IF EXISTS ledger_no_delete ON ledger")
        op.execute("DROP TRIGGER IF EXISTS suggestion_no_update ON scorecard_criteria")
        return
    for name in ("ledger_no_update", "ledger_no_delete", "suggestion_no_update"):
        op.execute(f"DROP TRIGGER IF EXISTS {name}")


def _guard(*, emptied: str | None = None, forgotten: str | None = None) -> None:
    """What the database refuses by itself, whoever asks, but for what these conditions allow."""
    ledger = "" if emptied is None else f"WHEN (NOT ({emptied}))"
    suggestion = "" if forgotten is None else f"WHEN (NOT ({forgotten}))"
    append_only, unchanged = "the ledger is append-only", "suggestions are never changed"
    for name, when, condition, message in (
        ("ledger_no_update", "UPDATE ON ledger", ledger, append_only),
        ("ledger_no_delete", "DELETE ON ledger", "", append_only),
        ("suggestion_no_update", f"UPDATE OF {_WHY} ON scorecard_criteria", suggestion, unchanged),
    ):
        head = f"CREATE TRIGGER {name} BEFORE {when} FOR EACH ROW {condition}"
        if _postgresql():
            op.execute(f"{head} EXECUTE FUNCTION refuse_change('{message}')")
        else:
            # SQLite's older spelling of "is not distinct from".
            op.execute(f"{head.replace('IS NOT DISTINCT FROM', 'IS')} BEGIN SELECT RAISE(ABORT, '{message}'); END")
