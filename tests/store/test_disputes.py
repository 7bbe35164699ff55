"""Disputes and attributions in both databases: one open at a time, compare-and-swap, urgent first, and nothing lost on the way."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.domain.dispute import (
    AgentClaim,
    AgentRuling,
    Decision,
    Dispute,
    DisputedItem,
    DisputeKind,
    DisputeOutcome,
    DisputeState,
    Misattribution,
    Objection,
    Ruling,
)
from qa_service.domain.interaction import AgentRef, Channel, Direction
from qa_service.domain.permission import Actor, Role, Scope
from qa_service.domain.promise import Promiser
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.errors import ConflictError, NotFoundError, StaleVersionError
from qa_service.services.dispute import Disputes
from qa_service.settings import Settings
from qa_service.store.attributions import FOLLOW
from qa_service.store.contacts import NewContact
from qa_service.store.pages import Page
from qa_service.store.promises import StoredPromise
from qa_service.store.tables import Row, core

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
NOW = AT + timedelta(days=20)


@pytest.fixture
def final(desk: Any) -> Scorecard:
    """Rita's final scorecard of ``c1``."""
    return final_of(desk, "c1")


def final_of(desk: Any, interaction: str, **place: Any) -> Scorecard:
    made: Scorecard = desk.finish(desk.add(desk.draft(desk.take(interaction, **place))), greeting="no", identity="yes", farewell="yes")
    return made


def dispute(card: Scorecard, name: str = "d1", **changes: Any) -> Dispute:
    item = DisputedItem(criterion="greeting", wanted="yes", reason="گفتم سلام", stood="no")
    fields: dict[str, Any] = {
        "id": name, "scorecard": str(card.id), "interaction": card.interaction.id, "rubric": card.rubric.id, "agent": "a17",
        "team": "billing", "language": "fa", "reviewer": "rita", "finalized_at": AT, "kind": DisputeKind.CRITERIA, "items": (item,),
        "opened_by": "u17", "opened_at": AT, "due_at": AT + timedelta(days=7),
    }  # fmt: skip
    return Dispute(**{**fields, **changes})


def keep(desk: Any, *disputes: Dispute) -> None:
    with desk.database.unit() as unit:
        for one in disputes:
            unit.disputes.add(one)


def names(page: Page[Dispute]) -> list[str]:
    return [one.id for one in page.items]


def closed(one: Dispute, *, days: int, state: DisputeState = DisputeState.DECIDED, **changes: Any) -> Dispute:
    return one.model_copy(update={"state": state, "closed_by": "lena", "closed_at": AT + timedelta(days=days), **changes})


def test_every_field_comes_back(desk: Any, final: Scorecard) -> None:
    claim = Misattribution(agent="a18", reason="صدای او نیست", stood="a17")
    made = dispute(final, kind=DisputeKind.WRONG_AGENT, attribution=claim)
    keep(desk, made)
    with desk.database.unit() as unit:
        assert unit.disputes.get("d1") == made
        ruled = made.items[0].model_copy(update={"outcome": DisputeOutcome.ACCEPTED, "answer": "yes", "words": "درست است"})
        told = claim.model_copy(update={"outcome": DisputeOutcome.ACCEPTED, "decided": "a18", "words": "roster"})
        changes = {"items": (ruled,), "attribution": told, "handler": "omid", "assigned_at": AT, "successor": "s2", "note": "خصوصی"}
        done = closed(made, days=2, closed_because="x", **changes)
        saved = unit.disputes.save(done)
    assert saved == done.model_copy(update={"revision": 2})
    with desk.database.reading() as unit:
        assert unit.disputes.get("d1") == saved
        with pytest.raises(NotFoundError, match="'d9'"):
            unit.disputes.get("d9")


