"""Saves: what can be taken back and given again, by whom, in which order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa_service.domain.interaction import Channel
from qa_service.domain.review import GivenAnswer, Words, answer
from qa_service.domain.rubric import Rubric
from qa_service.domain.saves import Difference, History, Save, SaveKind, difference, redo, undo
from qa_service.domain.scorecard import Engines, InteractionRef, Scorecard, Status
from qa_service.domain.scoring import draft
from qa_service.errors import ClaimError, ConflictError

AT = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def rubric(form: Callable[..., dict[str, Any]]) -> Rubric:
    return Rubric.model_validate(form({}, {}, {}))


@pytest.fixture(scope="module")
def card(rubric: Rubric) -> Scorecard:
    made = draft(rubric, interaction=InteractionRef(id="i", channel=Channel.PHONE), engine=Engines(analysis="rules/1"), suggestions={})
    return made.model_copy(update={"status": Status.IN_REVIEW, "reviewer": "rita"})


class Desk:
    """Saves one after the other, as the service does."""

    def __init__(self, card: Scorecard, rubric: Rubric) -> None:
        self.card = card
        self.saves: list[Save] = []
        self._rubric = rubric

    def answer(self, *, by: str = "rita", words: Words | None = None, **answers: str | None) -> Scorecard:
        told = [GivenAnswer(criterion=name, answer=one) for name, one in answers.items()]
        return self._keep(answer(self._held(by), self._rubric, told, reviewer=by, at=AT, words=words), SaveKind.SAVED, by)

    def undo(self, *, by: str = "rita") -> Scorecard:
        after, _ = undo(self._held(by), self._rubric, self.saves, reviewer=by)
        return self._keep(after, SaveKind.UNDONE, by)

    def redo(self, *, by: str = "rita") -> Scorecard:
        after, _ = redo(self._held(by), self._rubric, self.saves, reviewer=by)
        return self._keep(after, SaveKind.REDONE, by)

    def _held(self, by: str) -> Scorecard:
        return self.card.model_copy(update={"reviewer": by})

    def _keep(self, after: Scorecard, kind: SaveKind, by: str) -> Scorecard:
        self.saves.append(Save(revision=len(self.saves) + 2, by=by, at=AT, kind=kind, difference=difference(self.card, after)))
        self.card = after
        return after


def test_saves_are_taken_back_one_after_the_other_and_given_again(card: Scorecard, rubric: Rubric) -> None:
    desk = Desk(card, rubric)
    first = desk.answer(c0="yes")
    second = desk.answer(c0="no", c1="yes", words=Words(comment="good"))
    third = desk.answer(c1=None, words=Words(comment="better", note="x"))
    assert desk.undo() == second
    assert desk.undo() == first
    assert desk.redo() == second
    assert desk.undo() == first
    assert desk.undo() == card
    with pytest.raises(ConflictError, match="nothing to be taken back"):
        desk.undo()
    assert [desk.redo() for _ in range(3)] == [first, second, third]
    with pytest.raises(ConflictError, match="nothing to be given again"):
        desk.redo()


def test_a_new_answer_forgets_what_could_be_given_again(card: Scorecard, rubric: Rubric) -> None:
    desk = Desk(card, rubric)
    desk.answer(c0="yes")
    desk.undo()
    desk.answer(c1="no")
    with pytest.raises(ConflictError, match="nothing to be given again"):
        desk.redo()
    assert desk.undo() == card


def test_what_another_reviewer_saved_stays(card: Scorecard, rubric: Rubric) -> None:
    desk = Desk(card, rubric)
    desk.answer(c0="yes")
    mine = desk.answer(by="omid", c1="no")
    with pytest.raises(ConflictError, match="omid's and cannot be taken back by you") as caught:
        desk.undo()
    assert caught.value.field == "reviewer"
    assert desk.undo(by="omid").criterion("c1").answer is None  # type: ignore[union-attr]
    with pytest.raises(ConflictError, match="rita's"):
        desk.undo(by="omid")
    assert desk.redo(by="omid") == mine


@pytest.mark.parametrize("changes", [{"reviewer": "omid"}, {"status": Status.FINAL}, {"status": Status.DRAFT, "reviewer": None}])
def test_only_the_holder_takes_back(card: Scorecard, rubric: Rubric, changes: dict[str, Any]) -> None:
    desk = Desk(card, rubric)
    desk.answer(c0="yes")
    for step in (undo, redo):
        with pytest.raises(ClaimError):
            step(desk.card.model_copy(update=changes), rubric, desk.saves, reviewer="rita")


def test_a_difference_tells_nothing_that_stayed(card: Scorecard, rubric: Rubric) -> None:
    desk = Desk(card, rubric)
    desk.answer(c0="yes")
    desk.answer(c1="no")
    first, second = (save.difference for save in desk.saves)
    assert [one.criterion for one in second.changes] == ["c1"]
    assert (first.words_before, first.words_after) == (None, None)
    assert difference(desk.card, desk.card) == Difference()
    assert difference(desk.card, desk.card.model_copy(update={"note": "x"})) == Difference(
        words_before=Words(comment=None, note=None), words_after=Words(comment=None, note="x")
    )
    assert Difference.model_validate_json(second.model_dump_json(exclude_defaults=True)) == second


STEPS = st.lists(st.sampled_from(["c0 yes", "c0 no", "c1 yes", "c1 none", "words", "undo", "redo"]), max_size=25)


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_taking_everything_back_gives_the_scorecard_as_it_was(card: Scorecard, rubric: Rubric, steps: list[str]) -> None:
    desk = Desk(card, rubric)
    for number, step in enumerate(steps):
        history = History.of(desk.saves)
        if step in ("undo", "redo"):
            if history.done if step == "undo" else history.undone:
                getattr(desk, step)()
        elif step == "words":
            desk.answer(words=Words(comment=f"no. {number}"))
        else:
            name, told = step.split()
            desk.answer(**{name: None if told == "none" else told})
    while History.of(desk.saves).done:
        desk.undo()
    assert desk.card == card
