"""``qa-service retain``, as an operator calls it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Cli = Callable[..., Any]
WHY = ("--reason", "request 4711 of the officer")


@pytest.fixture
def stocked(cli: Cli, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """Two chats of one customer."""
    monkeypatch.setenv("QA_MEANINGS", "false")
    for name in ("c-1", "c-2"):
        write_chat(tmp_path, name, "Hello!", f"My lamp is broken, I am {name}.", customer={"id": "k-1"}, started_at="2026-01-02T09:00:00Z")
    assert cli("score", tmp_path / "c-1.json", tmp_path / "c-2.json").code == 0
    return cli


def test_erased_held_and_released(stocked: Cli) -> None:
    name = stocked("audit", "export", "--action", "scorecard.suggested").out.split('"subject":"scorecard/')[1].partition('"')[0]
    assert stocked("retain", "hold", "c-1", "--reason", "case 12 before the court").code == 0
    assert "case 12 before the court" in stocked("retain", "show").out
    result = stocked("retain", "erase", "c-1", *WHY)
    assert (result.code, result.out) == (2, "")
    assert "is held since" in result.err
    result = stocked("retain", "erase", "--customer", "k-1", *WHY)
    assert (result.code, result.out.strip()) == (1, "1 interactions erased")
    assert "kept: c-1 is held" in result.err
    assert stocked("retain", "release", "c-1", "--reason", "the case is closed").code == 0
    assert stocked("retain", "erase", "c-1", *WHY, "--json").data["erased"][0]["interaction"] == "c-1"
    assert "(4 of them erased)" not in stocked("audit", "verify").out
    assert "the chain is whole" in stocked("audit", "verify").out
    result = stocked("replay", name)
    assert result.code == 0
    assert "the words were erased by entry" in result.out
    assert "was not read again: it was erased" in result.out
    assert stocked("retain", "readmit", "c-1", *WHY).code == 0
    assert stocked("retain", "compact").out.strip() == "done"
    assert stocked("retain", "caches").out.strip() == "0 replies and 0 vectors deleted"
    result = stocked("retain", "erase", *WHY)
    assert result.code == 2
    assert "name interactions, or a customer" in result.err


def test_periods(stocked: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "for ever" in stocked("retain", "show").out
    assert stocked("retain", "run").out.strip() == "0 interactions erased"
    monkeypatch.setenv("QA_RETAIN_CHAT_DAYS", "30")
    (due,) = [one for one in stocked("retain", "show", "--json").data["due"] if one["channel"] == "chat"]
    assert (due["days"], due["interactions"]) == (30, 2)
    assert stocked("retain", "run").out.strip() == "2 interactions erased"
    assert stocked("retain", "run").out.strip() == "0 interactions erased"


def test_a_period_that_is_none_is_told(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QA_RETAIN_CHAT_DAYS", "-1")
    result = cli("retain", "show")
    assert (result.code, result.out) == (2, "")
    assert "QA_RETAIN_CHAT_DAYS" in result.err
