"""What keeps a draft waiting for a person, and what it is where nothing does."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.accuracy import Estimate, Sums, estimate
from qa_service.domain.automation import Obstacle, finalized, obstacle
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.policy import Policy
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft, score

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def form(**identity: Any) -> Rubric:
    """Four criteria, one of them critical and one asked only after a promise."""
    return Rubric.model_validate({
        "rubric": "phone-support", "version": 1, "channel": "phone", "title": "Phone",
        "sections": [{"id": "talk", "title": "Talk", "weight": 1, "criteria": [
            {"id": "greeting", "question": "Greeted?", "weight": 1},
            {"id": "identity", "question": "Identity checked?", "weight": 2, "severity": "compliance", **identity},
            {"id": "promise", "question": "Promised?", "weight": 1},
            {"id": "date", "question": "Named a date?", "weight": 1, "asked_when": {"promise": "yes"}},
        ]}],
    })


def accuracy(alike: int, n: int) -> Estimate:
    return estimate(Sums(n, n, alike, n, n, alike, alike))


GOOD = accuracy(198, 200)
ALL = {"greeting": GOOD, "identity": GOOD, "promise": GOOD, "date": GOOD}


def card(rubric: Rubric, *, confidence: float = 0.9, purpose: Purpose = Purpose.LIVE, **answers: str) -> Scorecard:
    """A draft whose suggestions are yes unless told."""
    suggestions = {
        one.id: Suggestion(answer=answers.get(one.id, "yes"), confidence=confidence, why="said so") for one in rubric.criteria
    }
    reference = InteractionRef(id="c1", channel=Channel.PHONE, agent="a1", language="fa", purpose=purpose)
    return draft(rubric, interaction=reference, engine=Engines(analysis="rules/1"), suggestions=suggestions)


def against(made: Scorecard, rubric: Rubric | None = None, *, accuracies: Any = None, decide_at: float = 0.5) -> Obstacle | None:
    return obstacle(made, rubric or form(), accuracies=ALL if accuracies is None else accuracies, policy=Policy(), decide_at=decide_at)


def test_nothing_speaks_against_a_draft_of_which_all_is_known() -> None:
    assert against(card(form())) is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": Status.IN_REVIEW}, Obstacle.BEGUN), ({"status": Status.FINAL}, Obstacle.BEGUN), ({"reviewer": "rita"}, Obstacle.BEGUN),
        ({"blind": True}, Obstacle.SAMPLED), ({"version": 2}, Obstacle.REOPENED),
    ],
)
def test_what_people_have_to_do_with_is_left_to_them(changes: dict[str, Any], reason: Obstacle) -> None:
    assert against(card(form()).model_copy(update=changes)) is reason


@pytest.mark.parametrize("purpose", [Purpose.MYSTERY, Purpose.TRAINING, Purpose.TEST])
def test_only_live_contacts(purpose: Purpose) -> None:
    assert against(card(form(), purpose=purpose)) is Obstacle.NOT_LIVE


def test_what_somebody_has_begun_to_answer_is_theirs() -> None:
    begun = card(form()).answering({"greeting": Answer(answer="yes", by="rita", at=AT)})
    assert against(score(begun, form())) is Obstacle.BEGUN


def test_nothing_may_be_undecided() -> None:
    assert against(card(form(), greeting="undecided")) is Obstacle.UNDECIDED


def test_a_suspected_critical_miss_goes_to_a_person_however_accurate_the_machine_is() -> None:
    assert against(card(form(), identity="no"), accuracies=dict.fromkeys(ALL, accuracy(10_000, 10_000))) is Obstacle.CRITICAL
    assert against(card(form(), greeting="no")) is None


def test_a_person_answers_what_the_form_wants_a_person_for() -> None:
    rubric = form(review="always")
    assert against(card(rubric), rubric) is Obstacle.ALWAYS


def test_a_suggestion_must_be_as_sure_as_it_has_to_be_by_now() -> None:
    assert against(card(form(), confidence=0.6), decide_at=0.7) is Obstacle.UNSURE
    assert against(card(form(), confidence=0.6), decide_at=0.6) is None


@pytest.mark.parametrize(
    ("greeting", "reason"),
    [
        (None, Obstacle.NOT_AUDITED), (accuracy(19, 19), Obstacle.NOT_AUDITED), (accuracy(60, 60), Obstacle.NOT_RELIABLE),
        (accuracy(195, 200), Obstacle.NOT_RELIABLE), (accuracy(80, 80), None),
    ],
    ids=["never", "on too few", "all of 60, at least .94", "195 of 200, at least .943", "all of 80, at least .954"],
)
def test_every_criterion_must_be_known_to_be_right(greeting: Estimate | None, reason: Obstacle | None) -> None:
    accuracies = {**ALL, "greeting": greeting} if greeting is not None else {name: ALL[name] for name in ALL if name != "greeting"}
    assert against(card(form()), accuracies=accuracies) is reason


def test_a_criterion_that_is_not_asked_need_not_be_known() -> None:
    known = {name: ALL[name] for name in ALL if name != "date"}
    assert against(card(form(), promise="no", date="not_applicable"), accuracies=known) is None
    assert against(card(form()), accuracies=known) is Obstacle.NOT_AUDITED


def test_the_final_scorecard_is_marked_and_answered_by_the_service() -> None:
    made = card(form(), greeting="no", promise="no", date="not_applicable")
    done = finalized(made, form(), at=AT)
    assert (done.status, done.automatic, done.reviewer) == (Status.FINAL, True, "system")
    assert {one.id: one.answer for one in done.criteria} == {
        "greeting": "no", "identity": "yes", "promise": "no", "date": "not_applicable",
    }
    assert {one.answered.by for one in done.criteria if one.answered is not None} == {"system"}
    assert done.score == made.score
    assert [one.suggestion for one in done.criteria] == [one.suggestion for one in made.criteria]
