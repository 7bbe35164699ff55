"""Bands over a signal, by the criterion that they answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.transcript import Transcript

SCALE = [
    {"id": "fast", "title": "Fast", "value": 1}, {"id": "fair", "title": "Fair", "value": 0.5}, {"id": "slow", "title": "Slow", "value": 0},
]
BANDS = [{"at_most": "60s", "answer": "fast"}, {"at_most": "5m", "answer": "fair"}, {"answer": "slow"}]
FIRST = {"options": SCALE, "numeric": {"signal": "response.first", "bands": BANDS}}


@pytest.mark.parametrize(
    ("value", "answer", "why"),
    [
        (0, "fast", "response.first = 0: at most 60"), (60, "fast", "response.first = 60: at most 60"),
        (60.001, "fair", "response.first = 60.001: at most 300"), (300, "fair", "response.first = 300: at most 300"),
        (301, "slow", "response.first = 301: above"), (None, "undecided", "response.first cannot be measured here"),
    ],
)  # fmt: skip
def test_the_first_band_that_holds_the_value(
    talk: Callable[..., Transcript], suggest: Callable[..., dict[str, Suggestion]], value: float | None, answer: str, why: str
) -> None:
    found = suggest(talk("agent: hello"), FIRST, signals={"response.first": value})["c0"]
    assert (found.answer, found.why) == (answer, why)


def test_opportunity_and_borders(talk: Callable[..., Transcript], suggest: Callable[..., dict[str, Suggestion]]) -> None:
    asked = {**FIRST, "applies_when": {"said": {"by": "customer", "phrases": ["hello"]}}}
    assert suggest(talk("agent: hello"), asked, signals={"response.first": 10})["c0"].answer == "not_applicable"
    assert suggest(talk("customer: hello"), asked, signals={"response.first": 400})["c0"].answer == "slow"
    unknown = suggest(talk("customer: hello", language="de"), {**asked, "applies_when": "manual"}, signals={"response.first": 400})["c0"]
    assert unknown.answer == "undecided"  # a miss needs an opportunity


@pytest.mark.parametrize(
    ("bands", "told"),
    [
        ([{"answer": "fast"}, {"answer": "slow"}], "only the last band has no bound|'at_most' is missing"),
        ([{"at_most": 1, "answer": "fast"}, {"at_most": 2, "answer": "slow"}], "values above this have no answer"),
        ([{"at_most": 2, "answer": "fast"}, {"at_most": 2, "answer": "fair"}, {"answer": "slow"}], "2 is not more than 2"),
        ([{"at_most": 1, "answer": "fast"}, {"answer": "slwo"}], "'slwo' is no option of this criterion"),
        ([{"at_most": "1:30", "answer": "fast"}, {"answer": "slow"}], "'1:30' is no bound"),
        ([{"answer": "slow"}], "at least 2 items"),
    ],
)
def test_what_is_refused(form: Callable[..., dict[str, Any]], bands: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Rubric.model_validate(form({"options": SCALE, "numeric": {"signal": "a", "bands": bands}}))


def test_one_thing_answers(form: Callable[..., dict[str, Any]]) -> None:
    with pytest.raises(ValidationError, match="'detect' answers this criterion already"):
        Rubric.model_validate(form({**FIRST, "options": [*SCALE, *YES_NO], "detect": "manual"}))


YES_NO = [{"id": "yes", "title": "Yes", "value": 1}, {"id": "no", "title": "No", "value": 0}]
