"""Disputes from opening to decision: who gets them, what they change, and that agents are counted what is theirs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from qa_service.domain.dispute import (
    AgentClaim,
    AgentRuling,
    Decision,
    DisputeOutcome,
    DisputeState,
    Objection,
    Ruling,
)
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Role
from qa_service.domain.review import GivenAnswer
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.domain.user import User
from qa_service.errors import (
    AnswerError,
    ConflictError,
    DeadlineError,
    InputError,
    NotFoundError,
    PermissionDeniedError,
    QaError,
    StaleVersionError,
    UnknownAgentError,
)
from qa_service.services.dispute import Disputes

NUMBERS = count()
PEOPLE = (
    User(id="rita", login="rita", name="Rita", role=Role.REVIEWER),
    User(id="omid", login="omid", name="Omid", role=Role.REVIEWER, languages=("fa", "en")),
    User(id="amal", login="amal", name="Amal", role=Role.REVIEWER, languages=("ar",)),
    User(id="lena", login="lena", name="Lena", role=Role.QA_LEAD, languages=("de",)),
    User(id="carl", login="carl", name="Carl", role=Role.COACH, teams=("billing",)),
    User(id="u1", login="sara", name="Sara", role=Role.AGENT, agent="a1"),
    User(id="u2", login="reza", name="Reza", role=Role.AGENT, agent="a2"),
)
RITA, OMID, AMAL, LENA, CARL, SARA, REZA = (user.actor() for user in PEOPLE)
OBJECTION = Objection(criterion="greeting", wanted="yes", reason="'Good day' greets")
CLAIM = AgentClaim(agent="a2", reason="I was on holiday")
ACCEPTED, REJECTED = DisputeOutcome.ACCEPTED, DisputeOutcome.REJECTED


class Clock:
    """A clock that tests set."""

    def __init__(self) -> None:
        self.days = 0.0

    def __call__(self) -> datetime:
        return datetime(2026, 11, 2, 9, tzinfo=UTC) + timedelta(days=self.days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def peopled(open_shop: Callable[..., AbstractContextManager[Any]]) -> Iterator[Any]:
    """A shop with users."""
    with open_shop() as shop:
        with shop.services.database.unit() as unit:
            for user in PEOPLE:
                unit.users.add(user, at=shop.services.clock())
        yield shop


@pytest.fixture
def desk(peopled: Any, clock: Clock) -> Disputes:
    return Disputes(database=peopled.services.database, settings=peopled.services.settings, clock=clock)


@pytest.fixture
def final(peopled: Any, write_chat: Any, tmp_path: Path, clock: Clock) -> Scorecard:
    """Rita's final scorecard of a chat of Sara (a1): greeting no, manners and help yes."""
    identifier = f"d-{next(NUMBERS)}"
    said = ("Good day, I am Sara.", "My lamp broke.", f"Bring number {identifier} back, any day.")
    (row,) = peopled.score(write_chat(tmp_path, identifier, *said, agent={"id": "a1", "name": "Sara", "team": "billing"}))
    made: Scorecard = row.scorecard
    return finish(peopled, made, clock)


def finish(shop: Any, card: Scorecard, clock: Clock) -> Scorecard:
    reviewing = type(shop.services.reviewing)(database=shop.services.database, clock=clock)
    reviewing.claim(card.id, by=RITA)
    given = [GivenAnswer(criterion="helped", answer="yes")]
    reviewing.answer(card.id, given, by=RITA, expected=None)
    done: Scorecard = reviewing.finalize(card.id, by=RITA, expected=None)
    assert {one.id: one.answer for one in done.criteria} == {"greeting": "no", "manners": "yes", "helped": "yes"}
    assert done.score == 75_000  # 0 of the first section (1), all of the second (3)
    return done


def rules(outcome: DisputeOutcome, criterion: str = "greeting", **more: Any) -> Ruling:
    return Ruling(criterion=criterion, outcome=outcome, words="listened again", **more)


def current(shop: Any, card: Scorecard) -> Scorecard:
    """The one that counts."""
    with shop.services.database.reading() as unit:
        cards = [one for one in unit.scorecards.for_interaction(card.interaction.id) if unit.disputes.ground(str(one.id)).counts]
    (found,) = cards
    return found