def test_a_change_of_an_old_revision_is_refused(desk: Any, final: Scorecard) -> None:
    keep(desk, dispute(final))
    with desk.database.unit() as unit:
        unit.disputes.save(dispute(final, handler="omid", state=DisputeState.ASSIGNED))
    with desk.database.unit() as unit, pytest.raises(StaleVersionError, match="has revision 2, not 1"):
        unit.disputes.save(closed(dispute(final), days=1))
    with desk.database.reading() as unit:
        assert unit.disputes.get("d1").handler == "omid"


def test_one_waits_at_a_time_for_each_scorecard(desk: Any, final: Scorecard) -> None:
    keep(desk, dispute(final))
    for state in (DisputeState.OPEN, DisputeState.ASSIGNED):
        with desk.database.unit() as unit, pytest.raises(ConflictError, match="in dispute already"):
            unit.disputes.add(dispute(final, "d2", state=state))
    with desk.database.unit() as unit:
        unit.disputes.save(closed(dispute(final), days=1))
        unit.disputes.add(dispute(final, "d2"))
    with desk.database.reading() as unit:
        assert [one.id for one in unit.disputes.of_scorecards([str(final.id)])] == ["d1", "d2"]
        assert [one.id for one in unit.disputes.pending_of("c1")] == ["d2"]


def test_the_most_urgent_come_first_page_by_page(desk: Any) -> None:
    cards = [final_of(desk, f"u{i}") for i in range(6)]
    due = [AT + timedelta(days=days) for days in (25, 3, 10)]
    keep(
        desk,
        *(dispute(card, f"d{i}", due_at=when) for i, (card, when) in enumerate(zip(cards, due, strict=False))),
        closed(dispute(cards[3], "d3"), days=5), closed(dispute(cards[4], "d4"), days=9),
        closed(dispute(cards[5], "d5"), days=12, state=DisputeState.WITHDRAWN),
    )  # fmt: skip
    expected = ["d1", "d2", "d0", "d5", "d4", "d3"]
    with desk.database.reading() as unit:
        assert names(unit.disputes.list(now=NOW)) == expected
        found, cursor = [], None
        while True:
            page = unit.disputes.list(now=NOW, cursor=cursor, limit=2)
            found += names(page)
            if (cursor := page.next) is None:
                break
        assert found == expected
        assert names(unit.disputes.list(now=NOW, overdue=True)) == ["d1", "d2", "d4"]
        assert names(unit.disputes.list(now=NOW, overdue=False)) == ["d0", "d5", "d3"]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, ["d1", "d2"]),
        ({"state": DisputeState.ASSIGNED}, ["d2"]),
        ({"kind": DisputeKind.WRONG_AGENT}, ["d1"]),
        ({"agent": "a18"}, ["d2"]),
        ({"team": "claims"}, ["d2"]),
        ({"handler": "omid"}, ["d2"]),
        ({"of": "omid"}, ["d2"]),
        ({"of": "u17"}, ["d1", "d2"]),
        ({"of": "nobody"}, []),
        ({"within": Scope()}, ["d1", "d2"]),
        ({"within": Scope(agent="a17")}, ["d1"]),
        ({"within": Scope(teams=frozenset({"claims", "x"}))}, ["d2"]),
        ({"within": Scope(teams=frozenset())}, []),
        ({"within": Scope(agent="a17"), "agent": "a18"}, []),
    ],
)
def test_filters_and_reach(desk: Any, filters: dict[str, Any], expected: list[str]) -> None:
    claim = Misattribution(reason="not me", stood="a17")
    other = final_of(desk, "c2", agent="a18", team="claims")
    keep(
        desk,
        dispute(final_of(desk, "c1"), "d1", kind=DisputeKind.WRONG_AGENT, attribution=claim),
        dispute(other, "d2", agent="a18", team="claims", state=DisputeState.ASSIGNED, handler="omid", due_at=AT + timedelta(days=9)),
    )
    with desk.database.reading() as unit:
        assert names(unit.disputes.list(now=NOW, **filters)) == expected
        assert names(unit.disputes.list(now=NOW, scorecard=str(other.id))) == ["d2"]
        assert unit.disputes.load() == {"omid": 1}


