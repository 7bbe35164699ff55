"""Recording imports and sources over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Problem = Callable[..., dict[str, Any]]
HEAD = "id,start,agent,recording url\n"


def send(api: Any, table: str, **fields: str) -> Any:
    return api.post("/v1/recording-imports", files={"file": ("calls.csv", table.encode())}, data=fields)


def test_a_table_is_taken_and_each_call_has_its_outcome(api: Any) -> None:
    rows = "i-1,2026-02-01 10:00,a17,https://[::1]:1/x.wav?key=k\ni-2,2026-02-01 10:00,a17,/etc/hostname\n"
    answer = send(api, HEAD + rows, channels="mono")
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["call_details"]["added"] == 2
    assert (body["recordings"]["total"], body["recordings"]["wishes"]["channels"]) == (2, "mono")
    number = body["recordings"]["id"]
    assert answer.headers["location"] == f"/v1/recording-imports/{number}"
    assert api.json(f"/v1/recording-imports/{number}")["counts"]["failed"] == 1
    assert api.json("/v1/recording-imports?limit=1")["items"][0]["id"] == number
    first, second = api.json(f"/v1/recording-imports/{number}/items")["items"]
    assert (first["place"], first["state"]) == ("https://[::1]:1/x.wav", "waiting")
    assert (second["error"]["line"], second["error"]["file"]) == (3, "calls.csv")
    assert [one["line"] for one in api.json(f"/v1/recording-imports/{number}/items?state=failed")["items"]] == [3]
    stopped = api.post(f"/v1/recording-imports/{number}/cancel")
    assert (stopped.status_code, stopped.json()["done"]) == (200, True)
    assert api.post(f"/v1/recording-imports/{number}/cancel").status_code == 409


def test_what_is_no_such_table_is_told(api: Any, problem: Problem) -> None:
    found = problem(send(api, "id,start\nx,2026-02-01 10:00\n"), 422, "table")
    assert found["field"] == "audio"
    problem(send(api, f"{HEAD}x,2026-02-01 10:00,a17,x.wav\n", engine="none"), 422, "input")
    problem(send(api, f"{HEAD}x,2026-02-01 10:00,a17,x.wav\n", channels="both"), 422, "input")
    problem(api.get("/v1/recording-imports/nothing"), 404, "not_found")
    problem(api.get("/v1/recording-imports/nothing/items"), 404, "not_found")


def test_without_sources_there_is_nothing_to_tell(api: Any) -> None:
    assert api.json("/v1/sources") == {"sources": []}
