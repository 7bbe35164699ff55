"""Coaching in the store: one open plan an agent, reach by today's team, places that still stand, on both databases."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from qa_service.domain.coaching_plan import (
    CoachingGoal,
    CoachingPlan,
    CoachingPriority,
    ExampleKind,
    ExampleRef,
    PlanState,
    acknowledged,
    closed,
    started,
)
from qa_service.domain.coaching_session import CoachingSession
from qa_service.domain.consent import Consent, decided
from qa_service.domain.interaction import AgentRef
from qa_service.domain.permission import Scope
from qa_service.domain.recognition import Announcement, Award, Recognition
from qa_service.errors import ConflictError, NotFoundError, StaleVersionError
from qa_service.store.session import Database
from tests.store.conftest import AT, Desk

TODAY = date(2026, 3, 1)
BILLING, SALES = Scope(teams=frozenset({"billing"})), Scope(teams=frozenset({"sales"}))


@pytest.fixture
def house(database: Database) -> Database:
    """Three agents."""
    with database.unit() as unit:
        unit.agents.upsert_many([AgentRef(id="a1", team="billing"), AgentRef(id="a2", team="billing"), AgentRef(id="a3")], at=AT)
    return database


def plan(identifier: str = "p1", agent: str = "a1", *criteria: str, **changes: Any) -> CoachingPlan:
    priorities = tuple(
        CoachingPriority(
            rubric="phone-support", criterion=one, behaviour="سلام کنید", goal=CoachingGoal(share_from=0.5, share_to=0.8, reviews=40),
            examples=(ExampleRef(kind=ExampleKind.OWN_MISSED, scorecard="s1"),),
        )
        for one in criteria or ("greeting",)
    )  # fmt: skip
    told = {
        "id": identifier, "agent": agent, "team": "billing", "coach": "carl", "starts": TODAY, "ends": TODAY + timedelta(days=60),
        "priorities": priorities, "created_by": "carl", "created_at": AT,
    }  # fmt: skip
    return CoachingPlan(**{**told, **changes})


def test_a_plan_comes_back_as_it_was(house: Database) -> None:
    with house.unit() as unit:
        unit.coaching_plans.add(plan())
    with house.unit() as unit:
        assert unit.coaching_plans.get("p1") == plan()
        assert unit.coaching_plans.open_of("a1") == plan()
        active = unit.coaching_plans.save(acknowledged(started(plan(), at=AT), by="u1", comment="gladly", at=AT))
        assert active.revision == 2
    with house.reading() as unit:
        assert unit.coaching_plans.get("p1") == active
        assert unit.coaching_plans.open_of("a2") is None
        with pytest.raises(NotFoundError, match="no coaching plan 'p9'"):
            unit.coaching_plans.get("p9")


def test_an_agent_has_one_open_plan(house: Database) -> None:
    with house.unit() as unit:
        unit.coaching_plans.add(plan())
    with pytest.raises(ConflictError, match="has an open plan already"), house.unit() as unit:
        unit.coaching_plans.add(plan("p2"))
    with house.unit() as unit:
        unit.coaching_plans.add(plan("p3", "a2"))
        unit.coaching_plans.save(closed(plan(), PlanState.DROPPED, outcome="no time", by="carl", at=AT))
        unit.coaching_plans.add(plan("p2"))


def test_who_is_quicker_wins(house: Database) -> None:
    with house.unit() as unit:
        unit.coaching_plans.add(plan())
        unit.coaching_plans.save(plan(coach="cora"))
    with pytest.raises(StaleVersionError, match="has revision 2, not 1"), house.unit() as unit:
        unit.coaching_plans.save(plan(coach="lena"))


def test_lists_begin_with_what_is_overdue(house: Database) -> None:
    with house.unit() as unit:
        unit.coaching_plans.add(plan("late", "a1", state=PlanState.ACTIVE, started_at=AT, follow_up=TODAY - timedelta(days=3)))
        unit.coaching_plans.add(plan("later", "a2", state=PlanState.ACTIVE, started_at=AT))
        unit.coaching_plans.add(plan("draft", "a3", ends=TODAY + timedelta(days=1)))
        unit.coaching_plans.add(plan("over", "a1", state=PlanState.DONE, started_at=AT, closed_at=AT, closed_by="carl"))

    def listed(**told: Any) -> list[str]:
        with house.reading() as unit:
            return [one.id for one in unit.coaching_plans.list(today=TODAY, **told).items]

    assert listed() == ["late", "draft", "later", "over"]
    assert listed(overdue=True) == ["late"]
    assert listed(overdue=False) == ["draft", "later", "over"]
    assert listed(state=PlanState.DONE) == ["over"]
    assert listed(agent="a1") == ["late", "over"]
    assert listed(team="billing") == ["late", "later", "over"]
    assert listed(within=BILLING) == ["late", "later", "over"]
    assert listed(within=SALES) == listed(coach="cora") == []
    assert listed(within=Scope(agent="a3")) == []  # not started
    assert listed(hidden_from="a3") == ["late", "later", "over"]
    with house.reading() as unit:
        page = unit.coaching_plans.list(today=TODAY, limit=3)
        rest = unit.coaching_plans.list(today=TODAY, limit=3, cursor=page.next)
    assert [one.id for one in rest.items] == ["over"]


def test_reach_follows_the_agent_to_another_team(house: Database) -> None:
    with house.unit() as unit:
        unit.coaching_plans.add(plan())
        unit.agents.upsert(AgentRef(id="a1", team="sales"), at=AT)
    with house.reading() as unit:
        assert unit.coaching_plans.get("p1", within=SALES).team == "billing"
        assert unit.coaching_plans.teams_now(["a1", "a3", "zz"]) == {"a1": "sales", "a3": None}
        with pytest.raises(NotFoundError):
            unit.coaching_plans.get("p1", within=BILLING)
        with pytest.raises(NotFoundError):
            unit.coaching_plans.get("p1", within=Scope(agent="a1"))


def test_who_was_coached_on_what_when(house: Database) -> None:
    with house.unit() as unit:
        unit.coaching_plans.add(plan("p1", "a1", "greeting", "farewell", state=PlanState.ACTIVE, started_at=AT))
        over = {"closed_at": AT + timedelta(days=5), "closed_by": "carl", "started_at": AT}
        unit.coaching_plans.add(plan("p2", "a2", state=PlanState.DONE, **over))
        unit.coaching_plans.add(plan("p3", "a3"))

    def coached(criterion: str, since: int, until: int) -> set[str]:
        days = {"since": TODAY + timedelta(days=since), "until": TODAY + timedelta(days=until)}
        with house.reading() as unit:
            return set(unit.coaching_plans.coached("phone-support", criterion, **days))

    assert coached("greeting", -90, 30) == {"a1", "a2"}
    assert coached("greeting", 10, 30) == {"a1"}
    assert coached("greeting", -90, -1) == set()
    assert coached("farewell", -90, 30) == {"a1"}
    assert coached("identity", -90, 30) == set()
    with house.unit() as unit:
        before = unit.coaching_plans.get("p1")
        unit.coaching_plans.save(before.model_copy(update={"priorities": before.priorities[:1]}))
    assert coached("farewell", -90, 30) == set()


def test_sessions_of_a_plan(house: Database) -> None:
    def held(identifier: str, day: int, **changes: Any) -> CoachingSession:
        told = {"plan": "p1", "agent": "a1", "coach": "carl", "held_on": TODAY + timedelta(days=day), "created_at": AT, **changes}
        return CoachingSession(id=identifier, **told)

    first = held("s1", 2, practised=("greeting",), notes="خوب بود", private="tired", follow_up=TODAY + timedelta(days=9))
    with house.unit() as unit:
        unit.coaching_plans.add(plan(state=PlanState.ACTIVE, started_at=AT))
        unit.coaching_sessions.add(first)
        unit.coaching_sessions.add(held("s0", 1, created_at=AT + timedelta(days=1)))
    with house.unit() as unit:
        assert unit.coaching_sessions.get("s1", within=BILLING) == first
        assert [one.id for one in unit.coaching_sessions.of_plan("p1")] == ["s0", "s1"]
        assert [one.id for one in unit.coaching_sessions.list(plan="p1").items] == ["s0", "s1"]
        assert unit.coaching_sessions.list(within=SALES).items == ()
        assert [one.id for one in unit.coaching_sessions.list(within=Scope(agent="a1"), acknowledged=False).items] == ["s0", "s1"]
        assert unit.coaching_sessions.list(acknowledged=True).items == ()
        with pytest.raises(NotFoundError):
            unit.coaching_sessions.get("s1", within=SALES)
        assert unit.coaching_sessions.save(first.model_copy(update={"notes": None})).revision == 2
    with pytest.raises(StaleVersionError, match="has revision 2, not 1"), house.unit() as unit:
        unit.coaching_sessions.save(first)


def test_consent_is_given_and_taken_back(house: Database) -> None:
    with house.unit() as unit:
        nothing = unit.consents.get("a1")
        assert (nothing.given, nothing.revision) == (False, 1)
        given = unit.consents.save(decided(nothing, given=True, by="u1", own="a1", at=AT))
    with pytest.raises(StaleVersionError), house.unit() as unit:
        unit.consents.save(decided(Consent(agent="a1"), given=True, by="u1", own="a1", at=AT))
    with house.unit() as unit:
        assert unit.consents.get("a1") == given
        unit.consents.save(decided(given, given=False, by="u1", own="a1", at=AT))
        assert (unit.consents.get("a1").given, unit.consents.get("a1").revision) == (False, 3)


def test_a_month_is_announced_once_for_each_team(house: Database) -> None:
    def said(identifier: str, month: str = "2026-02", team: str | None = None) -> Announcement:
        made = Recognition(month=month, team=team, best=Award(winners=("a1",), eligible=2), improved=Award(eligible=0))
        return Announcement(id=identifier, recognition=made, by="lena", at=AT, words="Well done")

    with house.unit() as unit:
        for one in (said("n1"), said("n2", team="billing"), said("n3", "2026-01"), said("n4", team="house")):
            assert unit.announcements.add(one) == unit.announcements.get(one.id)
    for again in (said("n5"), said("n6", team="billing")):
        with pytest.raises(ConflictError, match="was announced already"), house.unit() as unit:
            unit.announcements.add(again)
    with house.reading() as unit:
        assert [one.id for one in unit.announcements.list().items] == ["n4", "n3", "n2", "n1"]
        assert [one.id for one in unit.announcements.list(teams=frozenset()).items] == ["n3", "n1"]
        assert [one.id for one in unit.announcements.list(teams=frozenset({"billing"}), month="2026-02").items] == ["n2", "n1"]
        assert [one.id for one in unit.announcements.list(team="billing").items] == ["n2"]
        with pytest.raises(NotFoundError):
            unit.announcements.get("n9")


class Shelf:
    """Finished scorecards of two agents."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.cards = {
            name: desk.finish(desk.add(desk.draft(desk.take(name, agent=agent, days=day))), identity="yes", farewell="yes", greeting=answer)
            for name, agent, day, answer in (
                ("mine-no", "a1", 0, "no"), ("mine-no-2", "a1", 1, "no"), ("mine-yes", "a1", 2, "yes"), ("theirs", "a2", 3, "yes"),
            )
        }  # fmt: skip

    def id(self, name: str) -> str:
        return str(self.cards[name].id)

    def consent(self, agent: str, *, given: bool) -> None:
        with self.desk.database.unit() as unit:
            before = unit.consents.get(agent)
            unit.consents.save(decided(before, given=given, by="u", own=agent, at=AT))

    def colleagues(self, **more: Any) -> list[str]:
        with self.desk.database.reading() as unit:
            told = {"rubric": "phone-support", "criterion": "greeting", "answers": ["yes"], **more}
            return [one.interaction for one in unit.places.of_colleagues("a1", **told)]

    def own(self, *answers: str, **more: Any) -> list[str]:
        with self.desk.database.reading() as unit:
            found = unit.places.of_agent("a1", rubric="phone-support", criterion="greeting", answers=answers, limit=5, **more)
            return [one.interaction for one in found]


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    return Shelf(desk)


