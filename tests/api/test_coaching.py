"""Coaching over HTTP: each role sees and does what is theirs, revisions are kept, nothing is done twice, and colleagues stay nameless."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.user import User

Problem = Callable[..., dict[str, Any]]
PLANS, SESSIONS = "/v1/coaching/plans", "/v1/coaching/sessions"
PEOPLE: dict[str, dict[str, Any]] = {
    "rita": {"role": Role.REVIEWER},
    "lena": {"role": Role.QA_LEAD},
    "carl": {"role": Role.COACH, "teams": ("billing",)},
    "cora": {"role": Role.COACH, "teams": ("claims",)},
    "sara": {"role": Role.AGENT, "agent": "a17"},
    "reza": {"role": Role.AGENT, "agent": "a18"},
}
TONE = {"rubric": "chat-small", "criterion": "tone"}


class Person(NamedTuple):
    """Somebody with a key."""

    client: Any
    secret: str

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        told = {"Authorization": f"Bearer {self.secret}", **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.request(method, path, headers=told, **({} if body is None else {"json": body}))

    def get(self, path: str) -> Any:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)


class House(dict[str, Person]):
    """Everybody by name."""

    #: Of the form of chats.
    rubric = "chat-small"


@pytest.fixture(scope="module")
def people(client: Any, api: Any) -> House:
    """Sara (a17) and Reza (a18) of billing, with one final chat each: Reza greeted, Sara did not."""
    services = client.app.state.services
    found = House()
    for name, more in PEOPLE.items():
        services.users.create(User(id=name, login=name, name=name.title(), **more), by=SYSTEM)
        _, secret = services.keys.issue("tests", by=SYSTEM, user=name)
        found[name] = Person(client, secret)
    for agent in ("a17", "a18"):
        card = api.chat(f"c-{agent}", agent={"id": agent, "name": "Hello Karimi", "team": "billing"})
        finish(found["rita"], card, agent)
    return found


def finish(rita: Person, card: str, agent: str) -> None:
    path = f"/v1/scorecards/{card}"
    assert rita.post(f"{path}/claim").status_code == 200
    answers = [
        {"criterion": "greeting", "answer": "no" if agent == "a17" else "yes", "reason": "heard"},
        {"criterion": "tone", "answer": "yes"},
    ]
    answer = rita.call("PATCH", f"{path}/answers", {"answers": answers}, If_Match="*")
    assert answer.status_code == 200, answer.text
    assert rita.post(f"{path}/finalize").status_code == 200


@pytest.fixture
def plan(people: House) -> Any:
    """A draft of Carl's for Sara, ended afterwards."""
    body = {"agent": "a17", "priorities": [{"rubric": people.rubric, "criterion": "greeting", "behaviour": "Say hello", "share": 0.9}]}
    answer = people["carl"].post(PLANS, body, Idempotency_Key=f"k{id(body)}")
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"{PLANS}/{answer.json()['id']}"
    yield answer.json()
    people["lena"].post(f"{PLANS}/{answer.json()['id']}/close", {"state": "dropped", "outcome": "the test is over"})


def started(people: House, plan: Any) -> str:
    path = f"{PLANS}/{plan['id']}"
    assert people["carl"].post(f"{path}/start").status_code == 200
    return path


def test_a_draft_is_the_coachs_until_it_is_started(people: House, plan: Any, problem: Problem) -> None:
    path = f"{PLANS}/{plan['id']}"
    assert (plan["state"], plan["coach"], plan["overdue"], plan["coach_in_reach"]) == ("draft", "carl", [], True)
    problem(people["sara"].get(path), 404, "not_found")
    problem(people["cora"].get(path), 404, "not_found")
    problem(people["rita"].get(path), 403, "permission_denied")
    assert people["sara"].get(PLANS).json()["items"] == []
    found = people["carl"].get(path)
    assert (found.json(), found.headers["etag"]) == (plan, '"1"')
    patched = people["carl"].call("PATCH", path, {"ends": "2099-01-01"}, If_Match='"1"')
    problem(patched, 422, "input")
    patched = people["carl"].call("PATCH", path, {"coach": "lena"}, If_Match='"1"')
    assert (patched.status_code, patched.json()["coach"], patched.headers["etag"]) == (200, "lena", '"2"')
    problem(people["carl"].call("PATCH", path, {"coach": "carl"}, If_Match='"1"'), 412, "stale_version")
    problem(people["carl"].post(f"{path}/start", If_Match='"1"'), 412, "stale_version")
    problem(people["carl"].get(f"{path}/effect"), 409, "conflict")
    started(people, plan)
    assert people["sara"].get(path).json()["state"] == "active"
    assert [one["id"] for one in people["sara"].get(PLANS).json()["items"]] == [plan["id"]]
    problem(people["reza"].get(path), 404, "not_found")
    problem(people["sara"].post(f"{path}/close", {"state": "done", "outcome": "x"}), 403, "permission_denied")


