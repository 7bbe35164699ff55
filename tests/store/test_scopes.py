"""Which rows lie within somebody's reach, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from qa_service.domain.interaction import AgentRef, Channel
from qa_service.domain.permission import Scope
from qa_service.domain.promise import Promiser
from qa_service.domain.scorecard import Engines, Status
from qa_service.errors import NotFoundError
from qa_service.store.contacts import NewContact
from qa_service.store.promises import StoredPromise

AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
#: Interaction: agent and team as told at the time, and whether it is finished.
HOUSE: dict[str, tuple[str | None, str | None, bool]] = {
    "a-moved": ("a17", "sales", True), "a-final": ("a17", "billing", True), "a-draft": ("a17", "billing", False),
    "a-untold": ("a17", None, False), "b-final": ("b2", "sales", True), "none": (None, None, True),
}  # fmt: skip
CASES: tuple[tuple[Scope | None, set[str]], ...] = (
    (None, set(HOUSE)), (Scope(), set(HOUSE)),
    # Where nobody told the team at the time, the one of now counts.
    (Scope(teams=frozenset({"billing"})), {"a-final", "a-draft", "a-untold"}), (Scope(teams=frozenset({"sales"})), {"a-moved", "b-final"}),
    (Scope(teams=frozenset({"sales", "billing"})), set(HOUSE) - {"none"}), (Scope(teams=frozenset()), set()),
    (Scope(agent="a17"), {"a-final", "a-moved"}), (Scope(agent="b2"), {"b-final"}), (Scope(agent="nobody"), set()),
)  # fmt: skip
NAMES = ("unscoped", "everybody", "billing", "sales", "both", "no team", "a17", "b2", "nobody")


@pytest.fixture
def house(desk: Any) -> Any:
    with desk.database.unit() as unit:
        unit.agents.upsert(AgentRef(id="b2", team="sales"), at=AT)
    cards = {}
    for name, (agent, team, finished) in HOUSE.items():
        interaction = desk.take(name, agent=agent, team=team)
        cards[name] = desk.add(desk.draft(interaction))
        if finished:
            cards[name] = desk.finish(cards[name], greeting="yes", identity="yes", farewell="no")
    with desk.database.unit() as unit:
        unit.agents.upsert(AgentRef(id="a17", team="billing"), at=AT)
        unit.contacts.save_many(
            [NewContact(interaction=name, channel=Channel.PHONE, direction="inbound", agent=agent, team=team, started_at=AT)
             for name, (agent, team, _) in HOUSE.items()], at=AT,
        )  # fmt: skip
        unit.promises.replace(HOUSE, [
            StoredPromise(
                id=f"p-{name}", interaction=name, agent=agent, team=team, channel=Channel.PHONE, made_at=AT, position=0, turn=0, start=0,
                end=1, who=Promiser.AGENT, what="call back", contact=True, confidence=0.9,
            ) for name, (agent, team, _) in HOUSE.items()
        ])  # fmt: skip
    return desk, {name: str(card.id) for name, card in cards.items()}


@pytest.mark.parametrize(("scope", "seen"), CASES, ids=NAMES)
def test_every_store_leaves_the_same_out(house: Any, scope: Scope | None, seen: set[str]) -> None:
    desk, cards = house
    with desk.database.reading() as unit:
        assert {one.interaction.id for one in unit.interactions.list(within=scope).items} == seen
        assert set(unit.interactions.some(HOUSE, within=scope)) == seen
        shown = {one.interaction.id for one in unit.scorecards.list(within=scope).items}
        assert shown == seen
        assert {one.interaction for one in unit.promises.list(now=AT, patience=timedelta(days=1), within=scope).items} == seen
        assert {one.interaction for one in unit.results.scores(within=scope)} == seen
        horizon = unit.contacts.horizon()
        assert horizon is not None
        counted = unit.contacts.counted(window=timedelta(days=7), horizon=horizon, within=scope)
        assert sum(one.contacts for one in counted) == len(seen)
        for name, card in cards.items():
            assert bool(unit.scorecards.for_interaction(name, within=scope)) is (name in seen)
            if name in seen:
                assert unit.interactions.get(name, within=scope).interaction.id == name
                assert unit.scorecards.get(card, within=scope).id == card
                continue
            with pytest.raises(NotFoundError):
                unit.interactions.get(name, within=scope)
            with pytest.raises(NotFoundError):
                unit.scorecards.get(card, within=scope)


def test_sums_are_made_of_what_is_within(house: Any) -> None:
    desk, _ = house
    with desk.database.reading() as unit:
        within = {scope: unit.results.agents(within=scope) for scope, _ in CASES if scope is not None}
        assert {one.agent: one.scorecards for one in within[Scope(teams=frozenset({"billing"}))]} == {"a17": 3}
        assert {one.agent: (one.scorecards, one.finished) for one in within[Scope(agent="a17")]} == {"a17": (2, 2)}
        assert within[Scope(teams=frozenset())] == ()
        tallies = unit.results.tallies(within=Scope(agent="b2"))
        assert {one.criterion: one.effective for one in tallies} == {"greeting": {"yes": 1}, "identity": {"yes": 1}, "farewell": {"no": 1}}
        assert [one.interaction for one in unit.results.evidence("farewell", "no", within=Scope(agent="b2"))] == ["b-final"]
        assert sum(one.scorecards for one in unit.results.families(within=Scope(agent="b2"))) == 2


def test_a_final_one_that_counts_no_more_shows_no_interaction(house: Any) -> None:
    """Put down to the wrong agent, the judgement moves: the first agent keeps the old version, and loses the interaction."""
    desk, cards = house
    with desk.database.unit() as unit:
        old = unit.scorecards.get(cards["a-final"])
        moved = old.model_copy(
            update={
                "id": None, "version": 2, "replaces": old.id, "status": Status.DRAFT, "reviewer": None,
                "interaction": old.interaction.model_copy(update={"agent": "b2"}),
            }
        )  # fmt: skip
        opened = unit.scorecards.succeed(moved, at=AT)
        before = unit.interactions.get("a-final", within=Scope(agent="a17"))
        assert before.interaction.id == "a-final"
        with pytest.raises(NotFoundError):
            unit.interactions.get("a-final", within=Scope(agent="b2"))
        done = opened.model_copy(update={"status": Status.FINAL, "reviewer": "rita"})
        unit.scorecards.save(done, expected_revision=1, at=AT + timedelta(minutes=1))
    with desk.database.reading() as unit:
        assert unit.interactions.get("a-final", within=Scope(agent="b2")).interaction.id == "a-final"
        with pytest.raises(NotFoundError):
            unit.interactions.get("a-final", within=Scope(agent="a17"))
        assert unit.scorecards.get(cards["a-final"], within=Scope(agent="a17")).version == 1
        assert {one.interaction.id for one in unit.scorecards.list(within=Scope(agent="a17")).items} == {"a-moved"}


def test_agents_are_in_the_team_of_now(house: Any) -> None:
    desk, _ = house
    with desk.database.reading() as unit:
        for scope, seen in (
            (None, {"a17", "b2"}), (Scope(teams=frozenset({"billing"})), {"a17"}), (Scope(teams=frozenset({"sales"})), {"b2"}),
            (Scope(teams=frozenset()), set()), (Scope(agent="b2"), {"b2"}),
        ):  # fmt: skip
            assert {one.id for one in unit.agents.list(within=scope).items} == seen
            for agent in ("a17", "b2"):
                if agent in seen:
                    assert unit.agents.get(agent, within=scope).id == agent
                else:
                    with pytest.raises(NotFoundError):
                        unit.agents.get(agent, within=scope)


def test_what_is_reviewed_blindly_is_in_no_filter_by_figures_and_no_sum(house: Any) -> None:
    desk, cards = house
    with desk.database.unit() as unit:
        assert unit.scorecards.make_blind(cards.values()) == tuple(sorted((cards["a-draft"], cards["a-untold"])))
    blind = {"a-draft", "a-untold"}
    with desk.database.reading() as unit:
        assert {one.interaction.id for one in unit.scorecards.list().items} == set(HOUSE)
        for told in ({"min_score": 0.0}, {"max_score": 100.0}, {"undecided": True}, {"undecided": False}):
            assert not {one.interaction.id for one in unit.scorecards.list(**told).items} & blind
        assert {one.interaction for one in unit.results.scores()} == set(HOUSE) - blind
        assert sum(one.scorecards for one in unit.results.agents()) == len(HOUSE) - 2
        assert {sum(one.effective.values()) for one in unit.results.tallies()} == {len(HOUSE) - 2}


def test_what_is_reviewed_blindly_is_known_by_interaction_and_rubric(house: Any) -> None:
    desk, cards = house
    with desk.database.unit() as unit:
        unit.scorecards.make_blind([cards["a-draft"]])
        assert unit.scorecards.reviewed_blindly(HOUSE) == {("a-draft", "phone-support")}
        assert unit.scorecards.reviewed_blindly(["a-untold", "no-such"]) == frozenset()
        blind = unit.scorecards.get(cards["a-draft"])
    desk.finish(blind, greeting="yes", identity="yes", farewell="yes")
    with desk.database.reading() as unit:
        assert unit.scorecards.reviewed_blindly(HOUSE) == frozenset()


def test_a_draft_beside_one_that_is_reviewed_blindly_is_in_no_sum_either(house: Any) -> None:
    desk, cards = house
    with desk.database.unit() as unit:
        unit.scorecards.make_blind([cards["a-draft"]])
        blind = unit.scorecards.get(cards["a-draft"])
    newer = blind.model_copy(update={"id": None, "blind": False, "engine": Engines(speech="other/1", analysis="2")})
    beside = desk.add(newer)
    with desk.database.reading() as unit:
        assert not unit.scorecards.get(str(beside.id)).blind
        assert "a-draft" not in {one.interaction for one in unit.results.scores()}
        assert unit.attention.cards("a17").drafts == 1
        assert unit.scorecards.reviewed_blindly(HOUSE) == {("a-draft", "phone-support")}
