"""``qa-service topics``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.fixture
def stocked(cli: Cli, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """32 chats about two things."""
    monkeypatch.setenv("QA_MEANINGS", "false")
    folder = tmp_path / "chats"
    folder.mkdir()
    for number in range(16):
        write_chat(folder, f"r-{number}", "Hello!", f"My router {number} has no connection.")
        write_chat(folder, f"i-{number}", "Hello!", f"I need a copy of invoice {number}.")
    assert cli("score", folder).code == 0
    return cli


def test_build_name_merge_and_list(stocked: Cli) -> None:
    built = stocked("topics", "build", "--json").data
    ids = {one["example"].split()[1]: one["id"] for one in built["topics"]}
    router, invoice = ids["router"], ids["need"]
    assert built["counts"] == {router: 16, invoice: 16}
    assert "Lost connection" in stocked("topics", "rename", router, "Lost connection").out
    assert stocked("topics", "pin", router).code == 0
    assert f"{invoice} is counted under {router}" in stocked("topics", "merge", invoice, router).out
    listed = stocked("topics", "list")
    assert "Lost connection (pinned)" in listed.out
    assert f"under {router}" in listed.out
    assert "version 1, by words, from 32 interactions" in listed.out
    assert stocked("topics", "merge", invoice, "--undo").code == 0
    assert "32 interactions assigned" in stocked("topics", "assign").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("list",), "no topics were built yet"),
        (("assign",), "no topics were built yet"),
        (("build",), "0 interactions tell why"),
        (("merge", "t1-1"), "name the topic to count it under"),
    ],
)
def test_what_cannot_be_done_is_told(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    result = cli("topics", *arguments)
    assert result.code != 0
    assert told in result.err
