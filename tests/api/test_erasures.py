"""Erasing over HTTP: one interaction, a whole customer, legal holds, and what is answered afterwards; and replays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
WHY = {"reason": "request 4711 of the officer"}


def erase(api: Any, interaction: str, **options: Any) -> Any:
    return api.post(f"/v1/interactions/{interaction}/erase", json=WHY, **options)


def test_an_interaction_is_erased_once_for_each_key(api: Any, problem: Problem) -> None:
    card = api.chat("e-1", customer={"id": "k-1"}, metadata={"ticket": "4712"})
    answer = erase(api, "e-1", headers={"Idempotency-Key": "erase-1"})
    assert answer.status_code == 200, answer.text
    assert answer.json() == {"interaction": "e-1", "transcripts": 1, "scorecards": 1, "files": 0, "entries": 2}
    again = erase(api, "e-1", headers={"Idempotency-Key": "erase-1"})
    assert again.json() == answer.json()
    assert again.headers["idempotency-replayed"] == "true"
    found = api.json("/v1/interactions/e-1")
    assert (found["state"], found["customer"], found["metadata"], found["source_name"]) == ("erased", None, {}, None)
    assert found["agent"]["id"] == "a17"
    for path in ("transcript", "audio"):
        assert problem(api.get(f"/v1/interactions/e-1/{path}"), 410, "erased")["field"] == "interaction"
    assert api.json("/v1/interactions/e-1/signals")["signals"]
    left = api.json(f"/v1/scorecards/{card}")
    assert left["erased"] is True
    assert left["score"] is not None
    assert all(one["suggestion"]["evidence"] == [] for one in left["criteria"])
    problem(api.post(f"/v1/scorecards/{card}/claim"), 410, "erased")
    entries = api.json("/v1/audit?interaction=e-1")["items"]
    assert [(one["action"], one["content"] is None, one["salt"] is None) for one in entries] == [
        ("interaction.ingested", True, True), ("scorecard.suggested", True, True), ("interaction.erased", False, False)
    ]
    assert entries[2]["content"]["emptied"] == [entries[0]["sequence"], entries[1]["sequence"]]
    assert api.json("/v1/audit/verify")["valid"]


def test_the_same_content_is_refused(api: Any, problem: Problem, chat: Callable[..., dict[str, Any]]) -> None:
    api.chat("e-2")
    assert erase(api, "e-2").status_code == 200
    found = problem(api.post("/v1/conversations", json=chat("e-2")), 409, "duplicate")
    assert "erased for good" in found["detail"]


def test_a_customer_is_erased_but_for_what_is_held(api: Any, problem: Problem) -> None:
    for name in ("e-3", "e-4", "e-5"):
        api.chat(name, customer={"id": "k-3"})
    held = api.call("PUT", "/v1/interactions/e-4/hold", json={"reason": "case 12 before the court"})
    assert (held.status_code, held.json()["interaction"], held.json()["reason"]) == (200, "e-4", "case 12 before the court")
    assert api.json("/v1/interactions/e-4/hold") == held.json()
    assert problem(erase(api, "e-4"), 409, "held")["field"] == "interaction"
    answer = api.post("/v1/erasures", json={"customer": "k-3", **WHY})
    assert answer.status_code == 200, answer.text
    assert [one["interaction"] for one in answer.json()["erased"]] == ["e-3", "e-5"]
    assert (answer.json()["held"], answer.json()["busy"]) == (["e-4"], [])
    assert api.call("DELETE", "/v1/interactions/e-4/hold?reason=the+case+is+closed").status_code == 204
    problem(api.get("/v1/interactions/e-4/hold"), 404, "not_found")
    problem(api.call("DELETE", "/v1/interactions/e-4/hold?reason=the+case+is+closed"), 404, "not_found")
    assert [one["interaction"] for one in api.post("/v1/erasures", json={"customer": "k-3", **WHY}).json()["erased"]] == ["e-4"]
    problem(api.post("/v1/erasures", json={"customer": "k-3", **WHY}), 404, "not_found")
    problem(api.call("PUT", "/v1/interactions/e-4/hold", json=WHY), 409, "conflict")


@pytest.mark.parametrize("body", [{}, {"reason": "a"}, {"reason": "x" * 1001}, {**WHY, "other": 1}, {"reason": None}])
def test_a_reason_is_needed(api: Any, problem: Problem, body: dict[str, Any]) -> None:
    problem(api.post("/v1/interactions/nobody/erase", json=body), 422, "invalid_request")
    problem(api.call("PUT", "/v1/interactions/nobody/hold", json=body), 422, "invalid_request")


def test_blanks_are_no_reason(api: Any, problem: Problem) -> None:
    assert problem(api.post("/v1/interactions/nobody/erase", json={"reason": "     "}), 422, "input")["field"] == "reason"


def test_nobody_knows_it(api: Any, problem: Problem) -> None:
    problem(erase(api, "nobody"), 404, "not_found")
    problem(api.call("PUT", "/v1/interactions/nobody/hold", json=WHY), 404, "not_found")
    problem(api.get("/v1/scorecards/nobody/replay"), 404, "not_found")


def test_a_scorecard_is_worked_out_again(api: Any) -> None:
    card = api.chat("e-6")
    found = api.json(f"/v1/scorecards/{card}/replay")
    assert found["identical"] is True
    assert found["replayed"]["score"] == found["stored_score"]
    assert (found["replayed"]["differences"], found["read"]["outcome"]) == ([], "identical")
    assert api.json(f"/v1/scorecards/{card}/replay?read=false")["read"] is None
    assert erase(api, "e-6").status_code == 200
    found = api.json(f"/v1/scorecards/{card}/replay")
    assert (found["identical"], found["read"]["outcome"]) == (True, "erased")
    assert found["replayed"]["entries"] == [found["replayed"]["erased_by"]]
