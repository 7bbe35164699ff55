"""Teams and profiles over HTTP: names in any script, nobody's figures under a name to colleagues, clear answers to what cannot be told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.rubric import Rubric
from qa_service.domain.user import User
from tests.services.test_teams import TEAM, TEHRAN, lay
from tests.store.conftest import FORM, Desk

Problem = Callable[..., dict[str, Any]]
MARCH = {"month": "2026-03"}


@pytest.fixture(scope="module")
def house(api: Any) -> Any:
    """The house of the services' tests, and keys of a lead, a coach and two agents."""
    services = api.client.app.state.services
    desk = Desk(services.database, Rubric.model_validate({**FORM, "rubric": "house-phone"}))
    for agent, team, finals, greeted, identified in TEAM:
        lay(desk, agent, team, finals, greeted, identified)
    headers = {"admin": api.headers}
    for name, role, teams, agent_id in (
        ("coach", Role.COACH, (TEHRAN,), None), ("sara", Role.AGENT, (), "a1"), ("eve", Role.AGENT, (), "b1"),
        ("sam", Role.SERVICE, (), None),
    ):  # fmt: skip
        services.users.create(User(id=name, login=name, name=name, role=role, teams=teams, agent=agent_id), by=SYSTEM)
        headers[name] = {"Authorization": f"Bearer {services.keys.issue('test', by=SYSTEM, user=name)[1]}"}

    def get(who: str, path: str, **params: str) -> Any:
        return api.client.get(f"/v1{path}", headers=headers[who], params=params)

    return get


def path(team: str, last: str = "profile") -> str:
    return f"/teams/{quote(team, safe='')}/{last}"


def test_teams_within_reach(house: Any, problem: Problem) -> None:
    named = {one["team"]: one["agents"] for one in house("admin", "/teams").json()["teams"]}
    assert {TEHRAN: 6, "sales/EU": 2, "novices": 1}.items() <= named.items()
    assert [one["team"] for one in house("coach", "/teams").json()["teams"]] == [TEHRAN]
    assert [one["team"] for one in house("eve", "/teams").json()["teams"]] == ["sales/EU"]
    problem(house("sam", "/teams"), 403, "permission_denied")


@pytest.mark.parametrize("team", [TEHRAN, "sales/EU", "novices"])
def test_names_in_any_script_are_addresses(house: Any, team: str) -> None:
    answer = house("admin", path(team), **MARCH)
    assert answer.status_code == 200, answer.text
    assert answer.json()["team"] == team
    assert house("admin", path(team, "swot"), **MARCH).json()["subject"] == team


def test_a_team_s_board(house: Any) -> None:
    found = house("coach", path(TEHRAN), **MARCH).json()
    (board,) = found["boards"]
    assert {one["agent"]["id"] for one in board["members"]} == {"a1", "a2", "a3", "a4", "a5", "a6"}
    assert (board["coverage"], found["reviewed_agents"]) == ({"scorecards": 152, "reviewed": 150}, 5)
    assert [one["criterion"] for one in found["criteria"]] == ["identity", "greeting", "farewell"]


def test_colleagues_have_no_names(house: Any, problem: Problem) -> None:
    answer = house("sara", path(TEHRAN), **MARCH)
    named = [one["agent"]["id"] for one in answer.json()["boards"][0]["members"] if one["agent"] is not None]
    assert named == ["a1"]
    assert not {f'"a{number}"' for number in range(2, 7)} & set(answer.text.replace(":", ",").split(","))
    for who, name in (("sara", "sales/EU"), ("eve", TEHRAN), ("coach", "novices")):
        for last in ("profile", "swot"):
            told = problem(house(who, path(name, last)), 404, "not_found")
            unknown = problem(house(who, path("none", last)), 404, "not_found")
            assert str(told).replace(name, "none").replace(quote(name, safe=""), "none") == str(unknown)


def test_profiles_of_colleagues_are_not_there(house: Any, problem: Problem) -> None:
    for last in ("profile", "swot"):
        assert house("sara", f"/agents/a1/{last}").status_code == 200
        problem(house("sara", f"/agents/a2/{last}"), 404, "not_found")
        problem(house("coach", f"/agents/b1/{last}"), 404, "not_found")


def test_a_profile_says_whom_it_compares_with(house: Any) -> None:
    found = house("sara", "/agents/a1/profile", **MARCH).json()
    assert found["peers"] == {"among": "team", "team": TEHRAN, "agents": 4}
    assert found["period"] == {"since": "2026-03-01T00:00:00Z", "until": "2026-04-01T00:00:00Z"}
    (identity,) = found["weaknesses"]
    assert (identity["criterion"], identity["against"], identity["control"]) == ("identity", "peers", "agent")
    assert identity["peers"]["q"] < 0.05
    assert identity["worst"][0]["card"].startswith("/v1/scorecards/")
    assert found["acknowledged"] == {"read": 0, "unread": 30}


def test_who_has_nothing_is_told_so(house: Any) -> None:
    for agent, finals in (("a6", 0), ("n1", 1)):
        found = house("admin", f"/agents/{agent}/profile").json()
        assert (found["finals"], found["strengths"], found["weaknesses"]) == (finals, [], [])
        assert any("too few to judge" in note for note in found["notes"])
    empty = house("admin", path(TEHRAN), month="2019-01").json()
    assert (empty["boards"], empty["notes"]) == ([], ["no scorecards in the period"])


@pytest.mark.parametrize("where", ["/agents/a1/profile", "/agents/a1/swot", path(TEHRAN), path(TEHRAN, "swot")])
@pytest.mark.parametrize(
    ("params", "field"),
    [
        ({"month": "march"}, "period"), ({"month": "2026-13"}, "period"), ({"month": "2026-03", "from": "2026-03-01"}, "month"),
        ({"from": "2026-03-02", "to": "2026-03-01"}, "to"),
    ],
)  # fmt: skip
def test_periods_that_are_none(house: Any, problem: Problem, where: str, params: dict[str, str], field: str) -> None:
    assert problem(house("admin", where, **params), 422, "input")["field"] == field


def test_unknown_agents_and_teams(house: Any, problem: Problem) -> None:
    for where in ("/agents/nobody/profile", "/agents/nobody/swot", path("nobody"), path("nobody", "swot")):
        problem(house("admin", where), 404, "not_found")