def acts(shop: Any, subject: str) -> list[tuple[str, str]]:
    with shop.services.database.reading() as unit:
        return [(entry.actor, entry.action) for entry in unit.ledger.entries(subject=subject)]


def test_from_opening_to_a_new_version(peopled: Any, desk: Disputes, final: Scorecard, clock: Clock) -> None:
    clock.days = 2
    made = desk.open(final.id, [OBJECTION], by=SARA)
    assert (made.state, made.handler) == (DisputeState.ASSIGNED, "omid"), "Rita finalised it, Amal and Lena know no English"
    assert made.due_at == clock() + timedelta(days=7)
    assert current(peopled, final).status is Status.DISPUTED, "it counts on as it is"
    clock.days = 3
    done = desk.decide(made.id, Decision(rulings=(rules(ACCEPTED),), note="coach Rita"), by=OMID, expected=made.revision)
    assert (done.state, done.result, done.closed_by, done.note) == (DisputeState.DECIDED, ACCEPTED, "omid", "coach Rita")
    new, old = current(peopled, final), peopled.services.scorecards.get(final.id)
    assert (new.id, new.version, new.replaces, new.status, new.reviewer) == (done.successor, 2, final.id, Status.FINAL, "omid")
    assert (new.score, new.criterion("greeting").answered.by, new.criterion("greeting").answered.reason) == (
        100_000, "omid", "listened again"
    )  # fmt: skip
    assert (old.status, old.score, old.criteria) == (Status.FINAL, 75_000, final.criteria)
    assert acts(peopled, f"dispute/{made.id}") == [("u1", "dispute.opened"), ("system", "dispute.routed"), ("omid", "dispute.decided")]
    with peopled.services.database.reading() as unit:
        (act,) = [one for one in unit.ledger.entries(subject=f"scorecard/{new.id}") if one.action == "scorecard.finalized"]
    assert (act.actor, act.content["because"], act.content["score"]) == ("omid", f"dispute/{made.id}", 100_000)
    assert act.content["answers"] == {"greeting": "yes", "manners": "yes", "helped": "yes"}
    assert peopled.services.audit.verify().valid
    assert all(peopled.services.replaying.replay(str(one.id)).identical for one in (old, new))


def test_a_partial_acceptance_changes_only_what_was_accepted(peopled: Any, desk: Disputes, final: Scorecard) -> None:
    made = desk.open(final.id, [OBJECTION, Objection(criterion="helped", reason="not my job")], by=SARA)
    done = desk.decide(made.id, Decision(rulings=(rules(REJECTED), rules(ACCEPTED, "helped", answer="not_applicable"))), by=OMID)
    assert done.result is DisputeOutcome.PARTLY
    new = current(peopled, final)
    assert {one.id: one.answer for one in new.criteria} == {"greeting": "no", "manners": "yes", "helped": "not_applicable"}
    assert new.score == 75_000


@pytest.mark.parametrize("end", ["rejected", "withdrawn"])
def test_without_acceptance_all_stays_as_it_was(peopled: Any, desk: Disputes, final: Scorecard, clock: Clock, end: str) -> None:
    made = desk.open(final.id, [OBJECTION], by=SARA)
    clock.days = 5
    if end == "rejected":
        desk.decide(made.id, Decision(rulings=(rules(REJECTED),)), by=OMID)
    else:
        desk.withdraw(made.id, by=SARA)
    now = current(peopled, final)
    assert now == final.model_copy(update={"revision": now.revision})
    assert desk.get(made.id, by=SARA).state.value == ("decided" if end == "rejected" else "withdrawn")
    again = desk.open(final.id, [OBJECTION], by=SARA)
    assert again.handler == (None if end == "rejected" else "omid"), "whoever decided before decides no more"
    desk.withdraw(again.id, by=SARA)


def test_a_decision_after_its_deadline_counts_and_is_marked(peopled: Any, desk: Disputes, final: Scorecard, clock: Clock) -> None:
    made = desk.open(final.id, [OBJECTION], by=SARA)
    clock.days = 7.1
    late = desk.list(by=LENA, overdue=True)
    assert [one.id for one in late.items] == [made.id]
    done = desk.decide(made.id, Decision(rulings=(rules(ACCEPTED),)), by=OMID)
    assert done.late(clock())
    assert current(peopled, final).score == 100_000
    with peopled.services.database.reading() as unit:
        told = [one.content["late"] for one in unit.ledger.entries(subject=f"dispute/{made.id}") if one.action == "dispute.decided"]
    assert told == [True]


