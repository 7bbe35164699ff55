"""The policy over HTTP: read with its version, changed with what was seen, refused field by field."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.policy import Policy

Problem = Callable[..., dict[str, Any]]


def change(api: Any, **changes: Any) -> Any:
    """What was read, with changes, sent back."""
    read = api.get("/v1/policy")
    return api.call("PUT", "/v1/policy", json={**read.json()["policy"], **changes}, headers={"If-Match": read.headers["ETag"]})


def test_read_change_and_history(api: Any) -> None:
    read = api.get("/v1/policy")
    assert (read.status_code, read.headers["ETag"], read.json()["by"]) == (200, '"1"', None)
    assert read.json()["policy"] == Policy().model_dump(mode="json")
    assert api.get("/v1/policy", headers={"If-None-Match": '"1"'}).status_code == 304
    saved = change(api, due_days=3, auto_finalize=True)
    assert (saved.status_code, saved.headers["ETag"], saved.json()["version"]) == (200, '"2"', 2)
    assert api.json("/v1/policy") == saved.json()
    (version,) = api.json("/v1/policy/versions")["items"]
    assert version == saved.json()
    assert (version["by"], version["policy"]["due_days"]) == ("admin", 3)
    same = change(api)
    assert (same.status_code, same.headers["ETag"]) == (200, '"2"')
    (entry,) = [one for one in api.json("/v1/audit?limit=500")["items"] if one["action"] == "policy.changed"]
    assert entry["content"]["before"] == {"auto_finalize": False, "due_days": 7}


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"claim_minutes": 0}, "claim_minutes", "greater than or equal to 1"),
        ({"blind_share": 1.5}, "blind_share", "less than or equal to 1"),
        ({"accept_at": "much"}, "accept_at", "valid number"),
        ({"dispute_hours": 3}, "dispute_hours", "Extra inputs"),
        ({"accept_at": 0.97, "auto_at": 0.96}, "auto_at", "what nobody looks at needs no less accuracy"),
    ],
)
def test_faults_are_told_by_field(api: Any, problem: Problem, changes: dict[str, Any], field: str, message: str) -> None:
    before = api.json("/v1/policy")
    found = problem(change(api, **changes), 422, "invalid_request")
    assert [one["field"] for one in found["errors"]] == [field]
    assert message in found["errors"][0]["message"]
    assert api.json("/v1/policy") == before


def test_a_part_of_the_policy_is_not_taken_for_the_whole(api: Any, problem: Problem) -> None:
    found = problem(api.call("PUT", "/v1/policy", json={"due_days": 3}, headers={"If-Match": "*"}), 422, "input")
    assert found["field"] == "claim_minutes"


@pytest.mark.parametrize(("tag", "status", "code"), [(None, 428, "precondition_required"), ('"77"', 412, "stale_version")])
def test_the_version_seen_must_be_told_and_current(api: Any, problem: Problem, tag: str | None, status: int, code: str) -> None:
    body = {**Policy().model_dump(mode="json"), "due_days": 30}
    problem(api.call("PUT", "/v1/policy", json=body, headers={} if tag is None else {"If-Match": tag}), status, code)


def test_finalising_by_itself_is_looked_at_first_and_done_only_where_allowed(api: Any, problem: Problem) -> None:
    card = api.chat("auto-1")
    change(api, auto_finalize=False, auto_after_hours=0)
    plan = api.post("/v1/policy/auto-finalize", json={})
    assert plan.status_code == 200, plan.text
    assert (plan.json()["dry_run"], plan.json()["allowed"], plan.json()["finalized"]) == (True, False, 0)
    assert sum(plan.json()["waiting"].values()) == 1
    refused = problem(api.post("/v1/policy/auto-finalize", json={"dry_run": False}), 409, "conflict")
    assert refused["field"] == "auto_finalize"
    change(api, auto_finalize=True, auto_after_hours=0)
    done = api.post("/v1/policy/auto-finalize", json={"dry_run": False})
    assert (done.status_code, done.json()["finalized"], done.json()["waiting"]) == (200, 0, plan.json()["waiting"])
    assert api.json(f"/v1/scorecards/{card}")["status"] == "draft"
    problem(api.post("/v1/policy/auto-finalize", json={"dry_run": "no"}), 422, "invalid_request")
