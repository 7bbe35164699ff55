"""Whatever is asked, the answer is documented and never a fault of ours."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest

VALUES = (
    "",
    "0",
    "-1",
    "NaN",
    "-Infinity",
    "9" * 30,
    "x" * 5000,
    "a\x00b",
    "\n",
    "سلام 😀",
    "\ud800",
    "'; DROP TABLE jobs; --",
    "%",
    "../..",
    "[]",
    "2026-13-45",
    "2026-11-02",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "10000-01-01",
    "WyJ4Il0",
)


def coded(value: str) -> str:
    return quote(value.encode("utf-8", "surrogatepass"), safe="")


@pytest.fixture(scope="module")
def document(client: Any) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def check(answer: Any, operation: dict[str, Any], what: str) -> None:
    assert answer.status_code < 500, (what, answer.text)
    assert str(answer.status_code) in operation["responses"] or answer.status_code in (400, 404, 405, 307), (what, answer.text)
    if answer.status_code >= 400 and answer.request.method != "HEAD":
        assert answer.headers["content-type"] == "application/problem+json", what
        assert set(answer.json()) >= {"type", "title", "status", "detail", "instance", "code"}


def test_odd_values_everywhere(api: Any, document: dict[str, Any]) -> None:
    api.chat("here")
    asked = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in ("get", "head"):
                continue
            names = [one["name"] for one in operation.get("parameters", []) if one["in"] == "query"]
            for value in VALUES:
                url = re.sub(r"\{[a-z_]+\}", coded(value) or "%20", path)
                check(api.call(method.upper(), url), operation, url)
                asked += 1
                for name in names:
                    url = f"{re.sub(r'{[a-z_]+}', 'here', path)}?{name}={coded(value)}"
                    check(api.call(method.upper(), url), operation, url)
                    asked += 1
    assert asked > 1200


@pytest.mark.parametrize("path", ["/v1/interactions", "/v1/scorecards", "/v1/agents/a17/profile"])
@pytest.mark.parametrize(
    ("start", "end"), [("2026-11-02", "2026-11-01"), ("2026-11-02", "2026-11-02"), ("2026-11-02T10:00:00%2B03:30", "2026-11-02T06:00:00Z")]
)
def test_periods_that_end_before_they_start(api: Any, path: str, start: str, end: str) -> None:
    answer = api.get(f"{path}?from={start}&to={end}")
    assert (answer.status_code, answer.json()["field"]) == (422, "to")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("limit=x", "limit"),
        ("from=yesterday", "from"),
        ("from=2026-11-02T09:14:05", "from"),
        ("status=done", "status"),
        ("min_score=NaN", "min_score"),
        ("min_score=101", "min_score"),
        ("agent=%00", "agent"),
        ("from=0001-01-01", "from"),
    ],
)
def test_the_field_is_named(api: Any, query: str, field: str) -> None:
    answer = api.get(f"/v1/scorecards?{query}")
    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (422, "invalid_request", field)