def test_the_ground_of_a_dispute(desk: Any, final: Scorecard) -> None:
    with desk.database.reading() as unit:
        ground = unit.disputes.ground(str(final.id))
        assert (ground.agent, ground.team, ground.status, ground.counts) == ("a17", "billing", Status.FINAL, True)
        assert (ground.finalized_at, ground.successor) == (AT, None)
        with pytest.raises(NotFoundError):
            unit.disputes.ground("s9")


def test_a_dispute_does_not_move_the_day_of_finalising(desk: Any, final: Scorecard) -> None:
    """Else each dispute would leave time for another."""
    card = final
    for days, status in ((3, Status.DISPUTED), (9, Status.FINAL)):
        with desk.database.unit() as unit:
            marked = card.model_copy(update={"status": status})
            card = unit.scorecards.save(marked, expected_revision=card.revision, at=AT + timedelta(days=days))
    with desk.database.reading() as unit:
        ground = unit.disputes.ground(str(final.id))
    assert (ground.status, ground.counts, ground.finalized_at) == (Status.FINAL, True, AT)


def test_the_cohort_is_cut_by_finalising(desk: Any) -> None:
    keep(
        desk,
        dispute(final_of(desk, "c1"), "d1", finalized_at=AT - timedelta(days=1)),
        dispute(final_of(desk, "c2"), "d2", opened_at=AT + timedelta(days=1)),
        dispute(final_of(desk, "c3"), "d3", team="claims"),
    )
    with desk.database.reading() as unit:
        assert [one.id for one in unit.disputes.cohort()] == ["d1", "d3", "d2"]
        assert [one.id for one in unit.disputes.cohort(since=AT)] == ["d3", "d2"]
        assert [one.id for one in unit.disputes.cohort(until=AT)] == ["d1"]
        assert [one.id for one in unit.disputes.cohort(team="claims")] == ["d3"]
        assert unit.disputes.cohort(rubric="chat-support") == ()
        finals = unit.disputes.finals()
        assert finals.reviewers == {"rita": 3}
        assert finals.criteria == {("phone-support", one): 3 for one in ("greeting", "identity", "farewell")}
        assert unit.disputes.finals(until=AT).reviewers == {}
        assert unit.disputes.finals(team="claims").reviewers == {}


def test_a_dispute_goes_with_its_scorecard(desk: Any, final: Scorecard) -> None:
    keep(desk, dispute(final))
    with desk.database.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM scorecards"))
    with desk.database.reading() as unit:
        assert names(unit.disputes.list(now=NOW)) == []


def test_no_table_that_names_the_agent_of_an_interaction_is_forgotten() -> None:
    """A scorecard follows by version, a dispute tells whom its scorecard was about, and readings and the search
    index move with what hangs on them."""
    named = {name for name, table in Row.metadata.tables.items() if {"agent_id", "interaction_id"} <= set(table.c.keys())}
    assert named == {core(table).name for table in FOLLOW} | {"scorecards", "disputes", "readings", "search_interactions"}


