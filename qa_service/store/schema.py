"""The schema: which version a database has, how it gets to the newest, and how it differs from the tables."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from qa_service.store.tables import Row
from qa_service.store.tables.facts import TRIGGERS

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
#: Any number; the same in all processes that share a PostgreSQL database.
_UPGRADE_LOCK = 7_406_202_401


def newest() -> str:
    """The newest version: migrations are named in order, and a revision is named as its file."""
    return max(file.stem for file in (_MIGRATIONS / "versions").glob("r*.py"))


def version(connection: sa.Connection) -> str | None:
    """The version of a database; ``None`` when it is new."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(connection: sa.Connection, *, to: str | None = None) -> None:
    """Run what is missing, up to a version (the newest unless told), inside the caller's transaction; a second process waits and finds it
    done."""
    # Alembic is heavy to import, and a service that is up to date never needs it.
    from alembic import command

    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_UPGRADE_LOCK)))
    if version(connection) != (to or newest()):
        command.upgrade(_config(connection), to or "head")


def differences(connection: sa.Connection) -> tuple[str, ...]:
    """How the schema differs from the tables, one line each."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    found = version(connection)
    if found != newest():
        return (f"the schema has version {found}, this program needs {newest()}",)
    context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": ours})
    gone = (f"the trigger {name} is gone" for name in sorted(set(TRIGGERS) - _triggers(connection)))
    return (*(str(difference) for difference in compare_metadata(context, Row.metadata)), *gone)


def _triggers(connection: sa.Connection) -> set[str]:
    sqlite = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    return set(connection.scalars(sa.text(sqlite if connection.dialect.name == "sqlite" else "SELECT tgname FROM pg_trigger")))


def ours(_thing: object, name: str | None, kind: str, reflected: bool, _other: object) -> bool:
    """Whether a table is one of ours; a PostgreSQL database may be shared with others."""
    return not (kind == "table" and reflected and name not in Row.metadata.tables)


def _config(connection: sa.Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    attributes: dict[str, Any] = config.attributes
    attributes["connection"] = connection
    return config
