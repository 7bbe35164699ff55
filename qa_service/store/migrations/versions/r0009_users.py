"""Users, their passwords and sessions, tries to sign in, and keys that belong to users."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "r0009_users"
down_revision = "r0008_policies"

_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Keys so far are those of the user ``admin``, whom the next start makes."""
    op.create_table(
        "users",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("teams", sa.String(), nullable=False),
        sa.Column("agent", sa.String(), nullable=True),
        sa.Column("languages", sa.String(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("login", name="uq_users_login"),
    )
    op.create_index("ix_users_agent", "users", ["agent"])
    op.create_index("ix_users_created_at_id", "users", ["created_at", "id"])
    op.create_table(
        "passwords",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("must_change", sa.Boolean(), nullable=False),
        sa.Column("changed_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_passwords_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", name="pk_passwords"),
    )
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("client", sa.String(), nullable=True),
        sa.Column("created_at", _TIME, nullable=False),
        sa.Column("seen_at", _TIME, nullable=False),
        sa.Column("expires_at", _TIME, nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("sha256", name="uq_sessions_sha256"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"])
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_table(
        "sign_ins",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("login_sha256", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("succeeded", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sign_ins"),
    )
    op.create_index("ix_sign_ins_login_sha256_at", "sign_ins", ["login_sha256", "at"])
    op.create_index("ix_sign_ins_address_at", "sign_ins", ["address", "at"])
    op.create_index("ix_sign_ins_at", "sign_ins", ["at"])
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("user_id", sa.String(), nullable=False, server_default="admin"))
        table.add_column(sa.Column("hint", sa.String(), nullable=False, server_default=""))
        table.add_column(sa.Column("rights", sa.String(), nullable=True))
        table.add_column(sa.Column("root", sa.Boolean(), nullable=False, server_default=sa.true()))
        table.add_column(sa.Column("expires_at", _TIME, nullable=True))
        table.add_column(sa.Column("used_at", _TIME, nullable=True))
        table.drop_column("role")
    with op.batch_alter_table("api_keys") as table:
        for column in ("user_id", "hint", "root"):
            table.alter_column(column, server_default=None)
    op.create_index("ix_api_keys_user_id", "api_keys", ["user_id"])


def downgrade() -> None:
    """Nobody but the admin is known any more."""
    op.drop_index("ix_api_keys_user_id", "api_keys")
    op.execute("DELETE FROM api_keys WHERE NOT root")
    with op.batch_alter_table("api_keys") as table:
        table.add_column(sa.Column("role", sa.String(), nullable=False, server_default="admin"))
        for column in ("used_at", "expires_at", "root", "rights", "hint", "user_id"):
            table.drop_column(column)
    with op.batch_alter_table("api_keys") as table:
        table.alter_column("role", server_default=None)
    for name in ("sign_ins", "sessions", "passwords", "users"):
        op.drop_table(name)
