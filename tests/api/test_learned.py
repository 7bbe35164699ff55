"""Learned: versions are read by anybody with a key, trained as a job and put to use by an admin."""

from __future__ import annotations

from typing import Any

import pytest


def test_the_shipped_versions_are_listed_and_read(api: Any) -> None:
    items = api.json("/v1/learned")["items"]
    assert {one["rubric"]: one["version"] for one in items}.items() >= {"chat-support": 0, "phone-support": 0}.items()
    (chat,) = api.json("/v1/learned", params={"rubric": "chat-support"})["items"]
    whole = api.json("/v1/learned/chat-support/versions/0")
    assert (whole["schema"], whole["after"]) == ("learned/1", chat["after"])
    assert chat["after"]["agreement"] > chat["before"]["agreement"]


def test_a_training_is_a_job_that_tells_why_it_failed(api: Any) -> None:
    rubric = api.json("/v1/rubrics")["items"][0]["rubric"]
    answer = api.post("/v1/learned/trainings", json={"rubric": rubric})
    assert answer.status_code == 202
    job = api.done(answer.headers["location"])
    assert (job["kind"], job["state"]) == ("learn", "failed")
    assert "too few" in job["error"]["message"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/v1/learned/trainings", {"rubric": "nothing"}, 404),
        ("/v1/learned/trainings", {"rubrics": "x"}, 422),
        ("/v1/learned/chat-support/versions/99/use", None, 404),
        ("/v1/learned/nothing/versions/0/use", None, 404),
    ],
)
def test_what_is_not_there_is_named(api: Any, path: str, body: Any, status: int) -> None:
    assert api.post(path, json=body).status_code == status


def test_putting_a_version_to_use_is_noted(api: Any) -> None:
    answer = api.post("/v1/learned/chat-support/versions/0/use")
    assert answer.status_code == 200
    assert [(one["version"], one["active"]) for one in answer.json()["items"]] == [(0, True)]
    entries = api.json("/v1/audit", params={"subject": "learned/chat-support"})["items"]
    assert [(one["action"], one["content"]["version"]) for one in entries] == [("learned.activated", 0)]


def test_without_a_key_nothing_is_told(api: Any) -> None:
    assert api.client.get("/v1/learned").status_code == 401
    assert api.client.post("/v1/learned/chat-support/versions/0/use").status_code == 401
