"""Imports, figures and targets on the command line."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

HEAD = "id,start,agent,queue,outcome,wait,talk,hold,acw\n"
GOOD = "".join(f"c-{index},2026-11-{index % 28 + 1:02} 09:00:00,a17,q,answered,{300 + index},60,5,20\n" for index in range(40))


@pytest.fixture
def imported(cli: Any, tmp_path: Path) -> Path:
    path = tmp_path / "calls.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    done = cli("import", "call-details", str(path))
    assert done.code == 0, done.err
    assert "40 added" in done.out
    return path


def test_figures(cli: Any, imported: Path) -> None:
    shown = cli("figures", "--from", "2026-11-01", "--to", "2026-12-01", "--definitions")
    assert shown.code == 0
    assert "Average queue time" in shown.out
    assert "inbound contacts that were answered or abandoned" in shown.out
    found = json.loads(
        cli("figures", "--indicator", "queue_time", "--every", "month", "--from", "2026-11-01", "--to", "2026-12-01", "--json").out
    )
    (row,) = found["rows"]
    assert (row["period"], row["figures"][0]["n"], row["figures"][0]["value"], row["figures"][0]["target"]) == ("2026-11", 40, 319.5, 300)
    missed = json.loads(cli("figures", "--breaches", "--by", "queue", "--json").out)
    assert ("q", "queue_time", True) in [(one["queue"], one["figure"]["indicator"], one["certain"]) for one in missed["breaches"]]
    assert "missed" in cli("figures", "--breaches").out


def test_targets(cli: Any, imported: Path) -> None:
    assert cli("targets", "set", "queue_time", "400", "--queue", "q").code == 0
    assert "version 2" in cli("targets", "list").out
    assert json.loads(cli("figures", "--indicator", "queue_time", "--by", "queue", "--json").out)["rows"][0]["figures"][0]["target"] == 400
    assert cli("targets", "set", "queue_time", "none").code == 0
    assert cli("targets", "rules", "--answer-within", "30").code == 0
    listed = json.loads(cli("targets", "list", "--json").out)["set"]["targets"]
    assert (listed["answer_within_seconds"], [one["value"] for one in listed["targets"]]) == (30, [400, None])
    assert cli("targets", "remove", "queue_time", "--queue", "q").code == 0
    for wrong in (("smiles", "1"), ("csat", "80"), ("csat", "many")):
        assert cli("targets", "set", *wrong).code == 2


def test_faults_are_shown_and_written_down(cli: Any, tmp_path: Path) -> None:
    path, table, none = tmp_path / "calls.csv", tmp_path / "faults.csv", tmp_path / "picture.csv"
    path.write_text(HEAD + GOOD + "=cmd(),2026-11-02,a17,q,answered,=1+1,60,5,20\n", encoding="utf-8")
    none.write_bytes(b"\x89PNG\r\n")
    done = cli("import", "call-details", str(path), str(none), "--faults", str(table))
    assert done.code == 1
    assert "1 left out" in done.out
    assert "wait: '=1+1'" in done.err
    assert "a picture" in done.err
    rows = list(csv.reader(table.read_text(encoding="utf-8-sig").splitlines()))
    assert [row[1:4] for row in rows[1:]] == [["42", "wait", "table"], ["", "", "table"]]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize(
    "options", [("--column", "talk"), ("--column", "=x"), ("--time-zone", "Mars"), ("--dates", "sideways"), ("--column", "smile=talk")]
)
def test_options_that_cannot_be(cli: Any, tmp_path: Path, options: tuple[str, ...]) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(HEAD + GOOD, encoding="utf-8")
    assert cli("import", "call-details", str(path), *options).code in (1, 2)


def test_surveys(cli: Any, tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_text('{"id": "s-1", "date": "2026-11-02", "csat": 9, "ces": 1, "comment": "ok"}\n', encoding="utf-8")
    found = json.loads(cli("import", "surveys", str(path), "--csat-scale", "10", "--effort", "--json").out)
    assert (found[0]["added"], found[0]["delimiter"]) == (1, "json")
    figures = json.loads(cli("figures", "--indicator", "ces", "--indicator", "csat_mean", "--json").out)["rows"][0]["figures"]
    assert [round(one["value"], 1) for one in figures] == [88.9, 7.0]
