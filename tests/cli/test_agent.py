"""``qa-service agent``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.fixture
def sara(cli: Cli, write_chat: Any, tmp_path: Path) -> Cli:
    """Five chats of Sara's on five days, the last one without a greeting."""
    folder = tmp_path / "chats"
    folder.mkdir()
    for number in range(5):
        header = {"agent": {"id": "a1", "name": "Sara"}, "started_at": f"2026-11-0{number + 1}T09:00:00Z"}
        write_chat(folder, f"c-{number}", "Good day!" if number == 4 else "Hello!", str(number), **header)
    assert cli("score", folder).code == 0
    return cli


def test_table(sara: Cli) -> None:
    result = sara("agent", "a1")
    assert result.code == 0
    assert "0 final, 5 drafts, mean score 95.0" in result.out  # (4 * 100 + 75) / 5
    (greeting,) = (line for line in result.out.splitlines() if "greeting" in line)
    for cell in ("chat", "clarity", "80%", "38% – 96%", "5", "cannot tell", "c-4"):
        assert cell in greeting
    assert "provisional" in result.out


def test_json(sara: Cli) -> None:
    found = sara("agent", "a1", "--json").data
    assert (found["agent"]["name"], found["basis"], found["mean_score"]) == ("Sara", "all", 95.0)
    assert found["strengths"] == [], "five calls tell no strength"


def test_period_and_basis(sara: Cli) -> None:
    found = sara("agent", "a1", "--from", "2026-11-02", "--to", "2026-11-04", "--json").data
    assert [one["interaction"] for one in found["scores"]] == ["c-2", "c-1"]
    assert sara("agent", "a1", "--basis", "final", "--json").data["criteria"] == []


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["a99"], "no agent 'a99'"),
        (["a1", "--from", "2026-11-04", "--to", "2026-11-02"], "ends before it starts"),
        (["a1", "--from", "now"], "now"),
    ],
)
def test_faults_of_the_call(sara: Cli, arguments: list[str], told: str) -> None:
    result = sara("agent", *arguments)
    assert (result.code, result.out) == (2, "")
    assert told in result.err
