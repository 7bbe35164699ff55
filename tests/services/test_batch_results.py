"""Results of batches: one row for each file, in order, for other programs."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from qa_service.domain.permission import Actor, Role
from qa_service.errors import InputError, NotFoundError, PermissionDeniedError
from qa_service.services.batch_results import Line
from qa_service.services.exports import ExportFormat

LEAD, AGENT = Actor(id="lea", role=Role.QA_LEAD), Actor(id="ana", role=Role.AGENT)


@pytest.fixture(scope="module")
def batch(shop: Any, chats: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("results")
    talks = [chats("r-0", "Hello!", "0"), {"id": "r-1"}, *(chats(f"r-{n}", "Hello!", str(n)) for n in range(2, 300))]
    (folder / "=cmd.jsonl").write_text("\n".join(map(json.dumps, talks)))
    return str(shop.services.batches.run([folder / "=cmd.jsonl"], actor="tests").batch)


def test_a_parquet_file_has_every_row_in_order(shop: Any, batch: str, tmp_path: Path) -> None:
    assert shop.services.batch_results.write(batch, tmp_path / "r.parquet") == 300
    assert [one.name for one in tmp_path.iterdir()] == ["r.parquet"]
    with duckdb.connect() as connection:
        table = connection.read_parquet(str(tmp_path / "r.parquet"))
        assert tuple(table.columns) == Line._fields
        rows = table.fetchall()
    assert [row[0] for row in rows] == list(range(300))
    good, bad = Line(*rows[0]), Line(*rows[1])
    assert (good.line, good.state, good.cause, good.interaction) == (1, "done", "new", "r-0")
    assert (good.rubric, good.rubric_version) == ("mini-chat", 1)
    assert (good.score, good.status, json.loads(good.answers or "")["greeting"]) == (100.0, "draft", "yes")
    assert (bad.line, bad.state, bad.error_code, bad.scorecard, bad.score) == (2, "failed", "conversation", None, None)


def test_a_csv_file_holds_no_formula(shop: Any, batch: str, tmp_path: Path) -> None:
    assert shop.services.batch_results.write(batch, tmp_path / "r.csv") == 300
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(Line._fields)
    assert [row["position"] for row in rows] == [str(number) for number in range(300)]
    assert not any(value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())


@pytest.mark.parametrize("name", ["r.txt", "r", "none/r.csv"])
def test_what_cannot_be_written_is_told(shop: Any, batch: str, tmp_path: Path, name: str) -> None:
    with pytest.raises(InputError):
        shop.services.batch_results.write(batch, tmp_path / name)


def test_an_unknown_batch_leaves_no_file(shop: Any, tmp_path: Path) -> None:
    for name in ("r.csv", "r.parquet"):
        with pytest.raises(NotFoundError):
            shop.services.batch_results.write("nobody", tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_what_is_sent_is_in_the_ledger_and_gone_from_the_disk(shop: Any, batch: str) -> None:
    results = shop.services.batch_results
    sent = b"".join(results.sent(batch, format_=ExportFormat.CSV, by=LEAD, calibrating=frozenset({"r-0"})))
    rows = list(csv.DictReader(sent.decode("utf-8-sig").splitlines()))
    # What they are to answer blind tells them nothing.
    assert (rows[0]["score"], rows[2]["score"]) == ("", "100.0")
    assert set(json.loads(rows[0]["answers"]).values()) == {None}
    assert shop.ledger("batch.exported") == [f"batch/{batch}"]
    assert list(results._scratch.folder.glob("*.csv")) == []
    with pytest.raises(PermissionDeniedError):
        results.sent(batch, format_=ExportFormat.CSV, by=AGENT, calibrating=frozenset())
