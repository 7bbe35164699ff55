"""The way up from the first release's tables, with data in them, on both kinds of database, and in the middle of a failure."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.ledger import GENESIS, canonical, seal
from qa_service.domain.scorecard import Status
from qa_service.store import schema
from qa_service.store.session import Database
from tests.postgres import named, run
from tests.store.test_migrations import _rows

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OLDEST = min(path.stem for path in (Path(schema.__file__).parent / "migrations" / "versions").glob("r*.py"))


@pytest.fixture(params=["sqlite", "postgresql"])
def oldest(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database as the first release left it, with scorecards and entries of the ledger in it."""
    if request.param == "sqlite":
        database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    else:
        server, name = request.getfixturevalue("postgres"), f"qa_{uuid.uuid4().hex}"
        run(server, f"CREATE DATABASE {name}")
        database = Database(named(server, name))
    database.upgrade(to=OLDEST)
    with database.engine.begin() as connection:
        found = sa.MetaData()
        found.reflect(connection)
        for table, row in (*_rows(), *_entries()):
            columns = {name: value for name, value in row.items() if name in found.tables[table].columns}
            connection.execute(sa.insert(found.tables[table]).values(columns))
    yield database
    database.close()
    if request.param == "postgresql":
        run(server, f"DROP DATABASE {name} WITH (FORCE)")


def _entries() -> Iterator[tuple[str, dict[str, Any]]]:
    """A chain as the first release sealed it."""
    previous = GENESIS
    for sequence in (1, 2, 3):
        link = seal(
            sequence=sequence, at=AT, actor="system", action="interaction.ingested", subject="interaction/c1",
            content=canonical({"number": sequence}), previous=previous, salt=None,
        )
        yield "ledger", link._asdict()
        previous = link.hash


def test_nothing_is_lost_on_the_way_from_the_first_release(oldest: Database) -> None:
    assert oldest.version() == OLDEST
    oldest.upgrade()
    assert oldest.check() == ()
    with oldest.reading() as unit:
        first, second = unit.scorecards.get("s1"), unit.scorecards.get("s2")
        assert (first.status, first.reviewer, first.revision) == (Status.IN_REVIEW, "rita", 3)
        assert (second.status, second.score) == (Status.FINAL, 50_000)
        assert [(one.id, one.answer) for one in second.criteria] == [(name, "yes") for name in ("greeting", "identity", "farewell")]
        assert unit.interactions.get("c1").interaction.agent is not None
        assert unit.ledger.verify().entries == 3


def test_an_upgrade_that_fails_changes_nothing(oldest: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("qa_service.store.session._check_references", _fail)
        with pytest.raises(RuntimeError, match="no more"):
            oldest.upgrade()
    assert oldest.version() == OLDEST
    oldest.upgrade()
    assert oldest.version() == schema.newest()


def _fail(_connection: object) -> None:
    raise RuntimeError("no more")
