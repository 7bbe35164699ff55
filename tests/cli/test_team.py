"""``qa-service team``, and what ``qa-service agent`` shows beside others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from qa_service.bootstrap import opened
from qa_service.domain.rubric import Rubric
from qa_service.settings import load_settings
from tests.services.test_teams import TEAM, TEHRAN, lay
from tests.store.conftest import FORM, Desk

Cli = Callable[..., Any]


@pytest.fixture
def house(cli: Cli, tmp_path: Path) -> Cli:
    """The house of the services' tests."""
    with opened(load_settings()) as services:
        desk = Desk(services.database, Rubric.model_validate(FORM))
        for agent, team, finals, greeted, identified in TEAM:
            lay(desk, agent, team, min(finals, 12), greeted, identified)
    return cli


def test_teams_are_listed(house: Cli) -> None:
    assert house("team").out.splitlines() == ["novices: 1 agent", "sales/EU: 2 agents", f"\u2068{TEHRAN}\u2069: 6 agents"]
    assert house("team", "--json").data[1] == {"team": "sales/EU", "agents": 2}


def test_a_team_s_table(house: Cli) -> None:
    result = house("team", TEHRAN, "--month", "2026-03", "--swot")
    assert result.code == 0, result.err
    assert f"\u2068{TEHRAN}\u2069: 6 agents, 5 of them reviewed; 60 of 62 scorecards reviewed" in result.out
    (sara,) = (line for line in result.out.splitlines() if line.startswith("│ a1"))
    assert "\u2068سارا\u2069" in sara
    for told in ("compliance: nothing missed in", "1 of 6 agents have not been reviewed", "SWOT of", "too few other teams"):
        assert told in result.out
    found = house("team", TEHRAN, "--month", "2026-03", "--json").data
    assert (found["team"], found["agents"], found["boards"][0]["figure"]["n"]) == (TEHRAN, 6, 60)


def test_an_agent_beside_the_team(house: Cli) -> None:
    result = house("agent", "a1", "--month", "2026-03", "--swot")
    assert result.code == 0, result.err
    assert "12 final, 0 drafts" in result.out
    for told in ("Score by form", "Skills", "identity", "weakness", "acknowledged: 0 of 12", "SWOT of a1"):
        assert told in result.out, told
    found = house("agent", "a1", "--month", "2026-03", "--swot", "--json").data
    assert (found["basis"], found["peers"]["agents"], found["swot"]["subject"]) == ("final", 4, "a1")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["team", "no such"], "no team 'no such'"), (["team", TEHRAN, "--month", "march"], "is no month"),
        (["agent", "a1", "--month", "2026-03", "--from", "2026-03-01"], "give a month"),
        (["team", TEHRAN, "--from", "2026-03-02", "--to", "2026-03-01"], "ends before it starts"),
    ],
)  # fmt: skip
def test_faults_of_the_call(house: Cli, arguments: list[str], told: str) -> None:
    result = house(*arguments)
    assert (result.code, result.out) == (2, "")
    assert told in " ".join(result.err.split())
