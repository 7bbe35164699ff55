"""Disputes over HTTP: each role sees and does what is theirs, every refusal is a problem with a code, and nothing is done twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from qa_service.api.disputes import DecisionIn, DisputeIn, RouteIn
from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User

Problem = Callable[..., dict[str, Any]]
URL = "/v1/disputes"
ITEM = {"criterion": "greeting", "wanted": "yes", "reason": "'Hello' greets"}
PEOPLE: dict[str, dict[str, Any]] = {
    "rita": {"role": Role.REVIEWER},
    "omid": {"role": Role.REVIEWER, "languages": ("en", "fa")},
    "amal": {"role": Role.REVIEWER, "languages": ("ar",)},
    "lena": {"role": Role.QA_LEAD, "languages": ("ar",)},
    "carl": {"role": Role.COACH, "teams": ("billing",)},
    "cora": {"role": Role.COACH, "teams": ("claims",)},
    "sara": {"role": Role.AGENT, "agent": "a17"},
    "reza": {"role": Role.AGENT, "agent": "a18"},
    "feed": {"role": Role.SERVICE},
}


class Person(NamedTuple):
    """Somebody with a key."""

    client: Any
    secret: str

    def call(self, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.secret}", **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, headers=named, **({} if body is None else {"json": body}))


class People(dict[str, Person]):
    """Everybody by name."""


@pytest.fixture(scope="module")
def people(client: Any) -> People:
    services = client.app.state.services
    found = People()
    for name, more in PEOPLE.items():
        services.users.create(User(id=name, login=name, name=name.title(), **more), by=SYSTEM)
        _, secret = services.keys.issue("tests", by=SYSTEM, user=name)
        found[name] = Person(client, secret)
    return found


@pytest.fixture
def card(api: Any, people: People, request: pytest.FixtureRequest) -> str:
    """Rita's final scorecard of a chat of Sara (a17): greeting no, tone and apology yes."""
    identifier = f"d-{request.node.name.replace('[', '-').replace(']', '')}"
    found = str(api.chat(identifier))
    rita, path = people["rita"], f"/v1/scorecards/{found}"
    assert rita.post(f"{path}/claim").status_code == 200
    answers = [{"criterion": "greeting", "answer": "no", "reason": "too short"}, {"criterion": "tone", "answer": "yes"}]
    assert rita.call("PATCH", f"{path}/answers", json={"answers": answers}, headers={"If-Match": "*"}).status_code == 200
    final = rita.post(f"{path}/finalize")
    assert final.status_code == 200, final.text
    assert final.json()["score"] == pytest.approx(66.667)
    return found


def open_(who: Person, card: str, *items: Any, **more: Any) -> Any:
    return who.post(f"/v1/scorecards/{card}/disputes", {"items": list(items or [ITEM]), **more})


