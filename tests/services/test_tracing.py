"""Tracing: spans of requests and steps, and no words in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from qa_service.app import create_app
from qa_service.bootstrap import build
from qa_service.errors import ConfigurationError
from qa_service.services import tracing as module
from qa_service.services.tracing import Traced, Untraced, tracing
from qa_service.services.workflow import TEXT, Workflows
from qa_service.settings import Settings

SECRET_KEY = "a-key-that-is-long-enough"
SECRET = "my card is 4111"
CALLER = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


class Kept(InMemorySpanExporter):
    """Keeps what it has when it is closed."""

    def shutdown(self) -> None:
        """Nothing more comes."""


def spans(exporter: Kept) -> Sequence[ReadableSpan]:
    return exporter.get_finished_spans()


def test_spans_lie_in_each_other_and_in_that_of_the_caller() -> None:
    exporter = Kept()
    traced = Traced(exporter)
    with traced.span("GET", headers=CALLER, http__request__method="GET") as outer, traced.span("step score"):
        outer.tell(name="GET /v1/jobs", http__response__status_code=200)
    traced.close()
    inner, request = spans(exporter)
    assert (request.name, inner.name) == ("GET /v1/jobs", "step score")
    assert dict(request.attributes or {}) == {"http.request.method": "GET", "http.response.status_code": 200}
    assert f"{request.context.trace_id:032x}" == "0af7651916cd43dd8448eb211c80319c"  # type: ignore[union-attr]
    assert inner.parent is not None
    assert inner.parent.span_id == request.context.span_id  # type: ignore[union-attr]


def test_an_error_is_told_by_its_kind() -> None:
    exporter = Kept()
    traced = Traced(exporter)
    with pytest.raises(ValueError, match="card"), traced.span("step score"):
        raise ValueError(SECRET)
    traced.close()
    (span,) = spans(exporter)
    assert dict(span.attributes or {}) == {"error.type": "ValueError"}
    assert not span.status.is_ok
    assert SECRET not in span.to_json()


def test_without_an_address_nothing_is_traced_and_nothing_is_imported() -> None:
    untraced = tracing(Settings())
    assert isinstance(untraced, Untraced)
    with untraced.span("GET") as span:
        span.tell(name="x")
    untraced.close()


def test_an_address_makes_an_exporter(monkeypatch: pytest.MonkeyPatch) -> None:
    made = tracing(Settings(otel_url="http://127.0.0.1:9/"))
    assert isinstance(made, Traced)
    made.close()
    monkeypatch.setattr(module, "_NEEDED", ("no_such_package.sdk",))
    with pytest.raises(ConfigurationError, match="packages of its own") as caught:
        tracing(Settings(otel_url="http://127.0.0.1:9/"))
    assert caught.value.field == "QA_OTEL_URL"


def test_requests_are_traced_by_the_template_of_their_path(make_settings: Any, tmp_path: Path) -> None:
    exporter = Kept()
    traced = Traced(exporter)
    services = replace(build(make_settings(data_dir=tmp_path / "data", admin_key=SECRET_KEY)), tracing=traced)
    services.database.upgrade()
    with TestClient(create_app(services)) as client:
        client.get("/v1/interactions/someone-we-know?x=secret", headers={"X-API-Key": SECRET_KEY, **CALLER})
    traced.close()
    services.database.close()
    (request,) = spans(exporter)
    assert request.name == "GET /v1/interactions/{interaction}"
    assert (request.attributes or {})["http.response.status_code"] in (401, 404)
    assert not [word for word in ("someone", "secret", SECRET_KEY) if word in request.to_json()]


def test_steps_are_traced_inside_their_workflow(tmp_path: Path) -> None:
    exporter = Kept()
    traced = Traced(exporter)
    workflows = Workflows(
        url=f"sqlite:///{tmp_path / 'w.sqlite'}", lock_dir=tmp_path / "executors", executor="local", concurrency=1, tracing=traced
    )
    ended = Event()

    def work(words: str) -> None:
        workflows.step("score", str.upper, words)
        ended.set()

    workflows.register("work", work)
    with workflows:
        workflows.enqueue(TEXT, "work", workflow_id="w-1", arguments=[SECRET])
        assert ended.wait(30)
    traced.close()
    step, whole = (one for one in spans(exporter) if one.name in ("step score", "work"))
    assert (step.name, whole.name) == ("step score", "work")
    assert step.parent is not None
    assert step.parent.span_id == whole.context.span_id  # type: ignore[union-attr]
    assert SECRET not in step.to_json() + whole.to_json()
