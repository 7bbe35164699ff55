"""Agents beside their peers, teams beside other teams, and what to look out for, in a house that was laid out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from qa_service.bootstrap import Services, opened
from qa_service.domain.agent import Standing
from qa_service.domain.comparison import Reason
from qa_service.domain.history import Link
from qa_service.domain.interaction import AgentRef, Channel, Direction, Interaction, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.profile import Among, Measure
from qa_service.domain.risk import Told
from qa_service.domain.rubric import Rubric, Skill
from qa_service.domain.swot import Beside, Origin
from qa_service.errors import InputError, NotFoundError
from qa_service.store.contacts import NewContact
from qa_service.store.readings import Reading
from qa_service.store.risks import Risks
from tests.store.conftest import FORM, Desk

MARCH, APRIL = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 4, 1, tzinfo=UTC)
#: Agent, team, finals in March, of 10 how many are greeted and identified.
TEAM: tuple[tuple[str, str, int, int, int], ...] = (
    ("a1", "فروش تهران", 30, 10, 3), ("a2", "فروش تهران", 30, 8, 9), ("a3", "فروش تهران", 30, 8, 9), ("a4", "فروش تهران", 30, 8, 9),
    ("a5", "فروش تهران", 30, 7, 9), ("a6", "فروش تهران", 0, 0, 0), ("b1", "sales/EU", 20, 9, 9), ("b2", "sales/EU", 20, 9, 9),
    ("n1", "novices", 1, 10, 10),
)  # fmt: skip
TEHRAN = "فروش تهران"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, make_settings: Any) -> Iterator[Services]:
    """Three teams; a1 greets everybody and identifies few; a6 was never reviewed, n1 once. Calls of a1 come back far more often."""
    with opened(make_settings(tmp_path_factory.mktemp("house"))) as services:
        desk = Desk(services.database, Rubric.model_validate(FORM))
        for agent, team, finals, greeted, identified in TEAM:
            lay(desk, agent, team, finals, greeted, identified)
        for agent in ("a1", "a2"):
            lay(desk, agent, TEHRAN, 10, 8, 9, days=-20, prefix="feb")
        void = desk.take("void", agent="z1", team="void")
        desk.finish(desk.add(desk.draft(void)), greeting="not_applicable", identity="not_applicable", farewell="not_applicable")
        come_back(services)
        yield services


def lay(desk: Desk, agent: str, team: str, finals: int, greeted: int, identified: int, *, days: int = 0, prefix: str = "c") -> None:
    for number in range(finals or 2):
        day = days + number % 25 if days == 0 else days + number % 10
        name = f"{prefix}-{agent}-{number}"
        contact = desk.interaction(name, agent=agent, team=team, days=day).model_copy(update={"queue": "new" if number % 2 else "old"})
        contact = contact.model_copy(update={"agent": AgentRef(id=agent, name="سارا" if agent == "a1" else None, team=team)})
        with desk.database.unit() as unit:
            unit.interactions.add(contact, content_sha256=f"content of {name}", at=MARCH)
        card = desk.add(desk.draft(contact))
        if finals:
            by = "rita" if number % 3 else "omid"
            told = {"greeting": number % 10 < greeted, "identity": number % 10 < identified}
            with desk.database.unit() as unit:
                done = desk.answered(card, by=by, farewell="not_applicable", **{key: "yes" if one else "no" for key, one in told.items()})
                unit.scorecards.save(done, expected_revision=card.revision, at=MARCH)


def call(name: str, agent: str, days: int) -> Interaction:
    return Interaction(id=name, channel=Channel.PHONE, started_at=MARCH + timedelta(days=days), agent=AgentRef(id=agent, team=TEHRAN))


def contact(made: Interaction, customer: str | None) -> NewContact:
    return NewContact(
        interaction=made.id, customer=customer, started_at=made.started_at, channel=Channel.PHONE, direction=Direction.INBOUND,
        agent=made.agent.id if made.agent else None, team=TEHRAN,
    )


def come_back(services: Services) -> None:
    """Four agents have fifty calls each; of a1's half come back, of others' one in twenty-five; of a1's ten may leave. With their holds."""
    calls = [call(f"k-{agent}-{number}", agent, 10 + number % 10) for agent in ("a1", "a2", "a3", "a4") for number in range(50)]
    old = call("k-old", "a2", -300)
    readings = []
    for one in calls:
        agent, number = one.id.split("-")[1], int(one.id.split("-")[2])
        values = {"hold.seconds": 60.0 + number % 7, "interruptions.agent": (9.0 if agent == "a1" else 1.0) + number % 3}
        values["queue.wait"] = 300.0 + number
        readings.append(Reading(one.id, agent, TEHRAN, Channel.PHONE, "2026-03", Purpose.LIVE, values))
    repeats = [f"k-a1-{number}" for number in range(25)] + [f"k-a{agent}-{number}" for agent in (2, 3, 4) for number in (0, 1)]
    with services.database.unit() as unit:
        for one in (*calls, old):
            unit.interactions.add(one, content_sha256=f"content of {one.id}", at=MARCH)
        unit.contacts.save_many([*(contact(one, f"customer of {one.id}") for one in calls), contact(old, None)], at=MARCH)
        unit.contacts.link_many({name: Link(("k-old",), None) for name in repeats})
        unit.readings.save_many(readings)
    with Session(services.database.engine) as session, session.begin():
        Risks(session).save_many({f"k-a1-{number}": Told(churn=1) for number in range(10)})


