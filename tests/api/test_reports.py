"""Reports over HTTP: asked for, polled, fetched, taken away."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def made(api: Any) -> dict[str, Any]:
    """A report on an agent with one final scorecard."""
    card = api.chat("r-1", started_at="2026-11-01T10:00:00Z")
    tag = api.post(f"/v1/scorecards/{card}/claim").headers["etag"]
    body = {"answers": [{"criterion": "tone", "answer": "no"}]}
    assert api.call("PATCH", f"/v1/scorecards/{card}/answers", json=body, headers={"If-Match": tag}).status_code == 200
    assert api.post(f"/v1/scorecards/{card}/finalize").status_code == 200
    wanted = {"kind": "agent", "subject": "a17", "month": "2026-11", "language": "fa", "digits": "native"}
    answer = api.post("/v1/reports", json=wanted, headers={"Idempotency-Key": "once"})
    assert answer.status_code == 202, answer.text
    again = api.post("/v1/reports", json=wanted, headers={"Idempotency-Key": "once"})
    assert again.json()["id"] == answer.json()["id"]
    assert answer.headers["location"] == f"/v1/reports/{answer.json()['id']}"
    found: dict[str, Any] = api.done(answer.headers["location"], states=("ready", "failed"))
    return found


def test_it_is_fetched_whole_in_part_or_not_again(api: Any, problem: Problem, made: dict[str, Any]) -> None:
    assert (made["state"], made["file_name"], made["error"]) == ("ready", "report-agent-a17-2026-11.fa.html", None)
    path = f"/v1/reports/{made['id']}/content"
    whole = api.get(path)
    assert whole.headers["content-type"] == "text/html; charset=utf-8"
    assert whole.headers["content-disposition"] == 'attachment; filename="report-agent-a17-2026-11.fa.html"'
    assert whole.headers["content-security-policy"].endswith("; sandbox")
    assert hashlib.sha256(whole.content).hexdigest() == made["sha256"]
    assert len(whole.content) == made["size"]
    part = api.get(path, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.content) == (206, whole.content[10:20])
    assert api.get(path, headers={"If-None-Match": whole.headers["etag"]}).status_code == 304
    problem(api.get(path, headers={"Range": f"bytes={made['size']}-"}), 416, "range_not_satisfiable")


@pytest.mark.parametrize(
    ("format_", "media", "start"),
    [
        ("pdf", "application/pdf", b"%PDF-"), ("csv", "text/csv; charset=utf-8", b"\xef\xbb\xbfsection,"),
        ("json", "application/json", b"{"), ("parquet", "application/vnd.apache.parquet", b"PAR1"),
    ],
)  # fmt: skip
def test_other_formats(api: Any, made: dict[str, Any], format_: str, media: str, start: bytes) -> None:
    answer = api.post("/v1/reports", json={"kind": "team", "subject": "billing", "format": format_})
    found = api.done(answer.headers["location"], states=("ready", "failed"))
    assert found["error"] is None
    content = api.get(f"/v1/reports/{found['id']}/content")
    assert content.headers["content-type"] == media
    assert content.content.startswith(start)


@pytest.mark.parametrize(
    ("body", "status", "code", "field"),
    [
        ({"kind": "agent", "subject": "nobody"}, 404, "not_found", "agent"),
        ({"kind": "agent"}, 422, "input", "subject"),
        ({"kind": "month", "month": "2026-99"}, 422, "input", "period"),
        ({"kind": "month", "month": "x"}, 422, "invalid_request", "month"),
        ({"kind": "weather"}, 422, "invalid_request", "kind"),
        ({"kind": "audit", "language": "de"}, 422, "invalid_request", "language"),
        ({"kind": "agent", "subject": "a\u0000b"}, 422, "invalid_request", "subject"),
    ],
)
def test_what_cannot_be_is_told_by_name(
    api: Any, problem: Problem, body: dict[str, Any], status: int, code: str, field: str
) -> None:
    told = problem(api.post("/v1/reports", json=body), status, code)
    assert told["field"] == field


def test_lists_and_taking_away(api: Any, problem: Problem, made: dict[str, Any]) -> None:
    assert made["id"] in {one["id"] for one in api.json("/v1/reports?kind=agent&state=ready")["items"]}
    assert made["id"] not in {one["id"] for one in api.json("/v1/reports?kind=audit")["items"]}
    page = api.json("/v1/reports?limit=1")
    assert len(page["items"]) == 1
    answer = api.post("/v1/reports", json={"kind": "audit", "format": "json"})
    found = api.done(answer.headers["location"], states=("ready", "failed"))
    assert api.call("DELETE", f"/v1/reports/{found['id']}").status_code == 204
    problem(api.get(f"/v1/reports/{found['id']}"), 404, "not_found")
    problem(api.call("DELETE", f"/v1/reports/{found['id']}"), 404, "not_found")
