"""Finalising without a person: off by default, only what is known to be right, always marked, never in the way of people."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import Services, opened, running
from qa_service.domain.agent import Basis
from qa_service.domain.automation import Obstacle
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.policy import Policy
from qa_service.domain.review import GivenAnswer
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.errors import ConflictError, PermissionDeniedError
from qa_service.services.automation import Automating
from qa_service.services.learning.versions import _final
from qa_service.settings import Settings
from tests.store.conftest import AT, FORM, Desk

LEA, RITA = Actor(id="lea", role=Role.QA_LEAD), Actor(id="rita", role=Role.REVIEWER)
#: All of 8 right is no less than .68.
LENIENT = {"accept_at": 0.5, "auto_at": 0.6, "accept_least": 8, "auto_after_hours": 24}


class House:
    """A desk where the machine was audited, and the time."""

    def __init__(self, services: Services, now: list[datetime]) -> None:
        self.services = services
        self.desk = Desk(services.database, Rubric.model_validate(FORM))
        self._now = now

    def later(self, **time: float) -> None:
        self._now[0] += timedelta(**time)

    def policy(self, **changes: Any) -> None:
        self.services.policies.change(Policy.model_validate({**LENIENT, **changes}), expected=None, by=LEA)

    def audit(self, count: int = 8, **answers: str) -> None:
        """That many blind scorecards; the machine says yes to everything."""
        for number in range(count):
            card = self.add(f"blind-{number}", blind=True)
            self.services.reviewing.claim(str(card.id), by=RITA)
            given = [GivenAnswer(criterion=one.id, answer=answers.get(one.id, "yes")) for one in card.criteria]
            self.services.reviewing.answer(str(card.id), given, by=RITA, expected=None)
            self.services.reviewing.finalize(str(card.id), by=RITA, expected=None)

    def add(self, name: str, *, blind: bool = False, **suggested: str) -> Scorecard:
        return self.desk.add(self.desk.draft(self.desk.take(name), **suggested).model_copy(update={"blind": blind}))

    def get(self, card: Scorecard) -> Scorecard:
        with self.services.database.reading() as unit:
            return unit.scorecards.get(str(card.id))

    @property
    def automating(self) -> Automating:
        return self.services.automating


@pytest.fixture
def house(tmp_path: Path, make_settings: Callable[..., Settings]) -> Iterator[House]:
    now = [AT + timedelta(days=2)]
    with opened(make_settings(tmp_path), clock=lambda: now[0]) as services:
        yield House(services, now)


def test_it_is_off_until_a_lead_allows_it(house: House) -> None:
    house.policy()
    house.audit()
    card = house.add("c1")
    plan = house.automating.plan(by=LEA)
    assert (plan.dry_run, plan.allowed, plan.policy, plan.finalized, plan.waiting) == (True, False, 2, 1, {})
    with pytest.raises(ConflictError, match="finalises nothing by itself"):
        house.automating.run(by=LEA)
    assert house.automating.on_schedule() == 0
    assert house.get(card).status is Status.DRAFT


def test_what_is_known_to_be_right_becomes_final_and_is_marked(house: House) -> None:
    house.policy(auto_finalize=True)
    house.audit()
    card = house.add("c1", farewell="no")
    report = house.automating.run(by=LEA)
    assert (report.dry_run, report.allowed, report.finalized, report.waiting) == (False, True, 1, {})
    done = house.get(card)
    assert (done.status, done.automatic, done.reviewer, done.score) == (Status.FINAL, True, "system", card.score)
    assert {one.id: (one.answer, one.answered and one.answered.by) for one in done.criteria} == {
        "greeting": ("yes", "system"), "identity": ("yes", "system"), "farewell": ("no", "system"),
    }
    with house.services.database.reading() as unit:
        (entry,) = [one for one in unit.ledger.entries() if (one.subject, one.action) == (f"scorecard/{card.id}", "scorecard.finalized")]
    told = entry.content or {}
    assert (entry.actor, told["automatic"], told["policy"], told["answers"]["farewell"]) == ("lea", True, 2, "no")
    assert told["accuracies"]["identity"] == {"n": 8, "value": 1.0, "low": 0.675592}
    assert house.automating.run(by=LEA).finalized == 0


def test_it_tells_why_others_wait(house: House) -> None:
    house.policy(auto_finalize=True)
    house.audit()
    house.add("undecided", greeting="undecided")
    house.add("critical", identity="no")
    claimed = house.add("claimed")
    house.services.reviewing.claim(str(claimed.id), by=RITA)
    house.add("blind", blind=True)
    house.add("ready")
    old = house.desk.draft(house.desk.take("old engine"), analysis="rules/0")
    house.desk.add(old)
    young = house.desk.draft(house.desk.take("young"))
    house.desk.add(young, minutes=2 * 24 * 60)
    reasons = {
        Obstacle.BEGUN: 1, Obstacle.SAMPLED: 1, Obstacle.YOUNG: 1, Obstacle.UNDECIDED: 1, Obstacle.CRITICAL: 1, Obstacle.NOT_AUDITED: 1,
    }
    plan, done = house.automating.plan(by=LEA), house.automating.run(by=LEA)
    assert plan.waiting == done.waiting == reasons
    assert plan.finalized == done.finalized == 1
    house.later(days=1)
    assert house.automating.run(by=LEA).finalized == 1


@pytest.mark.parametrize(
    ("count", "answers", "reason"),
    [(7, {}, Obstacle.NOT_AUDITED), (8, {"farewell": "no"}, Obstacle.NOT_RELIABLE)],
    ids=["too few blind answers", "one criterion is not right enough"],
)
def test_every_criterion_must_be_audited_and_right(house: House, count: int, answers: dict[str, str], reason: Obstacle) -> None:
    house.policy(auto_finalize=True)
    house.audit(count, **answers)
    house.add("c1")
    assert house.automating.run(by=LEA).waiting == {reason: 1}


def test_people_may_still_claim_until_then_and_win(house: House) -> None:
    house.policy(auto_finalize=True)
    house.audit()
    card = house.add("c1")
    house.services.reviewing.claim(str(card.id), by=RITA)
    assert house.automating.run(by=LEA).waiting == {Obstacle.BEGUN: 1}
    assert house.get(card).reviewer == "rita"


def test_more_than_a_page_is_done(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qa_service.services.automation._PAGE", 2)
    house.policy(auto_finalize=True)
    house.audit()
    for number in range(5):
        house.add(f"c{number}", **({"identity": "no"} if number == 3 else {}))
    assert house.automating.plan(by=LEA).finalized == 4
    assert house.automating.on_schedule() == 4
    with house.services.database.reading() as unit:
        assert {one.actor for one in unit.ledger.entries() if one.content and one.content.get("automatic")} == {SYSTEM.id}


def test_profiles_count_peoples_finals_apart(house: House) -> None:
    house.policy(auto_finalize=True)
    house.audit()
    house.add("c1", farewell="no")
    house.automating.run(by=LEA)
    final = house.services.profiles.profile("a17", basis=Basis.FINAL)
    whole = house.services.profiles.profile("a17", basis=Basis.ALL)
    assert (final.finals, final.automatic, final.mean_score) == (8, 1, 100.0)
    assert {one.criterion: one.share.n for one in final.criteria}["farewell"] == 8
    assert {one.criterion: one.share.n for one in whole.criteria}["farewell"] == 9
    assert "not among them: 1 scorecard that the service finalised and nobody has looked at" in final.notes


def test_what_the_service_finalised_is_no_audit_and_teaches_nothing(house: House) -> None:
    house.policy(auto_finalize=True)
    house.audit()
    house.add("c1")
    house.automating.run(by=LEA)
    report = house.services.accuracies.report(rubric="phone-support", in_force=False, by=LEA)
    assert {(one.audited.answers, one.anchoring.untouched.n) for one in report.items if not one.in_force} == {(8, 0)}
    with house.services.database.reading() as unit:
        assert [one.automatic for one in _final(unit, "phone-support")] == [False] * 8


def test_leads_alone_may_ask(house: House) -> None:
    for act in (house.automating.plan, house.automating.run):
        with pytest.raises(PermissionDeniedError):
            act(by=RITA)


def test_while_it_is_allowed_the_service_looks_by_itself(
    tmp_path: Path, make_settings: Callable[..., Settings], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [AT + timedelta(days=2)]
    monkeypatch.setattr("qa_service.services.workflow._TAKE_OVER_SECONDS", 0.05)
    with running(make_settings(tmp_path), clock=lambda: now[0]) as services:
        house = House(services, now)
        house.policy(auto_finalize=True)
        house.audit()
        card = house.add("c1")
        house.later(hours=1)
        until = time.monotonic() + 30
        while house.get(card).status is not Status.FINAL:
            assert time.monotonic() < until, "nobody looked"
            time.sleep(0.05)
    assert house.get(card).automatic


_FORM = """
rubric: chat-small
version: 1
channel: chat
title: Chats
sections:
  - id: opening
    title: Opening
    weight: 1
    criteria:
      - {id: greeting, question: Greeted?, weight: 1, detect: {said: {phrases: [hello], by: agent}}}
      - {id: thanks, question: Thanked?, weight: 1, detect: {said: {phrases: [thank you], by: agent}}}
