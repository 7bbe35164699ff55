"""Plans, the queue and reviewers over HTTP, by people of several roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User

Problem = Callable[..., dict[str, Any]]
#: Chats of the tests take place in this week, which is over.
WEEK = "2026-W45"
PLAN = {"name": "weekly", "rule": {"kind": "random", "n": 2}, "blind_share": 0, "seed": "s"}


@pytest.fixture(scope="module")
def people(api: Any) -> Mapping[str, dict[str, str]]:
    """Headers of a lead, two reviewers and a coach."""
    services = api.client.app.state.services
    made = {}
    for name, role, agent in (
        ("lena", Role.QA_LEAD, None), ("rita", Role.REVIEWER, None), ("omid", Role.REVIEWER, "a17"), ("carl", Role.COACH, None),
    ):
        services.users.create(User(id=name, login=name, name=name.title(), role=role, agent=agent, teams=("billing",)), by=SYSTEM)
        made[name] = {"Authorization": f"Bearer {services.keys.issue('tests', by=SYSTEM, user=name)[1]}"}
    return made


@pytest.fixture(scope="module")
def queue(api: Any, people: Mapping[str, dict[str, str]]) -> dict[str, Any]:
    """Four chats of one agent, two of which a plan has picked; the run."""
    for number in range(4):
        api.chat(f"q-{number}", started_at="2026-11-03T09:14:05Z")
    plan = api.post("/v1/sampling/plans", json=PLAN, headers=people["lena"])
    assert plan.status_code == 201, plan.text
    assert plan.headers["etag"] == '"1"'
    answer = api.post(f"/v1/sampling/plans/{plan.json()['id']}/runs", json={"period": WEEK}, headers=people["lena"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_run_tells_what_it_did(api: Any, queue: dict[str, Any], people: Any) -> None:
    run = queue["run"]
    assert (run["eligible"], run["picked"], run["seed"], queue["late"]) == (4, 2, "s", 0)
    assert [(one["agent"], one["picked"], one["verdict"]) for one in run["figures"]["fairness"]] == [("a17", 2, "fair")]
    path = f"/v1/sampling/plans/{run['plan']}/runs"
    assert api.json(f"{path}/{run['id']}") == queue
    assert api.json(path)["items"] == [run]
    again = api.post(path, json={"period": WEEK}, headers=people["lena"])
    assert again.json()["run"] == run
    assert [one["id"] for one in api.json("/v1/sampling/plans", params={"active": True})["items"]] == [run["plan"]]


def test_a_plan_is_changed_if_it_is_as_one_saw_it(api: Any, problem: Problem) -> None:
    plan = api.post("/v1/sampling/plans", json={**PLAN, "name": "other"}).json()
    path = f"/v1/sampling/plans/{plan['id']}"
    assert api.get(path).headers["etag"] == '"1"'
    changed = api.call("PATCH", path, json={"active": False}, headers={"If-Match": '"1"'})
    assert (changed.json()["active"], changed.json()["version"], changed.headers["etag"]) == (False, 2, '"2"')
    problem(api.call("PATCH", path, json={"plan": PLAN}, headers={"If-Match": '"1"'}), 412, "stale_version")
    assert problem(api.call("PATCH", path, json={}), 422, "input")["field"] == "plan"
    problem(api.call("PATCH", "/v1/sampling/plans/nobodys", json={"active": True}), 404, "not_found")
    assert api.json(path)["plan"]["name"] == "other"


def test_the_same_request_adds_a_plan_once(api: Any) -> None:
    first, second = (api.post("/v1/sampling/plans", json=PLAN, headers={"Idempotency-Key": "plan-1"}) for _ in range(2))
    assert first.json()["id"] == second.json()["id"]


@pytest.mark.parametrize(
    ("body", "code", "field", "message"),
    [
        ({**PLAN, "rule": {"kind": "random", "n": -3}}, "invalid_request", "rule.random.n", "greater than or equal to 1"),
        ({**PLAN, "rule": {"kind": "random", "share": 1.5}}, "invalid_request", "rule.random.share", "less than or equal to 1"),
        ({**PLAN, "rule": {"kind": "random"}}, "invalid_request", "rule.random.n", "either n or share"),
        ({**PLAN, "period": "fortnight"}, "invalid_request", "period", "'day', 'week' or 'month'"),
        ({**PLAN, "rule": {"kind": "risk", "n": 1}}, "invalid_request", "rule.risk.random", "either random or random_share"),
        ({**PLAN, "rubric": "phone-small", "channels": ["chat"]}, "input", "rubric", "is for phone"),
        ({**PLAN, "colour": "red"}, "invalid_request", "colour", "Extra inputs"),
    ],
)
def test_a_faulty_plan_is_refused_by_name(api: Any, problem: Problem, body: Any, code: str, field: str, message: str) -> None:
    told = problem(api.post("/v1/sampling/plans", json=body), 422, code)
    assert told["field"] == field
    assert message in told["detail"]


def test_a_plan_may_name_a_team_that_nobody_has_seen_but_no_such_rubric(api: Any, problem: Problem) -> None:
    assert api.post("/v1/sampling/plans", json={**PLAN, "teams": ["تیم شب"]}).status_code == 201
    problem(api.post("/v1/sampling/plans", json={**PLAN, "rubric": "nobodys"}), 404, "not_found")


@pytest.mark.parametrize(
    ("period", "status", "code", "message"),
    [("2999-W01", 409, "conflict", "not over"), ("2026-11", 422, "input", "is no week"), ("2026-W77", 422, "input", "there is no week")],
)
def test_a_period_that_cannot_be_sampled(
    api: Any, queue: dict[str, Any], problem: Problem, period: str, status: int, code: str, message: str
) -> None:
    told = problem(api.post(f"/v1/sampling/plans/{queue['run']['plan']}/runs", json={"period": period}), status, code)
    assert told["field"] == "period"
    assert message in told["detail"]


def test_reviewers_take_skip_and_finish(api: Any, queue: dict[str, Any], people: Any, problem: Problem) -> None:
    listed = api.json("/v1/queue")["items"]
    assert [one["assigned_to"] for one in listed] == ["rita", "rita"], "the other reviewer is the agent"
    assert all(one["reasons"] == ["drawn at random: 2 of 4 (agent a17)"] and one["priority"]["value"] > 0 for one in listed)
    taken = api.post("/v1/queue/next", headers=people["rita"])
    item, card = taken.json()["item"], taken.json()["scorecard"]
    assert item["id"] == listed[0]["id"]
    assert (card["reviewer"], taken.headers["etag"]) == ("rita", f'"{card["revision"]}"')
    assert api.post("/v1/queue/next", headers=people["rita"]).json()["item"]["id"] == item["id"]
    assert api.post("/v1/queue/next", headers=people["omid"]).json() == {"item": None, "scorecard": None}
    told = problem(api.post(f"/v1/queue/{item['id']}/skip", json={"reason": "other"}, headers=people["rita"]), 422, "input")
    assert told["field"] == "words"
    problem(api.post(f"/v1/queue/{item['id']}/skip", json={}, headers=people["rita"]), 422, "invalid_request")
    problem(api.post(f"/v1/queue/{item['id']}/skip", json={"reason": "bored"}, headers=people["rita"]), 422, "invalid_request")
    skipped = api.post(f"/v1/queue/{item['id']}/skip", json={"reason": "language"}, headers=people["rita"])
    assert skipped.json()["assigned_to"] is None
    assert skipped.json()["skips"][0]["by"] == "rita"
    assert api.json(f"/v1/scorecards/{card['id']}")["reviewer"] is None
    following = api.post("/v1/queue/next", headers=people["rita"]).json()
    assert following["item"]["id"] == listed[1]["id"]
    scorecard = following["scorecard"]["id"]
    answers = {"answers": [{"criterion": "tone", "answer": "yes"}]}
    saved = api.call("PATCH", f"/v1/scorecards/{scorecard}/answers", json=answers, headers={**people["rita"], "If-Match": "*"})
    assert saved.status_code == 200, saved.text
    done = api.post(f"/v1/scorecards/{scorecard}/finalize", headers=people["rita"])
    assert done.status_code == 200, done.text
    assert api.json(f"/v1/queue/{following['item']['id']}")["state"] == "done"
    assert [one["id"] for one in api.json("/v1/queue", params={"state": "done"})["items"]] == [following["item"]["id"]]
    problem(api.post(f"/v1/queue/{following['item']['id']}/withdraw", json={"reason": "late"}), 409, "conflict")


def test_leads_give_out_and_take_out(api: Any, queue: dict[str, Any], people: Any, problem: Problem) -> None:
    (item,) = api.json("/v1/queue", params={"state": "open"})["items"]
    ids = {"items": [item["id"]]}
    problem(api.post("/v1/queue/assign", json={**ids, "to": "rita"}, headers=people["lena"]), 409, "conflict")
    problem(api.post("/v1/queue/assign", json={**ids, "to": "omid"}, headers=people["lena"]), 403, "own_review")
    assert problem(api.post("/v1/queue/assign", json={**ids, "to": "carl"}), 422, "input")["field"] == "to"
    assert problem(api.post("/v1/queue/assign", json={**ids, "to": "rita", "automatically": True}), 422, "input")["field"] == "to"
    assert problem(api.post("/v1/queue/assign", json={"to": "rita"}), 422, "input")["field"] == "items"
    problem(api.post("/v1/queue/assign", json={"items": ["nobodys"], "to": "rita"}), 404, "not_found")
    given = api.post("/v1/queue/assign", json={**ids, "to": "lena"}, headers=people["lena"])
    assert given.json()["items"][0]["assigned_to"] == "lena"
    told = api.post("/v1/queue/assign", json={"automatically": True}, headers=people["lena"])
    assert told.json() == {"items": []}, "nothing is anybody's"
    out = api.post(f"/v1/queue/{item['id']}/withdraw", json={"reason": "the customer asked"}, headers=people["lena"])
    assert out.json()["state"] == "withdrawn"


def test_figures(api: Any, queue: dict[str, Any], people: Any, problem: Problem) -> None:
    (agent,) = api.json("/v1/queue/figures", params={"from": "2026-11-02", "to": "2026-11-09"})["agents"]
    assert (agent["agent"], agent["scorecards"], agent["queued"], agent["done"]) == ("a17", 4, 1, 1)
    assert agent["fairness"]["verdict"] == "fair"
    rita = api.json("/v1/reviewers/rita", headers=people["rita"])
    assert (rita["done"], rita["skipped"], rita["due"]) == (1, 1, 0)
    assert api.json("/v1/reviewers", headers=people["rita"])["reviewers"] == [rita]
    assert {one["reviewer"] for one in api.json("/v1/reviewers", headers=people["lena"])["reviewers"]} >= {"rita", "omid"}
    problem(api.get("/v1/reviewers/omid", headers=people["rita"]), 403, "permission_denied")
    problem(api.get("/v1/reviewers/carl", headers=people["lena"]), 404, "not_found")
    problem(api.get("/v1/queue/figures", headers=people["rita"]), 403, "permission_denied")


@pytest.mark.parametrize("role", ["rita", "carl"])
def test_plans_are_the_leads(api: Any, people: Any, problem: Problem, role: str) -> None:
    problem(api.post("/v1/sampling/plans", json=PLAN, headers=people[role]), 403, "permission_denied")


def test_the_queue_is_no_business_of_coaches(api: Any, people: Any, problem: Problem) -> None:
    for method, path in (("GET", "/v1/queue"), ("POST", "/v1/queue/next"), ("GET", "/v1/reviewers/carl")):
        problem(api.call(method, path, headers=people["carl"]), 403, "permission_denied")


@pytest.mark.parametrize("query", [{"cursor": "forged"}, {"cursor": "WyJ4IiwxXQ"}, {"limit": 0}, {"lane": "slow"}, {"state": "lost"}])
def test_bad_queries(api: Any, problem: Problem, query: dict[str, Any]) -> None:
    answer = api.get("/v1/queue", params=query)
    assert problem(answer, 422, answer.json()["code"])["field"] == next(iter(query))


def test_a_training_call_moves_no_profile(api: Any, people: Any, problem: Problem) -> None:
    """Finalised like any other, and then told to have been practice: it is out of the profile, and in that of practice."""
    chat = api.chat("practice", agent={"id": "novice", "team": "billing"})
    api.post(f"/v1/scorecards/{chat}/claim", headers=people["rita"])
    answers = {"answers": [{"criterion": "tone", "answer": "no"}]}
    api.call("PATCH", f"/v1/scorecards/{chat}/answers", json=answers, headers={**people["rita"], "If-Match": "*"})
    assert api.post(f"/v1/scorecards/{chat}/finalize", headers=people["rita"]).status_code == 200
    before = api.json("/v1/agents/novice/profile")
    assert before["finals"] == 1
    told = api.call("PUT", "/v1/interactions/practice/purpose", json={"purpose": "training"}, headers=people["lena"])
    assert told.status_code == 200, told.text
    assert told.json()["purpose"] == "training"
    after = api.json("/v1/agents/novice/profile")
    assert (after["finals"], after["scores"], after["criteria"], after["mean_score"]) == (0, [], [], None)
    assert api.json("/v1/agents/novice/profile", params={"purpose": "training"})["scores"] == before["scores"]
    assert [one["id"] for one in api.json("/v1/scorecards", params={"purpose": "training"})["items"]] == [chat]
    assert api.json(f"/v1/scorecards/{chat}")["interaction"]["purpose"] == "training"
    assert [one["id"] for one in api.json("/v1/interactions", params={"purpose": "training"})["items"]] == ["practice"]
    problem(api.call("PUT", "/v1/interactions/practice/purpose", json={"purpose": "fun"}), 422, "invalid_request")
    problem(api.call("PUT", "/v1/interactions/nobodys/purpose", json={"purpose": "test"}), 404, "not_found")
    refused = api.call("PUT", "/v1/interactions/practice/purpose", json={"purpose": "live"}, headers=people["rita"])
    problem(refused, 403, "permission_denied")


def test_what_comes_in_marked_is_counted_apart(api: Any) -> None:
    card = api.chat("secret-customer", agent={"id": "visited", "team": "billing"}, purpose="mystery", customer={"id": "k-visitor"})
    assert api.json(f"/v1/scorecards/{card}")["interaction"]["purpose"] == "mystery"
    assert api.json("/v1/agents/visited/profile", params={"basis": "all"})["drafts"] == 0
    assert api.json("/v1/agents/visited/profile", params={"basis": "all", "purpose": "mystery"})["drafts"] == 1
    live, mystery = (api.json("/v1/contacts/figures", params=query)["total"]["contacts"] for query in ({}, {"purpose": "mystery"}))
    assert mystery == 1
    assert live == sum(one["state"] == "scored" and one["purpose"] == "live" for one in api.json("/v1/interactions")["items"])
