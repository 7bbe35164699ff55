"""The blind audit lane: what reviewers answer unseen becomes the machine's accuracy, and what it may be trusted with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened
from qa_service.domain.accuracy import Acceptance
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Actor, Role
from qa_service.domain.policy import Policy
from qa_service.domain.review import GivenAnswer
from qa_service.domain.rubric import Rubric
from qa_service.errors import NotFoundError, PermissionDeniedError, UndecidedError
from qa_service.services.accuracy import AccuracyReport, CriterionAccuracy
from qa_service.settings import Settings
from tests.store.conftest import AT, FORM, Desk

LEA, RITA = Actor(id="lea", role=Role.QA_LEAD), Actor(id="rita", role=Role.REVIEWER)


class Lane:
    """Drafts on a desk, and what Rita makes of them."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.desk = Desk(services.database, Rubric.model_validate(FORM))
        self.analysis = services.analysis.version_for(self.desk.rubric)

    def draft(self, name: str, *, blind: bool, suggested: dict[str, str] | None = None) -> str:
        card = self.desk.draft(self.desk.take(name), analysis=self.analysis, **(suggested or {}))
        made = str(self.desk.add(card.model_copy(update={"blind": blind})).id)
        self.services.reviewing.claim(made, by=RITA)
        return made

    def finish(self, card: str, **answers: str) -> None:
        given = [GivenAnswer(criterion=name, answer=answer, reason="heard it") for name, answer in answers.items()]
        if given:
            self.services.reviewing.answer(card, given, by=RITA, expected=None)
        self.services.reviewing.finalize(card, by=RITA, expected=None)

    def blind(self, name: str, *, suggested: dict[str, str] | None = None, **answers: str) -> str:
        card = self.draft(name, blind=True, suggested=suggested)
        self.finish(card, **{**{one.id: "yes" for one in self.desk.rubric.criteria}, **answers})
        return card

    def seen(self, name: str, **answers: str) -> None:
        self.finish(self.draft(name, blind=False), **answers)

    def report(self, **options: Any) -> AccuracyReport:
        return self.services.accuracies.report(by=LEA, **options)

    def of(self, criterion: str, **options: Any) -> CriterionAccuracy:
        return next(one for one in self.report(rubric="phone-support", **options).items if one.criterion == criterion)

    def policy(self, **changes: Any) -> None:
        self.services.policies.change(Policy.model_validate(changes), expected=None, by=LEA)