def opened(who: Person, card: str, *items: Any, **more: Any) -> dict[str, Any]:
    answer = open_(who, card, *items, **more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == f'"{answer.json()["revision"]}"'
    assert answer.headers["location"] == f"{URL}/{answer.json()['id']}"
    body: dict[str, Any] = answer.json()
    return body


def ruling(outcome: str, criterion: str = "greeting", **more: Any) -> dict[str, Any]:
    return {"criterion": criterion, "outcome": outcome, "words": "read it again", **more}


def decide(who: Person, dispute: str, *rulings: Any, tag: str | None = None, **more: Any) -> Any:
    body = {"rulings": list(rulings), **more}
    return who.post(f"{URL}/{dispute}/decide", body, **({} if tag is None else {"If-Match": tag}))


def test_from_opening_to_a_new_version(people: People, card: str) -> None:
    made = opened(people["sara"], card)
    assert (made["kind"], made["state"], made["handler"], made["outcome"], made["overdue"]) == ("criteria", "assigned", "omid", None, False)
    assert people["sara"].get(f"/v1/scorecards/{card}").json()["status"] == "disputed"
    read = people["omid"].get(f"{URL}/{made['id']}")
    done = decide(people["omid"], made["id"], ruling("accepted"), tag=read.headers["etag"], note="speak with Rita")
    assert done.status_code == 200, done.text
    body = done.json()
    assert (body["state"], body["outcome"], body["closed_by"], body["items"][0]["answer"]) == ("decided", "accepted", "omid", "yes")
    assert done.headers["etag"] == f'"{body["revision"]}"'
    new, old = (people["sara"].get(f"/v1/scorecards/{one}").json() for one in (body["successor"], card))
    assert (new["version"], new["replaces"], new["status"], new["score"]) == (2, card, "final", 100.0)
    assert (old["status"], old["score"]) == ("final", pytest.approx(66.667))


def test_private_notes_are_for_those_who_review(people: People, card: str) -> None:
    made = opened(people["sara"], card)
    routed = people["lena"].post(f"{URL}/{made['id']}/route", {"handler": "amal", "note": "a delicate case"})
    assert (routed.status_code, routed.json()["handler"], routed.json()["note"]) == (200, "amal", "a delicate case")
    notes = {name: people[name].get(f"{URL}/{made['id']}").json()["note"] for name in ("sara", "carl", "amal", "lena")}
    assert notes == {"sara": None, "carl": "a delicate case", "amal": "a delicate case", "lena": "a delicate case"}
    assert "delicate" not in people["sara"].get(f"{URL}?scorecard={card}").text
    assert "delicate" not in people["sara"].post(f"{URL}/{made['id']}/withdraw").text


@pytest.mark.parametrize(
    ("who", "status", "code"),
    [
        ("reza", 404, "not_found"),
        ("cora", 404, "not_found"),
        ("rita", 403, "permission_denied"),
        ("feed", 403, "permission_denied"),
        ("sara", 201, None),
        ("carl", 201, None),
        ("lena", 201, None),
    ],
)
def test_who_may_dispute_whose(people: People, problem: Problem, card: str, who: str, status: int, code: str | None) -> None:
    answer = open_(people[who], card)
    if code is not None:
        problem(answer, status, code)
        return
    assert answer.status_code == status
    assert people[who].post(f"{URL}/{answer.json()['id']}/withdraw").json()["state"] == "withdrawn"


def test_drafts_and_unknown_scorecards(api: Any, people: People, problem: Problem) -> None:
    draft = api.chat("d-draft")
    problem(open_(people["lena"], draft), 409, "conflict")
    problem(open_(people["sara"], draft), 404, "not_found")
    problem(open_(people["sara"], "nothing"), 404, "not_found")


def test_twice(people: People, problem: Problem, card: str) -> None:
    opened(people["sara"], card)
    assert "in dispute" in problem(open_(people["sara"], card), 409, "conflict")["detail"]
    assert "in dispute" in problem(open_(people["carl"], card), 409, "conflict")["detail"]


def test_the_same_request_again_is_answered_as_the_first(people: People, card: str) -> None:
    url, body = f"/v1/scorecards/{card}/disputes", {"items": [ITEM]}
    first, second = (people["sara"].post(url, body, Idempotency_Key=f"once-{card}") for _ in range(2))
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert len(people["sara"].get(f"{URL}?scorecard={card}").json()["items"]) == 1


def test_after_the_deadline(client: Any, people: People, problem: Problem, card: str) -> None:
    past = datetime.now(UTC) - timedelta(days=14, minutes=1)
    with client.app.state.services.database.engine.begin() as connection:
        moved = sa.text("UPDATE scorecards SET finalized_at = :past WHERE id = :card").bindparams(
            sa.bindparam("past", past, sa.DateTime(timezone=True)), sa.bindparam("card", card)
        )
        connection.execute(moved)
    found = problem(open_(people["sara"], card), 409, "deadline")
    assert "14 days" in found["detail"]


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "input", "items"),
        ({"items": []}, "input", "items"),
        ({"items": [{**ITEM, "criterion": "greting"}]}, "answer", "greting"),
        ({"items": [{**ITEM, "wanted": "perhaps"}]}, "answer", "greeting"),
        ({"items": [{**ITEM, "wanted": "no"}]}, "answer", "greeting"),
        ({"items": [ITEM, ITEM]}, "answer", "greeting"),
        ({"items": [{**ITEM, "reason": " "}]}, "input", "greeting"),
        ({"items": [{"criterion": "greeting"}]}, "invalid_request", "items[0].reason"),
        ({"items": [{**ITEM, "reason": "x" * 4001}]}, "invalid_request", "items[0].reason"),
        ({"items": [{**ITEM, "wanted": "a\nb"}]}, "invalid_request", "items[0].wanted"),
        ({"items": [{**ITEM, "by": "me"}]}, "invalid_request", "items[0].by"),
        ({"items": [ITEM] * 501}, "invalid_request", "items"),
        ({"wrong_agent": {"agent": "a17", "reason": "not me"}}, "input", "attribution.agent"),
        ({"wrong_agent": {"agent": "a18"}}, "invalid_request", "wrong_agent.reason"),
        ({"kind": "criteria", "items": [ITEM]}, "invalid_request", "kind"),
    ],
)
def test_what_cannot_be_disputed_so(people: People, problem: Problem, card: str, body: Any, code: str, field: str) -> None:
    found = problem(people["sara"].post(f"/v1/scorecards/{card}/disputes", body), 422, code)
    assert found["field"] == field
    assert people["sara"].get(f"/v1/scorecards/{card}").json()["status"] == "final"


