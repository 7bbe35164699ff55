"""Audited accuracies: what blind scorecards add up to, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import sqlalchemy as sa

from qa_service.domain.policy import Policy
from qa_service.domain.priority import Priority
from qa_service.domain.queue import Lane
from qa_service.domain.review import successor
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, Scorecard, Status
from qa_service.domain.scoring import score
from qa_service.domain.wording import wordings
from qa_service.store.queue import NewItem
from qa_service.store.tables import SamplingPlanRow, SamplingRunRow, core
from tests.store.conftest import AT, FORM, Desk

RULES = Engines(analysis="rules/1")
Audit = Callable[..., Scorecard]


@pytest.fixture
def audit(desk: Desk) -> Audit:
    """Reviews an interaction blindly (or not): the machine says yes to everything, the person what is told."""

    def reviewed(
        name: str, *, blind: bool = True, analysis: str = "rules/1", rubric: Rubric | None = None, suggested: dict[str, str] | None = None,
        **answers: str,
    ) -> Scorecard:
        form = rubric or desk.rubric
        with desk.database.unit() as unit:
            unit.rubrics.add(form, at=AT)
        made = desk.draft(desk.take(name), analysis=analysis, rubric=form, **(suggested or {}))
        card = desk.add(made.model_copy(update={"blind": blind}))
        given = {one.id: Answer(answer=answers.get(one.id, "yes"), by="rita", at=AT) for one in card.criteria}
        done = score(card.answering(given), form).model_copy(update={"status": Status.FINAL, "reviewer": "rita"})
        with desk.database.unit() as unit:
            final = unit.scorecards.save(done, expected_revision=card.revision, at=AT)
            unit.accuracies.note(final, form)
        return final

    return reviewed


def policy(desk: Desk, **changes: object) -> None:
    with desk.database.unit() as unit:
        unit.policies.save(Policy.model_validate(changes), expected=unit.policies.newest().version, by="lea", at=AT)


def unaccepted(desk: Desk, *, rubric: Rubric | None = None, engine: Engines | None = None) -> dict[str, str]:
    with desk.database.reading() as unit:
        return dict(unit.accuracies.unaccepted("phone-support", rubric=rubric, engine=engine))


def changed(**criterion: object) -> Rubric:
    """The next version of the form, with another first criterion."""
    first, closing = FORM["sections"]
    sections = [{**first, "criteria": [{**first["criteria"][0], **criterion}]}, closing]
    return Rubric.model_validate({**FORM, "version": 2, "sections": sections})


def test_nothing_is_refused_before_anything_was_audited(desk: Desk) -> None:
    assert unaccepted(desk) == {}


def test_blind_finals_count_and_refuse_what_is_wrong_too_often(desk: Desk, audit: Audit) -> None:
    policy(desk, accept_least=4)
    for number in range(4):
        audit(f"c{number}", identity="no" if number < 2 else "yes")
    assert unaccepted(desk) == {"identity": "audited accuracy .50 (.15 to .85) on 4 blind answers is below .90"}


@pytest.mark.parametrize("least", [4, 5])
def test_too_few_blind_answers_refuse_nothing(desk: Desk, audit: Audit, least: int) -> None:
    policy(desk, accept_least=least)
    for number in range(4):
        audit(f"c{number}", identity="no")
    assert set(unaccepted(desk)) == ({"identity"} if least == 4 else set())


def test_a_policy_takes_effect_at_once(desk: Desk, audit: Audit) -> None:
    for number in range(4):
        audit(f"c{number}", farewell="no" if number == 0 else "yes")
    policy(desk, accept_least=4, accept_at=0.8)
    assert set(unaccepted(desk)) == {"farewell"}
    policy(desk, accept_least=4, accept_at=0.7)
    assert unaccepted(desk) == {}


def test_what_people_answered_with_suggestions_in_sight_is_no_audit(desk: Desk, audit: Audit) -> None:
    policy(desk, accept_least=1)
    audit("c1", blind=False, identity="no")
    assert unaccepted(desk) == {}


def test_abstentions_are_counted_apart(desk: Desk, audit: Audit) -> None:
    audit("c1", suggested={"identity": "undecided"})
    audit("c2")
    with desk.database.reading() as unit:
        found = {one.criterion: one for one in unit.accuracies.list("phone-support")}
    assert (found["identity"].answers, found["identity"].accuracy.n, found["identity"].accuracy.value) == (2, 1, 1.0)
    assert (found["greeting"].answers, found["greeting"].accuracy.n) == (2, 2)


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"question": "Was there a greeting?"}, False), ({"detect": {"said": {"phrases": ["hello"]}}}, False),
        ({"weight": 9}, True), ({"severity": "compliance"}, True), ({"coach": "Greet."}, True),
    ],
    ids=["question", "detection", "weight", "severity", "advice"],
)
def test_an_audit_counts_for_later_versions_unless_the_wording_differs(
    desk: Desk, audit: Audit, change: dict[str, object], same: bool
) -> None:
    policy(desk, accept_least=2)
    for number in range(2):
        audit(f"c{number}", greeting="no")
    later = changed(**change)
    assert set(unaccepted(desk, rubric=desk.rubric, engine=RULES)) == {"greeting"}
    assert set(unaccepted(desk, rubric=later, engine=RULES)) == ({"greeting"} if same else set())


def test_an_audit_counts_for_the_engines_whose_suggestions_it_was_about(desk: Desk, audit: Audit) -> None:
    policy(desk, accept_least=2)
    for number in range(2):
        audit(f"c{number}", greeting="no")
        audit(f"d{number}", analysis="rules/2")
    assert set(unaccepted(desk, rubric=desk.rubric, engine=RULES)) == {"greeting"}
    assert unaccepted(desk, rubric=desk.rubric, engine=Engines(analysis="rules/2")) == {}
    assert unaccepted(desk, rubric=desk.rubric, engine=Engines(analysis="rules/3")) == {}
    with desk.database.reading() as unit:
        assert unit.accuracies.of(desk.rubric, RULES)["greeting"].value == 0
        assert unit.accuracies.of(desk.rubric, Engines(analysis="rules/2"))["greeting"].value == 1
        assert len(unit.accuracies.list()) == 6


def test_the_first_blind_answer_stays_the_measure(desk: Desk, audit: Audit) -> None:
    final = audit("c1", greeting="no")
    with desk.database.unit() as unit:
        unit.scorecards.save(final.model_copy(update={"status": Status.DISPUTED}), expected_revision=final.revision, at=AT)
        again = unit.scorecards.succeed(successor(final), at=AT)
        second = unit.scorecards.save(desk.answered(again, greeting="yes"), expected_revision=again.revision, at=AT)
        unit.accuracies.note(second, desk.rubric)
    with desk.database.reading() as unit:
        before = unit.accuracies.list()
    assert {one.criterion: (one.answers, one.accuracy.value) for one in before}["greeting"] == (1, 0.0)
    with desk.database.unit() as unit:
        assert unit.accuracies.rebuild() == 1
    with desk.database.reading() as unit:
        assert [one.model_copy(update={"last_at": None}) for one in unit.accuracies.list()] == [
            one.model_copy(update={"last_at": None}) for one in before
        ]


def test_sums_worked_out_again_are_those_that_grew(desk: Desk, audit: Audit) -> None:
    for number in range(5):
        audit(f"c{number}", greeting="no" if number % 2 else "yes", suggested={"farewell": "undecided"} if number == 3 else {})
    with desk.database.reading() as unit:
        before = unit.accuracies.list()
    with desk.database.unit() as unit:
        assert unit.accuracies.rebuild("phone-support") == 5
        assert unit.accuracies.rebuild("another") == 0
    with desk.database.reading() as unit:
        assert unit.accuracies.list() == before


def test_criteria_that_the_other_answers_leave_unasked_are_no_judgements(desk: Desk, audit: Audit) -> None:
    first, closing = FORM["sections"]
    waiting = {"id": "name_given", "question": "Name given?", "weight": 1, "asked_when": {"greeting": "yes"}}
    form = Rubric.model_validate({**FORM, "version": 3, "sections": [{**first, "criteria": [*first["criteria"], waiting]}, closing]})
    audit("c1", rubric=form, greeting="no", name_given="not_applicable")
    audit("c2", rubric=form, greeting="yes", name_given="no")
    with desk.database.reading() as unit:
        found = {one.criterion: one.answers for one in unit.accuracies.list()}
    assert found == {"farewell": 2, "greeting": 2, "identity": 2, "name_given": 1}


def test_what_people_reviewed_is_read_with_its_form(desk: Desk, audit: Audit) -> None:
    blind, seen = audit("c1", greeting="no"), audit("c2", blind=False)
    with desk.database.reading() as unit:
        ((form, one),) = unit.accuracies.reviewed(blind=True)
        ((_, other),) = unit.accuracies.reviewed("phone-support", blind=False, most=5)
        assert list(unit.accuracies.reviewed("another", blind=False)) == []
    assert (form, one.scorecard, other.scorecard) == (desk.rubric, blind.id, seen.id)
    assert [(answer.criterion, answer.suggestion, answer.answer, answer.language) for answer in one.answers] == [
        ("greeting", "yes", "no", "fa"), ("identity", "yes", "yes", "fa"), ("farewell", "yes", "yes", "fa"),
    ]
    assert set(wordings(form)) == {answer.criterion for answer in one.answers}


@pytest.fixture
def drawn(desk: Desk) -> Callable[..., None]:
    """Puts an interaction into the queue, as a plan that drew it."""
    plan = {"id": "p1", "version": 1, "active": False, "data": "{}", "created_by": "lea", "created_at": AT, "changed_at": AT}
    run = {
        "id": "r1", "plan_id": "p1", "plan_version": 1, "period": "2026-03", "since": AT, "until": AT + timedelta(days=31), "seed": "7",
        "eligible": 9, "taken": 0, "picked": 2, "blind": 1, "data": "{}", "created_by": "lea", "created_at": AT,
    }
    with desk.database.engine.begin() as connection:
        connection.execute(sa.insert(core(SamplingPlanRow)).values({**plan, "active_since": AT}))
        connection.execute(sa.insert(core(SamplingRunRow)).values(run))

    def put(interaction: str, card: str, *, probability: float, blind_share: float) -> None:
        item = NewItem(
            id=f"item of {interaction}", interaction=interaction, rubric="phone-support", scorecard=card, agent="a17", team=None,
            channel="phone", language="fa", plan="p1", run="r1", reasons=(), priority=Priority(value=50, doubt=0.5, width=0.5, finals=0),
            probability=probability, blind_share=blind_share, lane=Lane.BLIND, due_at=AT,
        )
        with desk.database.unit() as unit:
            unit.queue.add_many([item], at=AT)

    return put


def test_contacts_that_were_drawn_seldom_stand_for_more(desk: Desk, audit: Audit, drawn: Callable[..., None]) -> None:
    for name, greeting, probability in (("c1", "no", 0.5), ("c2", "yes", 0.1)):
        card = audit(name, greeting=greeting)
        drawn(name, str(card.id), probability=probability, blind_share=0.5)
    audit("c3", greeting="no")
    with desk.database.unit() as unit:
        unit.accuracies.rebuild()
    with desk.database.reading() as unit:
        found = {one.criterion: one.accuracy for one in unit.accuracies.list()}["greeting"]
        weights = {one.scorecard: one.answers[0].weight for _, one in unit.accuracies.reviewed(blind=True)}
    # 1 / (0.5 * 0.5), 1 / (0.1 * 0.5), and 1 for the one that nobody drew: 20 of 25 contacts are right
    assert sorted(weights.values()) == pytest.approx([1, 4, 20])
    assert (found.n, found.value) == (3, 0.8)


def test_what_was_not_drawn_for_the_lane_it_is_in_stands_for_what_was_sampled(
    desk: Desk, audit: Audit, drawn: Callable[..., None]
) -> None:
    for name, blind, share in (("c1", True, 0.0), ("c2", False, 0.25), ("c3", False, 1.0)):
        drawn(name, str(audit(name, blind=blind).id), probability=0.5, blind_share=share)
    with desk.database.reading() as unit:
        blind_ = [one.answers[0].weight for _, one in unit.accuracies.reviewed(blind=True)]
        seen = sorted(one.answers[0].weight for _, one in unit.accuracies.reviewed(blind=False))
    assert blind_ == [2.0]
    assert seen == pytest.approx([2.0, 1 / 0.375])