@pytest.fixture
def lane(tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[Lane]:
    with opened(make_settings(tmp_path), clock=lambda: AT + timedelta(days=1)) as services:
        yield Lane(services)


def test_before_anything_was_reviewed_blindly_nobody_knows(lane: Lane) -> None:
    report = lane.report()
    assert [(one.criterion, one.verdict, one.audited.answers) for one in report.items] == [
        (name, Acceptance.TOO_FEW, 0) for name in ("greeting", "identity", "farewell")
    ]
    assert "nothing was reviewed blindly so far: nobody knows how right the machine is" in report.notes


def test_blind_and_seen_answers_are_told_apart_and_compared(lane: Lane) -> None:
    for number in range(6):
        lane.blind(f"b{number}", identity="no" if number < 3 else "yes")
        lane.seen(f"s{number}")
    found = lane.of("identity")
    assert (found.audited.accuracy.value, found.audited.accuracy.n, found.versions, found.in_force) == (0.5, 6, (1,), True)
    assert (found.anchoring.untouched.value, found.anchoring.untouched.n, found.anchoring.difference) == (1.0, 6, 0.5)
    assert found.anchoring.told.endswith("50 points are people leaning on what they are shown")
    assert [(one.suggestion, one.accuracy.n) for one in found.audited.by_answer] == [("yes", 6)]
    assert [(one.language, one.accuracy.value) for one in found.audited.by_language] == [("fa", 0.5)]
    assert (found.audited.reliability.n, found.audited.reliability.bias) == (6, 0.25)
    assert not found.weighted
    assert found.last_at == AT + timedelta(days=1)


def test_what_is_wrong_too_often_needs_a_person_from_then_on(lane: Lane) -> None:
    lane.policy(accept_least=4)
    for number in range(4):
        lane.blind(f"b{number}", identity="no")
    assert (lane.of("identity").verdict, lane.of("greeting").verdict) == (Acceptance.NEEDS_A_PERSON, Acceptance.ACCEPTED)
    why = "audited accuracy .00 (.00 to .49) on 4 blind answers is below .90"
    assert lane.of("identity").why == why
    card = lane.draft("s1", blind=False)
    assert lane.services.reviewing.needed(card) == {"identity": why}
    with pytest.raises(UndecidedError) as refused:
        lane.finish(card)
    assert refused.value.criteria == ("identity",)
    lane.finish(card, identity="yes")


def test_a_scorecard_made_otherwise_is_not_refused_by_an_old_audit(lane: Lane) -> None:
    lane.policy(accept_least=4)
    for number in range(4):
        lane.blind(f"b{number}", identity="no")
    lane.analysis = "another/9"
    lane.finish(lane.draft("s1", blind=False))
    old = [one for one in lane.report(in_force=False).items if one.criterion == "identity"]
    assert [(one.in_force, one.audited.answers, one.anchoring.untouched.n) for one in old] == [(True, 4, 0), (False, 0, 1)]


def test_a_new_wording_starts_anew_and_the_old_figures_stay_in_sight(lane: Lane) -> None:
    lane.blind("b1", greeting="no")
    first, closing = FORM["sections"]
    sections = [{**first, "criteria": [{**first["criteria"][0], "question": "Was there a greeting?"}]}, closing]
    with lane.services.database.unit() as unit:
        unit.rubrics.add(Rubric.model_validate({**FORM, "version": 2, "sections": sections}), at=AT)
    assert [(one.criterion, one.in_force, one.audited.answers) for one in lane.report(in_force=False).items] == [
        ("greeting", True, 0), ("greeting", False, 1), ("identity", True, 1), ("farewell", True, 1),
    ]
    assert [one.audited.answers for one in lane.report().items] == [0, 1, 1]


def test_abstentions_are_no_errors(lane: Lane) -> None:
    lane.blind("b1", suggested={"greeting": "undecided"}, greeting="no")
    lane.blind("b2")
    found = lane.of("greeting").audited
    assert (found.answers, found.abstained, found.accuracy.n, found.accuracy.value) == (2, 1, 1, 1.0)


def test_contacts_that_were_not_live_leave_the_lane_and_may_come_back(lane: Lane) -> None:
    lane.blind("b1", identity="no")
    lane.blind("b2")

    def known() -> tuple[int, float | None]:
        with lane.services.database.reading() as unit:
            found = {one.criterion: one for one in unit.accuracies.list()}["identity"]
        assert (found.answers, found.accuracy.value) == (lane.of("identity").audited.answers, lane.of("identity").audited.accuracy.value)
        return found.answers, found.accuracy.value

    assert known() == (2, 0.5)
    lane.services.purposes.put("b1", Purpose.TRAINING, by=LEA)
    assert known() == (1, 1.0)
    lane.services.purposes.put("b1", Purpose.TEST, by=LEA)
    assert known() == (1, 1.0)
    lane.services.purposes.put("b1", Purpose.LIVE, by=LEA)
    assert known() == (2, 0.5)


def test_figures_worked_out_again_are_the_same_and_noted(lane: Lane) -> None:
    lane.blind("b1", identity="no")
    with lane.services.database.reading() as unit:
        before = unit.accuracies.list()
    assert lane.services.accuracies.rebuild(by=LEA) == 1
    with lane.services.database.reading() as unit:
        assert unit.accuracies.list() == before
        assert [one.content for one in unit.ledger.entries() if one.action == "accuracy.rebuilt"] == [{"rubric": None, "scorecards": 1}]


def test_unknown_rubrics_and_roles_without_the_right_are_refused(lane: Lane) -> None:
    with pytest.raises(NotFoundError):
        lane.report(rubric="another")
    with pytest.raises(PermissionDeniedError):
        lane.services.accuracies.report(by=RITA)
    with pytest.raises(PermissionDeniedError):
        lane.services.accuracies.rebuild(by=RITA)