def test_decisions_that_are_refused(people: People, problem: Problem, card: str) -> None:
    made = opened(people["lena"], card, ITEM, {"criterion": "tone", "reason": "cold"})
    path, accepted, rejected = made["id"], ruling("accepted"), ruling("rejected", "tone")
    assert "finalised" in problem(decide(people["rita"], path, accepted, rejected), 403, "permission_denied")["detail"]
    assert "opened themselves" in problem(decide(people["lena"], path, accepted, rejected), 403, "permission_denied")["detail"]
    assert "not given to you" in problem(decide(people["amal"], path, accepted, rejected), 403, "permission_denied")["detail"]
    problem(decide(people["sara"], path, accepted, rejected), 403, "permission_denied")
    problem(decide(people["carl"], path, accepted, rejected), 403, "permission_denied")
    problem(decide(people["omid"], "nothing", accepted, rejected), 404, "not_found")
    omid = people["omid"]
    assert problem(decide(omid, path, accepted), 409, "undecided")["criteria"] == ["tone"]
    problem(decide(omid, path, accepted, rejected, ruling("rejected", "apology")), 422, "answer")
    problem(decide(omid, path, accepted, ruling("accepted", "tone")), 422, "answer")
    problem(decide(omid, path, ruling("accepted", answer="perhaps"), rejected), 422, "answer")
    problem(decide(omid, path, ruling("partly"), rejected), 422, "answer")
    problem(decide(omid, path, ruling("maybe"), rejected), 422, "invalid_request")
    problem(decide(omid, path, accepted, rejected, agent={"outcome": "rejected", "words": "x"}), 422, "input")
    problem(decide(omid, path, accepted, rejected, tag='"1"'), 412, "stale_version")
    problem(decide(omid, path, accepted, rejected, tag="1"), 422, "input")
    done = decide(omid, path, accepted, rejected, tag=f'"{made["revision"]}"')
    assert (done.status_code, done.json()["outcome"]) == (200, "partly")
    problem(decide(omid, path, accepted, rejected), 409, "conflict")
    problem(people["lena"].post(f"{URL}/{path}/withdraw"), 409, "conflict")
    problem(people["lena"].post(f"{URL}/{path}/route", {"handler": "amal"}), 409, "conflict")


def test_routes_that_are_refused(people: People, problem: Problem, card: str) -> None:
    path = f"{URL}/{opened(people['sara'], card)['id']}/route"
    for who in ("omid", "sara", "carl"):
        problem(people[who].post(path, {"handler": "amal"}), 403, "permission_denied")
    lena = people["lena"]
    problem(lena.post(path, {"handler": "rita"}), 422, "input")
    problem(lena.post(path, {"handler": "carl"}), 422, "input")
    problem(lena.post(path, {"handler": "nobody"}), 404, "not_found")
    problem(lena.post(path, {"handler": "amal"}, If_Match='"1"'), 412, "stale_version")
    problem(lena.post(path, {"to": "amal"}), 422, "invalid_request")
    assert lena.post(path, {"handler": "amal"}).json()["handler"] == "amal"


def test_only_its_opener_withdraws(people: People, problem: Problem, card: str) -> None:
    made = opened(people["sara"], card)
    problem(people["carl"].post(f"{URL}/{made['id']}/withdraw"), 403, "permission_denied")
    problem(people["reza"].post(f"{URL}/{made['id']}/withdraw"), 404, "not_found")
    problem(people["sara"].post(f"{URL}/{made['id']}/withdraw", If_Match='"9"'), 412, "stale_version")
    assert people["sara"].post(f"{URL}/{made['id']}/withdraw").json()["state"] == "withdrawn"
    assert people["sara"].get(f"/v1/scorecards/{card}").json()["status"] == "final"


def test_the_right_agent_gets_the_score(people: People, api: Any, problem: Problem, card: str) -> None:
    def finals(agent: str) -> int:
        answer = api.get(f"/v1/agents/{agent}/profile")
        return 0 if answer.status_code == 404 else sum(one["status"] == "final" for one in answer.json()["scores"])

    before = finals("a17"), finals("a18")
    made = opened(people["sara"], card, wrong_agent={"agent": "a18", "reason": "Reza had my desk"})
    assert made["kind"] == "wrong_agent"
    done = decide(people["omid"], made["id"], ruling("rejected"), agent={"outcome": "accepted", "agent": "a18", "words": "so it is"})
    assert (done.status_code, done.json()["outcome"], done.json()["attribution"]["decided"]) == (200, "partly", "a18")
    assert (finals("a17"), finals("a18")) == (before[0] - 1, before[1] + 1)
    new = done.json()["successor"]
    assert people["reza"].get(f"/v1/scorecards/{new}").json()["score"] == pytest.approx(66.667)
    problem(people["sara"].get(f"/v1/scorecards/{new}"), 404, "not_found")
    assert people["sara"].get(f"/v1/scorecards/{card}").json()["interaction"]["agent"] == "a17", "what was said of her stays to be read"


