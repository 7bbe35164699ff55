"""Database roles on PostgreSQL: one owns the tables and may change them, one works with what is in them and may do no more."""

from __future__ import annotations

import sqlalchemy as sa

_WORKFLOWS = "dbos"
#: Of entries of the ledger, what an erasure empties.
_EMPTIED = "content, salt"


def roles(*, owner: str, worker: str, database: str) -> tuple[str, ...]:
    """Statements for the administrator: both roles, and a database of the owner's that nobody else may do anything in. Safe to repeat;
    passwords are set apart (``\\password``)."""
    one, other, base = _quoted(owner), _quoted(worker), _quoted(database)
    return (
        *(_role(name) for name in (owner, worker)),
        f"ALTER DATABASE {base} OWNER TO {one}", f"REVOKE ALL ON DATABASE {base} FROM PUBLIC",
        f"GRANT CONNECT ON DATABASE {base} TO {other}",
        f"ALTER SCHEMA public OWNER TO {one}", "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    )


def grants(worker: str) -> tuple[str, ...]:
    """Statements for the owner, once the tables are there: what the working role may do with them. Safe to repeat, and to be repeated when
    there are new ones."""
    role = _quoted(worker)
    found = [statement for name in ("public", _WORKFLOWS) for statement in _of_schema(name, role)]
    return (
        *found,
        # Versions are told by the owner alone, and the ledger only grows, but for what is erased.
        _if_there("public.alembic_version", f"REVOKE INSERT, UPDATE, DELETE ON public.alembic_version FROM {role}"),
        _if_there(f"{_WORKFLOWS}.dbos_migrations", f"REVOKE INSERT, UPDATE, DELETE ON {_WORKFLOWS}.dbos_migrations FROM {role}"),
        _if_there("public.ledger", f"REVOKE UPDATE, DELETE ON public.ledger FROM {role}"),
        _if_there("public.ledger", f"GRANT UPDATE ({_EMPTIED}) ON public.ledger TO {role}"),
    )


def grant(engine: sa.Engine, worker: str) -> None:
    """Let a role work with what is there; call as the owner. Does nothing on SQLite."""
    if engine.dialect.name != "postgresql":
        return
    with engine.begin() as connection:
        for statement in grants(worker):
            connection.execute(sa.text(statement.replace(":", "\\:")))


def _role(name: str) -> str:
    made = f"CREATE ROLE {_quoted(name)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE"
    return f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = {_text(name)}) THEN {made}; END IF; END $$"


def _of_schema(name: str, role: str) -> tuple[str, ...]:
    told = (
        f"GRANT USAGE ON SCHEMA {name} TO {role}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {name} TO {role}",
        f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {name} TO {role}",
        f"GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {name} TO {role}",
    )
    there = f"IF EXISTS (SELECT FROM pg_namespace WHERE nspname = '{name}') THEN"
    return (f"DO $$ BEGIN {there} {'; '.join(told)}; END IF; END $$",)


def _if_there(table: str, statement: str) -> str:
    return f"DO $$ BEGIN IF to_regclass('{table}') IS NOT NULL THEN {statement}; END IF; END $$"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(name: str) -> str:
    return "'" + name.replace("'", "''") + "'"
