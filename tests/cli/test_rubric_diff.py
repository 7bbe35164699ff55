"""``qa-service rubric diff`` and ``rubric lint`` against published versions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]


@pytest.fixture
def versions(write_form: Any, tmp_path: Path) -> tuple[Path, Path]:
    return write_form(tmp_path / "old", "chat"), write_form(tmp_path / "new", "chat", version=2, greeting="welcome")


def test_conversations_by_both(cli: Cli, versions: tuple[Path, Path], write_chat: Any, tmp_path: Path) -> None:
    chats = [write_chat(tmp_path, f"d-{number}", said, str(number)) for number, said in enumerate(("Hello!", "Welcome!"))]
    result = cli("rubric", "diff", *versions, *chats)
    assert result.code == 0, result.err
    assert "detection: opening.greeting.detect: " in result.out
    assert "2 interactions by both versions: 2 change, 1 would pass, 1 would fail" in result.out
    assert "greeting: no becomes yes (said) “Welcome”" in result.out
    found = cli("rubric", "diff", *versions, *chats, "--json").data
    assert (found["diff"]["weight"], found["rescoring"]["criteria"], found["advice"]) == ("detection", {"greeting": 2}, "")
    assert len(cli("rubric", "diff", *versions, *chats, "--show", 0).out.splitlines()) < len(result.out.splitlines())


def test_the_forms_alone(cli: Cli, versions: tuple[Path, Path], write_form: Any, tmp_path: Path) -> None:
    result = cli("rubric", "diff", *versions, "--form-only")
    assert result.code == 0
    assert len(result.out.splitlines()) == 1
    assert cli("rubric", "diff", versions[0], versions[0], "--form-only").out == "nothing differs\n"
    same = write_form(tmp_path / "same", "chat", greeting="welcome")
    assert "raise version to 2: opening.greeting.detect: " in cli("rubric", "diff", versions[0], same, "--form-only").err


def test_the_history(cli: Cli, versions: tuple[Path, Path], write_chat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    for number in range(2):
        write_chat(folder, f"d-{number}", "Hello!", str(number))
    assert cli("score", folder).code == 0
    found = cli("rubric", "diff", "mini-chat@1", versions[1], "--history", "--json").data
    assert (found["diff"]["old"]["version"], found["rescoring"]["interactions"], found["rescoring"]["changed"]) == (1, 2, 2)
    assert cli("rubric", "diff", "mini-chat", versions[1], "--history", "--last", 1, "--json").data["rescoring"]["interactions"] == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["gone.yaml", "{new}"], "gone.yaml: no such file"),
        (["nobody", "{new}"], "no rubric 'nobody'"),
        (["{old}", "{new}", "chats", "--history"], "conversations and --history exclude each other"),
        (["{old}", "{new}", "--gold", "nowhere", "--form-only"], ""),
    ],
)
def test_what_is_not_there(cli: Cli, versions: tuple[Path, Path], arguments: list[str], told: str) -> None:
    result = cli("rubric", "diff", *(one.format(old=versions[0], new=versions[1]) for one in arguments))
    assert result.code == (2 if told else 0)
    assert told in result.err


def test_lint_against_what_is_published(cli: Cli, versions: tuple[Path, Path], write_form: Any, write_chat: Any, tmp_path: Path) -> None:
    changed = write_form(tmp_path / "changed", "chat", greeting="welcome")
    result = cli("rubric", "lint", changed, "--against", versions[0])
    assert result.code == 1
    (error,) = (line for line in result.out.splitlines() if ": error: " in line)
    assert error.startswith(f"{changed}:2:1: error: version: version 1 is published with other content: opening.greeting.detect: ")
    assert error.endswith("(raise version to 2)")
    assert cli("rubric", "lint", versions[1], "--against", versions[0].parent).code == 0
    assert cli("rubric", "lint", changed).code == 0
    assert cli("score", write_chat(tmp_path, "d-1")).code == 0
    assert cli("rubric", "lint", changed, "--stored").code == 1
    assert cli("rubric", "lint", versions[1], "--stored").code == 0
