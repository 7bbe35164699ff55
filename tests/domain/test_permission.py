"""Who may do what: the table, its reaches, and keys that were made for less."""

from __future__ import annotations

import pytest

from qa_service.domain.permission import GRANTS, Actor, Reach, Right, Role, Scope
from qa_service.errors import PermissionDeniedError


@pytest.mark.parametrize(
    ("role", "right", "reach"),
    [
        (Role.ADMIN, Right.MANAGE_USERS, Reach.ALL),
        (Role.QA_LEAD, Right.MANAGE_USERS, None),
        (Role.REVIEWER, Right.REVIEW, Reach.ALL),
        (Role.REVIEWER, Right.REOPEN, None),
        (Role.COACH, Right.READ_SCORECARDS, Reach.TEAMS),
        (Role.COACH, Right.REVIEW, None),
        (Role.AGENT, Right.READ_SCORECARDS, Reach.OWN),
        (Role.AGENT, Right.ACKNOWLEDGE, Reach.OWN),
        (Role.ADMIN, Right.ACKNOWLEDGE, None),
        (Role.SERVICE, Right.INGEST, Reach.ALL),
        (Role.SERVICE, Right.READ_SCORECARDS, None),
    ],
)
def test_reach_of_a_role(role: Role, right: Right, reach: Reach | None) -> None:
    assert Actor(id="u", role=role).reach(right) is reach
    assert Actor(id="u", role=role).may(right) is (reach is not None)


@pytest.mark.parametrize("right", Right)
def test_everybody_without_the_right_is_refused_by_name(right: Right) -> None:
    for role in set(Role) - set(GRANTS[right]):
        with pytest.raises(PermissionDeniedError, match=f"the role {role} has no right to {right}"):
            Actor(id="u", role=role).check(right)


def test_scopes_follow_reaches() -> None:
    coach = Actor(id="c", role=Role.COACH, teams=frozenset({"billing"}))
    assert coach.scope(Right.READ_AGENTS) == Scope(teams=frozenset({"billing"}))
    assert Actor(id="s", role=Role.AGENT, agent="a17").scope(Right.READ_SCORECARDS) == Scope(agent="a17")
    assert Actor(id="l", role=Role.QA_LEAD).scope(Right.READ_AGENTS).whole


@pytest.mark.parametrize(
    ("actor", "inside"),
    [
        (Actor(id="l", role=Role.QA_LEAD), True),
        (Actor(id="c", role=Role.COACH, teams=frozenset({"billing", "sales"})), True),
        (Actor(id="c", role=Role.COACH, teams=frozenset({"sales"})), False),
        (Actor(id="c", role=Role.COACH), False),
        (Actor(id="s", role=Role.AGENT, agent="a17"), True),
        (Actor(id="s", role=Role.AGENT, agent="a18"), False),
        (Actor(id="s", role=Role.AGENT), False),
    ],
)
def test_what_lies_within_a_scope(actor: Actor, inside: bool) -> None:
    assert actor.scope(Right.READ_SCORECARDS).holds(agent="a17", team="billing", final=True) is inside


def test_agents_see_nothing_that_is_not_final() -> None:
    scope = Actor(id="s", role=Role.AGENT, agent="a17").scope(Right.READ_SCORECARDS)
    assert scope.finals_only
    assert not scope.holds(agent="a17", team="billing", final=False)
    assert not Scope(teams=frozenset({"billing"})).finals_only


def test_a_key_can_be_made_for_less_and_never_for_more() -> None:
    small = Actor(id="l", role=Role.QA_LEAD, rights=frozenset({Right.READ_AGENTS, Right.MANAGE_USERS}))
    assert small.may(Right.READ_AGENTS)
    assert not small.may(Right.MANAGE_USERS)
    with pytest.raises(PermissionDeniedError, match="this key was made for less"):
        small.check(Right.REVIEW)


def test_an_unknown_team_is_nobodys() -> None:
    assert not Scope(teams=frozenset({"billing"})).holds(agent="a1", team=None, final=True)