def of(found: Any, name: str) -> Any:
    return next(one for one in found.criteria if one.criterion == name)


def test_strengths_and_weaknesses_are_against_comparable_peers(house: Services) -> None:
    found = house.profiles.profile("a1", since=MARCH, until=APRIL)
    assert (found.peers.among, found.peers.team, found.peers.agents) == (Among.TEAM, TEHRAN, 4), "a6 has no answer of people"
    assert (found.finals, found.drafts, found.agent.name) == (30, 0, "سارا")
    identity = of(found, "identity")
    assert (identity.share.n, identity.share.value, identity.others.n, identity.others.value) == (30, 0.3, 120, 0.9)
    assert (identity.standing, identity.against, identity.reason) == (Standing.WEAKNESS, Measure.PEERS, None)
    assert identity.peers.effect == pytest.approx(-0.6, abs=0.03)
    assert identity.peers.high < 0
    assert identity.peers.q < 0.001
    assert [one.criterion for one in found.weaknesses] == ["identity"]
    assert of(found, "farewell").not_applicable == 30
    assert (of(found, "farewell").reason, of(found, "farewell").share.value) == (Reason.NO_OPPORTUNITY, None)


def test_the_own_past_is_the_month_before(house: Services) -> None:
    found = house.profiles.profile("a1", since=MARCH, until=APRIL)
    assert found.past is not None
    assert (found.past.since, found.past.until) == (datetime(2026, 2, 1, tzinfo=UTC), MARCH)
    identity = of(found, "identity")
    assert (identity.past.standing, identity.past.others) == (Standing.WEAKNESS, 1), "it was 9 of 10"
    assert of(house.profiles.profile("a3", since=MARCH, until=APRIL), "identity").past.reason is Reason.NO_PEERS
    everything = house.profiles.profile("a1")
    assert (everything.past, everything.finals) == (None, 40)
    (course,) = everything.courses
    assert [(one.month, one.figure.n) for one in course.points] == [("2026-02", 10), ("2026-03", 30)]


def test_periods_that_are_no_months_count_exactly(house: Services) -> None:
    found = house.profiles.profile("a1", since=MARCH + timedelta(days=2), until=MARCH + timedelta(days=5))
    assert found.finals == of(found, "identity").share.n
    assert 0 < found.finals < 10
    assert found.past is not None
    assert found.past.since == MARCH - timedelta(days=1)


def test_totals_are_told_raw_shrunk_and_adjusted(house: Services) -> None:
    (total,) = house.profiles.profile("a1", since=MARCH, until=APRIL).totals
    assert total.figure.value is not None
    assert total.shrunk is not None
    assert total.figure.value < total.shrunk < 0.9, "drawn towards the team"
    assert total.case_mix.before.n == 30
    assert total.case_mix.after.value is not None
    assert total.reviewers.before == total.figure


