"""``qa-service judge``, and ``rubric test`` with a judge in the rubric."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis

Cli = Callable[..., Any]
YES = {"quotes": [{"turn": 0, "quote": "thank you for calling"}], "reason": "It begins so.", "answer": "yes"}


@pytest.fixture
def server(language_model: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The scripted model, as the settings name it."""
    for name, value in {"URL": language_model.url, "MODEL": "tiny", "API_KEY": "s3cret-key"}.items():
        monkeypatch.setenv(f"QA_JUDGE_{name}", value)
    return language_model


def test_check_of_a_good_server(cli: Cli, server: Any) -> None:
    server.script(YES, {"answer": "zebra"})
    result = cli("judge", "check")
    assert result.code == 0
    for line in (f"server     {server.url}", "tiny (the server says served-tiny)", "yes, 1 quotes that stand there: It begins so.",
                 "300 tokens asked, 40 replied", "asked by json_schema; holds replies to the form"):  # fmt: skip
        assert line in result.out
    server.script(YES, {"answer": "zebra"})
    data = cli("judge", "check", "--json").data
    assert (data["usable"], data["structured"], data["format"]) == (True, True, "json_schema")
    assert "s3cret" not in result.out + result.err + json.dumps(data)


def test_check_of_a_bad_one_fails(cli: Cli, server: Any, raw: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    server.script({**YES, "quotes": ["made up words"]}, "Hello!")
    result = cli("judge", "check")
    assert result.code == 1
    assert "does NOT hold replies to the form" in result.out
    assert "failed: refused: answered 'yes', and its quote 'made up words' does not stand in the transcript" in result.err
    server.script(raw("wrong key s3cret-key", 401, {}))
    result = cli("judge", "check")
    assert result.code != 0
    assert "QA_JUDGE_API_KEY: the server answered 401: wrong key ***" in result.err
    monkeypatch.setenv("QA_JUDGE_URL", "")
    assert "QA_JUDGE_URL: no language model is set up" in cli("judge", "check").err


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("URL", "file:///etc/passwd", "QA_JUDGE_URL: .*write the address as http://HOST:PORT/v1"),
        ("URL", "127.0.0.1:8000", "QA_JUDGE_URL: .*write the address as"),
        ("URL", "http://", "QA_JUDGE_URL: .*write the address as"),
        ("URL", "http://me:s3cret@host/v1", "QA_JUDGE_URL: .*no name or password in the address"),
        ("URL", "http://host/v1?key=s3cret", "QA_JUDGE_URL: .*just the base address"),
        ("URL", "http://host:99999/v1", "QA_JUDGE_URL: .*Port out of range"),
        ("MODEL", " ", "QA_JUDGE_MODEL: .*this must name the model"),
        ("REPEATS", "0", "QA_JUDGE_REPEATS: "),
        ("TIMEOUT", "0", "QA_JUDGE_TIMEOUT: "),
        ("CONCURRENCY", "many", "QA_JUDGE_CONCURRENCY: "),
    ],
)
def test_settings_that_cannot_be_used_are_told_by_name(
    cli: Cli, server: Any, monkeypatch: pytest.MonkeyPatch, name: str, value: str, told: str
) -> None:
    import re

    monkeypatch.setenv(f"QA_JUDGE_{name}", value)
    result = cli("judge", "check")
    assert result.code == 2
    assert re.search(told, result.err)
    assert "s3cret" not in result.err


FORM = """\
rubric: judged
version: 1
channel: chat
title: Judged
sections:
  - id: all
    title: All
    weight: 1
    criteria:
      - id: answered
        question: Did every question get an answer?
        weight: 1
        detect: {judge: {question: "Did every question of the customer get an answer?"}}
"""
NO = {"quotes": [{"turn": 1, "quote": "When will it come?"}], "reason": "No date was given.", "answer": "no"}


def test_rubric_test_asks_and_what_was_asked_is_shown(
    cli: Cli, server: Any, write_chat: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("qa_service.bootstrap.Analysis", lambda **parts: Analysis((), judges=parts["judges"]))
    (tmp_path / "judged").mkdir()
    form = tmp_path / "judged" / "chat.yaml"
    form.write_text(FORM, encoding="utf-8")
    monkeypatch.setenv("QA_RUBRICS_DIR", str(form.parent))
    assert "no language model is set up" not in cli("rubric", "lint").out
    server.script(NO)
    gold = tmp_path / "gold"
    gold.mkdir()
    chat = write_chat(gold, "g-1", "Hello!", "When will it come?", "Bye.")
    assert cli("score", chat, "--out", gold).code == 0
    chat.rename(gold / "g-1.conversation.json")
    card = json.loads((gold / "g-1.scorecard.json").read_text(encoding="utf-8"))
    (criterion,) = card["criteria"]
    assert criterion["suggestion"]["answer"] == "no"
    (gold / "g-1.scorecard.json").write_text(json.dumps({**card, "criteria": [{**criterion, "answer": "no"}]}), encoding="utf-8")
    result = cli("rubric", "test", "--gold", gold, "--json")
    assert result.code == 0, result.err
    (report,) = result.data["reports"] if isinstance(result.data, dict) else result.data
    assert report["criteria"][0]["agreement"]["value"] == 1.0
    assert len(server.asked) == 1, "the second time it was kept"
    request = criterion["suggestion"]["why"].rpartition("request ")[2].rstrip(")")
    shown = cli("judge", "show", request).out
    assert "TRANSCRIPT " in shown
    assert "--- reply" in shown
    assert cli("judge", "show", request, "--json").data["sent"]["model"] == "tiny"
    assert "is no request" in cli("judge", "show", "nothing").err
