"""Proposals for the wording of rubrics over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.permission import SYSTEM, Role
from qa_service.domain.rubric import Rubric
from qa_service.domain.user import User

Problem = Callable[..., dict[str, Any]]
URL = "/v1/rubrics/chat-small/proposals"
WORDS = {"en": "Did the agent greet by name?", "fa": "آیا کارشناس با نام مشتری سلام کرد؟"}
BODY = {"criterion": "greeting", "wording": WORDS, "why": "'Hello' alone divided us"}


@pytest.fixture(scope="module")
def call(client: Any) -> Callable[..., Any]:
    services = client.app.state.services
    secrets = {}
    for name, role in (("rita", Role.REVIEWER), ("lena", Role.QA_LEAD), ("sara", Role.AGENT)):
        services.users.create(User(id=name, login=name, name=name, role=role), by=SYSTEM)
        secrets[name] = services.keys.issue("tests", by=SYSTEM, user=name)[1]

    def calling(who: str, method: str, url: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {secrets[who]}", **options.pop("headers", {})}
        return client.request(method, url, headers=headers, **options)

    return calling


def proposed(call: Callable[..., Any], **changes: Any) -> dict[str, Any]:
    answer = call("rita", "POST", URL, json={**BODY, **changes})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_a_proposal_is_made_accepted_and_taken_on(call: Callable[..., Any], client: Any, api: Any, problem: Problem) -> None:
    made = proposed(call)
    assert (made["state"], made["version"], made["created_by"], made["adopted_in"]) == ("proposed", 1, "rita", None)
    problem(call("rita", "POST", f"{URL}/{made['id']}/decide", json={"accept": True}), 403, "permission_denied")
    stale = call("lena", "POST", f"{URL}/{made['id']}/decide", json={"accept": True}, headers={"If-Match": '"5"'})
    problem(stale, 412, "stale_version")
    done = call("lena", "POST", f"{URL}/{made['id']}/decide", json={"accept": True, "words": "next week"}, headers={"If-Match": '"1"'})
    assert (done.json()["state"], done.json()["decided_by"], done.json()["decision"]) == ("accepted", "lena", "next week")
    problem(call("lena", "POST", f"{URL}/{made['id']}/decide", json={"accept": False}), 409, "conflict")
    database = client.app.state.services.database
    with database.unit() as unit:
        form = unit.rubrics.get("chat-small").as_data()
        form["version"], form["sections"][0]["criteria"][0]["question"] = 2, WORDS
        unit.rubrics.add(Rubric.model_validate(form), at=client.app.state.services.clock(), active=False)
    (listed,) = call("rita", "GET", f"{URL}?state=accepted").json()["items"]
    assert (listed["id"], listed["adopted_in"]) == (made["id"], 2)
    acts = [one["action"] for one in api.json("/v1/audit?limit=500")["items"] if one["subject"] == "rubric/chat-small"]
    assert acts[-2:] == ["rubric.proposed", "rubric.proposal_accepted"] or acts[:2] == ["rubric.proposal_accepted", "rubric.proposed"]


def test_a_proposal_is_declined(call: Callable[..., Any]) -> None:
    made = proposed(call, criterion="tone", wording={"en": "Was the agent friendly?"})
    done = call("lena", "POST", f"{URL}/{made['id']}/decide", json={"accept": False})
    assert done.json()["state"] == "declined"
    assert made["id"] in {one["id"] for one in call("lena", "GET", URL).json()["items"]}, "it stays in the history"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"criterion": "greetin"}, 422, "answer"),
        ({"session": "none", "wording": {"en": "Greeted?"}}, 404, "not_found"),
        ({"wording": {}}, 422, "invalid_request"),
        ({"wording": {"en": "  "}}, 422, "invalid_request"),
        ({"wording": {"English": "x"}}, 422, "invalid_request"),
        ({"why": ""}, 422, "invalid_request"),
        ({"criterion": "apology", "wording": {"en": "Did the agent apologise for the trouble?"}}, 409, "conflict"),
    ],
)
def test_proposals_that_are_refused(call: Callable[..., Any], problem: Problem, changes: dict[str, Any], status: int, code: str) -> None:
    problem(call("rita", "POST", URL, json={**BODY, **changes}), status, code)


def test_unknown_rubric_or_proposal_and_other_roles(call: Callable[..., Any], problem: Problem) -> None:
    problem(call("rita", "POST", "/v1/rubrics/none/proposals", json=BODY), 404, "not_found")
    problem(call("rita", "GET", "/v1/rubrics/none/proposals"), 404, "not_found")
    problem(call("lena", "POST", f"{URL}/none/decide", json={"accept": True}), 404, "not_found")
    problem(call("sara", "POST", URL, json=BODY), 403, "permission_denied")
    problem(call("sara", "GET", URL), 403, "permission_denied")