def test_skills_and_sections(house: Services) -> None:
    found = house.profiles.profile("a1", since=MARCH, until=APRIL)
    assert [(one.skill, one.criteria, one.n) for one in found.skills] == [(Skill.CLARITY, ("phone-support.greeting",), 30)]
    assert [one.section for one in found.sections] == ["opening", "closing"]
    assert found.sections[1].peers.standing is Standing.WEAKNESS


def test_what_is_not_the_agent_s_doing_stands_apart(house: Services) -> None:
    found = {one.name: one for one in house.profiles.profile("a1", since=MARCH, until=APRIL).signals}
    assert list(found) == ["interruptions.agent", "hold.seconds", "queue.wait"], "the agent's own doing first"
    assert found["interruptions.agent"].standing is Standing.WEAKNESS
    assert (found["interruptions.agent"].n, found["interruptions.agent"].others_n) == (50, 150)
    assert found["queue.wait"].control == "system"
    assert {found[name].standing for name in ("hold.seconds", "queue.wait")} == {Standing.CANNOT_TELL}


def test_one_scorecard_none_and_nobody(house: Services) -> None:
    novice = house.profiles.profile("n1")
    assert (novice.finals, novice.peers.among) == (1, Among.HOUSE)
    assert novice.strengths == ()
    assert novice.weaknesses == ()
    assert "1 scored interaction: too few to judge an agent by" in novice.notes
    assert any("whole house" in note for note in novice.notes)
    alone = house.teams.profile(TEHRAN, since=MARCH, until=APRIL)
    assert any("too few other teams" in note for note in alone.notes)
    never = house.profiles.profile("a6")
    assert (never.finals, never.drafts, never.mean_score, never.criteria) == (0, 2, None, ())
    assert all(one.figure.value is None for one in never.totals), "the machine alone estimates nobody"
    empty = house.profiles.profile("a1", since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 2, 1, tzinfo=UTC))
    assert (empty.finals, empty.totals, empty.signals, empty.skills) == (0, (), (), ())
    with pytest.raises(NotFoundError, match="a99"):
        house.profiles.profile("a99")


def test_a_scorecard_on_which_nothing_was_applicable_tells_nothing(house: Services) -> None:
    found = house.profiles.profile("z1")
    assert (found.finals, found.mean_score, found.strengths, found.weaknesses) == (1, None, (), ())
    assert {(one.share.n, one.not_applicable, one.reason) for one in found.criteria} == {(0, 1, Reason.NO_OPPORTUNITY)}
    assert [one.figure.value for one in (*found.totals, *found.sections)] == [None, None, None]
    (board,) = house.teams.profile("void").boards
    assert (board.figure.value, board.ranked, board.coverage.reviewed) == (None, False, 1)
    assert house.swots.agent("z1").strengths == ()


def test_an_agent_s_own_view_is_of_finals_alone(house: Services) -> None:
    own = house.profiles.profile("a6", within=Scope(agent="a6"))
    assert (own.finals, own.drafts, own.totals, own.signals) == (0, 0, (), ())
    with pytest.raises(NotFoundError):
        house.profiles.profile("a1", within=Scope(agent="a6"))


def test_a_team_and_its_places(house: Services) -> None:
    found = house.teams.profile(TEHRAN, since=MARCH, until=APRIL)
    assert (found.agents, found.reviewed_agents, found.coverage.reviewed, found.coverage.scorecards) == (6, 5, 150, 152)
    (board,) = found.boards
    assert board.ranked
    last = [one for one in board.members if one.group is not None][-1]
    assert last.agent is not None
    assert (last.agent.id, last.place_first, last.place_last) == ("a1", 5, 5), "the miss of the heaviest criterion"
    others = [one for one in board.members if one.agent is not None and one.agent.id in ("a2", "a3", "a4", "a5")]
    assert {(one.place_first, one.place_last, one.group) for one in others} == {(1, 4, 1)}, "the others cannot be told apart"
    unseen = board.members[-1]
    assert (unseen.figure.value, unseen.place_first, unseen.coverage.scorecards) == (None, None, 2)
    assert "1 of 6 agents have not been reviewed: they have no figure" in found.notes
    assert [(one.family.value, one.accuracy.n) for one in found.families] == [("minor", 150), ("compliance", 150)]
    assert (found.peers.among, found.peers.agents) == (Among.HOUSE, 2)


