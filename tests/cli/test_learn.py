"""``qa-service learn``: train from gold, list, put to use."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.fixture
def gold(tmp_path: Path, chats: Callable[..., dict[str, Any]]) -> Path:
    """Twenty-four chats, every second with a greeting that the form does not know."""
    folder = tmp_path / "gold"
    folder.mkdir()
    for number in range(24):
        chat = chats(f"g{number}", f"{('Hello', 'Good day')[number % 2]}, this is Sara {number}.", "My lamp broke.")
        (folder / f"g{number}.conversation.json").write_text(json.dumps(chat), encoding="utf-8")
        card = {
            "schema": "scorecard/1", "interaction": {"id": f"g{number}", "channel": "chat"}, "engine": {"analysis": "none"},
            "rubric": {"id": "mini-chat", "version": 1, "fingerprint": "x"}, "status": "final",
            "criteria": [{"id": "greeting", "section": "opening", "weight": 2, "severity": "minor", "answer": "yes"}],
        }  # fmt: skip
        (folder / f"g{number}.scorecard.json").write_text(json.dumps(card), encoding="utf-8")
    return folder


def test_a_version_is_trained_listed_and_used(cli: Cli, gold: Path) -> None:
    trained = cli("learn", "--rubric", "mini-chat", "--from", gold)
    assert trained.code == 0, trained.err
    assert "mini-chat/1@" in trained.out
    assert "qa-service learn use mini-chat 1" in trained.err

    (told,) = cli("learn", "--rubric", "mini-chat", "--from", gold, "--json").data
    assert (told["model"]["version"], told["model"]["after"]["n"], told["better"]) == (2, 24, True)

    assert cli("learn", "use", "mini-chat", 2).code == 0
    listed = cli("learn", "list", "--rubric", "mini-chat", "--json").data
    assert [(one["version"], one["active"]) for one in listed] == [(1, False), (2, True)]
    assert "chat-support" in cli("learn", "list").out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--rubric", "nothing"], "no rubric 'nothing' is in force"),
        (["--from", "nowhere"], "no such folder"),
        (["--rubric", "mini-chat"], "too few to learn from"),
        (["use", "mini-chat", "7"], "'mini-chat' as version 7"),
    ],
)
def test_what_cannot_be_done_is_told_by_name(cli: Cli, arguments: list[str], message: str) -> None:
    found = cli("learn", *arguments)
    assert found.code != 0
    assert message in found.err
