"""Agents: their profile by what people finalised, or provisionally by everything."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def cards(api: Any) -> list[str]:
    """Six chats of one agent, four of them final."""
    made = [api.chat(f"g-{number}", started_at=f"2026-11-0{number + 1}T10:00:00Z") for number in range(6)]
    for card in made[:4]:
        tag = api.post(f"/v1/scorecards/{card}/claim").headers["etag"]
        body = {"answers": [{"criterion": "tone", "answer": "no"}]}
        assert api.call("PATCH", f"/v1/scorecards/{card}/answers", json=body, headers={"If-Match": tag}).status_code == 200
        assert api.post(f"/v1/scorecards/{card}/finalize").status_code == 200
    return made


def test_list_and_read(api: Any, problem: Problem, cards: list[str]) -> None:
    assert api.json("/v1/agents?team=billing")["items"] == [{"id": "a17", "name": "Sara", "team": "billing"}]
    assert api.json("/v1/agents?team=other") == {"items": [], "next": None}
    assert api.json("/v1/agents/a17")["name"] == "Sara"
    problem(api.get("/v1/agents/nobody"), 404, "not_found")
    problem(api.get("/v1/agents/nobody/profile"), 404, "not_found")


def test_final_profile(api: Any, cards: list[str]) -> None:
    found = api.json("/v1/agents/a17/profile")
    assert (found["basis"], found["finals"], found["drafts"]) == ("final", 4, 2)
    assert [one["criterion"] for one in found["weaknesses"]] == ["tone"]
    assert found["strengths"] == [], "four calls tell no strength"
    strength = next(one for one in found["criteria"] if one["criterion"] == "greeting")
    assert (strength["share"]["n"], strength["share"]["value"]) == (4, 1.0)
    assert strength["best"][0]["evidence"]["quote"] == "Hello"
    assert found["mean_score"] == pytest.approx(66.667)


def test_provisional_profile_and_periods(api: Any, cards: list[str]) -> None:
    everything = api.json("/v1/agents/a17/profile?basis=all")
    assert max(one["share"]["n"] for one in everything["criteria"]) == 6
    assert "provisional" in everything["notes"][0]
    part = api.json("/v1/agents/a17/profile?basis=all&from=2026-11-05&to=2026-11-06")
    assert [one["share"]["n"] for one in part["criteria"] if one["criterion"] == "greeting"] == [1]


def test_a_period_that_ends_before_it_starts(api: Any, problem: Problem, cards: list[str]) -> None:
    assert problem(api.get("/v1/agents/a17/profile?from=2026-11-05&to=2026-11-04"), 422, "input")["field"] == "to"
