"""``qa-service search``."""

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
    folder = tmp_path / "chats"
    folder.mkdir()
    write_chat(folder, "k-1", "Hello!", "My kettle is broken, I want a refund.")
    write_chat(folder, "k-2", "Hello!", "Where is my parcel [bold]?")
    assert cli("score", folder).code == 0
    assert cli("search", "index").code == 0
    return cli


def test_find_check_rebuild(stocked: Cli) -> None:
    found = stocked("search", "find", "kettle", '"a refund"', "--json").data
    assert [(one["interaction"], one["turn"]) for one in found["items"]] == [("k-1", 1)]
    shown = stocked("search", "find", "parcel")
    assert "Where is my parcel [bold]?" in shown.out
    assert "1 hits" in shown.err
    assert "interactions by words" in stocked("search", "index").out
    assert "the search index is whole" in stocked("search", "check").out
    assert stocked("search", "rebuild", "--json").data == {"interactions": 2, "words": 2, "meaning": 0, "encoder": False}
    assert [one["interaction"] for one in stocked("search", "find", "parcel", "--json").data["items"]] == ["k-2"]


def test_trend(stocked: Cli) -> None:
    points = stocked("search", "trend", "refund", "--every", "month", "--json").data["points"]
    assert len(points) == 12
    assert "95 %" in stocked("search", "trend", "refund").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("find", "(refund"), "a parenthesis that does not end"),
        (("find", "colour:red"), "the filter colour:"),
        (("trend", "channel:chat"), "needs words"),
    ],
)
def test_what_cannot_be_searched_is_told(stocked: Cli, arguments: tuple[str, ...], told: str) -> None:
    result = stocked("search", *arguments)
    assert result.code != 0
    assert told in result.err
