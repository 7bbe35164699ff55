"""Scorecards: claim, answer, finalise; every refusal is a problem with a code, and the ledger has every act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
URL = "/v1/scorecards"
TONE = {"criterion": "tone", "answer": "yes"}


@pytest.fixture
def card(api: Any, request: pytest.FixtureRequest) -> str:
    """A draft scorecard of a fresh chat."""
    return str(api.chat(f"s-{request.node.name}"))


def claim(api: Any, card: str) -> str:
    answer = api.post(f"{URL}/{card}/claim")
    assert answer.status_code == 200, answer.text
    return str(answer.headers["etag"])


def answer(api: Any, card: str, *given: dict[str, Any], tag: str | None) -> Any:
    headers = {} if tag is None else {"If-Match": tag}
    return api.call("PATCH", f"{URL}/{card}/answers", json={"answers": list(given)}, headers=headers)


def by_id(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in body["criteria"]}


def test_from_draft_to_final(api: Any, card: str) -> None:
    draft = api.get(f"{URL}/{card}")
    assert (draft.headers["etag"], draft.json()["revision"]) == ('"1"', 1)
    assert (draft.json()["status"], draft.json()["score"], draft.json()["undecided"]) == ("draft", 100.0, 1)
    tag = claim(api, card)
    assert tag == '"2"'
    quote = {"turn": 1, "quote": "I am sorry about that"}
    saved = answer(
        api,
        card,
        {**TONE, "reason": "calm", "evidence": [quote]},
        {"criterion": "greeting", "answer": "no", "reason": "too short"},
        tag=tag,
    )
    assert saved.status_code == 200, saved.text
    body = saved.json()
    assert saved.headers["etag"] == f'"{body["revision"]}"'
    assert (body["status"], body["undecided"]) == ("in_review", 0)
    assert body["score"] == pytest.approx(66.667)
    tone = by_id(body)["tone"]
    assert (tone["answered"]["by"], tone["answered"]["evidence"][0]["quote"], tone["answered"]["evidence"][0]["speaker"]) == (
        "admin",
        quote["quote"],
        "agent",
    )
    assert by_id(body)["greeting"]["suggestion"]["answer"] == "yes"
    final = api.post(f"{URL}/{card}/finalize", headers={"If-Match": saved.headers["etag"]})
    assert final.status_code == 200, final.text
    assert (final.json()["status"], by_id(final.json())["apology"]["answer"]) == ("final", "yes")
    acts = [one["action"] for one in api.json(f"/v1/audit?subject=scorecard/{card}")["items"]]
    assert acts == ["scorecard.suggested", "scorecard.claimed", "scorecard.answered", "scorecard.finalized"]


def test_finalising_with_something_undecided_names_it(api: Any, problem: Problem, card: str) -> None:
    claim(api, card)
    found = problem(api.post(f"{URL}/{card}/finalize"), 409, "undecided")
    assert found["criteria"] == ["tone"]
    assert api.json(f"{URL}/{card}")["status"] == "in_review"


def test_answers_need_a_revision_and_the_current_one(api: Any, problem: Problem, card: str) -> None:
    tag = claim(api, card)
    assert problem(answer(api, card, TONE, tag=None), 428, "precondition_required")["field"] == "If-Match"
    assert problem(answer(api, card, TONE, tag='"1"'), 412, "stale_version")["field"] == "If-Match"
    problem(answer(api, card, TONE, tag='W/"2"'), 412, "stale_version")
    problem(answer(api, card, TONE, tag='"x"'), 412, "stale_version")
    problem(answer(api, card, TONE, tag="2"), 422, "input")
    problem(answer(api, card, TONE, tag='"2", "3"'), 422, "input")
    assert by_id(api.json(f"{URL}/{card}"))["tone"]["answer"] is None
    assert answer(api, card, TONE, tag=tag).status_code == 200
    problem(api.post(f"{URL}/{card}/finalize", headers={"If-Match": tag}), 412, "stale_version")
    assert answer(api, card, {**TONE, "answer": None}, tag="*").status_code == 200
    problem(api.post(f"{URL}/{card}/claim", headers={"If-Match": tag}), 412, "stale_version")


def test_without_a_claim_nothing_is_saved(api: Any, problem: Problem, card: str) -> None:
    problem(answer(api, card, TONE, tag='"1"'), 409, "claim")
    problem(api.post(f"{URL}/{card}/finalize"), 409, "claim")
    problem(api.post(f"{URL}/{card}/release"), 409, "claim")


def test_release_keeps_answers(api: Any, card: str) -> None:
    answer(api, card, TONE, tag=claim(api, card))
    released = api.post(f"{URL}/{card}/release").json()
    assert (released["status"], released["reviewer"], by_id(released)["tone"]["answer"]) == ("draft", None, "yes")


def test_what_is_final_stays(api: Any, problem: Problem, card: str) -> None:
    answer(api, card, TONE, tag=claim(api, card))
    assert api.post(f"{URL}/{card}/finalize").status_code == 200
    problem(answer(api, card, TONE, tag="*"), 409, "claim")
    assert api.post(f"{URL}/{card}/claim").status_code == 409
    assert api.post(f"{URL}/{card}/finalize").status_code == 409


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"criterion": "tnoe", "answer": "yes"}, "tnoe"),
        ({"criterion": "tone", "answer": "maybe"}, "tone"),
        ({"criterion": "tone", "answer": "undecided"}, "tone"),
        ({"criterion": "greeting", "answer": "no"}, "greeting"),
        ({**TONE, "evidence": [{"turn": 9, "quote": "x"}]}, "tone"),
        ({**TONE, "evidence": [{"turn": 1, "quote": "never said"}]}, "tone"),
    ],
)
def test_answers_outside_the_form(api: Any, problem: Problem, given: dict[str, Any], field: str) -> None:
    card = (
        api.json(f"{URL}?limit=1")["items"][0]["id"]
        if api.json(f"{URL}?status=in_review")["items"] == []
        else api.json(f"{URL}?status=in_review")["items"][0]["id"]
    )
    tag = claim(api, card)
    assert problem(answer(api, card, given, tag=tag), 422, "answer")["field"] == field
    assert api.get(f"{URL}/{card}").headers["etag"] == tag


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"answers": []}', "body"),
        (b'{"answers": [{"criterion": "tone"}]}', "answers[0].answer"),
        (b'{"answers": [{"criterion": "tone", "answer": NaN}]}', "answers[0].answer"),
        (b'{"answers": [{"criterion": 5, "answer": "yes"}]}', "answers[0].criterion"),
        (b'{"answers": [{"criterion": "tone", "answer": "yes", "why": "x"}]}', "answers[0].why"),
        (b'{"answers": 1, "x": 2}', "answers"),
        (b'{"answers": [{"criterion": "t", "answer": "y", "evidence": [{"turn": 1e400, "quote": "x"}]}]}', "answers[0].evidence[0].turn"),
        (b'{"answers": [{"criterion": "t\\ud800", "answer": "y"}]}', "answers[0].criterion"),
    ],
)
def test_bodies_that_are_none(api: Any, problem: Problem, body: bytes, field: str) -> None:
    headers = {"If-Match": "*", "Content-Type": "application/json"}
    found = problem(api.call("PATCH", f"{URL}/x/answers", content=body, headers=headers), 422, "invalid_request")
    assert found["field"] == field
    assert found["errors"]


@pytest.mark.parametrize("body", [b"\xff\xfe", b"[" * 100_000, b'{"answers": ' + b"9" * 5000 + b"}"])
def test_bodies_that_cannot_be_parsed(api: Any, body: bytes) -> None:
    found = api.call("PATCH", f"{URL}/x/answers", content=body, headers={"If-Match": "*", "Content-Type": "application/json"})
    assert found.status_code in (400, 422)
    assert found.headers["content-type"] == "application/problem+json"


def test_a_scorecard_you_have_is_not_sent_again(api: Any, problem: Problem, card: str) -> None:
    assert api.get(f"{URL}/{card}", headers={"If-None-Match": '"1"'}).status_code == 304
    assert api.get(f"{URL}/{card}", headers={"If-None-Match": '"7", W/"1"'}).status_code == 304
    assert api.get(f"{URL}/{card}", headers={"If-None-Match": '"2"'}).status_code == 200
    problem(api.get(f"{URL}/{card}", headers={"If-None-Match": "1"}), 422, "input")


def test_lists(api: Any, card: str) -> None:
    assert api.json(f"{URL}?limit=1")["items"][0]["id"] == card
    assert card in [
        one["id"] for one in api.json(f"{URL}?status=draft&channel=chat&agent=a17&team=billing&rubric=chat-small&undecided=true")["items"]
    ]
    assert card in [one["id"] for one in api.json(f"{URL}?min_score=100&max_score=100&from=2026-11-02&to=2026-11-03")["items"]]
    for query in (
        "status=disputed",
        "channel=email",
        "agent=b",
        "max_score=10",
        "undecided=false&status=draft",
        "to=2026-11-02",
        "reviewer=x",
    ):
        assert card not in [one["id"] for one in api.json(f"{URL}?{query}")["items"]]


@pytest.mark.parametrize("method", ["GET", "claim", "release", "finalize", "answers"])
def test_a_scorecard_nobody_knows(api: Any, problem: Problem, method: str) -> None:
    if method == "answers":
        found = answer(api, "nobody", TONE, tag="*")
    else:
        found = api.get(f"{URL}/nobody") if method == "GET" else api.post(f"{URL}/nobody/{method}")
    assert problem(found, 404, "not_found")["field"] == "scorecard"
