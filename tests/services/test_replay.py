"""Replay: every version of a scorecard comes out of the ledger as it is stored, and whatever was changed beside the ledger shows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain import automation
from qa_service.domain.dispute import AgentClaim, AgentRuling, Decision, DisputeOutcome, Objection, Ruling
from qa_service.domain.permission import SYSTEM, Actor, Role
from qa_service.domain.recording import ChannelMap
from qa_service.domain.review import GivenAnswer, Words
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.domain.speaker import Speaker
from qa_service.domain.user import User
from qa_service.errors import ConflictError, NotFoundError
from qa_service.services import versions
from qa_service.services.replay import Outcome, Replay, Replaying

Open = Callable[..., AbstractContextManager[Any]]
NUMBERS = count()
RITA, OMID, LENA, ADA = (
    Actor(id=name, role=role)
    for name, role in (("rita", Role.REVIEWER), ("omid", Role.REVIEWER), ("lena", Role.QA_LEAD), ("ada", Role.ADMIN))
)
HELPED = GivenAnswer(criterion="helped", answer="yes")
GREETED = GivenAnswer(criterion="greeting", answer="yes", reason="'Good day' greets", comment="well done", note="a new one")


@pytest.fixture(scope="module")
def house(open_shop: Open) -> Iterator[Any]:
    """A shop with people."""
    with open_shop() as shop:
        with shop.services.database.unit() as unit:
            for name, role in (("rita", Role.REVIEWER), ("omid", Role.REVIEWER), ("lena", Role.QA_LEAD)):
                unit.users.add(User(id=name, login=name, name=name, role=role), at=shop.services.clock())
        yield shop


@pytest.fixture
def card(house: Any, write_chat: Any, tmp_path: Path) -> Scorecard:
    """A fresh draft: greeting no, manners yes, helped undecided."""
    name = f"e-{next(NUMBERS)}"
    (row,) = house.score(write_chat(tmp_path, name, "Good day, I am Sara.", "My lamp broke.", f"Bring number {name} back."))
    made: Scorecard = row.scorecard
    return made


def final(house: Any, card: Scorecard, *given: GivenAnswer) -> Scorecard:
    desk = house.services.reviewing
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, given or [HELPED], by=RITA, expected=None)
    done: Scorecard = desk.finalize(card.id, by=RITA, expected=None)
    return done


def replayed(house: Any, card: Any) -> Replay:
    found = house.services.replaying.replay(card if isinstance(card, str) else card.id)
    assert isinstance(found, Replay)
    return found


def check(house: Any, card: Any, outcome: Outcome = Outcome.IDENTICAL) -> Replay:
    """It is identical, to the last digit."""
    found = replayed(house, card)
    assert found.replayed.differences == ()
    assert found.identical
    assert found.replayed.score == found.stored_score
    assert found.read is not None
    assert found.read.outcome is outcome
    return found


def test_a_draft_and_all_that_people_do_to_it(house: Any, card: Scorecard) -> None:
    desk = house.services.reviewing
    assert len(check(house, card).replayed.entries) == 1
    desk.claim(card.id, by=RITA)
    desk.answer(card.id, [HELPED, GREETED], by=RITA, expected=None, words=Words(comment="all in all fine"))
    assert check(house, card).stored_score == 100_000
    desk.undo(card.id, by=RITA)
    assert check(house, card).stored_score == card.score
    desk.redo(card.id, by=RITA)
    desk.answer(card.id, [GivenAnswer(criterion="greeting", answer=None)], by=RITA, expected=None)
    desk.release(card.id, by=RITA)
    check(house, card)
    desk.claim(card.id, by=OMID)
    desk.answer(card.id, [GivenAnswer(criterion="manners", answer="not_applicable", reason="he said nothing")], by=OMID, expected=None)
    desk.finalize(card.id, by=OMID, expected=None)
    found = check(house, card)
    assert found.status is Status.FINAL
    assert len(found.replayed.entries) == 7, "suggested, answered, undone, redone, answered twice, finalised"


def test_versions_that_a_lead_opened(house: Any, card: Scorecard) -> None:
    first = final(house, card)
    desk = house.services.reviewing
    second = desk.reopen(first.id, by=LENA, reason="another look is needed")
    assert check(house, second).version == 2
    desk.claim(second.id, by=OMID)
    desk.answer(second.id, [GREETED], by=OMID, expected=None)
    desk.finalize(second.id, by=OMID, expected=None)
    assert check(house, second).stored_score == 100_000
    assert check(house, first).stored_score == 75_000
    third = desk.reopen(second.id, by=LENA, reason="and another one")
    assert check(house, third).version == 3


def test_versions_that_a_dispute_made(house: Any, card: Scorecard) -> None:
    first, disputes = final(house, card), house.services.disputes
    made = disputes.open(first.id, [Objection(criterion="greeting", wanted="yes", reason="'Good day' greets")], by=LENA)
    assert check(house, first).status is Status.DISPUTED
    ruling = Ruling(criterion="greeting", outcome=DisputeOutcome.ACCEPTED, words="listened again")
    handler = RITA if made.handler == "rita" else OMID
    done = disputes.decide(made.id, Decision(rulings=(ruling,)), by=handler, expected=None)
    assert check(house, done.successor).stored_score == 100_000
    assert check(house, first).stored_score == 75_000


def test_a_contact_that_was_put_down_to_another_agent(house: Any, card: Scorecard) -> None:
    first, disputes = final(house, card), house.services.disputes
    made = disputes.open(first.id, claim=AgentClaim(agent="a2", reason="I was on holiday"), by=LENA)
    ruling = AgentRuling(outcome=DisputeOutcome.ACCEPTED, agent="a2", words="the rota says so")
    handler = RITA if made.handler == "rita" else OMID
    done = disputes.decide(made.id, Decision(agent=ruling), by=handler, expected=None)
    check(house, done.successor, Outcome.CORRECTED)
    check(house, first, Outcome.CORRECTED)


def test_one_that_the_service_finalised(house: Any, write_chat: Any, tmp_path: Path) -> None:
    (row,) = house.score(write_chat(tmp_path, "auto", "Hello, I am Sara.", "My lamp broke, by itself."))
    card, database = row.scorecard, house.services.database
    with database.unit() as unit:
        stored = unit.scorecards.get(card.id)
        told = {one.id: one for one in stored.criteria}
        decided = told["helped"].model_copy(update={"suggestion": told["manners"].suggestion})
        rubric = unit.rubrics.by_fingerprint(card.rubric.fingerprint)
        # The form leaves help to people: here the machine's word is taken for it, as for the others.
        made = automation.finalized(
            stored.model_copy(update={"criteria": tuple(decided if one.id == "helped" else one for one in stored.criteria)}), rubric,
            at=house.services.clock(),
        )
        versions.finalized(unit, made, rubric, by=SYSTEM, at=house.services.clock())
    found = replayed(house, card)
    assert found.status is Status.FINAL
    places = [one.place for one in found.replayed.differences]
    assert places == [f"entry {found.replayed.entries[1]}: helped"], "nothing in the ledger tells that anybody answered it"


def test_a_blind_review(house: Any, card: Scorecard) -> None:
    with house.services.database.unit() as unit:
        unit.scorecards.make_blind([str(card.id)])
    check(house, card)
    with pytest.raises(ConflictError, match="without its suggestions"):
        house.services.replaying.replay(card.id, reader=LENA)
    done = final(house, card, HELPED, GREETED, GivenAnswer(criterion="manners", answer="yes"))
    assert done.blind
    check(house, done)
    assert house.services.replaying.replay(done.id, reader=LENA).identical


def test_a_draft_beside_one_that_is_reviewed_blindly_tells_as_little(house: Any, card: Scorecard) -> None:
    beside = card.model_copy(update={"id": None, "engine": card.engine.model_copy(update={"analysis": "rules/older"})})
    with house.services.database.unit() as unit:
        other = unit.scorecards.add(beside, at=house.services.clock())
        unit.scorecards.make_blind([str(other.id)])
    with pytest.raises(ConflictError, match="without its suggestions"):
        house.services.replaying.replay(card.id, reader=LENA)


def test_whoever_calibrates_is_told_when_that_is_over(house: Any, card: Scorecard) -> None:
    calibrating = house.services.calibrating
    told = {"title": "May", "rubric": card.rubric.id, "interactions": [card.interaction.id], "participants": ["rita", "lena"]}
    session = calibrating.create(**told, by=ADA).session.id
    with pytest.raises(ConflictError, match="calibration"):
        house.services.replaying.replay(card.id, reader=LENA)
    assert house.services.replaying.replay(card.id, reader=ADA).identical
    calibrating.reveal(session, by=ADA, early=True)
    assert house.services.replaying.replay(card.id, reader=LENA).identical


@pytest.mark.parametrize(
    ("statement", "places"),
    [
        ("UPDATE scorecards SET score = 99000 WHERE id = :card", {"score"}),
        ("UPDATE scorecards SET raw_score = NULL WHERE id = :card", {"raw_score"}),
        ("UPDATE scorecards SET passed = NOT passed WHERE id = :card", {"passed"}),
        ("UPDATE scorecards SET critical_misses = '[\"manners\"]' WHERE id = :card", {"critical_misses"}),
        ("UPDATE scorecards SET sections = '[[\"opening\",100000],[\"rest\",100000]]' WHERE id = :card", {"sections"}),
        ("UPDATE scorecards SET status = 'draft' WHERE id = :card", {"status"}),
        ("UPDATE scorecard_criteria SET answer = 'yes' WHERE scorecard_id = :card AND criterion_id = 'greeting'", {"greeting.answer"}),
        ("UPDATE scorecard_criteria SET points = 1 WHERE scorecard_id = :card AND criterion_id = 'greeting'", {"greeting.points"}),
        ("UPDATE scorecard_criteria SET weight = 1 WHERE scorecard_id = :card AND criterion_id = 'greeting'", {"greeting.weight"}),
        ("DELETE FROM scorecard_criteria WHERE scorecard_id = :card AND criterion_id = 'greeting'", {"greeting.answer", "greeting.points"}),
    ],
)
def test_what_was_changed_beside_the_ledger_is_named(house: Any, card: Scorecard, statement: str, places: set[str]) -> None:
    done = final(house, card)
    with house.services.database.unit() as unit:
        unit.scorecards._session.execute(sa.text(statement), {"card": done.id})
    found = house.services.replaying.replay(done.id, read=False)
    assert not found.identical
    assert places <= {one.place for one in found.replayed.differences}
    assert found.replayed.score == 75_000
    assert found.read is None


def test_a_suggestion_that_the_transcript_does_not_give_is_named(house: Any, card: Scorecard) -> None:
    with house.services.database.unit() as unit:
        unit.scorecards._session.execute(
            sa.text("UPDATE scorecard_criteria SET suggestion_evidence = '[]' WHERE scorecard_id = :card"), {"card": card.id}
        )
        transcript = unit.transcripts.get(card.interaction.id)
        told = transcript.turns[0].model_copy(update={"text": "Hello, I am Sara."})
        changed = transcript.model_copy(update={"turns": (told, *transcript.turns[1:])})
        unit.transcripts.save(card.interaction.id, changed, at=house.services.clock())
    found = replayed(house, card)
    assert not found.identical
    assert found.replayed.differences == ()
    assert found.read is not None
    assert found.read.outcome is Outcome.DIFFERENT
    (one, *_) = found.read.differences
    assert (one.place, one.ledger["answer"], one.stored["answer"]) == ("greeting", "yes", "no")


def test_other_versions_are_told_not_compared(house: Any, card: Scorecard) -> None:
    with house.services.database.unit() as unit:
        unit.scorecards._session.execute(
            sa.text("UPDATE scorecards SET engine_analysis = 'rules/0' WHERE id = :card"), {"card": card.id}
        )
    found = check(house, card, Outcome.OTHER_VERSIONS)
    assert found.read is not None
    assert found.read.made_by.analysis == "rules/0"
    assert found.read.now.analysis == card.engine.analysis


def test_erased_ones_come_out_of_what_the_erasure_kept(house: Any, card: Scorecard) -> None:
    first = final(house, card, HELPED, GREETED)
    second = house.services.reviewing.reopen(first.id, by=LENA, reason="another look is needed")
    house.services.retaining.erase(card.interaction.id, reason="request 4711", by=ADA)
    for one in (first, second):
        found = check(house, one, Outcome.ERASED)
        assert found.replayed.entries == (found.replayed.erased_by,)
        assert found.stored_score == 100_000
    with house.services.database.unit() as unit:
        unit.scorecards._session.execute(sa.text("UPDATE scorecards SET score = 1 WHERE id = :card"), {"card": first.id})
    assert [one.place for one in replayed(house, first).replayed.differences] == ["score"]


def test_a_recording_is_read_again_by_the_engine_that_heard_it(house: Any, write_call: Any, tmp_path: Path) -> None:
    (row,) = house.score(write_call(tmp_path, "called", "Hello!", "My lamp broke.", "Bring it back."))
    check(house, row.scorecard)
    done = final(house, row.scorecard)
    house.services.channels.put(done.interaction.id, ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT), actor="lena")
    check(house, done, Outcome.CORRECTED)
    with house.services.database.unit() as unit:
        unit.transcripts.drop(done.interaction.id, engine=str(done.engine.speech))
    check(house, done, Outcome.MISSING)


def test_reading_is_left_out_where_it_is_not_asked_for(house: Any, card: Scorecard) -> None:
    replaying: Replaying = house.services.replaying
    assert replaying.replay(str(card.id), read=False).read is None


def test_nobody_knows_it(house: Any) -> None:
    with pytest.raises(NotFoundError):
        replayed(house, "nobody")


def test_a_conditional_criterion_that_was_not_asked(open_shop: Open, tmp_path: Path, write_chat: Any) -> None:
    """What the machine's own answers left unasked counts as such again, and comes back into play when a person answers otherwise."""
    form = tmp_path / "forms" / "chat.yaml"
    form.parent.mkdir()
    form.write_text(
        """\
rubric: conditional
version: 1
channel: chat
title: {en: Conditional, fa: شرطی, ar: مشروط}
sections:
  - id: all
    title: All
    weight: 1
    criteria:
      - {id: greeting, question: Greeted?, weight: 2, detect: {said: {by: agent, phrases: {en: [hello], fa: [سلام], ar: [مرحبا]}}}}
      - {id: warmly, question: Warmly?, weight: 3, asked_when: {greeting: "yes"}, detect: manual}
""",
        encoding="utf-8",
    )
    with open_shop(rubrics_dir=form.parent) as shop:
        (row,) = shop.score(write_chat(tmp_path, "w", "Good day.", "My lamp broke."))
        assert {one.id: one.effective for one in row.scorecard.criteria} == {"greeting": "no", "warmly": "not_applicable"}
        check(shop, row.scorecard)
        desk = shop.services.reviewing
        desk.claim(row.scorecard.id, by=RITA)
        desk.answer(row.scorecard.id, [GREETED], by=RITA, expected=None)
        assert check(shop, row.scorecard).replayed.score == 100_000
        desk.answer(row.scorecard.id, [GivenAnswer(criterion="warmly", answer="no", reason="coldly")], by=RITA, expected=None)
        desk.finalize(row.scorecard.id, by=RITA, expected=None)
        assert check(shop, row.scorecard).stored_score == 40_000