def test_lists_by_role_and_filter(people: People, problem: Problem, card: str) -> None:
    made = opened(people["sara"], card)

    def ids(who: str, query: str) -> list[str]:
        return [one["id"] for one in people[who].get(f"{URL}?scorecard={card}&{query}").json()["items"]]

    for who in ("sara", "carl", "rita", "omid", "lena"):
        assert ids(who, "") == [made["id"]], who
    for who in ("reza", "cora"):
        assert ids(who, "") == [], who
        problem(people[who].get(f"{URL}/{made['id']}"), 404, "not_found")
    problem(people["feed"].get(URL), 403, "permission_denied")
    shown = {"state=assigned": 1, "state=open": 0, "handler=omid": 1, "agent=a18": 0, "team=billing": 1, "kind=wrong_agent": 0}
    for query, number in {**shown, "overdue=true": 0, "overdue=false": 1}.items():
        assert len(ids("lena", query)) == number, query
    assert [len(ids(who, "mine=true")) for who in ("sara", "omid", "lena")] == [1, 1, 0]
    problem(people["lena"].get(f"{URL}?state=gone"), 422, "invalid_request")
    problem(people["lena"].get(f"{URL}?cursor=abc"), 422, "input")


def test_pages_go_on_where_they_ended(people: People) -> None:
    whole = [one["id"] for one in people["lena"].get(URL).json()["items"]]
    assert len(whole) > 3
    found: list[str] = []
    path = f"{URL}?limit=2"
    while True:
        page = people["lena"].get(path).json()
        found += [one["id"] for one in page["items"]]
        if page["next"] is None:
            break
        path = f"{URL}?limit=2&cursor={page['next']}"
    assert found == whole


def test_outcomes_are_for_leads(people: People, problem: Problem, card: str) -> None:
    made = opened(people["sara"], card)
    decide(people["omid"], made["id"], ruling("accepted"))
    body = people["lena"].get(f"{URL}/outcomes?team=billing").json()
    (rita,) = [one for one in body["reviewers"] if one["reviewer"] == "rita"]
    assert rita["overturned"] >= 1
    assert 0 <= rita["overturned_share"]["low"] <= rita["overturned_share"]["value"] <= rita["overturned_share"]["high"] <= 1
    assert {one["criterion"] for one in body["criteria"]} == {"greeting", "tone", "apology"}
    assert body["times"]["decided"] >= 1
    assert people["lena"].get(f"{URL}/outcomes?team=nobodys").json()["disputes"] == 0
    assert people["lena"].get(f"{URL}/outcomes?to=2020-01-01").json()["reviewers"] == []
    problem(people["lena"].get(f"{URL}/outcomes?from=2026-01-02&to=2026-01-01"), 422, "input")
    for who in ("rita", "carl", "sara"):
        problem(people[who].get(f"{URL}/outcomes"), 403, "permission_denied")


def test_every_act_is_in_the_ledger(people: People, api: Any, card: str) -> None:
    made = opened(people["sara"], card)
    people["lena"].post(f"{URL}/{made['id']}/route", {"handler": "amal"})
    decide(people["amal"], made["id"], ruling("accepted"))
    acts = [(one["actor"], one["action"]) for one in api.json(f"/v1/audit?subject=dispute/{made['id']}")["items"]]
    assert acts == [
        ("sara", "dispute.opened"), ("system", "dispute.routed"), ("lena", "dispute.routed"), ("amal", "dispute.decided"),
    ]  # fmt: skip
    assert api.json("/v1/audit/verify")["valid"]


def test_the_requests_of_the_page_are_such() -> None:
    page = (Path(__file__).parents[2] / "docs" / "disputes.md").read_text(encoding="utf-8")
    kinds = {"disputes": DisputeIn, "route": RouteIn, "decide": DecisionIn}
    found = re.findall(r"/(disputes|route|decide)(?: \\\n)? +-d '(.*?)'\n", page, flags=re.DOTALL)
    assert [kind for kind, _ in found] == ["disputes", "route", "decide", "disputes", "decide"]
    for kind, body in found:
        kinds[kind].model_validate_json(body)
