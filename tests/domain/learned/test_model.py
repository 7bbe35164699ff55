"""A learned model: chances by hand, what it was learned for, and that a changed detection is another one."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.learned.held_out import HeldOut, Judged
from qa_service.domain.learned.model import LearnedCriterion, LearnedModel, Weights, fingerprints
from qa_service.domain.rubric import Rubric

NONE = HeldOut.of([])
SAID = {"said": {"phrases": "hello"}}


def weights(**changes: Any) -> Weights:
    """``a`` speaks for the first answer of two, ``b`` for the second."""
    return Weights(**{"features": ("a", "b"), "start": (0.0, 0.0), "rows": ((1.0, 0.0), (0.0, 2.0)), **changes})


@pytest.mark.parametrize(
    ("values", "changes", "expected"),
    [
        ({}, {}, (0.5, 0.5)),
        ({"a": 1.0}, {}, (math.e / (math.e + 1), 1 / (math.e + 1))),  # odds e to 1
        ({"a": 2.0, "b": 1.0}, {}, (0.5, 0.5)),  # 2 against 2
        ({"a": 1.0, "strange": 9.0}, {}, (0.731059, 0.268941)),  # what it does not know counts nothing
        ({}, {"start": (math.log(3), 0.0)}, (0.75, 0.25)),
        ({"a": 2.0}, {"scale": 0.5}, (0.731059, 0.268941)),  # half of 2 is 1
        ({"a": 1000.0}, {}, (1.0, 0.0)),
    ],
)
def test_chances_by_hand(values: dict[str, float], changes: dict[str, Any], expected: tuple[float, float]) -> None:
    assert weights(**changes).chances(values) == pytest.approx(expected, abs=1e-6)


def test_what_each_feature_added_the_strongest_first() -> None:
    found = weights(rows=((1.0, 0.5), (0.0, 2.0))).told({"a": 2.0, "b": 1.0}, index=1, against=0)
    assert found == [(2.0, "b"), (-1.0, "a")]


def test_weights_must_be_whole() -> None:
    with pytest.raises(ValidationError, match="one row a feature"):
        weights(rows=((1.0, 0.0),))


def form(*criteria: dict[str, Any], hello: str = "hello") -> Rubric:
    asked = [{"id": f"c{index}", "question": "?", "weight": 1, **one} for index, one in enumerate(criteria)]
    return Rubric.model_validate({
        "rubric": "r", "version": 1, "channel": "chat", "title": "r", "phrases": {"hello": {"en": [hello]}},
        "sections": [{"id": "s", "title": "s", "weight": 1, "criteria": asked}],
    })  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "same"),
    [
        (form({"detect": SAID, "question": "Did they greet?", "weight": 9}), True),
        (form({"detect": SAID}, {"detect": "manual"}), True),
        (form({"detect": SAID}, hello="hi"), False),
        (form({"detect": {"said": {"phrases": "hello", "by": "agent"}}}), False),
        (form({"detect": SAID, "applies_when": SAID}), False),
    ],
)
def test_a_criterion_is_the_same_as_long_as_it_is_decided_alike(changed: Rubric, same: bool) -> None:
    assert (fingerprints(changed)["c0"] == fingerprints(form({"detect": SAID}))["c0"]) is same


def test_a_border_is_part_of_what_decides() -> None:
    after = {"detect": {"said": {"phrases": ["bye"], "within": "after c1"}}}
    one, other = form(after, {"detect": SAID}), form(after, {"detect": {"not_said": {"phrases": "hello"}}})
    assert fingerprints(one)["c0"] != fingerprints(other)["c0"]


def model(rubric: Rubric, **changes: Any) -> LearnedModel:
    learned = LearnedCriterion(
        fingerprint=fingerprints(rubric)["c0"], answers=("yes", "no"), plain=weights(), counts={"yes": 1}, before=NONE, after=NONE
    )
    return LearnedModel(**{
        "rubric": "r", "version": 1, "analysis": "rules/0", "sources": {"gold": 1}, "before": NONE, "after": NONE, "plain": NONE,
        "languages": {}, "criteria": {"c0": learned}, **changes,
    })  # fmt: skip


def test_it_survives_being_written_and_names_itself_by_content() -> None:
    one = model(form({"detect": SAID}))
    again = LearnedModel.model_validate(one.as_data())
    assert again == one
    assert one.name == f"r/1@{one.fingerprint[:12]}" == again.name
    assert model(form({"detect": SAID}), version=2).fingerprint != one.fingerprint


def test_it_fits_only_what_it_was_learned_for() -> None:
    rubric, other = form({"detect": SAID}), form({"detect": SAID}, hello="hi")
    assert model(rubric).fits(rubric, rubric.criteria[0]) is not None
    assert model(rubric).fits(other, other.criteria[0]) is None


def test_one_number_an_answer() -> None:
    with pytest.raises(ValidationError, match="one number an answer"):
        LearnedCriterion(fingerprint="f", answers=("yes",), plain=weights(), counts={}, before=NONE, after=NONE)


def test_held_out_figures_by_hand() -> None:
    answers = [Judged("yes", "yes", 0.9), Judged("no", "no", 0.9), Judged("no", "yes", 0.6), Judged("no", "undecided", 0.5)]
    found = HeldOut.of(answers)
    # Two of three decided agree; by chance (1/3 * 2/3 + 2/3 * 1/3) = 4/9 would: (2/3 - 4/9) / (5/9) = 0.4.
    assert (found.n, found.agreement, found.kappa, found.abstention) == (4, 0.666667, 0.4, 0.25)
    assert NONE.agreement is None
    assert NONE.calibration_error is None
