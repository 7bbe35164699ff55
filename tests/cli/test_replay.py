"""``qa-service replay``."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def test_a_scorecard_is_worked_out_again(cli: Any, write_chat: Any, tmp_path: Path) -> None:
    name = cli("score", write_chat(tmp_path, "c-1"), "--json").data[0]["scorecard"]["id"]
    result = cli("replay", name)
    assert result.code == 0, result.out
    assert "identical to what is stored" in result.out
    assert "gives the same suggestions with the same evidence" in result.out
    assert cli("replay", name, "--json").data["identical"] is True
    assert cli("replay", name, "--no-read", "--json").data["read"] is None
    with closing(sqlite3.connect(tmp_path / "data" / "qa_service.sqlite")) as base, base:
        base.execute("UPDATE scorecards SET score = 1000")
    result = cli("replay", name)
    assert result.code == 1
    assert "and 1 is stored; they differ" in result.out
    assert cli("replay", "nobody").code == 2