def test_too_late_to_open(desk: Disputes, final: Scorecard, clock: Clock) -> None:
    clock.days = 14
    desk.withdraw(desk.open(final.id, [OBJECTION], by=SARA).id, by=SARA)
    clock.days = 14.01
    with pytest.raises(DeadlineError, match="14 days"):
        desk.open(final.id, [OBJECTION], by=SARA)


@pytest.mark.parametrize(
    ("by", "error"),
    [
        (REZA, NotFoundError),
        (CARL.model_copy(update={"teams": frozenset({"claims"})}), NotFoundError),
        (Actor(id="u9", role=Role.AGENT), NotFoundError),
        (RITA, PermissionDeniedError),
        (Actor(id="s", role=Role.SERVICE), PermissionDeniedError),
    ],
)
def test_whose_scorecards_one_disputes(desk: Disputes, final: Scorecard, by: Actor, error: type[QaError]) -> None:
    with pytest.raises(error):
        desk.open(final.id, [OBJECTION], by=by)
    for other in (CARL, LENA):
        desk.withdraw(desk.open(final.id, [OBJECTION], by=other).id, by=other)


def test_one_dispute_at_a_time_and_only_over_what_counts(
    peopled: Any, desk: Disputes, final: Scorecard, write_chat: Any, tmp_path: Path
) -> None:
    made = desk.open(final.id, [OBJECTION], by=SARA)
    with pytest.raises(ConflictError, match="in dispute already"):
        desk.open(final.id, [OBJECTION], by=CARL)
    desk.decide(made.id, Decision(rulings=(rules(ACCEPTED),)), by=OMID)
    with pytest.raises(ConflictError, match="does not count"):
        desk.open(final.id, [OBJECTION], by=SARA)
    (row,) = peopled.score(write_chat(tmp_path, f"draft-{final.id}", "Good day.", "Hi.", f"Well, {final.id}.", agent="a1"))
    with pytest.raises(ConflictError, match="only a final"):
        desk.open(row.scorecard.id, [OBJECTION], by=LENA)
    with pytest.raises(NotFoundError):
        desk.open(row.scorecard.id, [OBJECTION], by=SARA)


def test_what_a_lead_opened_again_is_not_disputed(peopled: Any, desk: Disputes, final: Scorecard) -> None:
    peopled.services.reviewing.reopen(final.id, by=LENA, reason="second thoughts")
    with pytest.raises(ConflictError, match="reviewed again"):
        desk.open(final.id, [OBJECTION], by=SARA)


def test_what_is_in_dispute_is_not_opened_again(peopled: Any, desk: Disputes, final: Scorecard) -> None:
    """Else its decision could not be carried out."""
    made = desk.open(final.id, [OBJECTION], by=SARA)
    with pytest.raises(ConflictError, match="in dispute"):
        peopled.services.reviewing.reopen(final.id, by=LENA, reason="second thoughts")
    desk.withdraw(made.id, by=SARA)
    assert peopled.services.reviewing.reopen(final.id, by=LENA, reason="second thoughts").version == 2


def test_an_old_dispute_does_not_displace_a_newer_judgement(peopled: Any, desk: Disputes, final: Scorecard, clock: Clock) -> None:
    """The same contact, scored by newer rules and finalised meanwhile."""
    made = desk.open(final.id, [OBJECTION], by=SARA)
    newer = final.model_copy(update={"id": None, "revision": 1, "engine": final.engine.model_copy(update={"analysis": "rules/99"})})
    with peopled.services.database.unit() as unit:
        newer = unit.scorecards.add(newer, at=clock())
    assert current(peopled, final).id == newer.id
    with pytest.raises(ConflictError, match="does not count any more"):
        desk.decide(made.id, Decision(rulings=(rules(ACCEPTED),)), by=OMID)
    desk.decide(made.id, Decision(rulings=(rules(REJECTED),)), by=OMID)
    assert current(peopled, final).id == newer.id


