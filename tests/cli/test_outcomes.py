"""``qa-service outcomes``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.settings import load_settings
from tests.answering import stock

Cli = Callable[..., Any]


@pytest.fixture
def stocked(cli: Cli) -> Cli:
    """1,500 contacts, some 220 answered."""
    with opened(load_settings()) as services:
        stock(services.database, 1500)
    return cli


def test_train_predict_and_tell(stocked: Cli) -> None:
    trained = stocked("outcomes", "train")
    assert trained.code == 0, trained.err
    assert "channel=phone" in trained.out
    assert "version 1: usable; 1500 contacts predicted" in trained.err
    assert stocked("outcomes", "train", "--no-use", "--json").data["used"] is False
    assert "version 1 (in use): usable" in stocked("outcomes", "models").out
    assert stocked("outcomes", "models", "--json").data[0]["model"]["version"] == 2
    assert "version 2 is in use" in stocked("outcomes", "use", 2).err
    assert "0 contacts predicted" in stocked("outcomes", "predict").out
    assert "1500 contacts predicted" in stocked("outcomes", "predict", "--again").out
    told = stocked("outcomes", "csat", "--by", "team")
    assert "predicted by version 2" in told.out
    assert "billing" in told.out
    assert stocked("outcomes", "csat", "--json").data["total"]["contacts"] == 1500
    one = stocked("outcomes", "csat", "--interaction", "i1")
    assert "chance of a satisfied answer" in one.out
    assert stocked("outcomes", "csat", "--interaction", "i1", "--json").data["version"] == 2


def test_churn_and_effort(stocked: Cli) -> None:
    churn = stocked("outcomes", "churn", "--from", "2026-03-01", "--to", "2026-04-01")
    assert "cannot tell: 0 customers of 30 that it takes" in churn.out
    assert "signs in contacts, no fact that anybody left" in churn.out
    assert stocked("outcomes", "churn", "--json").data["risk"]["customers"] == 750
    assert "no answers" in stocked("outcomes", "effort").out
    assert stocked("outcomes", "effort", "--json").data["contacts"] == 1500


def test_validity_and_retirement(cli: Cli, write_chat: Any, tmp_path: Path) -> None:
    folder = tmp_path / "chats"
    folder.mkdir()
    for number in range(3):
        write_chat(folder, f"c{number}", "hello!", f"My router {number} has no connection.", survey={"csat": 4})
    assert cli("score", folder).code == 0
    told = cli("outcomes", "validity", "--basis", "all")
    assert told.code == 0, told.err
    assert "cannot tell" in told.out
    assert "note: an item can be worth keeping" in told.err
    assert cli("outcomes", "validity", "--json").data["cases"] == 0
    assert "greeting, cannot tell" in cli("outcomes", "retire", "mini-chat", "greeting", "--why", "all meet it", "--basis", "all").out
    assert "all meet it" in cli("outcomes", "retirements", "mini-chat").out
    assert cli("outcomes", "retirements", "mini-chat", "--json").data[0]["state"] == "proposed"


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("train",), "0 survey answers are too few to learn from"),
        (("use", "1"), "no model of satisfaction has version 1"),
        (("csat", "--by", "mood"), "one of: channel, team, queue, language, agent"),
        (("csat", "--interaction", "nobody"), "no interaction 'nobody'"),
        (("csat", "--from", "2026-03-02", "--to", "2026-03-01"), "the period ends before it starts"),
        (("validity", "--rubric", "nobodys"), "no rubric 'nobodys'"),
        (("retirements", "nobodys"), "no rubric 'nobodys'"),
    ],
)
def test_what_cannot_be_done_is_told(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    result = cli("outcomes", *arguments)
    assert result.code != 0
    assert told in result.err
