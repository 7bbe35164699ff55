"""Meanings are found in utterances that nobody tuned them on word by word: one bank a meaning, with a floor for each language.

``utterances/MEANING.tsv`` holds language, ``yes`` or ``no``, and what is said: by the agent, by the customer in ``customer_end``, and as
``customer || agent`` where a meaning takes two. The floors are the lowest precision and recall over the languages, a little below what
was measured; a change of a lexicon that generalises worse falls through.
"""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from qa_service.analysis.analysis import Analysis
from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.interaction import Interaction
from qa_service.domain.rubric import Rubric
from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.store.rubric_files import read_rubric

HERE = Path(__file__).parent
BANKS = HERE / "utterances"
RUBRICS = HERE.parents[1] / "rubrics"


def said(name: str) -> dict[str, Any]:
    return {"said": {"by": "agent", "phrases": name}}


def seen(name: str) -> dict[str, Any]:
    return {"signal": {"name": name, "above": 0}}


class Meaning(NamedTuple):
    """How a bank is asked, and what it must reach in every language."""

    channel: str
    detection: dict[str, Any]
    precision: float
    recall: float


MEANINGS = {
    "greeting": Meaning("phone", said("greeting"), 0.95, 0.95),
    "offer_help": Meaning("chat", {"any": [said("offer_help"), said("takes_it_on")]}, 0.93, 0.93),
    "further_help": Meaning("phone", {"all": [said("further_help"), {"not_said": {"by": "agent", "phrases": "nothing_more"}}]}, 0.9, 0.93),
    "closing": Meaning("phone", seen("ending.polite"), 0.95, 0.95),
    "asks_identity": Meaning("phone", seen("identity.asked"), 0.9, 0.9),
    "discloses": Meaning("phone", seen("disclosure.agent"), 0.88, 0.78),
    "promise": Meaning("phone", seen("promise.count"), 0.95, 0.93),
    "promise_complete": Meaning("phone", {"all": [seen("promise.count"), {"none": [seen("promise.incomplete")]}]}, 0.93, 0.93),
    "outcome_done": Meaning("phone", seen("outcome.done"), 0.93, 0.85),
    "next_step": Meaning("email", {"any": [seen("outcome.next"), seen("promise.count")]}, 0.93, 0.93),
    "acknowledgement": Meaning("email", seen("acknowledgement.first_reply"), 0.95, 0.85),
    "confirm_details": Meaning("phone", seen("echo.details"), 0.95, 0.75),
    "answers_question": Meaning("chat", {"signal": {"name": "questions.unanswered", "at_most": 0}}, 0.78, 0.85),
    "apology": Meaning("phone", seen("apology.agent"), 0.93, 0.95),
    "customer_end": Meaning("phone", {"all": [seen("ending.content"), {"none": [seen("ending.unhappy")]}]}, 0.95, 0.93),
}


@cache
def shipped(channel: str) -> Rubric:
    return read_rubric(RUBRICS / f"{channel}.yaml")[0]


@cache
def analysis() -> Analysis:
    return Analysis()


def bank(meaning: str, language: str) -> list[tuple[str, str]]:
    rows = [line.split("\t") for line in (BANKS / f"{meaning}.tsv").read_text(encoding="utf-8").splitlines()]
    return [(answer, text) for code, answer, text in rows if code == language]


def lines(meaning: str, text: str) -> list[tuple[Speaker, str]]:
    if meaning == "customer_end":
        return [(Speaker.CUSTOMER, "my order"), (Speaker.AGENT, "let me see"), (Speaker.CUSTOMER, text)]
    question, bar, answer = text.partition("||")
    pair = [(Speaker.CUSTOMER, question.strip()), (Speaker.AGENT, answer.strip())] if bar else [(Speaker.AGENT, text)]
    return [(speaker, words) for speaker, words in pair if words]


def transcript(meaning: str, channel: str, language: str, text: str) -> Transcript:
    turns = []
    for at, (speaker, words) in enumerate(lines(meaning, text)):
        times = {"start_ms": at * 4000, "end_ms": at * 4000 + 3000} if channel == "phone" else {}
        turns.append(Turn(speaker=speaker, text=words, **times))
    return Transcript(turns=tuple(turns), language=language)


@pytest.mark.parametrize("language", ["en", "fa", "ar"])
@pytest.mark.parametrize("meaning", MEANINGS)
def test_bank(meaning: str, language: str) -> None:
    channel, written, precision, recall = MEANINGS[meaning]
    detection, rubric = parse_detection(written), shipped(channel)
    counts: Counter[tuple[str, bool]] = Counter()
    missed: list[str] = []
    for answer, text in bank(meaning, language):
        interaction = Interaction.model_validate({"id": "bank", "channel": channel, "language": language})
        reading = analysis().read(interaction, transcript(meaning, channel, language, text), rubric=rubric)
        case = Case(transcript=reading.transcript, signals=reading.signals, findings=reading.findings, coverage=rubric.coverage)
        found = detection.evaluate(case, meaning).verdict == "yes"
        counts[answer, found] += 1
        if found is not (answer == "yes"):
            missed.append(f"{answer}: {text}")
    hits = counts["yes", True]
    assert hits / (hits + counts["no", True]) >= precision, missed
    assert hits / (hits + counts["yes", False]) >= recall, missed
