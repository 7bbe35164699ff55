"""Criteria that are asked only with certain answers to others: suggested, scored, changed by a person."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from qa_service.domain.asking import asked, standing
from qa_service.domain.review import finalize
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef, Scorecard, Status, Suggestion
from qa_service.domain.scoring import draft
from qa_service.domain.transcript import Transcript
from qa_service.errors import UndecidedError

NOW = datetime(2026, 11, 2, tzinfo=UTC)
SOLVED = {"id": "solved", "weight": 6, "detect": {"said": {"phrases": {"en": ["solved"]}}}}
#: Asked where it was not solved.
OTHER = {"id": "other_way", "weight": 4, "detect": {"said": {"phrases": {"en": ["instead"]}}}, "asked_when": {"solved": "no"}}
#: Asked where that was done.
TOLD = {"id": "told_why", "weight": 2, "detect": {"said": {"phrases": {"en": ["because"]}}}, "asked_when": {"other_way": ["yes"]}}


@pytest.mark.parametrize(
    ("condition", "answers", "verdict"),
    [
        (None, {}, "yes"),
        ({"a": ("no",)}, {"a": "no"}, "yes"),
        ({"a": ("no", "part")}, {"a": "part"}, "yes"),
        ({"a": ("no",)}, {"a": "yes"}, "no"),
        ({"a": ("no",)}, {"a": "not_applicable"}, "no"),
        ({"a": ("no",)}, {"a": "undecided"}, "undecided"),
        ({"a": ("no",), "b": ("no",)}, {"a": "undecided", "b": "yes"}, "no"),
        ({"a": ("no",), "b": ("no",)}, {"a": "undecided", "b": "no"}, "undecided"),
    ],
)
def test_conditions(condition: Mapping[str, tuple[str, ...]] | None, answers: Mapping[str, str], verdict: str) -> None:
    assert asked(condition, answers) == verdict


@pytest.mark.parametrize(
    ("lines", "language", "answers"),
    [
        ("agent: solved", "en", ["yes", "not_applicable", "not_applicable"]),
        ("agent: take this instead because it is new", "en", ["no", "yes", "yes"]),
        ("agent: take this instead", "en", ["no", "yes", "no"]),
        ("agent: no way", "en", ["no", "no", "not_applicable"]),
        ("agent: نمی‌شود", "fa", ["undecided", "undecided", "undecided"]),
    ],
)
def test_suggestions(
    talk: Callable[..., Transcript], suggest: Callable[..., dict[str, Suggestion]], lines: str, language: str, answers: list[str]
) -> None:
    # in the order of the file the condition comes after what depends on it
    found = suggest(talk(lines, language=language), TOLD, OTHER, SOLVED)
    assert [found[one].answer for one in ("solved", "other_way", "told_why")] == answers
    if answers[1] == "not_applicable":
        assert found["other_way"].why == "not asked: solved is yes"
        assert found["other_way"].evidence == found["solved"].evidence


@pytest.fixture
def rubric(form: Callable[..., dict[str, Any]]) -> Rubric:
    return Rubric.model_validate(form(SOLVED, OTHER, TOLD, settings={"auto_fail": "none"}))


def card(rubric: Rubric, suggestions: Mapping[str, str], answers: Mapping[str, str]) -> Scorecard:
    told = {
        name: Suggestion(answer=answer, confidence=1, why="not asked: x" if answer == "not_applicable" else "")
        for name, answer in suggestions.items()
    }
    given = {name: Answer(answer=answer, by="r", at=NOW) for name, answer in answers.items()}
    reference = InteractionRef(id="i", channel=rubric.channel)
    return draft(rubric, interaction=reference, engine=Engines(analysis="t"), suggestions=told, answers=given)


MACHINE_SOLVED = {"solved": "yes", "other_way": "not_applicable", "told_why": "not_applicable"}
MACHINE_NOT = {"solved": "no", "other_way": "yes", "told_why": "no"}


@pytest.mark.parametrize(
    ("machine", "person", "counts", "score", "undecided"),
    [
        # 6 of 6
        (MACHINE_SOLVED, {}, ["yes", "not_applicable", "not_applicable"], 100_000, 0),
        # The person says it was not solved: the others are asked now and nobody has answered them; 0 of 6.
        (MACHINE_SOLVED, {"solved": "no"}, ["no", "undecided", "undecided"], 0, 2),
        # 0 + 4 of 6 + 4, and the last one is asked now
        (MACHINE_SOLVED, {"solved": "no", "other_way": "yes"}, ["no", "yes", "undecided"], 40_000, 1),
        # 0 + 4 + 0 of 12 = 33.333 %
        (MACHINE_NOT, {}, ["no", "yes", "no"], 33_333, 0),
        # The person says it was solved: the others leave the score, also the one that a person answered; 6 of 6.
        (MACHINE_NOT, {"solved": "yes", "told_why": "no"}, ["yes", "not_applicable", "not_applicable"], 100_000, 0),
        # What stands first is open: only the person's own answer opens what follows; 4 + 0 of 4 + 2.
        ({**MACHINE_NOT, "solved": "undecided"}, {"other_way": "yes"}, ["undecided", "yes", "no"], 66_667, 1),
    ],
)
def test_a_person_may_change_what_is_asked(
    rubric: Rubric, machine: Mapping[str, str], person: Mapping[str, str], counts: list[str], score: int, undecided: int
) -> None:
    scored = card(rubric, machine, person)
    assert list(standing(scored, rubric).values()) == counts
    assert (scored.score, scored.undecided) == (score, undecided)


def test_what_is_not_asked_needs_no_answer_to_be_final(rubric: Rubric) -> None:
    held = {"status": Status.IN_REVIEW, "reviewer": "r"}
    done = finalize(card(rubric, MACHINE_NOT, {"solved": "yes"}).model_copy(update=held), rubric, reviewer="r", at=NOW)
    assert [one.answer for one in done.criteria] == ["yes", "not_applicable", "not_applicable"]
    assert done.score == 100_000
    with pytest.raises(UndecidedError) as caught:
        finalize(card(rubric, MACHINE_SOLVED, {"solved": "no"}).model_copy(update=held), rubric, reviewer="r", at=NOW)
    assert caught.value.criteria == ("other_way", "told_why")


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ({"slved": "no"}, "'slved' is no criterion of this rubric"),
        ({"solved": "nope"}, "'nope' is no answer to 'solved'"),
        ({"solved": ["yes", "no", "not_applicable"]}, "always asked"),
        ({"c1": "no"}, "waits for itself through 'before', 'after' or 'asked_when': c1 -> c1"),
        ({}, "at least 1 item"),
    ],
)
def test_what_is_refused(form: Callable[..., dict[str, Any]], condition: Any, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Rubric.model_validate(form(SOLVED, {"asked_when": condition}))
