"""What of a scorecard a reader sees."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from qa_service.domain.disclosure import shown_to, veiled, withheld
from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Role
from qa_service.domain.rubric import Severity
from qa_service.domain.scorecard import (
    Answer,
    Engines,
    InteractionRef,
    RubricRef,
    Scorecard,
    ScoredCriterion,
    ScoredSection,
    Status,
    Suggestion,
)

AT = datetime(2026, 11, 2, tzinfo=UTC)
SUGGESTED = Suggestion(answer="no", confidence=0.9, why="not said", evidence=(Evidence(quote="well", rule="x"),))
ANSWERED = Answer(answer="yes", by="rita", at=AT, reason="said so", comment="well done", note="again the same", evidence=SUGGESTED.evidence)


def card(**changes: object) -> Scorecard:
    one = ScoredCriterion(id="greeting", section="opening", weight=2000, severity=Severity.COMPLIANCE, points=0, suggestion=SUGGESTED)
    two = one.model_copy(update={"id": "farewell", "answer": "yes", "answered": ANSWERED, "points": 2000})
    made = Scorecard(
        id="c", interaction=InteractionRef(id="i", channel=Channel.CHAT, agent="a17"), rubric=RubricRef(id="r", version=1, fingerprint="f"),
        engine=Engines(analysis="rules/1"), score=50_000, raw_score=60_000, passed=False, undecided=0, critical_misses=("greeting",),
        sections=(ScoredSection(id="opening", score=50_000),), criteria=(one, two), comment="thanks", note="ask a lead",
    )  # fmt: skip
    return made.model_copy(update=changes)


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("status", Status)
def test_private_notes_are_for_those_who_judge_and_coach(role: Role, status: Status) -> None:
    given = card(status=status)
    shown = shown_to(given, Actor(id="u", role=role))
    if role in (Role.AGENT, Role.SERVICE):
        assert "again the same" not in shown.model_dump_json()
        assert "ask a lead" not in shown.model_dump_json()
        assert (shown.comment, shown.criteria[1].answered) == ("thanks", ANSWERED.model_copy(update={"note": None}))
        assert shown.criteria[0] == given.criteria[0]
    else:
        assert shown == given


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize("status", [Status.DRAFT, Status.IN_REVIEW])
def test_while_it_is_reviewed_blindly_nobody_sees_what_the_machine_says(role: Role, status: Status) -> None:
    given = card(status=status, blind=True)
    assert withheld(given)
    shown = shown_to(given, Actor(id="u", role=role))
    assert (shown.score, shown.raw_score, shown.passed, shown.critical_misses) == (None, None, None, ())
    assert [one.score for one in shown.sections] == [None]
    assert [(one.suggestion, one.points) for one in shown.criteria] == [(None, None), (None, None)]
    # What a person said stays, and so does what it is about.
    assert [one.answer for one in shown.criteria] == [None, "yes"]
    assert [(one.id, one.weight) for one in shown.criteria] == [("greeting", 2000), ("farewell", 2000)]
    assert shown.undecided == 1
    assert shown.blind


def test_figures_follow_from_nothing_but_answers_of_people() -> None:
    """Two blind scorecards that differ in suggestions alone look alike."""
    better = card(blind=True, score=100_000, raw_score=100_000, passed=True, critical_misses=(), undecided=1)
    changed = better.criteria[0].model_copy(update={"points": None, "suggestion": SUGGESTED.model_copy(update={"answer": "undecided"})})
    better = better.model_copy(update={"criteria": (changed, better.criteria[1]), "sections": (ScoredSection(id="opening", score=None),)})
    who = Actor(id="u", role=Role.REVIEWER)
    assert shown_to(better, who) == shown_to(card(blind=True), who)


@pytest.mark.parametrize("status", [Status.FINAL, Status.DISPUTED])
def test_once_it_is_final_everything_is_told(status: Status) -> None:
    given = card(status=status, blind=True)
    assert not withheld(given)
    assert shown_to(given, Actor(id="u", role=Role.REVIEWER)) == given


def test_a_draft_beside_a_blind_one_is_blind_too() -> None:
    cards = [card(id="now", blind=True), card(id="older"), card(id="final", status=Status.FINAL)]
    other = card(id="other").model_copy(update={"rubric": RubricRef(id="other", version=1, fingerprint="g")})
    seen = veiled([*cards, other], frozenset({("i", "r")}))
    assert [(one.id, withheld(one)) for one in seen] == [("now", True), ("older", True), ("final", False), ("other", False)]
    assert veiled(cards, frozenset()) == tuple(cards)
