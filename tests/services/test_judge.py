"""The judge on the whole road: rubric and chat in, suggestion, ledger and what was asked out; and the check of its server."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import VERSION, Analysis
from qa_service.errors import ConfigurationError, InputError, JudgeError, NotFoundError
from qa_service.services.judge import asked, check
from qa_service.services.lint import lint_text
from qa_service.settings import Settings

Open = Callable[..., AbstractContextManager[Any]]
FORM = """\
rubric: judged
version: 1
channel: chat
title: {en: Judged, fa: داوری‌شده, ar: مُحكَّم}
sections:
  - id: all
    title: All
    weight: 1
    criteria:
      - id: answered
        question: {en: Answered?, fa: جواب داد؟, ar: هل أجاب؟}
        weight: 1
        detect: {judge: {question: "Did every question of the customer get an answer?"}}
      - id: greeting
        question: {en: Greeted?, fa: سلام کرد؟, ar: هل سلّم؟}
        weight: 1
        detect: {said: {by: agent, phrases: [hello]}}
"""
SAID = ("Hello!", "My card is 4111 1111 1111 1111. When will it come?", "I cannot say. Bye.")
NO = {"quotes": [{"turn": 1, "quote": "[CARD]. When will it come?"}], "reason": "No date was given.", "answer": "no"}
YES = {"quotes": [{"turn": 0, "quote": "thank you for calling"}], "reason": "It begins so.", "answer": "yes"}


@pytest.fixture
def form(tmp_path: Path) -> Path:
    folder = tmp_path / "judged"
    folder.mkdir()
    (folder / "chat.yaml").write_text(FORM, encoding="utf-8")
    return folder


@pytest.fixture
def judging(open_shop: Open, language_model: Any, form: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Opens a shop whose rubric asks the scripted model."""

    def opening(**settings: Any) -> Any:
        monkeypatch.setattr("qa_service.bootstrap.Analysis", lambda **parts: Analysis((), judges=parts["judges"]))
        server = {"judge_url": language_model.url, "judge_model": "tiny"}
        return open_shop(tmp_path / "data", **{"rubrics_dir": form, **server, **settings})

    return opening


def suggested(shop: Any, card: Any) -> dict[str, Any]:
    return {one.id: one.suggestion for one in shop.services.scorecards.get(card.id).criteria}


def test_a_judgement_becomes_a_suggestion_and_an_entry_of_the_ledger(
    judging: Any, language_model: Any, write_chat: Any, tmp_path: Path
) -> None:
    language_model.script(NO)
    with judging() as shop:
        (row,) = shop.score(write_chat(tmp_path, "c-1", *SAID))
        found = suggested(shop, row.scorecard)
        assert row.scorecard.engine.analysis.startswith(f"{VERSION} judge/1 tiny")
        with shop.services.database.reading() as unit:
            (entry,) = [one for one in unit.ledger.entries() if one.action == "scorecard.suggested"]
        settings = shop.services.settings
    assert (found["answered"].answer, found["answered"].confidence) == ("no", 0.8)
    assert found["answered"].why.startswith("No date was given. (tiny, 1 of 1, request ")
    assert [piece.rule for piece in found["answered"].evidence] == ["all.answered.judge"]
    assert found["answered"].evidence[0].quote.endswith("When will it come?")
    assert found["greeting"].answer == "yes"
    (call,) = entry.content["judged"]["answered"]
    assert call["request"][:16] in found["answered"].why
    told = {"answer": "no", "asked_tokens": 300, "reply_tokens": 40, "served": "served-tiny", "model": "tiny", "version": "judge/1"}
    assert told.items() <= call.items()
    assert "fault" not in call, "words of a model may hold what must be forgettable"
    kept = asked(settings, call["request"][:12])
    assert json.loads(kept.reply) == NO
    assert "[CARD]" in kept.sent
    assert "4111" not in kept.sent + json.dumps(language_model.asked)


def test_without_a_server_a_person_must_answer_and_nothing_is_noted(judging: Any, write_chat: Any, tmp_path: Path) -> None:
    with judging(judge_url="", judge_model="") as shop:
        (row,) = shop.score(write_chat(tmp_path, "c-1", *SAID))
        found = suggested(shop, row.scorecard)["answered"]
        with shop.services.database.reading() as unit:
            (entry,) = [one for one in unit.ledger.entries() if one.action == "scorecard.suggested"]
        assert [str(one) for one in shop.services.rubrics.lint(FORM, file="f.yaml") if "language model" in one.message] != []
    assert (found.answer, found.why) == (
        "undecided", "not judged: no language model is set up (QA_JUDGE_URL), so a person must answer",
    )
    assert "judged" not in entry.content
    assert not (tmp_path / "data" / "judge.sqlite").exists()


