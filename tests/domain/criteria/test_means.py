"""``means``: chances of sentences to a verdict, and when a meaning is looked up at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.analysis.finder import Finder
from qa_service.domain.criteria.base import parse_detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.means import Means, some_chance
from qa_service.domain.criteria.outcome import Outcome
from qa_service.domain.finding import Hit
from qa_service.domain.pre_score import pre_score, wanted_meanings
from qa_service.domain.rubric import Rubric
from qa_service.domain.transcript import Transcript

Talk = Callable[..., Transcript]
Form = Callable[..., dict[str, Any]]
LIKE = {"like": ["sorry about that", "حق با شماست", "نعتذر منك"]}
CALL = "agent: That must be hard. One moment.\ncustomer: Well.\nagent: It is done."


def decide(transcript: Transcript, body: Mapping[str, Any], hits: Sequence[Hit] | None) -> Outcome:
    """A verdict on these chances; ``None``: it was not looked up."""
    detection = parse_detection({"means": {**LIKE, **body}})
    assert isinstance(detection, Means)
    findings = {} if hits is None else {detection.query.key: tuple(hits)}
    return detection.evaluate(Case(transcript=transcript, signals={}, findings=findings, coverage={}), "s.c")


def chances(*found: float) -> list[Hit]:
    """Chances of the four sentences of ``CALL``."""
    places = [(0, 0, 18), (0, 19, 30), (1, 0, 5), (2, 0, 11)]
    return [Hit(*place, chance) for place, chance in zip(places, found, strict=True)]


@pytest.mark.parametrize(
    ("body", "hits", "verdict", "confidence"),
    [
        ({}, chances(0.95, 0.1, 0.1, 0.2), "yes", 0.831),  # 0.54 ln 19 = 1.590
        ({}, chances(0.1, 0.1, 0.1, 0.15), "no", 0.718),  # 0.54 ln (3/17) = -0.937
        ({}, chances(0.7, 0.1, 0.1, 0.2), "undecided", 0.612),
        ({"by": "agent"}, chances(0.1, 0.1, 0.9, 0.05), "no", 0.766),
        ({"by": "customer"}, chances(0.9, 0.1, 0.05, 0.9), "no", 0.831),
        ({"within": "last 1 turns", "by": "agent"}, chances(0.9, 0.9, 0.9, 0.03), "no", 0.867),
        ({"sure": 0.6}, chances(0.1, 0.7, 0.1, 0.1), "yes", 0.612),
        ({"sure": 0.9}, chances(0.95, 0.1, 0.1, 0.2), "undecided", 0.831),
        ({"shift": -1}, chances(0.1, 0.9, 0.1, 0.1), "undecided", 0.546),  # 0.54 ln 9 - 1 = 0.186
        ({"shift": 2}, chances(0.1, 0.4, 0.1, 0.1), "yes", 0.856),
        ({}, chances(0.0, 1.0, 0.0, 0.0), "yes", 0.99),  # nothing is surer than that
        ({}, [], "undecided", 0.0),
        ({}, None, "undecided", 0.0),
    ],
)
def test_the_sentences_decide_together(talk: Talk, body: dict[str, Any], hits: list[Hit] | None, verdict: str, confidence: float) -> None:
    outcome = decide(talk(CALL), body, hits)
    assert (outcome.verdict, round(outcome.confidence, 3)) == (verdict, confidence)


def test_among_many_the_likeliest_tells_less_than_alone() -> None:
    assert 0.5 < some_chance([0.9, *[0.1] * 9]) < 0.9
    assert 0.1 < some_chance([0.1] * 9) < 0.5
    assert some_chance([0.5] * 300) == pytest.approx(0.5)


def test_a_yes_quotes_the_surest_and_holds_from_the_first(talk: Talk) -> None:
    outcome = decide(talk(CALL), {}, chances(0.1, 0.95, 0.1, 0.98))
    assert [(piece.quote, piece.confidence) for piece in outcome.evidence] == [("It is done.", 0.98), ("One moment.", 0.95)]
    assert outcome.place == (0, 19)


def test_what_is_perhaps_meant_is_shown(talk: Talk) -> None:
    assert [piece.quote for piece in decide(talk(CALL), {}, chances(0.1, 0.7, 0.1, 0.3)).evidence] == ["One moment."]


def test_a_party_that_said_nothing_did_not_mean_it(talk: Talk) -> None:
    assert decide(talk("customer: hello"), {"by": "agent"}, None).verdict == "no"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"like": []}, "no phrases here"),
        ({"like": {"en": ["a"]}}, "one list"),
        ({"like": ["a", " "]}, "an empty phrase"),
        ({"like": ["a", "b"], "unlike": ["b"]}, "'b' is also in 'like'"),
        ({"like": ["a"], "sure": 1.0}, "less than 1"),
        ({}, "Field required"),
    ],
)
def test_what_is_no_meaning(body: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        parse_detection({"means": body})


def test_it_is_written_as_it_was_read() -> None:
    body = {"by": "agent", "like": ["a", "b"], "within": "last 40%"}
    assert parse_detection({"means": body}).model_dump(mode="json") == {"means": body}


HELLO, ABSENT, MEANS = {"said": {"phrases": ["hello"]}}, {"said": {"phrases": ["absent"]}}, {"means": {"by": "agent", **LIKE}}


@pytest.mark.parametrize(
    ("criteria", "turns"),
    [
        ([{"detect": {"any": [HELLO, MEANS]}}], None),  # the words decide
        ([{"detect": {"any": [ABSENT, MEANS]}}], {1, 2}),
        ([{"detect": {"all": [ABSENT, MEANS]}}], None),
        ([{"applies_when": ABSENT, "detect": MEANS}], None),  # never asked
        ([{"applies_when": MEANS, "detect": ABSENT}], {1, 2}),
        ([{"detect": {"means": {"within": "last 1 turns", "by": "agent", **LIKE}}}], {2}),
        ([{"detect": {"means": {"within": "after c1", **LIKE}}}, {"detect": HELLO}], {1, 2}),
        ([{"detect": {"means": {"within": "after c1", **LIKE}}}, {"detect": "manual"}], {0, 1, 2}),  # the part is not known yet
        ([{"detect": {"means": {"by": "customer", **LIKE}}}, {"detect": MEANS}], {0, 1, 2}),  # equal examples are one look-up
        ([{"detect": {"any": [HELLO, MEANS]}}, {"detect": {"any": [ABSENT, MEANS]}}], {1, 2}),
    ],
)  # fmt: skip
def test_looked_up_only_where_it_decides(talk: Talk, form: Form, criteria: list[dict[str, Any]], turns: set[int] | None) -> None:
    transcript = talk("customer: Well.\nagent: hello\nagent: It is done.")
    rubric = Rubric.model_validate(form(*criteria))
    found = lookup(transcript, rubric)
    wanted = wanted_meanings(rubric, transcript=transcript, signals={}, findings=found)
    assert [set(one.turns) for one in wanted] == ([] if turns is None else [turns])


def test_an_answer_that_was_open_is_decided_by_the_meaning(talk: Talk, form: Form) -> None:
    transcript = talk("customer: Well.\nagent: hello\nagent: It is done.")
    rubric = Rubric.model_validate(form({"detect": {"any": [ABSENT, MEANS]}}))
    found = lookup(transcript, rubric)
    (wanted,) = wanted_meanings(rubric, transcript=transcript, signals={}, findings=found)
    answers = {
        chance: pre_score(
            rubric, transcript=transcript, signals={}, findings={**found, wanted.query.key: (Hit(2, 0, 11, chance),)}
        )["c0"].answer
        for chance in (0.05, 0.5, 0.95)
    }  # fmt: skip
    assert answers == {0.05: "no", 0.5: "undecided", 0.95: "yes"}


def lookup(transcript: Transcript, rubric: Rubric) -> Mapping[str, tuple[Hit, ...]]:
    """Where the words of the rubric stand."""
    return Finder(rubric.queries.values()).find(transcript)