def test_what_is_refused_changes_nothing(peopled: Any, desk: Disputes, final: Scorecard) -> None:
    with pytest.raises(AnswerError):
        desk.open(final.id, [OBJECTION, Objection(criterion="gone", reason="x")], by=SARA)
    assert current(peopled, final) == final
    made = desk.open(final.id, [OBJECTION], by=SARA)
    disputed = current(peopled, final)
    for decision, by, error in (
        (Decision(rulings=(rules(ACCEPTED, answer="maybe"),)), OMID, AnswerError),
        (Decision(rulings=(rules(ACCEPTED),)), RITA, PermissionDeniedError),
        (Decision(rulings=(rules(ACCEPTED),)), AMAL, PermissionDeniedError),
        (Decision(rulings=(rules(ACCEPTED),)), CARL, PermissionDeniedError),
        (Decision(rulings=(rules(ACCEPTED),)), REZA, NotFoundError),
    ):
        with pytest.raises(error):
            desk.decide(made.id, decision, by=by)
    with pytest.raises(StaleVersionError, match="has revision 2, not 1"):
        desk.decide(made.id, Decision(rulings=(rules(ACCEPTED),)), by=OMID, expected=1)
    assert (current(peopled, final), desk.get(made.id, by=SARA)) == (disputed, made)
    desk.decide(made.id, Decision(rulings=(rules(REJECTED),)), by=LENA)
    with pytest.raises(ConflictError, match="is decided"):
        desk.decide(made.id, Decision(rulings=(rules(ACCEPTED),)), by=LENA)


def test_leads_route_by_hand(desk: Disputes, final: Scorecard) -> None:
    made = desk.open(final.id, [OBJECTION], by=CARL)
    given = desk.route(made.id, handler="amal", note="she knows the customer", by=LENA)
    assert (given.handler, given.note, given.revision) == ("amal", "she knows the customer", made.revision + 1)
    assert desk.route(made.id, by=LENA).handler == "omid", "whoever speaks English and has not got it"
    for handler, error, told in (
        ("rita", InputError, "finalised"), ("carl", InputError, "opened it|decides none"), ("nobody", NotFoundError, "nobody"),
    ):  # fmt: skip
        with pytest.raises(error, match=told):
            desk.route(made.id, handler=handler, by=LENA)
    with pytest.raises(ConflictError, match="nobody else"):
        desk.route(made.id, by=LENA)
    with pytest.raises(PermissionDeniedError):
        desk.route(made.id, handler="amal", by=OMID)
    with pytest.raises(PermissionDeniedError, match="whoever opened"):
        desk.withdraw(made.id, by=LENA)
    desk.withdraw(made.id, by=CARL)


def test_somebody_switched_off_gets_nothing(peopled: Any, desk: Disputes, final: Scorecard) -> None:
    with peopled.services.database.unit() as unit:
        gone = User(id=f"gone-{final.id}", login=f"gone-{final.id}", name="Gone", role=Role.REVIEWER, active=False)
        unit.users.add(gone, at=peopled.services.clock())
    made = desk.open(final.id, [OBJECTION], by=SARA)
    with pytest.raises(InputError, match="not active"):
        desk.route(made.id, handler=gone.id, by=LENA)
    desk.withdraw(made.id, by=SARA)


def counted(shop: Any, agent: str) -> int:
    """Final scorecards in the agent's profile."""
    profile = shop.services.profiles.profile(agent)
    greeting = [one.share.n for one in profile.criteria if one.criterion == "greeting"]
    finished = [one for one in profile.scores if one.status in (Status.FINAL, Status.DISPUTED)]
    assert sum(greeting) == len(finished)
    return len(finished)