def test_a_dead_server_stops_no_scoring(judging: Any, language_model: Any, raw: Any, write_chat: Any, tmp_path: Path) -> None:
    language_model.script(raw(b"", 503))
    with judging(judge_retries=0) as shop:
        rows = shop.score(*(write_chat(tmp_path, f"c-{number}", f"Hello number {number}!", "Hi.") for number in range(5)))
        found = [suggested(shop, row.scorecard) for row in rows]
    assert {one["greeting"].answer for one in found} == {"yes"}
    assert {one["answered"].answer for one in found} == {"undecided"}
    assert len(language_model.asked) == 3
    assert any("failed 3 times running" in one["answered"].why for one in found)


def test_lint_warns_where_nobody_answers_or_looks() -> None:
    never = FORM.replace("customer get an answer?\"}}", "customer get an answer?\"}}\n        review: never")
    for text, judge, expected in [
        (FORM, True, []),
        (FORM, False, ["13:18: warning: sections.0.criteria.0.detect.judge: no language model is set up, so what this would decide is left "
                       "to people (set QA_JUDGE_URL and QA_JUDGE_MODEL, or decide it by words)"]),
        (never, True, ["13:18: warning: sections.0.criteria.0.detect.judge: a language model's answer that nobody is to look at "
                       "(review: when_unsure)"]),
    ]:  # fmt: skip
        faults = [str(one) for one in lint_text(text, file="f.yaml", catalogue={}, judge=judge) if "language model" in one.message]
        assert faults == [f"f.yaml:{one}" for one in expected]


def test_the_check_tells_how_the_server_does(language_model: Any, tmp_path: Path) -> None:
    language_model.script(YES, {"answer": "zebra"})
    settings = Settings(data_dir=tmp_path, judge_url=f"{language_model.url}/chat/completions/", judge_model="tiny")
    found = check(settings)
    assert (found.url, found.model, found.served, found.format) == (language_model.url, "tiny", "served-tiny", "json_schema")
    assert (found.answer, found.quotes, found.structured, found.usable, found.in_clear) == ("yes", 1, True, True, False)
    assert not (tmp_path / "judge.sqlite").exists(), "a check is never answered from memory"


@pytest.mark.parametrize(
    ("script", "usable", "structured", "fault"),
    [
        ([YES, "Hello there!"], True, False, ""),
        ([YES, {"answer": "hello"}], True, False, ""),
        ([{**YES, "quotes": ["good day to you"]}, {"answer": "zebra"}], False, True, "does not stand in the transcript"),
        ([{**YES, "answer": "no"}, {"answer": "zebra"}], False, True, ""),
    ],
)
def test_a_server_that_does_badly_is_found_out(
    language_model: Any, tmp_path: Path, script: list[Any], usable: bool, structured: bool, fault: str
) -> None:
    language_model.script(*script)
    found = check(Settings(data_dir=tmp_path, judge_url=language_model.url, judge_model="tiny"))
    assert (found.usable, found.structured) == (usable, structured)
    assert fault in found.fault


def test_no_server_and_no_answer_are_told(language_model: Any, raw: Any, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="QA_JUDGE_URL: no language model is set up"):
        check(Settings(data_dir=tmp_path))
    language_model.script(raw({"error": "no such model"}, 404))
    with pytest.raises(JudgeError, match="404: no such model"):
        check(Settings(data_dir=tmp_path, judge_url=language_model.url, judge_model="tiny"))


@pytest.mark.parametrize(
    ("request_", "error", "told"),
    [("", InputError, "is no request"), ("xyz123", InputError, "is no request"), ("ab", InputError, "is no request"),
     ("abcd", NotFoundError, "no request 'abcd' is kept here")],
)  # fmt: skip
def test_requests_that_are_not_kept_are_told(tmp_path: Path, request_: str, error: type[Exception], told: str) -> None:
    with pytest.raises(error, match=told):
        asked(Settings(data_dir=tmp_path), request_)