def test_own_places_newest_first(shelf: Shelf) -> None:
    assert shelf.own("no") == ["mine-no-2", "mine-no"]
    assert shelf.own("yes") == ["mine-yes"]
    assert shelf.own("no", since=AT + timedelta(hours=1)) == ["mine-no-2"]
    assert shelf.own() == []


def test_colleagues_are_shown_only_while_they_agree(shelf: Shelf) -> None:
    assert shelf.colleagues() == []
    shelf.consent("a2", given=True)
    assert shelf.colleagues() == shelf.colleagues(among=["a2", "a9"]) == ["theirs"]
    assert shelf.colleagues(among=["a9"]) == shelf.colleagues(among=[]) == []
    place = (shelf.id("theirs"), "greeting")
    with shelf.desk.database.reading() as unit:
        assert unit.places.at([place], agreed=True)[place].agent == "a2"
    shelf.consent("a2", given=False)
    assert shelf.colleagues() == []
    with shelf.desk.database.reading() as unit:
        assert unit.places.at([place], agreed=True) == {}


def test_what_was_erased_is_no_example(shelf: Shelf) -> None:
    places = [(shelf.id(name), "greeting") for name in ("mine-no", "mine-yes")]
    with shelf.desk.database.unit() as unit:
        assert set(unit.places.at(places, agreed=False)) == set(places)
        unit.erasures.forget("mine-no", at=AT)
    with shelf.desk.database.reading() as unit:
        assert set(unit.places.at(places, agreed=False)) == {places[1]}
    assert shelf.own("no") == ["mine-no-2"]


def test_language_of_most_contacts(shelf: Shelf) -> None:
    with shelf.desk.database.reading() as unit:
        assert unit.places.language_of("a1") == "fa"
        assert unit.places.language_of("a9") is None