@pytest.mark.parametrize("agent", [AgentRef(id="a18", name="Reza", team="claims"), None])
def test_all_that_is_not_finished_moves_to_the_right_agent(desk: Any, agent: AgentRef | None) -> None:
    interaction = desk.take("c1")
    final = desk.finish(desk.add(desk.draft(interaction)), greeting="no")
    waits = desk.add(desk.draft(interaction, analysis="rules/2"), minutes=5)
    others = final_of(desk, "c2")
    contact = NewContact(interaction="c1", channel=Channel.PHONE, direction=Direction.INBOUND, agent="a17", team="billing")
    promise = StoredPromise(
        id="c1.0", interaction="c1", agent="a17", team="billing", channel=Channel.PHONE, made_at=AT, position=0, turn=0, start=0, end=4,
        who=Promiser.AGENT, what="call you", contact=True, confidence=0.9,
    )
    with desk.database.unit() as unit:
        unit.contacts.save_many([contact], at=AT)
        unit.promises.replace(["c1"], [promise])
        if agent is not None:
            unit.agents.upsert(agent, at=AT)
        moved = unit.attributions.move("c1", agent)
    assert (moved.before.id, moved.drafts, moved.finals) == ("a17", (waits.id,), (final.id,))
    who, team = (agent.id, agent.team) if agent else (None, None)
    with desk.database.reading() as unit:
        assert unit.interactions.get("c1").interaction.agent == agent
        assert unit.contacts.get("c1").agent == who
        assert unit.contacts.get("c1").team == team
        assert [(one.agent, one.team) for one in unit.promises.of_interaction("c1")] == [(who, team)]
        assert unit.disputes.ground(waits.id).team == team
        assert {card.id: card.interaction.agent for card in unit.scorecards.for_interaction("c1")} == {waits.id: who, final.id: "a17"}
        assert unit.scorecards.get(others.id) == others
        with pytest.raises(NotFoundError):
            unit.attributions.move("c9", None)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What acts gave, or raised, that began at the same time."""
    gate = Barrier(len(acts))

    def run(act: Callable[[], object]) -> object:
        gate.wait()
        try:
            return act()
        except ConflictError as error:
            return error

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.mark.parametrize("outcome", [DisputeOutcome.ACCEPTED, DisputeOutcome.REJECTED])
def test_of_many_at_once_one_opens_and_one_decides(desk: Any, final: Scorecard, tmp_path: Any, outcome: DisputeOutcome) -> None:
    disputes = Disputes(database=desk.database, settings=Settings(data_dir=tmp_path), clock=lambda: AT + timedelta(days=1))
    lead = Actor(id="carla", role=Role.QA_LEAD)
    objection = Objection(criterion="greeting", wanted="yes", reason="گفتم سلام")
    tries = at_once(*[lambda: disputes.open(str(final.id), [objection], by=lead)] * 4)
    (made,) = [one for one in tries if isinstance(one, Dispute)]
    assert all("in dispute" in str(one) for one in tries if one is not made)
    decision = Decision(rulings=(Ruling(criterion="greeting", outcome=outcome, words="heard it"),))
    leads = [Actor(id=f"lead-{i}", role=Role.QA_LEAD) for i in range(4)]
    ends = at_once(*[lambda by=by: disputes.decide(made.id, decision, by=by) for by in leads])
    (done,) = [one for one in ends if isinstance(one, Dispute)]
    with desk.database.reading() as unit:
        versions = unit.scorecards.versions(str(final.id))
        assert len(versions) == (2 if outcome is DisputeOutcome.ACCEPTED else 1)
        assert [one.status for one in versions] == [Status.FINAL] * len(versions)
        assert [unit.disputes.ground(str(one.id)).counts for one in versions] == [False] * (len(versions) - 1) + [True]
        decided = [one for one in unit.ledger.entries(subject=f"dispute/{made.id}") if one.action == "dispute.decided"]
        assert [one.actor for one in decided] == [done.closed_by]
        unit.ledger.verify()


def test_a_contact_moves_with_its_score(desk: Any, final: Scorecard, tmp_path: Any) -> None:
    disputes = Disputes(database=desk.database, settings=Settings(data_dir=tmp_path), clock=lambda: AT + timedelta(days=1))
    opener, decider = Actor(id="carla", role=Role.QA_LEAD), Actor(id="lena", role=Role.QA_LEAD)
    made = disputes.open(str(final.id), claim=AgentClaim(agent="a18", reason="صدای او نیست"), by=opener)
    ruling = AgentRuling(outcome=DisputeOutcome.ACCEPTED, agent="a18", words="نوبت او بود")
    disputes.decide(made.id, Decision(agent=ruling), by=decider)
    with desk.database.reading() as unit:
        totals = {one.agent: (one.scorecards, one.finished) for one in unit.results.agents()}
        assert totals == {"a18": (1, 1)}
        assert [one.interaction.agent for one in unit.scorecards.versions(str(final.id))] == ["a17", "a18"]
