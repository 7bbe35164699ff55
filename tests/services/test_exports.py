"""Exports: the file says what the figures are made of, read back by another program."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from benchmarks import aggregate_cards as house
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Actor, Role
from qa_service.errors import InputError, PermissionDeniedError
from qa_service.services.clock import utc_now
from qa_service.services.exports import ExportFormat, FigureExports
from qa_service.store.scratch import Scratch
from qa_service.store.session import Database
from tests.services.test_rollups import rollups

COLUMNS = (
    "scorecard", "interaction", "agent", "team", "channel", "language", "queue", "month", "happened_at", "purpose", "rubric", "basis",
    "weight", "reviewer", "kind", "item", "machine", "abstains", "people", "asked",
)  # fmt: skip
#: A total, four sections, twelve criteria.
ITEMS = 17


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('house') / 'qa.sqlite'}")
    database.upgrade()
    house.lay(database, scorecards=150, agents=3)
    yield database
    database.close()


@pytest.fixture
def exports(laid: Database, tmp_path: Path) -> FigureExports:
    figures = rollups(laid, tmp_path, zone="UTC")
    return FigureExports(database=laid, rollups=figures, scratch=Scratch(tmp_path / "scratch"), clock=utc_now)


def read(path: Path, query: str) -> list[Any]:
    with duckdb.connect() as connection:
        found: list[Any] = connection.execute(query.replace("FILE", f"'{path}'")).fetchall()
        return found


def test_sums_over_the_file_are_the_cells(laid: Database, exports: FigureExports, tmp_path: Path) -> None:
    path = tmp_path / "it's figures.parquet"
    assert exports.write(path, format_=ExportFormat.PARQUET) == 150
    named = str(path).replace("'", "''")
    with duckdb.connect() as connection:
        described = connection.execute(f"DESCRIBE SELECT * FROM '{named}'").fetchall()
        assert tuple(row[0] for row in described) == COLUMNS
        found = connection.execute(
            f"""SELECT agent, kind, item, count(*), sum(coalesce(machine, CASE WHEN abstains THEN 0.5 ELSE 0 END)),
                count(*) FILTER (abstains), count(people), coalesce(sum(weight * people), 0) FROM '{named}' GROUP BY ALL"""
        ).fetchall()
    with laid.reading() as unit:
        cells = unit.rollups.cells()
    assert len(found) == len(cells) == 3 * ITEMS
    sums = {tuple(row[:3]): row[3:] for row in found}
    for cell in cells:
        m = cell.moments
        wanted = (m.all, m.g, m.abstained, m.a, m.wu)
        assert sums[cell.agent, cell.item.kind.value, cell.item.id] == pytest.approx(wanted)


def test_the_csv_says_the_same_in_order_of_time(exports: FigureExports, tmp_path: Path) -> None:
    path, parquet = tmp_path / "figures.csv", tmp_path / "figures.parquet"
    assert exports.write(path, format_=ExportFormat.CSV) == exports.write(parquet, format_=ExportFormat.PARQUET)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 150 * ITEMS
    assert [row["happened_at"] for row in rows] == sorted(row["happened_at"] for row in rows)
    told = read(parquet, "SELECT scorecard, item, machine FROM FILE")
    assert [(row["scorecard"], row["item"], float(row["machine"]) if row["machine"] else None) for row in rows] == told


def test_what_is_asked_for(exports: FigureExports, tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    year = datetime(2025, 1, 1, tzinfo=UTC)
    late = exports.write(path, format_=ExportFormat.PARQUET, since=year)
    assert read(path, "SELECT min(month) FROM FILE") == [("2025-01",)] or late == 0
    assert late + exports.write(path, format_=ExportFormat.PARQUET, until=year) == 150
    assert exports.write(path, format_=ExportFormat.PARQUET, team=house.House.team(0), rubric="phone-bench") == 150
    for nothing in ({"channel": Channel.EMAIL}, {"purpose": Purpose.TEST}, {"rubric": "none"}, {"team": "none"}):
        assert exports.write(path, format_=ExportFormat.PARQUET, **nothing) == 0  # type: ignore[arg-type]
        assert read(path, "SELECT count(*) FROM FILE") == [(0,)]
        assert tuple(row[0] for row in read(path, "DESCRIBE SELECT * FROM FILE")) == COLUMNS


def test_an_empty_house(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    database.upgrade()
    exports = FigureExports(database=database, rollups=rollups(database, tmp_path), scratch=Scratch(tmp_path / "s"), clock=utc_now)
    assert exports.write(tmp_path / "x.csv", format_=ExportFormat.CSV) == 0
    assert (tmp_path / "x.csv").read_text(encoding="utf-8").strip() == ",".join(COLUMNS)
    database.close()


@pytest.mark.parametrize(
    ("asked", "field"),
    [({"since": datetime(2025, 1, 2, tzinfo=UTC), "until": datetime(2025, 1, 1, tzinfo=UTC)}, "until"), ({"path": "none/x.csv"}, "out")],
)
def test_what_is_asked_wrongly(exports: FigureExports, tmp_path: Path, asked: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as caught:
        exports.write(tmp_path / asked.pop("path", "x.csv"), format_=ExportFormat.CSV, **asked)
    assert caught.value.field == field


def test_who_takes_what_is_in_the_ledger_and_no_file_stays(laid: Database, exports: FigureExports) -> None:
    lead = Actor(id="lena", role=Role.QA_LEAD)
    sent = b"".join(exports.sent(by=lead, format_=ExportFormat.CSV, rubric="phone-bench"))
    assert sent.startswith(b"scorecard,interaction,")
    assert not [one for one in exports.scratch.folder.iterdir() if one.suffix == ".csv"]
    with laid.reading() as unit:
        entry = [one for one in unit.ledger.entries() if one.action == "figures.exported"][-1]
    assert (entry.actor, entry.content) == ("lena", {"format": "csv", "scorecards": 150, "rubric": "phone-bench"})


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.COACH, Role.AGENT, Role.SERVICE])
def test_others_may_not(exports: FigureExports, role: Role) -> None:
    with pytest.raises(PermissionDeniedError):
        exports.sent(by=Actor(id="x", role=role), format_=ExportFormat.CSV)


def test_no_text_of_a_source_is_a_formula(laid: Database, exports: FigureExports, tmp_path: Path) -> None:
    evil = ['=HYPERLINK("http://example.com")', " +1", "\ufeff@sum", "＝1", "-2", "\t=1"]
    with laid.unit() as unit:
        facts = [fact for some in unit.facts.told() for fact, _ in some][: len(evil)]
        unit.facts.keep(fact._replace(queue=text) for fact, text in zip(facts, evil, strict=True))
    before = [fact.scorecard for fact in facts]
    path, whole = tmp_path / "figures.csv", tmp_path / "figures.parquet"
    exports.write(path, format_=ExportFormat.CSV)
    exports.write(whole, format_=ExportFormat.PARQUET)
    with path.open(encoding="utf-8", newline="") as file:
        told = {row["scorecard"]: row["queue"] for row in csv.DictReader(file)}
    assert [told[card] for card in before] == [f"'{text}" for text in evil]
    assert set(evil) <= {row[0] for row in read(whole, "SELECT DISTINCT queue FROM FILE")}
