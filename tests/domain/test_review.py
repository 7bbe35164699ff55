"""A review as pure steps: what an answer needs, and what finalising needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer, Words, acknowledge, answer, check_impartial, finalize, needs, successor
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft
from qa_service.errors import AnswerError, ClaimError, ConflictError, OwnReviewError, UndecidedError

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
        ({"status": Status.DISPUTED}, "this scorecard is disputed"),
    ],
)
def test_only_the_holder_acts(card: Scorecard, rubric: Rubric, changes: dict[str, Any], told: str) -> None:
    other = card.model_copy(update=changes)
    for act in (lambda: give(other, rubric, says("c3", "yes")), lambda: finalize(other, rubric, reviewer="rita", at=AT)):
        with pytest.raises(ClaimError) as caught:
            act()
        assert re.search(told, caught.value.message)


def test_words_about_a_criterion_and_about_the_whole(card: Scorecard, rubric: Rubric) -> None:
    told = GivenAnswer(criterion="c3", answer="no", comment="next time, say goodbye", note="she was tired")
    after = answer(card, rubric, [told], reviewer="rita", at=AT, words=Words(comment="well done"))
    given = after.criterion("c3").answered  # type: ignore[union-attr]
    assert given is not None
    assert (given.comment, given.note) == ("next time, say goodbye", "she was tired")
    assert (after.comment, after.note) == ("well done", None)
    later = answer(after, rubric, [], reviewer="rita", at=AT, words=Words(note="for Omid"))
    assert (later.comment, later.note) == ("well done", "for Omid"), "what is not told stays"
    back = answer(later, rubric, [], reviewer="rita", at=AT, words=Words(comment=None))
    assert (back.comment, back.note) == (None, "for Omid")


LOW = {"c0": "audited accuracy 0.71 is below 0.9"}


@pytest.mark.parametrize(
    ("given", "unaccepted", "expected"),
    [
        ([], {}, {"c2": "the form wants a person's own answer", "c3": "nobody has answered it"}),
        ([], LOW, {**LOW, "c2": "the form wants a person's own answer", "c3": "nobody has answered it"}),
        ([says("c2", "yes"), says("c3", "no")], LOW, LOW),
        ([says("c0", "no"), says("c2", "yes"), says("c3", "no")], LOW, {}),
        ([says("c2", "yes"), says("c3", "no")], {"c9": "of another form"}, {}),
    ],
)
def test_what_a_person_must_still_answer_and_why(
    card: Scorecard, rubric: Rubric, given: list[GivenAnswer], unaccepted: dict[str, str], expected: dict[str, str]
) -> None:
    after = give(card, rubric, *given)
    assert needs(after, rubric, unaccepted=unaccepted) == expected
    if not expected:
        assert finalize(after, rubric, reviewer="rita", at=AT, needed=unaccepted).status is Status.FINAL
        return
    with pytest.raises(UndecidedError) as caught:
        finalize(after, rubric, reviewer="rita", at=AT, needed=unaccepted)
    assert (caught.value.criteria, caught.value.reasons) == (tuple(expected), expected)


def test_an_undecided_suggestion_is_told_as_such(card: Scorecard, rubric: Rubric) -> None:
    unsure = Suggestion(answer="undecided", confidence=0.5, why="not sure")
    criteria = (*card.criteria[:3], card.criteria[3].model_copy(update={"suggestion": unsure}))
    assert needs(card.model_copy(update={"criteria": criteria}), rubric)["c3"] == "the machine leaves it open: not sure"


def test_a_blind_review_takes_every_answer_and_no_reason(card: Scorecard, rubric: Rubric) -> None:
    blind = card.model_copy(update={"blind": True})
    assert set(needs(blind, rubric)) == {"c0", "c1", "c2", "c3"}
    some = give(blind, rubric, says("c0", "yes"), says("c1", "good"), says("c3", "no"))
    with pytest.raises(UndecidedError, match="c2") as caught:
        finalize(some, rubric, reviewer="rita", at=AT)
    assert caught.value.criteria == ("c2",)
    assert "blind" in caught.value.reasons["c2"]
    final = finalize(give(some, rubric, says("c2", "not_applicable")), rubric, reviewer="rita", at=AT)
    assert (final.status, final.blind, final.score) == (Status.FINAL, True, 66_667)  # (1 + 1 + 0) / 3
    assert [one.suggestion.answer for one in final.criteria if one.suggestion] == ["no", "fair", "yes"]


def conditional(form: Callable[..., dict[str, Any]]) -> Rubric:
    """c1 is asked only where c0 is no; c2 only where c1 is yes."""
    return Rubric.model_validate(form({}, {"asked_when": {"c0": "no"}}, {"asked_when": {"c1": "yes"}}))


@pytest.mark.parametrize(
    ("answers", "open_"),
    [
        ({}, "c0 c1 c2"),
        ({"c0": "yes"}, ""),
        ({"c0": "no"}, "c1 c2"),
        ({"c0": "no", "c1": "no"}, ""),
        ({"c0": "no", "c1": "yes"}, "c2"),
        ({"c0": "no", "c1": "yes", "c2": "no"}, ""),
        ({"c1": "yes"}, "c0 c2"),
    ],
)
def test_what_is_asked_in_a_blind_review_follows_from_the_persons_own_answers(
    form: Callable[..., dict[str, Any]], answers: dict[str, str], open_: str
) -> None:
    rubric = conditional(form)
    # The machine says of all that they are asked and met: none of it counts.
    told = {one: Suggestion(answer=given, confidence=1, why="said") for one, given in (("c0", "no"), ("c1", "yes"), ("c2", "yes"))}
    made = draft(rubric, interaction=InteractionRef(id="i", channel=Channel.PHONE), engine=Engines(analysis="rules/1"), suggestions=told)
    card = made.model_copy(update={"status": Status.IN_REVIEW, "reviewer": "rita", "blind": True})
    after = give(card, rubric, *(says(name, given) for name, given in answers.items()))
    assert " ".join(needs(after, rubric)) == open_
    if not open_:
        final = finalize(after, rubric, reviewer="rita", at=AT)
        assert {one.id: one.answer for one in final.criteria} == {"c0": None, "c1": "not_applicable", "c2": "not_applicable", **answers}


@pytest.mark.parametrize(
    ("who", "may"),
    [
        (Actor(id="rita", role=Role.REVIEWER), True),
        (Actor(id="rita", role=Role.REVIEWER, agent="a2"), True),
        (Actor(id="sara", role=Role.REVIEWER, agent="a1"), False),
        (Actor(id="boss", role=Role.ADMIN, agent="a1"), False),
        (Actor(id="lead", role=Role.QA_LEAD, agent="a1"), False),
    ],
)
def test_nobody_reviews_themselves(card: Scorecard, who: Actor, may: bool) -> None:
    mine = card.model_copy(update={"interaction": card.interaction.model_copy(update={"agent": "a1"})})
    check_impartial(card, who)  # an interaction of no known agent is nobody's own
    if may:
        check_impartial(mine, who)
        return
    with pytest.raises(OwnReviewError, match="about yourself") as caught:
        check_impartial(mine, who)
    assert caught.value.code == "own_review"


def test_the_next_version_is_open_and_has_all_answers(card: Scorecard, rubric: Rubric) -> None:
    done = finalize(give(card, rubric, says("c2", "yes"), says("c3", "no")), rubric, reviewer="rita", at=AT)
    done = done.model_copy(update={"id": "one", "blind": True, "automatic": True, "revision": 9})
    done = acknowledge(done, by="sara", at=AT, comment=None)
    later = successor(done)
    assert (later.id, later.version, later.replaces, later.status, later.reviewer) == (None, 2, "one", Status.DRAFT, None)
    assert (later.blind, later.automatic, later.acknowledged, later.revision) == (False, False, None, 1)
    assert (later.criteria, later.score) == (done.criteria, done.score)
    assert successor(done.model_copy(update={"status": Status.DISPUTED}), agent="a9").interaction.agent == "a9"
    with pytest.raises(ConflictError, match="only a final scorecard"):
        successor(card)


def test_a_final_scorecard_is_acknowledged_once(card: Scorecard) -> None:
    final = card.model_copy(update={"status": Status.FINAL})
    read = acknowledge(final, by="sara", at=AT, comment="fair enough")
    assert read.acknowledged is not None
    assert (read.acknowledged.by, read.acknowledged.at, read.acknowledged.comment) == ("sara", AT, "fair enough")
    assert acknowledge(read, by="sara", at=AT, comment="or not") is read
    for status, told in ((Status.IN_REVIEW, "not final yet"), (Status.DISPUTED, "is disputed")):
        with pytest.raises(ConflictError, match=told):
            acknowledge(card.model_copy(update={"status": status}), by="sara", at=AT, comment=None)
