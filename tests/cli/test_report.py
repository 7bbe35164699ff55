"""``qa-service report``."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.fixture
def stocked(cli: Cli, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """A chat of an agent, in a folder of one's own."""
    folder = tmp_path / "chats"
    folder.mkdir()
    header = {"agent": {"id": "a1", "name": "Sara", "team": "home"}, "started_at": "2026-03-04T09:00:00Z"}
    write_chat(folder, "c-1", "Hello!", "My lamp broke.", **header)
    assert cli("score", folder).code == 0
    monkeypatch.chdir(tmp_path)
    return cli


def test_files_are_named_for_what_they_are(stocked: Cli, tmp_path: Path) -> None:
    made = stocked("report", "agent", "a1", "--month", "2026-03", "--language", "fa", "--digits", "native")
    assert "wrote report-agent-a1-2026-03.fa.html" in made.err
    assert 'dir="rtl"' in (tmp_path / "report-agent-a1-2026-03.fa.html").read_text(encoding="utf-8")
    assert stocked("report", "team", "home", "--format", "pdf", "--out", tmp_path / "t.pdf").code == 0
    assert (tmp_path / "t.pdf").read_bytes().startswith(b"%PDF-")
    (tmp_path / "into").mkdir()
    assert stocked("report", "month", "1404-12", "--format", "csv", "--out", tmp_path / "into").code == 0
    assert (tmp_path / "into" / "report-month-1404-12.en.csv").read_text(encoding="utf-8-sig").startswith("section,block,item")
    assert stocked("report", "audit", "--from", "2026-03-01", "--format", "json", "--out", tmp_path / "a.json").code == 0
    assert json.loads((tmp_path / "a.json").read_bytes())["kind"] == "audit"
    assert stocked("report", "month", "1404-12", "--format", "csv", "--out", f"{tmp_path / 'boards'}/").code == 0
    assert (tmp_path / "boards" / "report-month-1404-12.en.csv").is_file()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("agent", "nobody"), "no agent 'nobody'"), (("team", "nobodies"), "no team 'nobodies'"),
        (("month", "2026-13"), "no month '2026-13'"),
        (("agent", "a1", "--month", "2026-03", "--from", "2026-03-01"), "a month says from when to when"),
        (("calibration", "none"), "no calibration session 'none'"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told(stocked: Cli, arguments: tuple[str, ...], told: str) -> None:
    found = stocked("report", *arguments)
    assert found.code == 2
    assert told in found.err