"""


def test_it_can_be_replayed_from_the_ledger(
    tmp_path: Path, make_settings: Callable[..., Settings], write_chat: Callable[..., Path]
) -> None:
    (tmp_path / "forms").mkdir()
    (tmp_path / "forms" / "chat.yaml").write_text(_FORM, encoding="utf-8")
    folder = tmp_path / "chats"
    folder.mkdir()
    for number in range(9):
        reply = "I see." if number % 2 else "Thank you."
        write_chat(folder, f"c{number}", "Hello!", f"My kettle number {number} is broken.", reply, "Bye.")
    now = [AT]
    with running(make_settings(tmp_path / "data", rubrics_dir=tmp_path / "forms"), clock=lambda: now[0]) as services:
        cards = {row.scorecard.interaction.id: row.scorecard for row in services.batches.run([folder], actor="tests")}
        last = cards.pop("c8")
        with services.database.unit() as unit:
            unit.scorecards.make_blind([str(card.id) for card in cards.values()])
        for card in cards.values():
            services.reviewing.claim(str(card.id), by=RITA)
            given = [GivenAnswer(criterion=one.id, answer=one.suggestion.answer) for one in card.criteria if one.suggestion is not None]
            services.reviewing.answer(str(card.id), given, by=RITA, expected=None)
            services.reviewing.finalize(str(card.id), by=RITA, expected=None)
        now[0] += timedelta(days=2)
        services.policies.change(Policy.model_validate({**LENIENT, "auto_finalize": True}), expected=None, by=LEA)
        report = services.automating.run(by=LEA)
        assert (report.finalized, report.waiting) == (1, {})
        told = services.replaying.replay(str(last.id))
        assert told.identical
        assert told.replayed.score == last.score
