"""Idempotency keys: the same request is answered as the first time; another one under the key is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]


def key(value: str) -> dict[str, str]:
    return {"Idempotency-Key": value}


def test_a_conversation_sent_again(api: Any, problem: Problem, chat: Callable[..., dict[str, Any]]) -> None:
    first, again = (api.post("/v1/conversations", json=chat("k-1"), headers=key("one")) for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert again.json() == first.json()
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    found = problem(api.post("/v1/conversations", json=chat("k-2"), headers=key("one")), 409, "conflict")
    assert found["field"] == "Idempotency-Key"
    assert api.get("/v1/interactions/k-2").status_code == 404


def test_a_batch_sent_again_is_one_batch(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    files = {"file": ("a.json", json.dumps(chat("k-3")).encode())}
    first, again = (api.post("/v1/batches", files=files, headers=key("batch")) for _ in range(2))
    assert first.json()["id"] == again.json()["id"]
    assert len(api.json("/v1/batches")["items"]) == 1


def test_a_claim_sent_again(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    card = api.chat("k-4")
    first, again = (api.post(f"/v1/scorecards/{card}/claim", headers=key("claim")) for _ in range(2))
    assert first.headers["etag"] == again.headers["etag"] == '"2"'
    assert again.json() == first.json()
    released = api.post(f"/v1/scorecards/{card}/release")
    assert released.headers["etag"] == '"3"'
    replayed = api.post(f"/v1/scorecards/{card}/claim", headers=key("claim"))
    assert (replayed.json(), api.json(f"/v1/scorecards/{card}")["status"]) == (first.json(), "draft"), "answered as then, not done again"


def test_problems_are_not_kept(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    assert api.post("/v1/conversations", json={**chat("k-5"), "oops": 1}, headers=key("twice")).status_code == 422
    assert api.post("/v1/conversations", json=chat("k-5"), headers=key("twice")).status_code == 202


@pytest.mark.parametrize("value", ["", "x" * 201, "a b", "\x7f"])
def test_keys_that_are_none(api: Any, problem: Problem, chat: Callable[..., dict[str, Any]], value: str) -> None:
    assert (
        problem(api.post("/v1/conversations", json=chat("k-6"), headers=key(value)), 422, "invalid_request")["field"] == "Idempotency-Key"
    )
