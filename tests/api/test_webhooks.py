"""Webhooks over HTTP; what arrives is tested with the service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

HOOK = {"url": "https://hooks.example.com/qa", "events": ["dispute.opened", "scorecard.finalized"], "description": "CRM"}


def test_a_webhook_lives_and_goes(api: Any, problem: Callable[..., dict[str, Any]]) -> None:
    made = api.post("/v1/webhooks", json=HOOK)
    assert made.status_code == 201, made.text
    secret, identifier = made.json()["secret"], made.json()["webhook"]["id"]
    assert secret.startswith("whsec_")
    found = api.get(f"/v1/webhooks/{identifier}")
    assert found.headers["etag"] == '"1"'
    assert (found.json()["events"], found.json()["active"]) == (["scorecard.finalized", "dispute.opened"], True)
    assert secret not in api.get("/v1/webhooks").text + found.text
    changed = api.call("PATCH", f"/v1/webhooks/{identifier}", json={"active": False}, headers={"If-Match": '"1"'})
    assert (changed.json()["active"], changed.headers["etag"]) == (False, '"2"')
    stale = api.call("PATCH", f"/v1/webhooks/{identifier}", json={"active": True}, headers={"If-Match": '"1"'})
    problem(stale, 412, "stale_version")
    problem(api.post(f"/v1/webhooks/{identifier}/ping"), 409, "conflict")
    assert api.call("PATCH", f"/v1/webhooks/{identifier}", json={"active": True}).status_code == 200
    ping = api.post(f"/v1/webhooks/{identifier}/ping", headers={"Idempotency-Key": "once"})
    assert (ping.status_code, ping.json()["type"]) == (202, "webhook.pinged")
    api.post(f"/v1/webhooks/{identifier}/ping", headers={"Idempotency-Key": "once"})
    (sent,) = api.json(f"/v1/webhooks/{identifier}/deliveries")["items"]
    again = api.post(f"/v1/webhooks/{identifier}/deliveries/{sent['id']}/repeat")
    assert again.json()["id"] == sent["id"]
    assert api.post(f"/v1/webhooks/{identifier}/secret").json()["secret"] != secret
    assert api.call("DELETE", f"/v1/webhooks/{identifier}").status_code == 204
    problem(api.get(f"/v1/webhooks/{identifier}"), 404, "not_found")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"url": "http://hooks.example.com/"}, "input", "url"), ({"url": "https://me:pw@hooks.example.com/"}, "input", "url"),
        ({"url": "https:// x.example/"}, "invalid_request", "url"), ({"events": []}, "invalid_request", "events"),
        ({"events": ["scorecard.stolen"]}, "invalid_request", "events"), ({"description": " "}, "invalid_request", "description"),
        ({"secret": "mine"}, "invalid_request", "secret"),
    ],
)
def test_what_cannot_be_is_named(
    api: Any, problem: Callable[..., dict[str, Any]], changes: dict[str, Any], code: str, field: str
) -> None:
    answer = api.post("/v1/webhooks", json={**HOOK, **changes})
    assert field in str(problem(answer, 422, code))
