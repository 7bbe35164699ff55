"""Two roles on PostgreSQL: the owner makes the tables, the service works without any right to change them."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import sqlalchemy as sa

from qa_service.bootstrap import build, running
from qa_service.errors import ConfigurationError
from qa_service.services.workflow_tables import make_tables
from qa_service.settings import Settings
from qa_service.store.roles import grant, grants, roles
from qa_service.store.session import Database
from tests.postgres import named, run


class Base(NamedTuple):
    """A database with an owner and a role that works with it, by their URLs."""

    owner: str
    worker: str
    role: str


@pytest.fixture
def base(postgres: str) -> Iterator[Base]:
    name = f'qa "{uuid.uuid4().hex[:8]}'
    plain = uuid.uuid4().hex
    owner, worker = f"{name} owner", f"{name} worker"
    run(postgres, f"CREATE DATABASE {plain!r}".replace("'", '"'))
    for statement in roles(owner=owner, worker=worker, database=plain):
        run(named(postgres, plain), statement)
        run(named(postgres, plain), statement)
    url = sa.make_url(named(postgres, plain))
    yield Base(*(url.set(username=one).render_as_string(hide_password=False) for one in (owner, worker)), worker)
    run(postgres, f'DROP DATABASE "{plain}" WITH (FORCE)')
    for role in (owner, worker):
        run(postgres, 'DROP ROLE "' + role.replace('"', '""') + '"')


def test_the_service_runs_without_a_right_to_change_tables(base: Base, tmp_path: Path, forms: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data", rubrics_dir=forms, engine="sidecar", database_url=base.worker)
    services = build(settings)
    with pytest.raises(ConfigurationError, match="may not change that") as caught:
        services.database.upgrade()
    assert caught.value.hint is not None
    assert "db upgrade" in caught.value.hint
    services.database.close()

    owner = Database(base.owner)
    owner.upgrade()
    make_tables(base.owner)
    grant(owner.engine, base.role)
    grant(owner.engine, base.role)
    owner.close()

    chat = tmp_path / "c-1.json"
    chat.write_text('{"id": "c-1", "channel": "chat", "language": "en", "turns": [{"speaker": "agent", "text": "Hello!"}]}')
    with running(settings) as services:
        (row,) = services.batches.run([chat], actor="tests")
        assert row.scorecard is not None
        assert services.upkeep.check().faults == ()
        refused = []
        for statement in (
            "CREATE TABLE more (id INTEGER)", "ALTER TABLE agents ADD COLUMN shoe_size INTEGER", "DROP TABLE agents", "TRUNCATE agents",
            "DELETE FROM ledger", "UPDATE ledger SET actor = 'nobody'", "UPDATE alembic_version SET version_num = 'x'",
            "CREATE SCHEMA elsewhere", "ALTER TABLE ledger DISABLE TRIGGER ALL", "UPDATE dbos.dbos_migrations SET version = 1",
        ):
            with services.database.engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError) as told:
                connection.exec_driver_sql(statement)
            refused.append(told.value.orig.sqlstate)
        assert set(refused) == {"42501"}


def test_sqlite_knows_no_roles(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    database.upgrade()
    grant(database.engine, "anybody")
    make_tables(f"sqlite:///{tmp_path / 'workflows.sqlite'}")
    database.close()
    assert not (tmp_path / "workflows.sqlite").exists()


def test_names_are_quoted() -> None:
    told = "\n".join((*roles(owner='o"; DROP', worker="w' --", database="d"), *grants("w' --")))
    assert '"o""; DROP"' in told
    assert "rolname = 'w'' --'" in told
