"""The database: URLs, migrations, commits at the edge, and errors by name."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa

from qa_service.domain.interaction import AgentRef
from qa_service.errors import ConfigurationError, ConflictError, InputError, ProcessingError
from qa_service.store import schema, session
from qa_service.store.batches import BatchItem
from qa_service.store.session import PATIENCE, Database

AT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "no database URL"),
        ("mysql://somewhere/qa", "'mysql' is not served"),
        ("sqlite://", "needs a file"),
        ("sqlite:///:memory:", "needs a file"),
    ],
)
def test_a_url_that_cannot_be_used_is_told(url: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        Database(url)
    assert caught.value.field == "QA_DATABASE_URL"


def test_a_database_that_cannot_be_opened_is_told_without_its_password(tmp_path: Path) -> None:
    database = Database(f"postgresql://qa:secret@/qa?host={tmp_path}")
    with pytest.raises(ConfigurationError, match="cannot open the database") as caught:
        database.upgrade()
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ConfigurationError, match="cannot open the database"):
        Database(f"sqlite:///{tmp_path / 'file' / 'qa.sqlite'}").upgrade()


def test_postgresql_without_its_driver_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "find_spec", lambda _name: None)
    with pytest.raises(ConfigurationError, match="needs a driver") as caught:
        Database("postgresql://qa@localhost/qa")
    assert caught.value.hint == "pip install 'qa-service[postgres]'"


def test_the_migrations_give_exactly_the_tables(database: Database) -> None:
    assert database.check() == ()


def test_check_tells_what_differs(own_database: Database) -> None:
    with own_database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE agents ADD COLUMN shoe_size INTEGER")
        connection.exec_driver_sql("CREATE TABLE neighbours (id INTEGER)")
    (difference,) = own_database.check()
    assert "shoe_size" in difference


def test_a_new_database_is_told_to_be_old_and_then_upgraded(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'deep' / 'er' / 'qa.sqlite'}")
    (tmp_path / "deep" / "er").mkdir(parents=True)
    assert database.check() == (f"the schema has version None, this program needs {schema.newest()}",)
    database.upgrade()
    database.upgrade()
    assert database.check() == ()
    database.close()


def test_several_processes_may_upgrade_at_once(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path / 'qa.sqlite'}") for _ in range(4)]
    threads = [threading.Thread(target=database.upgrade) for database in databases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert databases[0].check() == ()
    for database in databases:
        database.close()


def test_sqlite_keeps_its_pragmas(sqlite_template: Path) -> None:
    database = Database(f"sqlite:///{sqlite_template}")
    told = {"journal_mode": "wal", "busy_timeout": PATIENCE * 1000, "foreign_keys": 1, "synchronous": 1}
    with database.engine.connect() as connection:
        found = {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in told}
    database.close()
    assert found == told


def test_a_unit_commits_at_its_end(database: Database) -> None:
    with database.unit() as unit:
        unit.agents.upsert(AgentRef(id="a1"), at=AT)
        with database.reading() as other:
            assert not other.agents.exists("a1")
    with database.reading() as other:
        assert other.agents.exists("a1")


def test_a_unit_rolls_back_on_any_error(database: Database) -> None:
    def fail_half_way() -> None:
        with database.unit() as unit:
            unit.agents.upsert(AgentRef(id="a1"), at=AT)
            unit.ledger.append(at=AT, actor="system", action="agent.added", subject="agent/a1", content={})
            raise RuntimeError("stop")

    with pytest.raises(RuntimeError, match="stop"):
        fail_half_way()
    with database.unit() as unit:
        assert not unit.agents.exists("a1")
        assert unit.ledger.verify().entries == 0


def test_reading_refuses_writes_and_leaves_the_connection_writable(database: Database) -> None:
    with pytest.raises(ProcessingError, match=r"read-?only"), database.reading() as unit:
        unit.agents.upsert(AgentRef(id="a1"), at=AT)
    with database.unit() as unit:
        unit.agents.upsert(AgentRef(id="a1"), at=AT)
        assert unit.agents.exists("a1")


def test_reading_sees_one_state_throughout(database: Database) -> None:
    with database.reading() as reader:
        assert not reader.agents.exists("a1")
        with database.unit() as unit:
            unit.agents.upsert(AgentRef(id="a1"), at=AT)
        assert not reader.agents.exists("a1")


@pytest.mark.parametrize(
    "moment",
    [
        AT, AT.replace(microsecond=0), AT.replace(microsecond=1), AT.astimezone(timezone(timedelta(hours=3, minutes=30))),
        datetime(1969, 7, 20, tzinfo=UTC),
    ],
)
def test_times_come_back_exactly_and_in_utc(database: Database, moment: datetime) -> None:
    with database.unit() as unit:
        unit.ledger.append(at=moment, actor="system", action="x", subject="y", content={})
    with database.reading() as unit:
        (entry,) = unit.ledger.entries()
    assert entry.at == moment
    assert entry.at.utcoffset() == timedelta(0)


def test_a_contradiction_is_a_conflict(database: Database) -> None:
    with pytest.raises(ConflictError, match="contradicts"), database.unit() as unit:
        unit.batches.add_items("no-such-batch", [BatchItem(position=0, file="call.wav")])


def test_text_that_postgresql_cannot_hold_is_an_input_error(postgres: str) -> None:
    database = Database(postgres.replace("/postgres?", "/template_qa?"))
    with pytest.raises(InputError, match="cannot be stored"), database.unit() as unit:
        unit.agents.upsert(AgentRef(id="a1", name="nul\0byte"), at=AT)
    database.close()


def test_a_database_that_stays_locked_is_told(sqlite_template: Path) -> None:
    database = Database(f"sqlite:///{sqlite_template}", patience=0.05)
    with database.unit() as unit:
        unit.agents.exists("a1")
        with pytest.raises(ProcessingError, match="held the database"), database.unit():
            pytest.fail("two writers at once")
    database.close()


def test_another_process_that_holds_the_lock_is_told(sqlite_template: Path) -> None:
    one, two = (Database(f"sqlite:///{sqlite_template}", patience=0.05) for _ in range(2))
    with one.unit() as unit:
        unit.agents.exists("a1")
        with pytest.raises(ProcessingError, match="locked"), two.unit() as other:
            other.agents.exists("a1")
    one.close()
    two.close()


def test_migrations_are_named_in_order() -> None:
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(schema.__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [schema.newest()]
    assert all(Path(one.path).stem == one.revision for one in script.walk_revisions())


def test_the_engine_is_open_to_operators(database: Database) -> None:
    with database.engine.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM ledger")).scalar() == 0


def test_a_connection_that_died_while_it_lay_idle_is_replaced(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import psycopg

    monkeypatch.setattr(session, "_IDLE", 0.0)
    database = Database(postgres)
    with database.engine.connect() as connection:
        mine = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar()
    with psycopg.connect(postgres, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (mine,))
    with database.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT pg_backend_pid()").scalar() != mine
    database.close()