@pytest.mark.parametrize("objections", [[], [OBJECTION]])
def test_another_agents_contact_counts_for_them_and_the_trail_is_whole(
    peopled: Any, desk: Disputes, final: Scorecard, objections: list[Objection], write_chat: Any, tmp_path: Path, clock: Clock
) -> None:
    agent = f"right-{final.id}"
    told = {"id": agent, "team": "claims"}
    (row,) = peopled.score(write_chat(tmp_path, f"own-{final.id}", "Good day.", "Hi.", f"Bye, {final.id}.", agent=told))
    finish(peopled, row.scorecard, clock)
    before = counted(peopled, "a1"), counted(peopled, agent)
    made = desk.open(final.id, objections, claim=AgentClaim(agent=agent, reason="I was on holiday"), by=SARA)
    ruling = AgentRuling(outcome=ACCEPTED, agent=agent, words="the roster says so")
    done = desk.decide(made.id, Decision(agent=ruling, rulings=tuple(rules(ACCEPTED) for _ in objections)), by=OMID)
    assert (counted(peopled, "a1"), counted(peopled, agent)) == (before[0] - 1, before[1] + 1)
    new, old = current(peopled, final), peopled.services.scorecards.get(final.id)
    assert (new.id, new.interaction.agent, new.score) == (done.successor, agent, 100_000 if objections else 75_000)
    assert (old.interaction.agent, old.status, old.score) == ("a1", Status.FINAL, 75_000)
    assert all(peopled.services.replaying.replay(str(one.id)).identical for one in (old, new))
    stored = peopled.services.interactions.get(final.interaction.id)
    assert (stored.interaction.agent.id, stored.interaction.agent.team) == (agent, "claims")
    with peopled.services.database.reading() as unit:
        assert unit.disputes.ground(str(new.id)).team == "claims"
        assert unit.contacts.some([final.interaction.id])[final.interaction.id].agent == agent
        (act,) = [one for one in unit.ledger.entries(subject=f"interaction/{final.interaction.id}") if one.action.endswith("reattributed")]
    assert (act.actor, act.content["before"], act.content["after"], act.content["because"]) == ("omid", "a1", agent, f"dispute/{made.id}")
    peopled.services.history.remember([final.interaction.id])
    with peopled.services.database.reading() as unit:
        assert unit.contacts.get(final.interaction.id).agent == agent, "analysed again, it stays where it is"
    assert desk.get(made.id, by=SARA).successor == new.id
    with pytest.raises(NotFoundError):
        desk.open(str(new.id), [OBJECTION], by=SARA)


def test_a_contact_of_nobody_known_counts_for_nobody(peopled: Any, desk: Disputes, final: Scorecard) -> None:
    before = counted(peopled, "a1")
    made = desk.open(final.id, claim=AgentClaim(reason="not my voice"), by=SARA)
    desk.decide(made.id, Decision(agent=AgentRuling(outcome=ACCEPTED, words="it is not")), by=OMID)
    assert counted(peopled, "a1") == before - 1
    assert current(peopled, final).interaction.agent is None
    assert peopled.services.interactions.get(final.interaction.id).interaction.agent is None


def test_a_rejected_claim_moves_nothing(peopled: Any, desk: Disputes, final: Scorecard) -> None:
    made = desk.open(final.id, claim=CLAIM, by=SARA)
    done = desk.decide(made.id, Decision(agent=AgentRuling(outcome=REJECTED, words="she says her name")), by=OMID)
    assert (done.result, done.successor, current(peopled, final).id) == (REJECTED, None, final.id)
    assert peopled.services.interactions.get(final.interaction.id).interaction.agent.id == "a1"


def test_unknown_agents_are_made_or_refused_as_the_settings_say(peopled: Any, desk: Disputes, final: Scorecard, clock: Clock) -> None:
    strict = peopled.services.settings.model_copy(update={"unknown_agents": "refuse"})
    strict_desk = Disputes(database=peopled.services.database, settings=strict, clock=clock)
    stranger = AgentClaim(agent=f"new-{final.id}", reason="new here")
    with pytest.raises(UnknownAgentError, match="nobody knows"):
        strict_desk.open(final.id, claim=stranger, by=SARA)
    made = desk.open(final.id, claim=stranger, by=SARA)
    decision = Decision(agent=AgentRuling(outcome=ACCEPTED, agent=stranger.agent, words="so it is"))
    with pytest.raises(UnknownAgentError, match="nobody knows"):
        strict_desk.decide(made.id, decision, by=OMID)
    assert current(peopled, final).interaction.agent == "a1"
    desk.decide(made.id, decision, by=OMID)
    assert peopled.services.profiles.agent(stranger.agent).id == stranger.agent
    assert current(peopled, final).interaction.agent == stranger.agent