def test_the_same_request_twice_makes_one_plan(people: House, plan: Any, problem: Problem) -> None:
    body = {"agent": "a18", "priorities": [{"rubric": people.rubric, "criterion": "tone"}]}
    first = people["carl"].post(PLANS, body, Idempotency_Key="same")
    again = people["carl"].post(PLANS, body, Idempotency_Key="same")
    assert (first.status_code, again.json(), again.headers["idempotency-replayed"]) == (201, first.json(), "true")
    problem(people["carl"].post(PLANS, body), 409, "conflict")
    path = f"{PLANS}/{first.json()['id']}"
    assert people["carl"].post(f"{path}/close", {"state": "dropped", "outcome": "no"}).json()["state"] == "dropped"


def test_sessions_are_written_read_and_confirmed(people: House, plan: Any, problem: Problem) -> None:
    path = started(people, plan)
    body = {"practised": ["greeting"], "notes": "خوب پیش رفت", "private": "shy", "follow_up": "2090-01-01"}
    held = people["carl"].post(f"{path}/sessions", body)
    assert held.status_code == 201, held.text
    where = held.headers["location"]
    assert where == f"{SESSIONS}/{held.json()['id']}"
    seen = people["sara"].get(where).json()
    assert (seen["notes"], seen["private"]) == ("خوب پیش رفت", None)
    assert people["sara"].get(f"{SESSIONS}?plan={plan['id']}").json()["items"] == [seen]
    read = people["sara"].post(f"{where}/acknowledge", {"comment": "باشه"})
    assert read.json()["acknowledged"]["comment"] == "باشه"
    problem(people["sara"].post(f"{where}/acknowledge"), 409, "conflict")
    problem(people["carl"].post(f"{where}/acknowledge"), 403, "permission_denied")
    patched = people["carl"].call("PATCH", where, {"private": None}, If_Match='"2"')
    assert (patched.json()["private"], patched.json()["notes"], patched.json()["acknowledged"] is None) == (None, "خوب پیش رفت", False)
    problem(people["carl"].call("PATCH", where, {"notes": "x"}, If_Match='"2"'), 412, "stale_version")
    problem(people["cora"].get(where), 404, "not_found")
    problem(people["cora"].post(f"{path}/sessions", {}), 404, "not_found")
    problem(people["carl"].post(f"{path}/sessions", {"practised": ["tone"]}), 422, "input")
    confirmed = people["sara"].post(f"{path}/acknowledge")
    assert confirmed.json()["acknowledged"]["by"] == "sara"


def test_a_colleagues_place_is_shown_nameless_while_they_agree(people: House, plan: Any, problem: Problem) -> None:
    path, consent = started(people, plan), "/v1/agents/a18/example-consent"
    assert people["reza"].get(consent).json()["given"] is False
    problem(people["lena"].call("PUT", consent, {"given": True}), 403, "permission_denied")
    problem(people["sara"].call("PUT", consent, {"given": True}), 404, "not_found")
    given = people["reza"].call("PUT", consent, {"given": True}, If_Match='"1"')
    assert (given.status_code, given.json()["given"], given.headers["etag"]) == (200, True, '"2"')
    problem(people["reza"].call("PUT", consent, {"given": False}, If_Match='"1"'), 412, "stale_version")
    body = {"priorities": [{"rubric": people.rubric, "criterion": "greeting", "examples": [
        {"kind": "own_missed", "scorecard": card(people, "c-a17")}, {"kind": "colleague", "scorecard": card(people, "c-a18")},
    ]}]}  # fmt: skip
    changed = people["carl"].call("PATCH", path, body)
    assert changed.status_code == 200, changed.text
    assert len(changed.json()["priorities"][0]["examples"]) == 2
    own, theirs = people["sara"].get(f"{path}/examples").json()["items"]
    assert (own["kind"], own["quote"], own["interaction"]) == ("own_missed", None, "c-a17")
    # What was said there is "Hello", which is a part of the colleague's name.
    assert (theirs["kind"], theirs["quote"], theirs["interaction"], theirs["scorecard"]) == ("colleague", "[NAME]", None, None)
    # To the agent the plan itself does not say whose it is.
    assert [one["kind"] for one in people["sara"].get(path).json()["priorities"][0]["examples"]] == ["own_missed"]
    assert people["reza"].call("PUT", consent, {"given": False}).json()["given"] is False
    assert [one["kind"] for one in people["sara"].get(f"{path}/examples").json()["items"]] == ["own_missed"]
    problem(people["reza"].get(f"{path}/examples"), 404, "not_found")


