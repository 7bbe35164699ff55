"""``qa-service rubric``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.rubric_schema import rubric_schema, scorecard_schema

Cli = Callable[..., Any]


def test_lint_of_what_is_in_force(cli: Cli) -> None:
    result = cli("rubric", "lint")
    assert result.code == 0
    assert all(": warning: " in line for line in result.out.splitlines())
    assert "findings" in result.err


def test_lint_tells_file_line_and_column_and_fails(cli: Cli, write_form: Any, tmp_path: Path) -> None:
    path = write_form(tmp_path, "chat")
    path.write_text(path.read_text().replace("weight: 2", "weihgt: 2"))
    result = cli("rubric", "lint", path)
    assert result.code == 1
    (error,) = (line for line in result.out.splitlines() if ": error: " in line)
    assert error.startswith(f"{path}:12:9: error: sections.0.criteria.0.")
    (told,) = (one for one in cli("rubric", "lint", path, "--json").data if one["level"] == "error")
    assert (told["file"], told["position"]) == (str(path), {"line": 12, "column": 9})
    assert "weight" in told["hint"]


def test_missing_file_and_empty_folder_are_no_success(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = cli("rubric", "lint", tmp_path / "gone.yaml")
    assert result.code == 1
    assert "gone.yaml:1:1: error: no such file" in result.out
    monkeypatch.setenv("QA_RUBRICS_DIR", str(tmp_path))
    for command in ("lint", "test"):
        result = cli("rubric", command)
        assert result.code == 2
        assert "QA_RUBRICS_DIR: no rubric files" in result.err


def test_schemas(cli: Cli) -> None:
    assert cli("rubric", "schema").data == rubric_schema()
    assert cli("rubric", "schema", "--scorecard").data == scorecard_schema()


@pytest.fixture
def gold(cli: Cli, write_chat: Any, tmp_path: Path) -> Path:
    """Two chats, scored by the machine; a person found no greeting in the second."""
    folder = tmp_path / "gold"
    folder.mkdir()
    for number in (1, 2):
        chat = write_chat(folder, f"g-{number}", "Hello!", str(number))
        assert cli("score", chat, "--out", folder).code == 0
        chat.rename(folder / f"g-{number}.conversation.json")
        path = folder / f"g-{number}.scorecard.json"
        card = json.loads(path.read_text())
        for criterion, answer in zip(card["criteria"], ("yes" if number == 1 else "no", "yes", "yes"), strict=True):
            criterion["answer"] = answer
        path.write_text(json.dumps(card))
    return folder


def test_against_gold(cli: Cli, gold: Path) -> None:
    result = cli("rubric", "test", "--gold", gold, "--show")
    assert result.code == 0, result.err
    assert "mini-chat version 1 against 2 gold scorecards" in result.out
    rows = {
        line.split("│")[1].strip(): [cell.strip() for cell in line.split("│")[2:-1]]
        for line in result.out.splitlines()
        if line.startswith("│")
    }
    # name: n, agreement, precision, recall, kappa, abstention
    assert rows["greeting"][:2] == ["2", "0.50 (0.09–0.91)"]
    assert rows["helped"] == ["2", "–", "–", "–", "–", "1.00"]
    assert rows["all criteria"][:2] == ["6", "0.75 (0.30–0.95)"]
    assert "g-2 greeting: people no, machine yes" in result.out
    assert "“Hello”" in result.out
    assert "short of the aim: train, all: agreement 0.750 is under 0.95" in result.err
    found = cli("rubric", "test", "--gold", gold, "--json").data
    (report,) = found["reports"]
    assert (report["total"]["agreement"]["value"], report["total"]["agreement"]["n"]) == (0.75, 4)
    assert found["overall"][0]["total"]["n"] == 6


def lock(gold: Path, **second: str) -> None:
    for path in gold.glob("*.scorecard.json"):
        path.write_text(json.dumps({**json.loads(path.read_text()), "gold": {"split": "test", "second": second}}))


def test_what_is_locked_is_shown_on_demand_only(cli: Cli, gold: Path) -> None:
    lock(gold, greeting="yes")
    result = cli("rubric", "test", "--gold", gold, "--show")
    assert "mini-chat version 1 against 2 gold scorecards, test split" in result.out
    assert "a second, blind pass over 2 gold scorecards" in result.out
    assert "g-2 greeting" not in result.out
    assert "4 disagreements of the locked test split are not shown" in result.err
    assert cli("rubric", "test", "--gold", gold, "--json").data["reports"][0]["disagreements"] == []
    shown = cli("rubric", "test", "--gold", gold, "--show-locked")
    assert "g-2 greeting: people no, machine yes" in shown.out
    assert "g-2 greeting: people no, other people yes" in shown.out
    assert cli("rubric", "test", "--gold", gold, "--split", "train").code == 2


def test_markdown_and_every_language(cli: Cli, gold: Path) -> None:
    result = cli("rubric", "test", "--gold", gold, "--markdown", "--by-language")
    assert "**mini-chat version 1, train split, en: 2 gold scorecards**" in result.out
    assert "| criterion | n | agreement (95 %) | precision of misses | recall of misses | kappa | undecided |" in result.out
    assert "| --- | ---: | ---: | ---: | ---: | ---: | ---: |" in result.out
    assert "| greeting | 2 | 0.50 (0.09–0.91) | – | 0.00 (0.00–0.79) | 0.00 (-0.81–0.81) | 0.00 |" in result.out
    assert "┃" not in result.out


def test_mutants(cli: Cli, gold: Path) -> None:
    """The first greeting is a yes that people saw too: whatever finds no "hello" there is noticed."""
    result = cli("rubric", "test", "--gold", gold, "--mutate")
    assert "mini-chat version 1: weakened detections that 2 gold scorecards notice" in result.out
    (report,) = cli("rubric", "test", "--gold", gold, "--mutate", "--json").data
    survivors = {(one["criterion"], one["what"]) for one in report["survivors"]}
    assert ("greeting", "never found") not in survivors
    assert ("greeting", "nothing in fa") in survivors
    scores = {one["criterion"]: one for one in report["criteria"]}
    assert (scores["greeting"]["answers"], scores["greeting"]["right"]) == (2, 1)
    assert sum(one["mutants"] for one in scores.values()) == report["total"]["n"]
    assert cli("rubric", "test", "--gold", gold, "--mutate", "--fail-under", 1).code == 1


@pytest.mark.parametrize(("least", "code"), [(0.75, 0), (0.76, 1)])
def test_fail_under(cli: Cli, gold: Path, least: float, code: int) -> None:
    assert cli("rubric", "test", "--gold", gold, "--fail-under", least).code == code


def test_no_gold_is_no_success(cli: Cli, tmp_path: Path) -> None:
    result = cli("rubric", "test", "--gold", tmp_path)
    assert result.code == 2
    assert "no gold scorecards" in result.err
