"""The application: keys, security headers, limits, and no error that is no problem."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from qa_service.api import ROUTERS
from qa_service.app import create_app
from qa_service.bootstrap import build
from qa_service.settings import Settings

Problem = Callable[..., dict[str, Any]]
_OPEN = {"/docs", "/", "/openapi.json"}


def guarded_operations(client: TestClient) -> list[tuple[str, str]]:
    document = client.get("/openapi.json").json()
    found = [(method.upper(), path, one["tags"]) for path, item in document["paths"].items() for method, one in item.items()]
    return [(method, path) for method, path, tags in found if not {one.tag for one in ROUTERS if one.open} & set(tags)]


def test_every_operation_but_health_and_signing_in_needs_a_key(client: TestClient, problem: Problem) -> None:
    guarded = guarded_operations(client)
    assert len(guarded) > 25
    for method, path in guarded:
        answer = client.request(method, path.replace("{version}", "1"))
        assert answer.status_code == 401, (method, path)
        assert answer.headers["www-authenticate"] == "Bearer"
        if method != "HEAD":
            problem(answer, 401, "authentication")


def test_the_guard_is_on_every_route_that_is_not_meant_to_be_open(settings: Settings) -> None:
    app = create_app(settings)
    documented = set(app.openapi()["paths"])
    for route in app.routes:
        if isinstance(route, APIRoute):
            assert route.path in documented | _OPEN


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer wrong"}, {"X-API-Key": "wrong"}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer é"}]
)
def test_a_wrong_key_is_refused(client: TestClient, problem: Problem, headers: dict[str, str]) -> None:
    problem(client.get("/v1/jobs", headers={name: value.encode() for name, value in headers.items()}), 401, "authentication")


def test_both_ways_to_send_the_key(api: Any) -> None:
    key = api.headers["Authorization"].removeprefix("Bearer ")
    assert api.client.get("/v1/jobs", headers={"X-API-Key": key}).status_code == 200
    assert api.client.get("/v1/jobs", headers={"Authorization": f"bearer {key}"}).status_code == 200


@pytest.mark.parametrize("path", ["/v1/health/live", "/v1/jobs", "/v1/nothing", "/docs", "/openapi.json", "/docs/static/docs.js"])
def test_security_headers_are_on_every_response(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cache-control"]
    assert len(headers["x-request-id"]) == 32
    assert "server" not in headers


def test_a_request_id_is_kept_if_it_is_one(client: TestClient) -> None:
    assert client.get("/v1/health/live", headers={"X-Request-ID": "trace-1.a"}).headers["x-request-id"] == "trace-1.a"
    assert client.get("/v1/health/live", headers={"X-Request-ID": "<b>"}).headers["x-request-id"] != "<b>"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/nothing", 404, "not_found"),
        ("GET", "/nothing", 404, "not_found"),
        ("DELETE", "/v1/jobs", 405, "method_not_allowed"),
        ("GET", "/v1/recordings", 405, "method_not_allowed"),
        ("GET", "/redoc", 404, "not_found"),
        ("GET", "/docs/static/../app.py", 404, "not_found"),
        ("GET", "/docs/static/%2e%2e/deps.py", 404, "not_found"),
        ("GET", "/docs/static/", 404, "not_found"),
    ],
)
def test_what_is_not_there(client: TestClient, problem: Problem, method: str, path: str, status: int, code: str) -> None:
    assert problem(client.request(method, path), status, code)["detail"].startswith(f"there is no {method} /")


def test_a_method_that_is_not_there_names_those_that_are(client: TestClient) -> None:
    assert "GET" in client.delete("/v1/jobs").headers["allow"]


@pytest.mark.parametrize("declared", [True, False])
@pytest.mark.parametrize(
    ("path", "kind", "size"),
    [
        ("/v1/conversations", "application/json", 200_001),
        ("/v1/rubrics/lint", "text/yaml", 200_001),
        ("/v1/emails", "message/rfc822", 200_001),
        ("/v1/recordings", "multipart/form-data; boundary=x", 3_000_001),
        ("/v1/batches", "multipart/form-data; boundary=x", 3_000_001),
    ],
)
def test_a_body_over_the_limit(api: Any, problem: Problem, path: str, kind: str, size: int, declared: bool) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + b"a" * size

    def pieces() -> Iterator[bytes]:
        yield body

    answer = api.post(path, headers={"Content-Type": kind}, content=body if declared else pieces())
    assert "QA_MAX" in problem(answer, 413, "too_large")["hint"]
    assert [path for path in (api.data_dir / "incoming").rglob("*") if path.is_file() and path.name != ".lock"] == []


def test_the_limit_counts_for_json_that_fastapi_reads_itself(api: Any, problem: Problem) -> None:
    body = b'{"answers": [' + b" " * 200_001 + b"]}"
    problem(
        api.call("PATCH", "/v1/scorecards/x/answers", headers={"If-Match": "*", "Content-Type": "application/json"}, content=body),
        413,
        "too_large",
    )


def test_an_error_nobody_foresaw_is_a_problem_without_its_trace(
    settings: Settings, tmp_path: Path, problem: Problem, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(build(settings.model_copy(update={"data_dir": tmp_path})))

    def broken() -> None:
        raise RuntimeError("secret of the house")

    app.add_api_route("/broken", broken)
    with TestClient(app) as client, caplog.at_level(logging.ERROR, logger="qa_service"):
        answer = client.get("/broken")
    found = problem(answer, 500, "internal")
    assert answer.headers["x-request-id"] in found["detail"]
    assert "secret" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret of the house" in caplog.text


def test_the_first_start_shows_an_admin_key_once(settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = settings.model_copy(update={"data_dir": tmp_path, "admin_key": type(settings.admin_key)("")})
    services = build(own)
    services.database.upgrade()
    first = services.keys.first_start()
    assert first is not None
    assert services.keys.first_start() is None
    with TestClient(create_app(services)) as client:
        assert client.get("/v1/jobs", headers={"X-API-Key": first}).status_code == 200
    assert capsys.readouterr().out == ""


def test_importing_the_module_does_nothing() -> None:
    import qa_service.app as module

    assert not hasattr(module, "app")


def test_the_root_leads_to_the_pages(client: TestClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
