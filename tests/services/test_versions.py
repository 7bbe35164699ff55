"""Versions: a final scorecard is opened again beside itself, superseded by the next final one, and confirmed by its agent."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest

from qa_service.domain.permission import Actor, Right, Role, Scope
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.errors import ConflictError, NotFoundError, StaleVersionError
from qa_service.services.review import Reviewing
from qa_service.services.versions import finalized, reopened

AT = datetime(2027, 1, 4, 9, tzinfo=UTC)
RITA, LEAD = Actor(id="rita", role=Role.REVIEWER), Actor(id="lead", role=Role.QA_LEAD)
SARA, OTHER = (Actor(id=name, role=Role.AGENT, agent=agent) for name, agent in (("sara", "a1"), ("ali", "a2")))
NUMBERS = count()


@pytest.fixture
def desk(shop: Any) -> Reviewing:
    return shop.services.reviewing  # type: ignore[no-any-return]


@pytest.fixture
def draft(shop: Any, write_chat: Any, tmp_path: Any) -> Scorecard:
    (row,) = shop.score(write_chat(tmp_path, f"v-{next(NUMBERS)}", "Good day, I am Sara.", "My lamp broke.", "Bring it back."))
    return row.scorecard  # type: ignore[no-any-return]


@pytest.fixture
def final(desk: Reviewing, draft: Scorecard) -> Scorecard:
    """Greeting no, manners yes, helped yes."""
    desk.claim(draft.id, by=RITA)
    desk.answer(draft.id, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    return desk.finalize(draft.id, by=RITA, expected=None)


def acts(shop: Any, card: Scorecard) -> list[tuple[str, dict[str, Any]]]:
    with shop.services.database.reading() as unit:
        found = list(unit.ledger.entries(subject=f"scorecard/{card.id}"))
    assert {entry.interaction for entry in found[1:]} <= {card.interaction.id}
    return [(entry.action.removeprefix("scorecard."), entry.content) for entry in found]


def counted(shop: Any, card: Scorecard) -> list[str]:
    with shop.services.database.reading() as unit:
        cards = unit.scorecards.for_interaction(card.interaction.id)
        return [one.id for one in cards if unit.scorecards.seen(one.id).counts]


def test_from_one_version_to_the_next(shop: Any, desk: Reviewing, final: Scorecard) -> None:
    second = desk.reopen(final.id, by=LEAD, reason="the greeting is in the recording", expected=final.revision)
    assert (second.version, second.replaces, second.status, second.reviewer) == (2, final.id, Status.DRAFT, None)
    assert second.criteria == final.criteria
    assert shop.services.scorecards.get(final.id) == final, "the old one stays"
    assert counted(shop, final) == [final.id]
    held = desk.claim(second.id, by=RITA)
    greeted = GivenAnswer(criterion="greeting", answer="yes", reason="'Good day'")
    answered = desk.answer(second.id, [greeted], by=RITA, expected=held.revision)
    assert counted(shop, final) == [final.id], "until the new one is final"
    done = desk.finalize(second.id, by=RITA, expected=answered.revision)
    assert (done.status, done.score) == (Status.FINAL, 100_000)
    assert counted(shop, final) == [second.id]
    assert desk.versions(final.id, within=Scope()) == desk.versions(second.id, within=Scope()) == (final, done)
    assert shop.services.audit.verify().valid


def test_the_ledger_has_both_sides_of_it(shop: Any, desk: Reviewing, final: Scorecard) -> None:
    second = desk.reopen(final.id, by=LEAD, reason="listen again")
    name, told = acts(shop, final)[-1]
    assert (name, told) == ("reopened", {"reason": "listen again", "as": second.id, "version": 2})
    ((name, told),) = acts(shop, second)
    assert (name, told["replaces"], told["reason"], told["version"]) == ("opened", final.id, "listen again", 2)
    assert {one: given["answer"] for one, given in told["answers"].items()} == {"greeting": "no", "manners": "yes", "helped": "yes"}
    assert (told["rubric"]["fingerprint"], told["engine"]["analysis"]) == (final.rubric.fingerprint, final.engine.analysis)
    desk.claim(second.id, by=RITA)
    desk.finalize(second.id, by=RITA, expected=None)
    assert acts(shop, final)[-1] == ("superseded", {"by": second.id, "version": 2})
    assert [name for name, _ in acts(shop, second)] == ["opened", "claimed", "finalized"]


def test_it_is_opened_again_once(desk: Reviewing, final: Scorecard) -> None:
    second = desk.reopen(final.id, by=LEAD, reason="listen again")
    with pytest.raises(ConflictError, match=f"opened again before, as '{second.id}'") as caught:
        desk.reopen(final.id, by=LEAD, reason="and again")
    assert caught.value.hint == f"go on with version 2: {second.id}"
    with pytest.raises(ConflictError, match="only a final scorecard"):
        desk.reopen(second.id, by=LEAD, reason="too early")
    desk.claim(second.id, by=RITA)
    desk.release(second.id, by=RITA)
    desk.claim(second.id, by=RITA)
    desk.finalize(second.id, by=RITA, expected=None)
    assert desk.reopen(second.id, by=LEAD, reason="third time").version == 3


def test_only_what_is_final_is_opened_again(desk: Reviewing, draft: Scorecard) -> None:
    with pytest.raises(ConflictError, match="only a final scorecard"):
        desk.reopen(draft.id, by=LEAD, reason="x")
    with pytest.raises(NotFoundError):
        desk.reopen("nobody", by=LEAD, reason="x")
    with pytest.raises(StaleVersionError):
        desk.reopen(draft.id, by=LEAD, reason="x", expected=7)


def test_other_services_do_it_in_a_unit_of_their_own(shop: Any, final: Scorecard) -> None:
    with shop.services.database.unit() as unit:
        disputed = unit.scorecards.save(final.model_copy(update={"status": Status.DISPUTED}), expected_revision=final.revision, at=AT)
        second = reopened(unit, disputed, by=LEAD, at=AT, reason="another agent spoke", agent="a2")
        rubric = unit.rubrics.by_fingerprint(second.rubric.fingerprint)
        done = finalized(unit, second.model_copy(update={"status": Status.FINAL, "reviewer": "lead"}), rubric, by=LEAD, at=AT)
    assert (done.interaction.agent, done.status, done.revision) == ("a2", Status.FINAL, 2)
    assert shop.services.scorecards.get(final.id).status is Status.DISPUTED, "what becomes of the dispute is for its service to say"
    assert counted(shop, final) == [second.id]
    assert acts(shop, second)[-1][1]["agent"] == "a2"


def test_agents_see_their_own_final_versions(desk: Reviewing, final: Scorecard) -> None:
    mine, others = (who.scope(Right.READ_SCORECARDS) for who in (SARA, OTHER))
    desk.reopen(final.id, by=LEAD, reason="listen again")
    assert desk.versions(final.id, within=mine) == (final,)
    with pytest.raises(NotFoundError):
        desk.versions(final.id, within=others)


def confirm(desk: Reviewing, card: Scorecard, who: Actor, comment: str | None = None) -> Scorecard:
    return desk.acknowledge(card.id, by=who, within=who.scope(Right.ACKNOWLEDGE), comment=comment)


def test_an_agent_confirms_once(shop: Any, desk: Reviewing, final: Scorecard) -> None:
    read = confirm(desk, final, SARA, "ممنون، متوجه شدم")
    assert read.acknowledged is not None
    assert (read.acknowledged.by, read.acknowledged.comment, read.revision) == ("sara", "ممنون، متوجه شدم", final.revision + 1)
    assert shop.services.scorecards.get(final.id) == read
    assert confirm(desk, final, SARA, "or not") == read
    assert [name for name, _ in acts(shop, final)].count("acknowledged") == 1
    assert acts(shop, final)[-1][1]["comment"] == "ممنون، متوجه شدم"


def test_only_ones_own_final_scorecard_that_counts_is_confirmed(shop: Any, desk: Reviewing, draft: Scorecard) -> None:
    with pytest.raises(NotFoundError):
        confirm(desk, draft, SARA)
    desk.claim(draft.id, by=RITA)
    desk.answer(draft.id, [GivenAnswer(criterion="helped", answer="yes")], by=RITA, expected=None)
    final = desk.finalize(draft.id, by=RITA, expected=None)
    with pytest.raises(NotFoundError):
        confirm(desk, final, OTHER)
    second = desk.reopen(final.id, by=LEAD, reason="listen again")
    with pytest.raises(NotFoundError):
        confirm(desk, second, SARA)
    desk.claim(second.id, by=RITA)
    desk.finalize(second.id, by=RITA, expected=None)
    with pytest.raises(ConflictError, match="another version of this scorecard counts now"):
        confirm(desk, final, SARA)
    with shop.services.database.unit() as unit:
        now = unit.scorecards.get(second.id)
        unit.scorecards.save(now.model_copy(update={"status": Status.DISPUTED}), expected_revision=now.revision, at=AT)
    with pytest.raises(ConflictError, match="is disputed"):
        confirm(desk, second, SARA)
