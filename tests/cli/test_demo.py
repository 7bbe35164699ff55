"""``qa-service demo``."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.cli import demo

Cli = Callable[..., Any]
ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two of the shipped recordings and the shipped chats."""
    place = tmp_path / "checkout"
    (place / "audio_fixtures").mkdir(parents=True)
    for path in [*(ROOT / "audio_fixtures").glob("shop-exchange-01.*"), *(ROOT / "audio_fixtures").glob("council-tax-01.*")]:
        shutil.copy(path, place / "audio_fixtures")
    shutil.copytree(ROOT / "scorecards" / "chat", place / "scorecards" / "chat")
    monkeypatch.setattr(demo, "_CHECKOUT", place)
    return place


def test_everything_shipped_is_scored_and_shown_and_a_second_run_adds_nothing(cli: Cli, checkout: Path) -> None:
    number = 2 + len(list(checkout.rglob("*.conversation.json")))
    result = cli("demo", "--no-serve")
    assert result.code == 0, result.err
    assert f"{number} interactions in" in result.err
    assert "Draft scorecards" in result.out
    assert "Agents (drafts count until a person has finalised them)" in result.out
    for shown in ("shop-exchange-01", "council-tax-01", "Marcus Bell", "phone", "chat"):
        assert shown in result.out
    before = cli("audit", "verify").out
    again = cli("demo", "--no-serve")
    assert (again.code, again.out) == (0, result.out)
    assert cli("audit", "verify").out == before


def test_broken_fixture_fails_the_demo_by_name(cli: Cli, checkout: Path) -> None:
    (checkout / "audio_fixtures" / "zzz.wav").touch()
    result = cli("demo", "--no-serve")
    assert result.code == 1
    assert f"failed: {checkout / 'audio_fixtures' / 'zzz.wav'}: the file is empty" in result.err


def test_without_a_checkout_it_says_what_to_do(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_CHECKOUT", tmp_path / "site-packages")
    result = cli("demo", "--no-serve")
    assert result.code == 2
    assert "qa-service score FOLDER" in result.err