def card(people: House, interaction: str) -> str:
    return str(people["lena"].get(f"/v1/interactions/{interaction}/scorecards").json()["scorecards"][0]["id"])


def test_few_numbers_carry_nothing(people: House, plan: Any, problem: Problem) -> None:
    found = people["carl"].get("/v1/agents/a17/coaching-priorities?from=2026-10-01&to=2026-12-01").json()
    assert (found["priorities"], found["reviewed"]) == ([], 1)
    assert {one["verdict"] for one in found["gains"]} == {"cannot_tell"}
    assert found["more"] == 7
    told = problem(people["carl"].post(PLANS, {"agent": "a18"}), 409, "conflict")
    assert told["detail"] == "nothing to coach that the numbers carry"
    path = started(people, plan)
    (one,) = people["sara"].get(f"{path}/effect").json()["criteria"]
    assert (one["effect"]["standing"], one["effect"]["effect"]) == ("cannot_tell", None)
    together = people["carl"].get("/v1/coaching/effect?from=2020-01-01").json()
    assert (together["plans"] > 0, together["summary"]["measured"], together["summary"]["effect"]) == (True, 0, None)
    problem(people["carl"].get("/v1/coaching/effect?from=2026-02-30"), 422, "invalid_request")
    problem(people["sara"].get("/v1/coaching/effect"), 403, "permission_denied")
    problem(people["sara"].get("/v1/agents/a17/coaching-priorities"), 403, "permission_denied")
    problem(people["cora"].get("/v1/agents/a17/coaching-priorities"), 404, "not_found")
    problem(people["carl"].get("/v1/agents/a17/coaching-priorities?to=2026-12-01"), 422, "input")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "invalid_request", "agent"),
        ({"agent": "a18", "priorities": []}, "invalid_request", "priorities"),
        ({"agent": "a18", "priorities": [TONE] * 4}, "invalid_request", "priorities"),
        ({"agent": "a18", "priorities": [{**TONE, "share": 1.5}]}, "invalid_request", "priorities[0].share"),
        ({"agent": "a18", "priorities": [{**TONE, "behaviour": "\0"}]}, "invalid_request", "priorities[0].behaviour"),
        ({"agent": "a18", "starts": "yesterday"}, "invalid_request", "starts"),
        ({"agent": "a18", "more": 1}, "invalid_request", "more"),
        ({"agent": "a18", "starts": "2026-12-01", "ends": "2026-11-01"}, "input", "ends"),
        ({"agent": "a18", "coach": "cora", "priorities": [TONE]}, "input", "coach"),
    ],
)
def test_bodies_that_cannot_be(people: House, problem: Problem, body: dict[str, Any], code: str, field: str) -> None:
    assert problem(people["carl"].post(PLANS, body), 422, code)["field"] == field


def test_a_criterion_that_the_form_has_not(people: House, problem: Problem) -> None:
    body = {"agent": "a18", "priorities": [{"rubric": people.rubric, "criterion": "tune"}]}
    told = problem(people["carl"].post(PLANS, body), 422, "input")
    assert (told["field"], told["hint"]) == ("priorities[0].criterion", "did you mean 'tone'?")
    problem(people["carl"].post(PLANS, {"agent": "nobody"}), 404, "not_found")


def test_recognition_shows_why_nobody_won(people: House, problem: Problem) -> None:
    found = people["carl"].get("/v1/recognition?month=2026-11&team=billing")
    assert found.status_code == 200, found.text
    assert (found.json()["best"]["winners"], found.json()["best"]["untold"]) == ([], "nobody_eligible")
    assert {one["agent"]: one["reasons"] for one in found.json()["showings"]} == {"a17": ["too_few"], "a18": ["too_few"]}
    problem(people["carl"].get("/v1/recognition?month=2026-11"), 422, "input")
    problem(people["carl"].get("/v1/recognition?team=claims"), 404, "not_found")
    problem(people["sara"].get("/v1/recognition"), 403, "permission_denied")
    problem(people["carl"].post("/v1/recognition/announcements", {}), 403, "permission_denied")
    problem(people["lena"].post("/v1/recognition/announcements", {"month": "2025-01"}), 409, "conflict")
    assert people["sara"].get("/v1/recognition/announcements").json() == {"items": [], "next": None}
    problem(people["sara"].get("/v1/recognition/announcements/none"), 404, "not_found")
