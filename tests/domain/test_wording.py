"""What belongs to the wording of a criterion, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.domain.rubric import Rubric
from qa_service.domain.wording import wordings

GREETING: dict[str, Any] = {
    "id": "greeting", "question": "Greeted?", "weight": 2, "detect": {"said": {"phrases": "greeting", "by": "agent"}},
}
NAME: dict[str, Any] = {"id": "name", "question": "Gave a name?", "weight": 1, "asked_when": {"greeting": "yes"}}
FAREWELL: dict[str, Any] = {"id": "farewell", "question": "Said goodbye?", "weight": 1, "detect": {"said": {"phrases": "farewell"}}}
FORM: dict[str, Any] = {
    "rubric": "phone-support", "version": 1, "channel": "phone", "title": "Phone", "languages": ["en", "fa"],
    "phrases": {
        "greeting": {"en": ["good morning"], "fa": ["صبح بخیر"]}, "farewell": {"en": ["goodbye"]},
    },
    "sections": [{"id": "talk", "title": "Talk", "weight": 1, "criteria": [GREETING, NAME, FAREWELL]}],
}


def form(greeting: dict[str, Any] | None = None, **changes: Any) -> Rubric:
    """The form with another greeting, or with other settings."""
    sections = [{**FORM["sections"][0], "criteria": [{**GREETING, **(greeting or {})}, NAME, FAREWELL]}]
    return Rubric.model_validate({**FORM, "sections": sections, **changes})


def differing(one: Rubric, other: Rubric) -> set[str]:
    before, after = wordings(one), wordings(other)
    return {name for name in before if before[name] != after[name]}


#: A criterion that waits for another one changes with it.
BOTH = {"greeting", "name"}


@pytest.mark.parametrize(
    ("greeting", "differ"),
    [
        ({"question": "Was the customer greeted?"}, BOTH),
        ({"question": {"en": "Greeted?", "fa": "سلام کرد؟"}}, BOTH),
        ({"detect": {"said": {"phrases": "greeting"}}}, BOTH),
        ({"applies_when": {"said": {"phrases": "farewell"}}}, BOTH),
        ({"options": [{"id": "yes", "title": "Yes", "value": 1}, {"id": "no", "title": "Not at all", "value": 0}]}, BOTH),
        ({"weight": 7}, set()), ({"severity": "customer"}, set()), ({"skill": "clarity"}, set()), ({"review": "always"}, set()),
        ({"coach": "Greet everyone."}, set()),
    ],
    ids=["question", "translation", "detection", "opportunity", "options", "weight", "severity", "skill", "who must look", "advice"],
)
def test_what_a_change_of_a_criterion_touches(greeting: dict[str, Any], differ: set[str]) -> None:
    assert differing(form(), form(greeting)) == differ


@pytest.mark.parametrize(
    ("changes", "differ"),
    [
        ({"version": 2}, set()), ({"title": "Calls"}, set()), ({"settings": {"pass_mark": 50}}, set()),
        ({"languages": ["en"]}, {"greeting", "name", "farewell"}),
        ({"phrases": {**FORM["phrases"], "greeting": {"en": ["good day"]}}}, BOTH),
        ({"phrases": {**FORM["phrases"], "farewell": {"en": ["goodbye", "bye"]}}}, {"farewell"}),
        ({"phrases": {**FORM["phrases"], "thanks": {"en": ["thank you"]}}}, set()),
    ],
    ids=["version", "title", "pass mark", "languages", "phrases of one", "phrases of another", "phrases of none"],
)
def test_what_a_change_of_the_form_touches(changes: dict[str, Any], differ: set[str]) -> None:
    assert differing(form(), form(**changes)) == differ


def test_what_an_option_is_worth_matters_only_where_a_miss_becomes_none() -> None:
    def options(worth: float) -> dict[str, Any]:
        return {"options": [{"id": "yes", "title": "Yes", "value": 1}, {"id": "no", "title": "No", "value": worth}]}

    assert differing(form(options(0.2)), form(options(0.4))) == set()
    assert differing(form(options(0)), form(options(0.4))) == BOTH


def test_the_order_of_languages_and_a_round_trip_do_not_matter() -> None:
    assert differing(form(), form(languages=["fa", "en"])) == set()
    assert wordings(Rubric.model_validate(form().as_data())) == wordings(form())
