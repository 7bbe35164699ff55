"""Figures, targets and imports over HTTP: uploads told row by row, hostile ones answered clearly."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

HEAD = b"id,start,agent,queue,outcome,wait,talk\n"
ROWS = b"c-1,2026-11-02T09:00:00Z,a17,apiq,answered,400,60\nc-2,2026-11-02T09:05:00Z,a17,apiq,abandoned,-1,\n"


def upload(api: Any, path: str, data: bytes, *, name: str = "calls.csv", headers: dict[str, str] | None = None, **fields: str) -> Any:
    return api.post(path, files={"file": (name, data)}, data=fields, headers=headers or {})


def test_call_details(api: Any) -> None:
    answer = upload(api, "/v1/call-details", HEAD + ROWS, headers={"Idempotency-Key": "k1"})
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert (found["added"], found["faulty"], found["file"]) == (1, 1, "calls.csv")
    assert found["faults"][0] | {"hint": None} == {
        "code": "table",
        "message": "'-1' is less than nothing",
        "file": "calls.csv",
        "field": "wait",
        "line": 3,
        "hint": None,
    }
    again = upload(api, "/v1/call-details", HEAD + ROWS, headers={"Idempotency-Key": "k1"})
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == found
    assert upload(api, "/v1/call-details", HEAD + ROWS).json()["unchanged"] == 1
    report = api.json("/v1/figures", params={"queue": "apiq", "indicator": ["queue_time", "aht"]})
    (row,) = report["rows"]
    queue_time, aht = row["figures"]
    assert (queue_time["value"], queue_time["n"], queue_time["target"], queue_time["met"]) == (400, 1, 300, "maybe_missed")
    assert (aht["value"], aht["unknown"], aht["missing"][:16]) == (None, 1, "1 do not tell it")
    assert [one["id"] for one in report["definitions"]] == ["queue_time", "aht"]
    assert report["definitions"][0]["names"]["fa"] == "میانگین زمان انتظار در صف"
    missed = api.json("/v1/breaches", params={"queue": "apiq"})
    told = [(one["certain"], one["figure"]["indicator"]) for one in missed["breaches"]]
    assert told == [(False, "queue_time"), (False, "asa"), (False, "service_level")]
    assert api.json("/v1/breaches", params={"queue": "apiq", "certain": "true"})["breaches"] == []
    elsewhere = api.json("/v1/figures", params={"queue": "apiq", "indicator": "queue_time", "month": "2025-01"})
    assert elsewhere["rows"][0]["figures"][0]["n"] == 0


def test_surveys(api: Any) -> None:
    data = "شناسه پاسخ;تاریخ;رضایت;نظر\nس-۱;۱۴۰۵/۰۸/۱۱;۸;عالی بود\nس-۲;۱۴۰۵/۰۸/۱۱;۱۲;بد\n".encode("utf-16")
    found = upload(api, "/v1/surveys", data, name="نظرسنجی.csv", csat_scale="10").json()
    assert (found["added"], found["faulty"], found["encoding"], found["delimiter"]) == (1, 1, "utf-16", ";")
    assert (found["faults"][0]["field"], found["faults"][0]["line"]) == ("رضایت", 3)
    named = upload(api, "/v1/surveys", b"id,when,how\ns-9,2026-11-02,4\n", columns='{"answered_at": "when", "csat": "how"}').json()
    assert (named["added"], named["columns"]) == (1, {"answered_at": "when", "csat": "how", "id": "id"})


def test_definitions(api: Any) -> None:
    items = api.json("/v1/figures/definitions")["items"]
    assert len(items) == 24
    assert {"id", "names", "definition", "numerator", "denominator", "unit", "better", "needs"} <= set(items[0])


def test_targets(api: Any, problem: Callable[..., dict[str, Any]]) -> None:
    answer = api.get("/v1/targets")
    assert answer.headers["etag"] == '"1"'
    assert {"indicator": "queue_time", "value": 300} in [
        {name: one["target"][name] for name in ("indicator", "value")} for one in answer.json()["shipped"]
    ]
    body = {"targets": [{"indicator": "queue_time", "value": 500, "queue": "apiq"}]}
    assert api.call("PUT", "/v1/targets", json=body).status_code == 428
    saved = api.call("PUT", "/v1/targets", json=body, headers={"If-Match": '"1"'})
    assert (saved.status_code, saved.headers["etag"], saved.json()["by"]) == (200, '"2"', "admin")
    problem(api.call("PUT", "/v1/targets", json={}, headers={"If-Match": '"1"'}), 412, "stale_version")
    (row,) = api.json("/v1/figures", params={"queue": "apiq", "indicator": "queue_time"})["rows"]
    assert (row["figures"][0]["target"], row["figures"][0]["target_told_by"]) == (500, "set")
    assert [one["version"] for one in api.json("/v1/targets/versions")["items"]] == [2]
    wrong = problem(
        api.call("PUT", "/v1/targets", json={"targets": [{"indicator": "csat", "value": 80}]}, headers={"If-Match": "*"}),
        422,
        "invalid_request",
    )
    assert "between 0 and 1" in wrong["detail"] + str(wrong.get("faults"))
    assert api.get("/v1/targets", headers={"If-None-Match": '"2"'}).status_code == 304


@pytest.mark.parametrize(
    ("params", "status", "code"),
    [
        ({"indicator": "smiles"}, 404, "not_found"),
        ({"by": "mood"}, 422, "input"),
        ({"agent": "nobody"}, 404, "not_found"),
        ({"from": "2026-02-01", "to": "2026-01-01"}, 422, "input"),
        ({"every": "year"}, 422, "invalid_request"),
        ({"channel": "pigeon"}, 422, "invalid_request"),
        ({"from": "1999-01-01", "every": "day"}, 422, "input"),
        ({"by": "x" * 100}, 422, "invalid_request"),
        ({"from": "soon"}, 422, "invalid_request"),
    ],
)
def test_questions_that_cannot_be_answered(
    api: Any, problem: Callable[..., dict[str, Any]], params: dict[str, str], status: int, code: str
) -> None:
    problem(api.get("/v1/figures", params=params), status, code)
    problem(api.get("/v1/breaches", params=params), status, code)


@pytest.mark.parametrize(
    ("data", "fields", "code"),
    [
        (b"", {}, "table"),
        (HEAD, {}, "table"),
        (b"a,b\n1,2\n", {}, "table"),
        (b"PK\x03\x04....", {}, "table"),
        (bytes(range(256)) * 20, {}, "table"),
        (b'{"id": 1', {}, "table"),
        (b"\xff\xfe", {}, "table"),
        (HEAD + ROWS, {"dates": "sideways"}, "input"),
        (HEAD + ROWS, {"time_zone": "Mars"}, "input"),
        (HEAD + ROWS, {"columns": "[1]"}, "input"),
        (HEAD + ROWS, {"columns": "{"}, "input"),
        (HEAD + ROWS, {"columns": '{"talk": "x"}'}, "input"),
        (HEAD + ROWS, {"smile": "yes"}, "input"),
        (HEAD + ROWS, {"columns": '{"queue": "x"}'}, "table"),
    ],
)
def test_what_is_no_table(api: Any, problem: Callable[..., dict[str, Any]], data: bytes, fields: dict[str, str], code: str) -> None:
    for path in ("/v1/call-details", "/v1/surveys"):
        assert problem(upload(api, path, data, **fields), 422, code)["detail"]


def test_forms_without_a_file(api: Any, problem: Callable[..., dict[str, Any]]) -> None:
    problem(api.post("/v1/surveys", files={"other": ("a.csv", b"x")}), 422, "input")
    problem(api.post("/v1/surveys", json={}), 415, "unsupported_media_type")


def test_no_bytes_break_an_import(api: Any) -> None:
    """Every answer is a report or a problem."""
    draw = random.Random(20261122)
    good = HEAD + ROWS + b'c-3,2026-11-02T09:10:00Z,"a\n17",q,answered,1,2\n'
    for _ in range(60):
        data = bytearray(good)
        for _ in range(draw.randint(1, 12)):
            place = draw.randrange(len(data))
            data[place : place + draw.randint(0, 3)] = (
                draw.randbytes(draw.randint(0, 4)) if draw.random() < 0.5 else draw.choice([b'"', b",", b"\n", b"\0", b"\xd8\x00"])
            )
        answer = upload(api, draw.choice(["/v1/call-details", "/v1/surveys"]), bytes(data))
        assert answer.status_code in (200, 422), answer.text
