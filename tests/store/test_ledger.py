"""The ledger: one chain without gaps or forks, whatever happens at once, and nothing in it can be changed."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any, TypeVar

import pytest
import sqlalchemy as sa
from alembic import command

from qa_service.domain.ledger import GENESIS, Head, canonical, seal, verify
from qa_service.errors import ConflictError, LedgerError
from qa_service.store import schema
from qa_service.store.ledger import Act, Sought
from qa_service.store.session import Database
from qa_service.store.tables import LedgerRow, core
from tests.store.conftest import Desk

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
        assert unit.ledger.verify().entries == 3
        assert unit.ledger.head() == (3, entries[-1].hash)
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert [entry.previous for entry in entries] == [GENESIS, entries[0].hash, entries[1].hash]
    assert [entry.content for entry in entries] == [{"number": 1}, {"number": 2}, {"number": 3}]
    assert len({entry.salt for entry in entries}) == 3
    assert {entry.seal for entry in entries} == {2}


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
        assert unit.ledger.verify().entries == 2


def test_integer_keys_are_noted_as_the_text_they_become(database: Database) -> None:
    with database.unit() as unit:
        unit.ledger.append(at=AT, actor="system", action="x", subject="y", content={"by_turn": {2: "b", 10: "a"}})
    with database.reading() as unit:
        assert unit.ledger.verify().entries == 1
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
        assert unit.ledger.verify().entries == 1200


def test_acts_are_counted_by_name_and_actor(database: Database) -> None:
    note(database, [act(), act(actor="rita"), act(actor="rita"), act(action="another", at=AT + timedelta(days=1))])
    with database.reading() as unit:
        assert unit.ledger.counts() == (("another", "system", 1), ("tested", "rita", 2), ("tested", "system", 1))
        assert unit.ledger.counts(Sought(until=AT + timedelta(days=1), actor="rita")) == (("tested", "rita", 2),)
        assert unit.ledger.counts(Sought(since=AT + timedelta(days=2))) == ()


def test_many_writers_make_one_chain(database: Database) -> None:
    ready = threading.Barrier(8)

    def write(writer: int) -> None:
        ready.wait()
        for number in range(5):
            note(database, [act(writer, content={"writer": writer, "number": number, "part": part}) for part in range(3)])

    together(write, range(8))
    with database.reading() as unit:
        entries = tuple(unit.ledger.entries())
    assert verify(entry.link for entry in entries).entries == 8 * 5 * 3
    for writer in range(8):
        own = [(entry.content["number"], entry.content["part"]) for entry in entries if entry.content["writer"] == writer]
        assert own == [(number, part) for number in range(5) for part in range(3)]


def test_writers_in_other_processes_make_one_chain(url: str) -> None:
    one, two = Database(url), Database(url)
    together(lambda base: [note(base, [act(n)]) for n in range(10)], (one, two))
    with one.reading() as unit:
        assert unit.ledger.verify().entries == 20
    one.close()
    two.close()


def old(database: Database, *, content: dict[str, Any] | None = None, **changes: Any) -> None:
    """One more entry as older versions wrote them."""
    with database.unit() as unit:
        sequence, previous = unit.ledger.head()
        told = {"at": AT, "actor": "system", "action": "tested", "subject": "thing/0", **changes}
        text = canonical({"number": sequence} if content is None else content)
        link = seal(sequence=sequence + 1, content=text, salt=None, previous=previous, **told)
        unit.ledger._session.execute(sa.insert(core(LedgerRow)).values(**link._asdict()))


def test_a_chain_that_an_older_version_began_goes_on(database: Database) -> None:
    old(database)
    old(database)
    note(database, [act(1, subject="interaction/c1"), act(2)])
    with database.reading() as unit:
        assert unit.ledger.verify().entries == 4
        assert [(one.seal, one.interaction) for one in unit.ledger.entries()] == [(1, None), (1, None), (2, "c1"), (2, None)]


def test_a_ledger_of_an_older_release_verifies_after_the_upgrade(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    with database.engine.connect() as connection, connection.begin():
        command.upgrade(schema._config(connection), "r0007_reviews")
    columns = ("sequence", "at", "actor", "action", "subject", "content", "previous", "hash")
    table, previous = sa.table("ledger", *(sa.column(name) for name in columns)), GENESIS
    with database.engine.begin() as connection:
        for number in (1, 2, 3):
            told = {"at": AT, "actor": "system", "action": "tested", "subject": "interaction/c1", "previous": previous}
            link = seal(sequence=number, content=canonical({"number": number}), salt=None, **told)
            row = {name: getattr(link, name) for name in columns} | {"at": AT.strftime("%Y-%m-%d %H:%M:%S.%f")}
            connection.execute(sa.insert(table).values(row))
            previous = link.hash
    database.upgrade()
    assert database.check() == ()
    note(database, [act(4)])
    told = erase(database, "c1")
    assert (told["emptied"], set(told["rests"])) == ([1, 2, 3], {"1", "2", "3"})
    with database.reading() as unit:
        assert unit.ledger.verify()[:2] == (5, 3)
    with pytest.raises(ConflictError, match="append-only"), database.unit() as unit:
        unit.ledger._session.execute(sa.text("DELETE FROM ledger"))
    database.close()


def test_entries_by_what_is_sought(database: Database, desk: Desk) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    old(database, subject="interaction/c1")
    old(database, subject=f"scorecard/{card.id}", action="scorecard.suggested")
    note(database, [act(subject="interaction/c1", actor="rita", action="interaction.ingested", at=AT + timedelta(days=1))])
    note(database, [act(subject=f"scorecard/{card.id}", interaction="c1", action="scorecard.claimed", at=AT + timedelta(days=2))])
    note(database, [act(subject="interaction/c10", actor="rita", action="scorecards.none")])
    with database.reading() as unit:

        def found(**sought: Any) -> list[int]:
            return [entry.sequence for entry in unit.ledger.entries(Sought(**sought))]

        assert found() == [1, 2, 3, 4, 5]
        assert found(interaction="c1") == [1, 2, 3, 4]
        assert found(interaction="c10") == [5]
        assert found(actor="rita") == [3, 5]
        assert found(action="scorecard.") == [2, 4]
        assert found(action="scorecard") == [2, 4, 5]
        assert found(action="Scorecard") == []
        assert found(action="%") == []
        assert found(subject="interaction/c1", actor="rita") == [3]
        assert found(since=AT + timedelta(days=1)) == [3, 4]
        assert found(until=AT + timedelta(days=2), since=AT + timedelta(seconds=1)) == [3]


def erase(database: Database, interaction: str, **more: Any) -> dict[str, Any]:
    with database.unit() as unit:
        told = unit.ledger.empty(interaction)
        content = {**told, "reason": "asked", **more}
        unit.ledger.append(at=AT, actor="admin", action="interaction.erased", subject=f"interaction/{interaction}", content=content)
    return told


def test_contents_of_an_interaction_go_and_the_chain_verifies(database: Database, desk: Desk) -> None:
    card = desk.add(desk.draft(desk.take("c1")))
    secret = {"quote": "the dragon sleeps under the stairs"}
    old(database, subject="interaction/c1", content=secret)
    old(database, subject=f"scorecard/{card.id}", content=secret)
    old(database, subject="scorecard/withdrawn", content={"interaction": "c1", **secret})
    old(database, subject="scorecard/of-another", content={"interaction": "C1", "number": 4})
    note(database, [act(subject="interaction/c1", content=secret), act(subject=f"scorecard/{card.id}", interaction="c1", content=secret)])
    note(database, [act(subject="interaction/c10")])
    told = erase(database, "c1")
    assert told["emptied"] == [1, 2, 3, 5, 6]
    assert set(told["rests"]) == {"1", "2", "3"}
    assert erase(database, "c1") == {"emptied": []}
    with database.reading() as unit:
        assert unit.ledger.verify()[:2] == (9, 5)
        entries = {entry.sequence: entry for entry in unit.ledger.entries()}
    assert {number for number, entry in entries.items() if entry.content is None} == {1, 2, 3, 5, 6}
    assert {entry.salt for number, entry in entries.items() if entry.content is None} == {None}
    assert entries[8].interaction == "c1"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger SET actor = 'nobody' WHERE sequence = 1",
        "UPDATE ledger SET hash = hash",
        "DELETE FROM ledger WHERE sequence = 2",
        "DELETE FROM ledger",
        "UPDATE ledger SET content = '{}' WHERE sequence = 1",
        "UPDATE ledger SET content = NULL WHERE sequence = 1",  # with its salt, or not at all
        "UPDATE ledger SET salt = NULL WHERE sequence = 1",
        "UPDATE ledger SET content = NULL, salt = NULL, hash = 'x' WHERE sequence = 1",
        "UPDATE ledger SET content = NULL, salt = NULL, digest = NULL WHERE sequence = 1",
        "UPDATE ledger SET content = NULL, salt = NULL, interaction = 'c9' WHERE sequence = 1",
        "UPDATE ledger SET content = NULL, salt = NULL, seal = 1 WHERE sequence = 1",
        "UPDATE ledger SET content = NULL, salt = NULL, at = '2026-01-01 00:00:00' WHERE sequence = 1",
        "UPDATE ledger SET content = NULL, salt = NULL WHERE sequence = 2",  # it is empty already
        "UPDATE ledger SET content = '{}', salt = '00' WHERE sequence = 2",
        "UPDATE ledger SET content = NULL, salt = NULL WHERE sequence = 3",  # it tells about an erasure
    ],
)
def test_the_database_refuses_changes(database: Database, statement: str) -> None:
    note(database, [act(1), act(2, subject="interaction/c1")])
    erase(database, "c1")
    with pytest.raises(ConflictError, match="append-only"), database.unit() as unit:
        unit.ledger._session.execute(sa.text(statement))
    with database.reading() as unit:
        assert unit.ledger.verify().entries == 3


def test_an_erasure_that_nobody_noted_is_found(database: Database) -> None:
    note(database, [act(1), act(2), act(3)])
    with database.unit() as unit:
        unit.ledger._session.execute(sa.text("UPDATE ledger SET content = NULL, salt = NULL WHERE sequence = 2"))
    with pytest.raises(LedgerError, match="no later entry tells") as caught, database.reading() as unit:
        unit.ledger.verify()
    assert caught.value.field == "entry 2"


def test_a_kept_head_finds_an_end_that_was_cut_off(own_database: Database) -> None:
    note(own_database, [act(1), act(2), act(3)])
    with own_database.reading() as unit:
        kept = unit.ledger.verify().head
    _around_the_guards(own_database, "DELETE FROM ledger WHERE sequence > 1")
    with own_database.reading() as unit:
        assert unit.ledger.verify().entries == 1, "by itself the rest is a whole chain"
        with pytest.raises(LedgerError, match="cut off"):
            unit.ledger.verify(kept=kept)
        with pytest.raises(LedgerError, match="written anew"):
            unit.ledger.verify(kept=Head(sequence=1, hash="0" * 64))


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
    _around_the_guards(own_database, tampering)
    with pytest.raises(LedgerError) as caught, own_database.reading() as unit:
        unit.ledger.verify()
    assert caught.value.field == f"entry {first_bad}"


def test_an_entry_that_cannot_be_read_is_named(sqlite_template: Path, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'qa.sqlite')}")
    note(database, [act(1), act(2), act(3)])
    _around_the_guards(database, "UPDATE ledger SET at = 'yesterday' WHERE sequence = 2")
    with pytest.raises(LedgerError) as caught, database.reading() as unit:
        unit.ledger.verify()
    assert caught.value.field == "entry 2"
    database.close()


def _around_the_guards(database: Database, tampering: str) -> None:
    with database.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("ledger_no_update", "ledger_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("ALTER TABLE ledger DISABLE TRIGGER ALL")
            connection.exec_driver_sql("SET TIME ZONE 'UTC'")
        connection.exec_driver_sql(tampering)
