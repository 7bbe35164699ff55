"""Rubrics tested like code: figures worked out by hand on a tiny gold."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.channels import Header
from qa_service.domain.rubric import Rubric
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import InputError
from qa_service.services.lint import load_rubric
from qa_service.services.rubric_test import measure

ANSWERS = {"greeting": "yes", "manners": "yes"}


@pytest.fixture
def gold(tmp_path: Path, chats: Callable[..., Any]) -> Callable[..., Path]:
    """Writes a gold scorecard, and its chat unless a recording has it."""

    def write(identifier: str, answers: Mapping[str, str | None], *said: str, channel: str = "chat", **header: Any) -> Path:
        folder = tmp_path / "gold" / channel
        folder.mkdir(parents=True, exist_ok=True)
        criteria = [
            {"id": name, "section": "opening", "weight": 1, "severity": "minor", "answer": answer} for name, answer in answers.items()
        ]
        card = {
            "schema": "scorecard/1",
            "interaction": {"id": identifier, "channel": channel},
            "engine": {"analysis": "people"},
            "rubric": {"id": f"mini-{channel}", "version": 1, "fingerprint": "sha256:0"},
            "status": "final",
            "criteria": criteria,
        }
        (folder / f"{identifier}.scorecard.json").write_text(json.dumps(card))
        if said:
            conversation = chats(identifier, *said, channel=channel, **header)
            (folder / f"{identifier}.conversation.json").write_text(json.dumps(conversation))
        return folder / f"{identifier}.scorecard.json"

    return write


@pytest.fixture
def rubrics(forms: Path, analysis: Analysis) -> list[Rubric]:
    return [load_rubric(path, catalogue=analysis.catalogue) for path in sorted(forms.glob("*.yaml"))]


@pytest.fixture
def run(rubrics: list[Rubric], analysis: Analysis, tmp_path: Path) -> Callable[..., Any]:
    def measured(**options: Any) -> Any:
        return measure(rubrics, analysis=analysis, gold=tmp_path / "gold", recordings=tmp_path / "calls", decide_at=0.5, **options)

    return measured


def test_figures(gold: Callable[..., Path], run: Callable[..., Any]) -> None:
    """Greeting: people yes yes no no n/a, machine yes no no yes yes. Helped: people yes, the machine abstains."""
    for number, (people, said) in enumerate(
        [("yes", "Hello"), ("yes", "Hey"), ("no", "Well"), ("no", "Hello"), ("not_applicable", "Hello")]
    ):
        gold(f"g-{number}", {"greeting": people, "helped": "yes"}, f"{said}, I am number {number}.", "Hi.")
    (report,) = run()
    greeting, manners, helped = report.criteria
    assert (report.rubric, report.scorecards, greeting.name, greeting.n) == ("mini-chat", 5, "greeting", 5)
    assert (greeting.agreement.n, greeting.agreement.value, greeting.abstention) == (5, 0.4, 0.0)  # the first and the third
    assert (greeting.precision, greeting.recall) == (0.5, 0.5)  # misses: claimed 2, seen 2, common 1
    # Chance: yes 2/5 * 3/5, no 2/5 * 2/5, n/a 1/5 * 0 = 0.4; so (0.4 - 0.4) / (1 - 0.4).
    assert greeting.kappa == 0.0
    assert (manners.n, manners.agreement.value, manners.kappa, manners.precision) == (0, None, None, None)
    assert (helped.n, helped.agreement.n, helped.abstention, helped.kappa) == (5, 0, 1.0, None)
    assert (report.total.n, report.total.agreement.n, report.total.abstention) == (10, 5, 0.5)
    assert [(one.name, one.n) for one in report.languages] == [("en", 10)]
    wrong = [
        (one.interaction, one.criterion, one.gold, one.suggestion.answer) for one in report.disagreements if one.criterion == "greeting"
    ]
    assert wrong == [("g-1", "greeting", "yes", "no"), ("g-3", "greeting", "no", "yes"), ("g-4", "greeting", "not_applicable", "yes")]


def test_languages_are_told_apart(gold: Callable[..., Path], run: Callable[..., Any]) -> None:
    gold("en-1", ANSWERS, "Hello, how can I help?", "Hi.")
    gold("fa-1", ANSWERS, "سلام، چطور می‌توانم کمک کنم؟", "سلام، سفارشم نرسیده.", language="fa")
    gold("ar-1", ANSWERS, "أهلا، كيف أساعدك؟", "طلبي لم يصل.", language="ar")
    (report,) = run()
    assert [(one.name, one.n, one.agreement.value) for one in report.languages] == [("ar", 2, 0.5), ("en", 2, 1.0), ("fa", 2, 1.0)]


def test_recordings_are_judged_by_their_reference_or_by_ear(
    gold: Callable[..., Path], run: Callable[..., Any], tmp_path: Path, write_call: Any
) -> None:
    (tmp_path / "calls").mkdir()
    write_call(tmp_path / "calls", "p-1", "Hello!", "Hi.")
    gold("p-1", ANSWERS, channel="phone")
    (report,) = run()
    assert (report.rubric, report.total.agreement.value) == ("mini-phone", 1.0)

    def listen(path: Path, header: Header) -> Transcript:
        assert (path.name, header.interaction.id) == ("p-1.json", "p-1")
        return Transcript(turns=(Turn(speaker=Speaker.AGENT, text="Well, well.", start_ms=0, end_ms=900),), language="en")

    (heard,) = run(listen=listen)
    assert heard.total.agreement.value == 0.5


@pytest.mark.parametrize(
    ("answers", "told"),
    [({"greting": "yes"}, "has no criterion 'greting'"), ({"greeting": "yess"}, "'yess' is no answer to 'greeting' .one of: yes, no")],
)
def test_gold_outside_the_form_is_told_by_file(
    gold: Callable[..., Path], run: Callable[..., Any], answers: dict[str, str], told: str
) -> None:
    path = gold("g-1", answers, "Hello!", "Hi.")
    with pytest.raises(InputError, match=told) as caught:
        run()
    assert caught.value.file == str(path)


def test_gold_without_its_interaction_is_told(gold: Callable[..., Path], run: Callable[..., Any]) -> None:
    path = gold("g-1", ANSWERS)
    with pytest.raises(InputError, match=r"neither g-1\.conversation\.json beside it nor a recording 'g-1'") as caught:
        run()
    assert caught.value.file == str(path)


def test_broken_gold_is_told(gold: Callable[..., Path], run: Callable[..., Any]) -> None:
    path = gold("g-1", ANSWERS, "Hello!", "Hi.")
    path.write_text(path.read_text().replace('"severity"', '"severty"', 1))
    with pytest.raises(InputError, match=r"criteria\.0\.sever") as caught:
        run()
    assert caught.value.file == str(path)


def test_nothing_to_measure_with_is_no_success(gold: Callable[..., Path], run: Callable[..., Any], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no gold scorecards"):
        run()
    gold("m-1", ANSWERS, "Hello!", "Hi.", channel="email")
    with pytest.raises(InputError, match="only of email"):
        run()