def test_names_are_for_those_who_may_read_them(house: Services) -> None:
    own = house.teams.profile(TEHRAN, since=MARCH, until=APRIL, within=Scope(agent="a2"))
    (board,) = own.boards
    assert [one.agent.id for one in board.members if one.agent is not None] == ["a2"]
    assert [one.you for one in board.members if one.agent is not None] == [True]
    assert len(board.members) == 5, "whoever has no figure would be known by it"
    for scope in (Scope(agent="b1"), Scope(teams=frozenset({"novices"})), Scope(teams=frozenset())):
        with pytest.raises(NotFoundError, match="no team"):
            house.teams.profile(TEHRAN, within=scope)
    assert house.teams.profile(TEHRAN, within=Scope(teams=frozenset({TEHRAN}))).agents == 6
    (small,) = house.teams.profile("sales/EU", within=Scope(agent="b1")).boards
    assert [one.you for one in small.members] == [True], "in a team of two, the other one's figure has a name"


def test_teams_within_reach(house: Services) -> None:
    assert [(one.team, one.agents) for one in house.teams.all()] == [("novices", 1), ("sales/EU", 2), ("void", 1), (TEHRAN, 6)]
    assert [one.team for one in house.teams.all(within=Scope(agent="b1"))] == ["sales/EU"]
    assert [one.team for one in house.teams.all(within=Scope(teams=frozenset({"novices", "no such"})))] == ["novices"]
    assert house.teams.all(within=Scope(agent="a99")) == ()


def test_faults_of_the_caller(house: Services) -> None:
    with pytest.raises(NotFoundError, match="no team 'no such'"):
        house.teams.profile("no such")
    with pytest.raises(InputError, match="ends before it starts"):
        house.teams.profile(TEHRAN, since=MARCH, until=MARCH)
    with pytest.raises(InputError, match="no month"):
        house.profiles.month("2026-13-1")
    empty = house.teams.profile(TEHRAN, since=datetime(2020, 1, 1, tzinfo=UTC), until=datetime(2020, 2, 1, tzinfo=UTC))
    assert (empty.agents, empty.boards, empty.notes) == (0, (), ("no scorecards in the period",))


def test_swot_of_an_agent_has_its_numbers(house: Services) -> None:
    found = house.swots.agent("a1", since=MARCH, until=APRIL)
    assert [(one.origin, one.about) for one in found.weaknesses] == [(Origin.CRITERION, "phone-support.identity")]
    assert {(one.origin, one.about, one.beside) for one in found.threats} == {
        (Origin.REPEAT, None, Beside.PEERS), (Origin.CHURN, None, Beside.PEERS)
    }
    repeats = next(one for one in found.threats if one.origin is Origin.REPEAT)
    assert (repeats.value, repeats.n, repeats.other, repeats.other_n) == (0.5, 50, pytest.approx(0.04), 150)
    assert repeats.low is not None
    assert repeats.low > 0.3
    assert any("topics build" in note for note in found.notes)
    nothing = house.swots.agent("n1")
    assert (nothing.opportunities, nothing.threats) == ((), ())
    assert nothing.notes[0].startswith("0 contacts")


def test_swot_of_a_team(house: Services) -> None:
    found = house.swots.team(TEHRAN, since=MARCH, until=APRIL)
    assert (found.subject, found.peers.among) == (TEHRAN, Among.HOUSE)
    assert found.threats == (), "no other team has contacts to compare with"
    with pytest.raises(NotFoundError):
        house.swots.team(TEHRAN, within=Scope(agent="b1"))
