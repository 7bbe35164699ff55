"""Satisfaction, validity and customers over the API: who may see what, and what is told where there is too little."""

from __future__ import annotations

from typing import Any

import pytest

from qa_service.domain.permission import Role
from tests.answering import stock


@pytest.fixture(scope="module")
def stocked(api: Any) -> Any:
    """2,500 contacts, one in seven answered."""
    stock(api.client.app.state.services.database, 2500)
    return api


def key(api: Any, role: Role, **user: Any) -> dict[str, str]:
    """A key of a new user."""
    login = "-".join(["user", role.value, *user.get("teams", [])])
    made = api.post("/v1/users", json={"login": login, "name": "Somebody", "role": role.value, **user})
    assert made.status_code == 201, made.text
    issued = api.post("/v1/keys", json={"user": made.json()["id"], "name": "tests"})
    assert issued.status_code == 201, issued.text
    return {"Authorization": f"Bearer {issued.json()['secret']}"}


def test_training_is_a_job_and_its_version_is_used_within_reach(stocked: Any, problem: Any) -> None:
    before = stocked.json("/v1/satisfaction")
    assert before["model"] is None
    queued = stocked.post("/v1/satisfaction/trainings")
    assert queued.status_code == 202, queued.text
    assert stocked.done(queued.headers["location"])["state"] == "done"
    (version,) = stocked.json("/v1/satisfaction/models")["items"]
    assert (version["active"], version["model"]["told"]) == (True, "usable")
    assert stocked.json("/v1/satisfaction/models/1") == version["model"]
    report = stocked.json("/v1/satisfaction", params={"by": "channel"})
    assert report["model"] == 1
    assert [one["group"] for one in report["groups"]] == ["chat", "phone"]
    assert stocked.post("/v1/satisfaction/models/1/use").json() == version["model"]
    found = stocked.json("/v1/satisfaction/interactions/i3")
    assert 0 < found["chance"] < 1
    assert found["reasons"][0]["words"]
    coach = key(stocked, Role.COACH, teams=["sales"])
    problem(stocked.get("/v1/satisfaction/interactions/i2", headers=coach), 404, "not_found")
    assert stocked.get("/v1/satisfaction/interactions/i3", headers=coach).status_code == 200


def test_nothing_learned_is_told(api: Any, problem: Any) -> None:
    problem(api.get("/v1/satisfaction/models/99"), 404, "not_found")
    problem(api.post("/v1/satisfaction/models/99/use"), 404, "not_found")
    problem(api.get("/v1/satisfaction/interactions/nobody"), 404, "not_found")
    problem(api.get("/v1/satisfaction", params={"by": "mood"}), 422, "invalid_request")
    problem(api.get("/v1/satisfaction", params={"from": "2026-03-02", "to": "2026-03-01"}), 422, "input")


def test_validity_and_retirement(api: Any, problem: Any) -> None:
    rubric = api.json("/v1/rubrics")["items"][0]["rubric"]
    other = {"id": "a18", "name": "Omid", "team": "sales"}
    card = api.json(f"/v1/scorecards/{api.chat('v1', survey={'csat': 4}, agent=other)}")
    table = api.json("/v1/validity", params={"basis": "all"})
    assert table["cases"] == 1
    assert {one["verdict"] for one in table["criteria"]} == {"cannot_tell"}
    name, criterion = card["rubric"]["id"], table["criteria"][0]["criterion"]
    made = api.post(f"/v1/validity/{name}/retirements", json={"criterion": criterion, "why": "نمی‌سنجد", "basis": "all"})
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    place = f"/v1/validity/{name}/retirements/{made.json()['id']}/decide"
    problem(api.post(place, json={"accept": True}, headers={"If-Match": '"3"'}), 412, "stale_version")
    declined = api.post(place, json={"accept": False, "words": "the law asks for it"}, headers={"If-Match": '"1"'})
    assert declined.json()["state"] == "declined"
    problem(api.post(place, json={"accept": True}), 409, "conflict")
    assert [one["id"] for one in api.json(f"/v1/validity/{name}/retirements")["items"]] == [made.json()["id"]]
    problem(api.post(f"/v1/validity/{rubric}/retirements", json={"criterion": "nothing", "why": "?"}), 422, "answer")
    problem(api.get("/v1/validity", params={"rubric": "nobodys"}), 404, "not_found")
    problem(api.get("/v1/validity/nobodys/retirements"), 404, "not_found")


def test_churn_and_effort(stocked: Any) -> None:
    churn = stocked.json("/v1/customers/churn")
    assert churn["total"]["rate"] is None
    assert churn["total"]["why"] == "cannot tell: 0 customers of 30 that it takes"
    assert churn["risk"]["customers"] > 1000
    effort = stocked.json("/v1/customers/effort", params={"channel": "chat"})
    assert effort["score"]["value"] is None
    assert effort["contacts"] > 1000


def test_agents_see_none_of_it_and_coaches_only_what_is_about_their_agents(stocked: Any, problem: Any) -> None:
    agent, coach = key(stocked, Role.AGENT, agent="a1"), key(stocked, Role.COACH, teams=["billing"])
    for path in ("/v1/satisfaction", "/v1/satisfaction/interactions/i1", "/v1/customers/churn", "/v1/customers/effort", "/v1/validity"):
        problem(stocked.get(path, headers=agent), 403, "permission_denied")
    for path in ("/v1/validity", "/v1/satisfaction/models"):
        problem(stocked.get(path, headers=coach), 403, "permission_denied")
    problem(stocked.post("/v1/satisfaction/trainings", headers=coach), 403, "permission_denied")
    whole, mine = stocked.json("/v1/satisfaction")["total"], stocked.json("/v1/satisfaction", headers=coach)["total"]
    assert mine["contacts"] == 1250
    assert whole["contacts"] >= 2500
