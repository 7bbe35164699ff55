"""``qa-service sample``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
PLAN = "name: weekly\nrule: {kind: quota, n: 3}\nblind_share: 0\nseed: s\n"


@pytest.fixture
def stocked(cli: Cli, write_chat: Any, tmp_path: Path) -> Cli:
    """Chats of two agents in one week."""
    folder = tmp_path / "chats"
    folder.mkdir()
    for number in range(6):
        agent = "a1" if number else "a2"
        write_chat(folder, f"s-{number}", "Hello!", f"Lamp {number} broke.", agent=agent, started_at="2026-03-04T09:00:00Z")
    assert cli("score", folder).code == 0
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    return cli


def test_add_run_and_list(stocked: Cli, tmp_path: Path) -> None:
    added = stocked("sample", "plan", "add", tmp_path / "plan.yaml", "--json").data
    listed = stocked("sample", "plan", "list")
    assert added["id"] in listed.out
    assert "weekly" in listed.out
    run = stocked("sample", "run", added["id"], "--period", "2026-W10")
    assert "2026-W10: 3 of 6 picked, 0 of them to be reviewed blindly; seed s" in run.out
    assert "fair" in run.out
    assert "3 given to nobody: there are no reviewers" in run.err
    again = stocked("sample", "run", added["id"], "--period", "2026-W10", "--json").data
    assert {one["agent"]: one["picked"] for one in again["run"]["figures"]["fairness"]} == {"a1": 2, "a2": 1}
    (row,) = stocked("sample", "runs", added["id"], "--json").data
    assert row == again["run"]
    assert "2026-W10" in stocked("sample", "runs", added["id"]).out
    assert "0 samples drawn" in stocked("sample", "run").err
    changed = stocked("sample", "plan", "set", added["id"], "--inactive")
    assert "(version 2) is off" in changed.out


def test_what_cannot_be_done_is_told(stocked: Cli, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(PLAN.replace("n: 3", "n: -3"), encoding="utf-8")
    refused = stocked("sample", "plan", "add", bad)
    assert refused.code != 0
    assert "bad.yaml:2" in refused.err
    assert "rule.n" in refused.err
    plan = stocked("sample", "plan", "add", tmp_path / "plan.yaml", "--json").data["id"]
    for arguments, message in (
        (("run", plan, "--period", "2026-10"), "is no week"), (("run", plan, "--period", "2999-W01"), "not over"),
        (("run", "nobodys"), "no sampling plan"), (("plan", "set", plan), "--active"), (("run", "--period", "2026-W10"), "name the plan"),
    ):
        found = stocked("sample", *arguments)
        assert found.code != 0
        assert message in found.err
