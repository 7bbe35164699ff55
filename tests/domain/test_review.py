"""A review as pure steps: what an answer needs, and what finalising needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.review import GivenAnswer, answer, finalize
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft
from qa_service.errors import AnswerError, ClaimError, UndecidedError

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)
SCALE = [
    {"id": "poor", "title": "Poor", "value": 0},
    {"id": "fair", "title": "Fair", "value": 0.5},
    {"id": "good", "title": "Good", "value": 1},
]


@pytest.fixture
def rubric(form: Callable[..., dict[str, Any]]) -> Rubric:
    """c0: yes or no; c1: a scale; c2: always for people; c3: without a suggestion."""
    return Rubric.model_validate(form({}, {"options": SCALE}, {"review": "always"}, {}))


@pytest.fixture
def card(rubric: Rubric) -> Scorecard:
    """Claimed by Rita; suggested no, fair, yes, and nothing."""
    told = {"c0": "no", "c1": "fair", "c2": "yes"}
    made = draft(
        rubric,
        interaction=InteractionRef(id="i", channel=Channel.PHONE),
        engine=Engines(analysis="rules/1"),
        suggestions={name: Suggestion(answer=given, confidence=0.9, why="said") for name, given in told.items()},
    )
    return made.model_copy(update={"status": Status.IN_REVIEW, "reviewer": "rita"})


def give(card: Scorecard, rubric: Rubric, *answers: GivenAnswer) -> Scorecard:
    return answer(card, rubric, answers, reviewer="rita", at=AT)


def says(criterion: str, given: str | None, reason: str | None = None) -> GivenAnswer:
    return GivenAnswer(criterion=criterion, answer=given, reason=reason)


def test_answers_are_scored_at_once(card: Scorecard, rubric: Rubric) -> None:
    assert (card.score, card.undecided) == (50_000, 1)  # (0 + 0.5 + 1) / 3
    after = give(card, rubric, says("c0", "yes", "heard it"), says("c3", "no"))
    assert (after.score, after.undecided) == (62_500, 0)  # (1 + 0.5 + 1 + 0) / 4
    given = after.criterion("c0")
    assert given is not None
    assert given.answered is not None
    assert (given.answered.by, given.answered.at, given.answered.reason) == ("rita", AT, "heard it")
    assert given.suggestion is not None
    assert given.suggestion.answer == "no"


@pytest.mark.parametrize(
    ("criterion", "given", "needs"),
    [
        ("c0", "yes", True),
        ("c0", "no", False),
        ("c0", "not_applicable", True),
        ("c1", "good", True),
        ("c1", "fair", False),
        ("c3", "no", False),
    ],
)
def test_reason_is_needed_where_a_decided_suggestion_is_contradicted(
    card: Scorecard, rubric: Rubric, criterion: str, given: str, needs: bool
) -> None:
    if needs:
        with pytest.raises(AnswerError, match="say why"):
            give(card, rubric, says(criterion, given))
    after = give(card, rubric, says(criterion, given, "because" if needs else None)).criterion(criterion)
    assert after is not None
    assert after.answer == given


@pytest.mark.parametrize(
    ("answers", "field", "told"),
    [
        ([says("c9", "yes")], "c9", "no criterion 'c9'"),
        ([says("c1", "yes")], "c1", "one of: poor, fair, good, not_applicable"),
        ([says("c3", "yes"), says("c3", "no")], "c3", "answered twice"),
        ([says("c3", "undecided")], "c3", "is no answer"),
    ],
)
def test_answers_outside_the_form(card: Scorecard, rubric: Rubric, answers: list[GivenAnswer], field: str, told: str) -> None:
    with pytest.raises(AnswerError, match=told) as caught:
        give(card, rubric, *answers)
    assert caught.value.field == field


def test_answer_is_taken_back(card: Scorecard, rubric: Rubric) -> None:
    assert give(give(card, rubric, says("c3", "yes")), rubric, says("c3", None)) == card


def test_finalising_names_everything_that_is_open(card: Scorecard, rubric: Rubric) -> None:
    with pytest.raises(UndecidedError, match="c2, c3") as caught:
        finalize(card, rubric, reviewer="rita", at=AT)
    assert caught.value.criteria == ("c2", "c3")


def test_suggestions_left_as_they_are_become_the_reviewers_answers(card: Scorecard, rubric: Rubric) -> None:
    final = finalize(give(card, rubric, says("c2", "yes"), says("c3", "not_applicable")), rubric, reviewer="rita", at=AT)
    assert (final.status, final.score) == (Status.FINAL, 50_000)
    assert {one.id: one.answer for one in final.criteria} == {"c0": "no", "c1": "fair", "c2": "yes", "c3": "not_applicable"}
    assert all(one.answered is not None and one.answered.by == "rita" for one in final.criteria)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"status": Status.DRAFT, "reviewer": None}, "you have not claimed this scorecard$"),
        ({"reviewer": "omid"}, "omid holds it"),
        ({"status": Status.FINAL}, "this scorecard is final"),
    ],
)
def test_only_the_holder_acts(card: Scorecard, rubric: Rubric, changes: dict[str, Any], told: str) -> None:
    other = card.model_copy(update=changes)
    for act in (lambda: give(other, rubric, says("c3", "yes")), lambda: finalize(other, rubric, reviewer="rita", at=AT)):
        with pytest.raises(ClaimError) as caught:
            act()
        assert re.search(told, caught.value.message)
