"""``qa-service export`` and ``qa-service db figures``, as an operator calls them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.fixture
def stocked(cli: Cli, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Two chats."""
    monkeypatch.setenv("QA_MEANINGS", "false")
    for name, day in (("c-1", "2026-01-02"), ("c-2", "2026-02-02")):
        write_chat(tmp_path, name, "Hello!", f"My lamp is broken, I am {name}.", started_at=f"{day}T09:00:00Z")
    assert cli("score", tmp_path / "c-1.json", tmp_path / "c-2.json").code == 0
    return cli


def test_a_file_of_a_month(stocked: Cli, tmp_path: Path) -> None:
    out = tmp_path / "january.csv"
    result = stocked("export", out, "--month", "2026-01")
    assert (result.code, result.out.split(" ")[0]) == (0, "1")
    assert "c-1" in out.read_text(encoding="utf-8")
    assert "c-2" not in out.read_text(encoding="utf-8")
    assert stocked("export", tmp_path / "all.parquet").out.startswith("2 scorecards in ")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("figures.xlsx",), "name it .parquet or .csv"), (("none/figures.csv",), "there is no folder"),
        (("x.csv", "--month", "2026-13"), "2026-13"),
    ],
)
def test_what_is_asked_wrongly(stocked: Cli, tmp_path: Path, arguments: tuple[str, ...], told: str) -> None:
    result = stocked("export", tmp_path / arguments[0], *arguments[1:])
    assert result.code == 2
    assert told in result.err


def test_figures_beside_the_scorecards(stocked: Cli) -> None:
    assert stocked("db", "figures").out.strip() == "as the scorecards add up"
    rebuilt = stocked("db", "figures", "--rebuild")
    assert (rebuilt.code, rebuilt.out.splitlines()[-1]) == (0, "as the scorecards add up")
