"""The ledger: one chain without gaps or forks, whatever happens at once, and nothing in it can be changed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa

from qa_service.domain.ledger import GENESIS, verify
from qa_service.errors import ConflictError, LedgerError
from qa_service.store.ledger import Act
from qa_service.store.session import Database

T = TypeVar("T")
AT = datetime(2026, 3, 1, 9, 30, 0, 7, tzinfo=UTC)


def act(number: int = 0, **changes: Any) -> Act:
    return Act(**{"at": AT, "actor": "system", "action": "tested", "subject": f"thing/{number}", "content": {"number": number}, **changes})


def note(database: Database, acts: Sequence[Act]) -> None:
    with database.unit() as unit:
        unit.ledger.append_many(acts)


def together(work: Callable[[T], object], things: Iterable[T]) -> None:
    with ThreadPoolExecutor(8) as pool:
        for _ in pool.map(work, things):
            pass


def test_entries_follow_each_other(database: Database) -> None:
    note(database, [act(1), act(2)])
    note(database, [act(3)])
    with database.reading() as unit:
        entries = tuple(unit.ledger.entries())
        assert unit.ledger.verify() == 3
        assert unit.ledger.head() == (3, entries[-1].hash)
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [GENESIS, entries[0].hash, entries[1].hash]
    assert [entry.content["number"] for entry in entries] == [1, 2, 3]


def test_the_text_is_stored_exactly_as_it_was_hashed(database: Database) -> None:
    note(database, [act(content={"b": "سلام \u0000 \"x\"", "a": [1.5, None, True]})])
    with database.engine.connect() as connection:
        text = connection.execute(sa.text("SELECT content FROM ledger")).scalar()
    assert text == '{"a":[1.5,null,true],"b":"سلام \\u0000 \\"x\\""}'


@pytest.mark.parametrize(
    "changes",
    [
        {"content": {}},
        {"content": {"2": "b", "10": "a", "nested": {"é": [1e-7, 1e300, -0.0, 0.1]}}},
        {"content": {"text": "الو؟ ‌بله\u0000\n\t\x1f"}},
        {"at": AT.replace(microsecond=0)},
        {"at": AT.astimezone(timezone(timedelta(hours=-7)))},
    ],
)
def test_what_was_noted_verifies_after_a_round_trip(database: Database, changes: dict[str, Any]) -> None:
    note(database, [act(**changes), act(1)])
    with database.reading() as unit:
        assert unit.ledger.verify() == 2


def test_integer_keys_are_noted_as_the_text_they_become(database: Database) -> None:
    with database.unit() as unit:
        unit.ledger.append(at=AT, actor="system", action="x", subject="y", content={"by_turn": {2: "b", 10: "a"}})
    with database.reading() as unit:
        assert unit.ledger.verify() == 1
        (entry,) = unit.ledger.entries()
    assert entry.content == {"by_turn": {"2": "b", "10": "a"}}


@pytest.mark.parametrize(("content", "error"), [({"x": AT}, TypeError), ({"x": float("nan")}, ValueError)])
def test_content_that_is_no_json_is_refused_where_it_is_noted(database: Database, content: dict[str, Any], error: type[Exception]) -> None:
    with database.unit() as unit:
        with pytest.raises(error):
            unit.ledger.append(at=AT, actor="system", action="x", subject="y", content=content)
        assert unit.ledger.flush() == ()


def test_what_changes_after_it_was_noted_is_noted_as_it_was(database: Database) -> None:
    content = {"answers": ["yes"]}
    with database.unit() as unit:
        unit.ledger.append(at=AT, actor="system", action="x", subject="y", content=content)
        content["answers"].append("no")
        (entry,) = unit.ledger.flush()
        assert unit.ledger.flush() == ()
    assert entry.content == {"answers": ["yes"]}


def test_entries_from_a_place_and_of_a_subject(database: Database) -> None:
    note(database, [act(number % 3) for number in range(1200)])
    with database.reading() as unit:
        assert [entry.sequence for entry in unit.ledger.entries(start=1199)] == [1199, 1200]
        found = [entry.sequence for entry in unit.ledger.entries(subject="thing/2")]
        assert found == list(range(3, 1201, 3))
        assert unit.ledger.verify() == 1200


def test_many_writers_make_one_chain(database: Database) -> None:
    ready = threading.Barrier(8)

    def write(writer: int) -> None:
        ready.wait()
        for number in range(5):
            note(database, [act(writer, content={"writer": writer, "number": number, "part": part}) for part in range(3)])

    together(write, range(8))
    with database.reading() as unit:
        entries = tuple(unit.ledger.entries())
    assert verify(entries) == 8 * 5 * 3
    for writer in range(8):
        own = [(entry.content["number"], entry.content["part"]) for entry in entries if entry.content["writer"] == writer]
        assert own == [(number, part) for number in range(5) for part in range(3)]


def test_writers_in_other_processes_make_one_chain(url: str) -> None:
    one, two = Database(url), Database(url)
    together(lambda base: [note(base, [act(n)]) for n in range(10)], (one, two))
    with one.reading() as unit:
        assert unit.ledger.verify() == 20
    one.close()
    two.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET actor = 'nobody' WHERE sequence = 1",
        "UPDATE ledger SET hash = hash",
        "DELETE FROM ledger WHERE sequence = 2",
        "DELETE FROM ledger",
    ],
)
def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    note(database, [act(1), act(2)])
    with pytest.raises(ConflictError, match="append-only"), database.unit() as unit:
        unit.ledger._session.execute(sa.text(statement))
    with database.reading() as unit:
        assert unit.ledger.verify() == 2


def test_postgresql_refuses_to_truncate(postgres: str) -> None:
    database = Database(postgres.replace("/postgres?", "/template_qa?"))
    with pytest.raises(ConflictError, match="append-only"), database.unit() as unit:
        unit.ledger._session.execute(sa.text("TRUNCATE ledger"))
    database.close()


@pytest.mark.parametrize(
    ("tampering", "first_bad"),
    [
        ("UPDATE ledger SET content = '{\"number\":9}' WHERE sequence = 2", 2),
        ("UPDATE ledger SET actor = 'someone else' WHERE sequence = 3", 3),
        ("DELETE FROM ledger WHERE sequence = 2", 3),
        ("UPDATE ledger SET at = '2026-03-01 09:30:00.000008' WHERE sequence = 1", 1),
    ],
)
def test_tampering_around_the_guards_is_found(own_database: Database, tampering: str, first_bad: int) -> None:
    note(own_database, [act(1), act(2), act(3)])
    with own_database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("ledger_no_update", "ledger_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE ledger DISABLE TRIGGER ALL")
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        connection.exec_driver_sql(tampering)
    with pytest.raises(LedgerError) as caught, own_database.reading() as unit:
        unit.ledger.verify()
    assert caught.value.field == f"entry {first_bad}"