def test_everything_that_counts_of_the_contact_moves_and_other_disputes_end(
    peopled: Any, desk: Disputes, final: Scorecard, clock: Clock
) -> None:
    """The same contact, judged by another form: final and in dispute; and by new rules: a draft."""
    with peopled.services.database.unit() as unit:
        rubric = unit.rubrics.by_fingerprint(final.rubric.fingerprint)
        other_form = rubric.model_copy(update={"rubric": "mini-other", "channel": Channel.EMAIL})
        unit.rubrics.add(other_form, at=clock())
        bare = final.model_copy(update={"id": None, "status": Status.DRAFT, "reviewer": None, "revision": 1})
        ref = final.rubric.model_copy(update={"id": "mini-other", "fingerprint": other_form.fingerprint})
        other = unit.scorecards.add(bare.model_copy(update={"rubric": ref, "status": Status.FINAL, "reviewer": "rita"}), at=clock())
        engine = final.engine.model_copy(update={"analysis": "rules/99"})
        waiting = unit.scorecards.add(bare.model_copy(update={"engine": engine}), at=clock())
    side = desk.open(str(other.id), [OBJECTION], by=CARL)
    made = desk.open(final.id, claim=CLAIM, by=SARA)
    desk.decide(made.id, Decision(agent=AgentRuling(outcome=ACCEPTED, agent="a2", words="so it is")), by=OMID)
    ended = desk.get(side.id, by=LENA)
    assert (ended.state, ended.closed_by, ended.closed_because) == (DisputeState.WITHDRAWN, "system", f"dispute/{made.id}")
    with peopled.services.database.reading() as unit:
        cards = unit.scorecards.for_interaction(final.interaction.id)
        found = {(one.rubric.id, one.version, one.engine.analysis): one for one in cards}
        counting = [one for one in cards if unit.disputes.ground(str(one.id)).counts]
    assert {one.interaction.agent for one in counting} == {"a2"}
    assert len(counting) == 2
    moved = found["mini-other", 2, final.engine.analysis]
    assert (moved.replaces, moved.status, moved.score, moved.criteria) == (other.id, Status.FINAL, other.score, other.criteria)
    assert found["mini-other", 1, final.engine.analysis].interaction.agent == "a1"
    assert (found["mini-chat", 1, "rules/99"].id, found["mini-chat", 1, "rules/99"].interaction.agent) == (waiting.id, "a2")
    assert peopled.services.audit.verify().valid


def test_lists_show_what_lies_within_reach(desk: Disputes, final: Scorecard) -> None:
    made = desk.open(final.id, [OBJECTION], by=SARA)

    def seen(by: Actor, **filters: Any) -> bool:
        return made.id in [one.id for one in desk.list(by=by, scorecard=final.id, **filters).items]

    assert [seen(by) for by in (SARA, CARL, RITA, LENA, REZA, CARL.model_copy(update={"teams": frozenset()}))] == [
        True, True, True, True, False, False,
    ]  # fmt: skip
    assert [seen(by, mine=True) for by in (SARA, OMID, CARL, LENA)] == [True, True, False, False]
    with pytest.raises(NotFoundError):
        desk.get(made.id, by=REZA)
    with pytest.raises(PermissionDeniedError):
        desk.list(by=Actor(id="s", role=Role.SERVICE))
    desk.withdraw(made.id, by=SARA)


def test_outcomes_by_reviewer_and_criterion(desk: Disputes, final: Scorecard, clock: Clock) -> None:
    before = desk.outcomes(by=LENA, team="billing")
    made = desk.open(final.id, [OBJECTION, Objection(criterion="helped", wanted="no", reason="x")], by=SARA)
    clock.days = 1.5
    desk.decide(made.id, Decision(rulings=(rules(ACCEPTED), rules(REJECTED, "helped"))), by=OMID)
    after = desk.outcomes(by=LENA, team="billing")

    def of(found: Any, reviewer: str) -> tuple[int, int, int]:
        (one,) = [one for one in found.reviewers if one.reviewer == reviewer] or [None]
        return (0, 0, 0) if one is None else (one.finals, one.upheld, one.overturned)

    grown = [now - then for now, then in zip(of(after, "rita"), of(before, "rita"), strict=True)]
    assert grown == [0, 1, 1]
    assert after.times.decided == before.times.decided + 1
    assert desk.outcomes(by=LENA, since=clock()).disputes == 0, "by when the scorecard was finalised"
    with pytest.raises(PermissionDeniedError):
        desk.outcomes(by=OMID)
