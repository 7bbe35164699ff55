"""Calibration as a service: what comes in between, and what the ledger can prove."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.calibration import CalibrationAnswer, CalibrationReview
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.permission import Role
from qa_service.domain.rubric import Rubric
from qa_service.domain.user import User
from qa_service.errors import ConflictError, StaleVersionError
from qa_service.services import calibrate
from qa_service.services.calibrate import Calibrating
from qa_service.store.interactions import State
from qa_service.store.session import Database

AT = datetime(2026, 3, 1, tzinfo=UTC)
FORM = Rubric.model_validate(
    {
        "rubric": "chat-small", "version": 1, "channel": "chat", "title": "Chat",
        "sections": [{"id": "all", "title": "All", "weight": 1, "criteria": [{"id": "kind", "question": "Kind?", "weight": 1}]}],
    }
)  # fmt: skip
LEAD, RITA, OMID = (
    User(id=name, login=name, name=name, role=role)
    for name, role in (("lena", Role.QA_LEAD), ("rita", Role.REVIEWER), ("omid", Role.REVIEWER))
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    database.upgrade()
    with database.unit() as unit:
        unit.rubrics.add(FORM, at=AT)
        for user in (LEAD, RITA, OMID):
            unit.users.add(user, at=AT)
        for name in ("c1", "c2", "c3"):
            unit.interactions.add(Interaction(id=name, channel=Channel.CHAT), content_sha256=name, at=AT)
            unit.interactions.set_state(name, State.SCORED)
    yield database
    database.close()


@pytest.fixture
def desk(database: Database) -> Calibrating:
    return Calibrating(database=database, clock=lambda: AT)


@pytest.fixture
def session(desk: Calibrating) -> str:
    made = desk.create(
        title="March", rubric="chat-small", interactions=["c1", "c2", "c3"], participants=["rita", "omid"], by=LEAD.actor()
    )
    return made.session.id


def hand_in(desk: Calibrating, session: str, user: User, interaction: str, answer: str = "yes") -> CalibrationReview:
    given = [CalibrationAnswer(criterion="kind", answer=answer, reason="as heard")]
    desk.answer(session, interaction, given, by=user.actor(), expected=None)
    return desk.submit(session, interaction, by=user.actor())


def test_what_is_handed_in_while_figures_are_worked_out_counts(
    desk: Calibrating, session: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for user in (RITA, OMID):
        hand_in(desk, session, user, "c1")
    real, calls = calibrate.figures, []

    def late(*arguments: Any) -> Any:
        calls.append(len(arguments[2]))
        if len(calls) == 1:
            hand_in(desk, session, OMID, "c2", "no")
        return real(*arguments)

    monkeypatch.setattr(calibrate, "figures", late)
    desk.reveal(session, by=LEAD.actor(), early=True)
    assert calls == [2, 3]
    assert desk.results(session, by=RITA.actor()).handed_in == {"rita": 1, "omid": 2}


def test_whoever_comes_second_with_an_act_is_told(desk: Calibrating, session: str) -> None:
    desk.reveal(session, by=LEAD.actor(), early=True, expected=1)
    with pytest.raises(ConflictError):
        desk.reveal(session, by=LEAD.actor(), early=True)
    with pytest.raises(StaleVersionError):
        desk.close(session, by=LEAD.actor(), expected=1)
    assert desk.close(session, by=LEAD.actor(), expected=2).session.closed_at == AT


def test_nobody_handed_anything_in(desk: Calibrating, session: str) -> None:
    desk.reveal(session, by=LEAD.actor(), early=True)
    found = desk.results(session, by=LEAD.actor())
    assert found.criteria[0].agreement.untold == "no_pairs"
    assert found.gap.value is None
    assert found.severity.too_little == "one_reviewer"


def test_results_can_be_made_again_and_a_changed_answer_shows(desk: Calibrating, session: str, database: Database) -> None:
    for user, answers in ((RITA, ("yes", "no", "yes")), (OMID, ("yes", "no", "no"))):
        for name, answer in zip(("c1", "c2", "c3"), answers, strict=True):
            hand_in(desk, session, user, name, answer)
    desk.reveal(session, by=LEAD.actor())
    assert desk.replay(session, by=LEAD.actor())
    with database.unit() as unit:
        stored = unit.calibrations.review(session, "c3", "omid")
        assert stored is not None
        changed = stored.model_copy(update={"answers": (CalibrationAnswer(criterion="kind", answer="yes"),)})
        unit.calibrations.save_review(session, changed)
    assert not desk.replay(session, by=LEAD.actor())
    with database.reading() as unit:
        acts = [one for one in unit.ledger.entries() if one.subject == f"calibration/{session}"]
    opened = [one.content for one in acts if one.action == "calibration.answers_revealed" and one.interaction == "c3"]
    assert opened[0] is not None
    told = opened[0]["answers"]["omid"]
    proof = CalibrationReview(interaction="c3", reviewer="omid", nonce=told["nonce"], answers=tuple(told["answers"]))
    assert proof.seal == told["seal"] == stored.seal
    assert changed.seal != told["seal"]
