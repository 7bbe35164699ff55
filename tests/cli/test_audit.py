"""``qa-service audit``, as an auditor calls it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.ledger import LedgerEntry, verify

Cli = Callable[..., Any]


@pytest.fixture
def stocked(cli: Cli, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Two chats of one customer."""
    monkeypatch.setenv("QA_MEANINGS", "false")
    for name in ("c-1", "c-2"):
        write_chat(tmp_path, name, "Hello!", f"My lamp is broken, I am {name}.", customer={"id": "k-1"}, started_at="2026-01-02T09:00:00Z")
    assert cli("score", tmp_path / "c-1.json", tmp_path / "c-2.json").code == 0
    return cli


def tamper(tmp_path: Path, statement: str) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "qa_service.sqlite")) as base, base:
        for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            base.execute(f"DROP TRIGGER {name}")
        base.execute(statement)


def test_a_head_that_was_kept_finds_a_cut(stocked: Cli, tmp_path: Path) -> None:
    head = stocked("audit", "head").out.strip()
    assert stocked("audit", "head", "--json").data["anchor"] == head
    assert stocked("audit", "verify", "--head", head).out.strip().endswith("the chain is whole, and it holds the head that was kept")
    assert stocked("audit", "verify", "--json").data["head"] == head
    tamper(tmp_path, "DELETE FROM ledger WHERE sequence > 2")
    assert stocked("audit", "verify").code == 0
    result = stocked("audit", "verify", "--head", head)
    assert (result.code, result.out) == (2, "")
    assert "error: entry 3: the end was cut off" in result.err
    result = stocked("audit", "verify", "--head", "4")
    assert (result.code, result.out) == (2, "")
    assert "is no head of a ledger" in result.err


def test_an_export_holds_what_it_takes_to_verify_it(stocked: Cli) -> None:
    lines = stocked("audit", "export").out.splitlines()
    assert str(verify(LedgerEntry.model_validate_json(line).link for line in lines).head) == stocked("audit", "head").out.strip()
    some = [json.loads(line) for line in stocked("audit", "export", "--interaction", "c-1").out.splitlines()]
    assert [one["action"] for one in some] == ["interaction.ingested", "scorecard.suggested"]
    acts = [json.loads(line) for line in stocked("audit", "export", "--action", "ledger.").out.splitlines()]
    assert [one["content"] for one in acts] == [{}, {"interaction": "c-1"}, {"action": "ledger."}]
    assert stocked("audit", "export", "--to", "2020-01-01").out == ""
    assert stocked("audit", "export", "--actor", "nobody").out == ""


