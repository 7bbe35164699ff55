"""Report schedules over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

SCHEDULE = {"name": "the house, every month", "kind": "audit", "period": "month", "format": "json"}


def test_a_schedule_lives_and_goes(api: Any, problem: Callable[..., dict[str, Any]]) -> None:
    made = api.post("/v1/report-schedules", json=SCHEDULE, headers={"Idempotency-Key": "s1"})
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"1"'
    name = made.json()["id"]
    assert api.post("/v1/report-schedules", json=SCHEDULE, headers={"Idempotency-Key": "s1"}).json()["id"] == name
    assert [one["id"] for one in api.json("/v1/report-schedules")["items"]] == [name]
    changed = api.call("PATCH", f"/v1/report-schedules/{name}", json={"active": False}, headers={"If-Match": '"1"'})
    assert (changed.json()["active"], changed.headers["etag"]) == (False, '"2"')
    stale = api.call("PATCH", f"/v1/report-schedules/{name}", json={"name": "x"}, headers={"If-Match": '"1"'})
    problem(stale, 412, "stale_version")
    assert api.call("DELETE", f"/v1/report-schedules/{name}").status_code == 204
    problem(api.get(f"/v1/report-schedules/{name}"), 404, "not_found")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"kind": "calibration", "subject": "c1"}, "input", "wanted.kind"), ({"kind": "team"}, "input", "subject"),
        ({"kind": "month", "period": "week"}, "input", "period"), ({"period": "year"}, "invalid_request", "period"),
        ({"wait_hours": -1}, "invalid_request", "wait_hours"), ({"month": "2026-03"}, "invalid_request", "month"),
    ],
)
def test_what_cannot_be_is_named(
    api: Any, problem: Callable[..., dict[str, Any]], changes: dict[str, Any], code: str, field: str
) -> None:
    assert field in str(problem(api.post("/v1/report-schedules", json={**SCHEDULE, **changes}), 422, code))
