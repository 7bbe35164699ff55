"""Queues of work over HTTP: paused and let go, jobs stopped and begun again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
URL = "/v1/work-queues"


@pytest.fixture
def paused(api: Any) -> Iterator[None]:
    """No conversation is begun."""
    assert api.call("PUT", f"{URL}/text", json={"paused": True}).status_code == 200
    # A look that is under way still goes by what was set before.
    time.sleep(0.5)
    yield
    assert api.call("PUT", f"{URL}/text", json={}).status_code == 200


def take(api: Any, chat: Callable[..., dict[str, Any]], name: str) -> str:
    answer = api.post("/v1/conversations", json=chat(name))
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


def test_a_queue_is_held_back_and_let_go(api: Any, chat: Callable[..., dict[str, Any]], paused: None) -> None:
    job = take(api, chat, "wq-1")
    (text,) = (one for one in api.json(URL)["items"] if one["name"] == "text")
    assert (text["waiting"], text["running"], text["regulation"]["paused"], text["here"]) == (1, 0, True, True)
    assert text["oldest"] == api.json(job)["created_at"]
    told = api.call("PUT", f"{URL}/text", json={"at_once": 1, "per_minute": 600}).json()
    assert told["regulation"] == {"paused": False, "at_once": 1, "together": None, "per_minute": 600}
    assert api.done(job)["state"] == "done"


def test_how_urgent_something_is_can_be_told(api: Any, chat: Callable[..., dict[str, Any]], problem: Problem) -> None:
    answer = api.post("/v1/conversations?priority=urgent", json=chat("wq-3"))
    assert api.done(answer.headers["location"])["priority"] == "urgent"
    problem(api.post("/v1/conversations?priority=soon", json=chat("wq-4")), 422, "invalid_request")


def test_what_waits_is_stopped_and_begun_again(
    api: Any, chat: Callable[..., dict[str, Any]], paused: None, problem: Problem
) -> None:
    job = take(api, chat, "wq-2")
    once = {"Idempotency-Key": "stop-wq-2"}
    stopped = api.post(f"{job}/cancel", headers=once)
    assert (stopped.status_code, stopped.json()["state"], stopped.json()["error"]["code"]) == (200, "failed", "cancelled")
    assert api.post(f"{job}/cancel", headers=once).json() == stopped.json()
    problem(api.post(f"{job}/cancel"), 409, "conflict")
    assert [one["interaction"] for one in api.json("/v1/jobs?state=failed&code=cancelled&kind=text")["items"]] == ["wq-2"]
    again = api.post("/v1/jobs/retry", json={"code": "cancelled"})
    assert again.status_code == 202
    assert list(again.json()["jobs"]) == [stopped.json()["id"]]
    api.call("PUT", f"{URL}/text", json={})
    new = api.done(f"/v1/jobs/{again.json()['jobs'][stopped.json()['id']]}")
    assert (new["state"], new["starts"], new["priority"]) == ("done", 1, "normal")
    problem(api.post(f"{job}/retry"), 409, "conflict")
    problem(api.post("/v1/jobs/nobody/retry"), 404, "not_found")


@pytest.mark.parametrize(
    ("queue", "body", "field"),
    [
        ("text", {"at_once": 0}, "at_once"), ("text", {"speed": 1}, "speed"), ("text", {"per_minute": "many"}, "per_minute"),
        ("dinner", {}, "queue"),
    ],
)
def test_what_cannot_be_is_told(api: Any, problem: Problem, queue: str, body: dict[str, Any], field: str) -> None:
    told = problem(api.call("PUT", f"{URL}/{queue}", json=body), 422, "invalid_request")
    assert field in str(told)
