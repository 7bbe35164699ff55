"""Metrics: what Prometheus is told, and that it names nobody."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

DOCS = Path(__file__).parents[2] / "docs" / "monitoring.md"
#: What dashboards and alerts are built on: change one and they break.
GAUGES = {
    "qa_build", "qa_worker_running", "qa_workers", "qa_data_free_bytes", "qa_database_up", "qa_jobs", "qa_jobs_oldest_seconds",
    "qa_jobs_ended", "qa_interactions", "qa_scorecards", "qa_recordings", "qa_recordings_bytes", "qa_real_time_factor",
    "qa_words_per_second", "qa_undecided_share", "qa_answers", "qa_override_rate", "qa_calibration_drift", "qa_queue_paused",
    "qa_webhook_messages_waiting", "qa_webhook_messages_oldest_seconds", "qa_webhooks_stopped", "qa_http_requests_under_way",
}  # fmt: skip


def families(api: Any, **options: Any) -> dict[str, Metric]:
    answer = api.get("/v1/metrics", **options)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/plain")
    return {one.name: one for one in text_string_to_metric_families(answer.text)}


def _ours(name: str) -> bool:
    return name.startswith("qa_") and not name.endswith("_created")


def value(found: dict[str, Metric], name: str, **labels: str) -> float:
    (one,) = (sample.value for sample in found[name].samples if sample.labels == labels and not sample.name.endswith("_created"))
    return one


def test_what_is_told_and_what_it_is(api: Any) -> None:
    api.chat("m-1")
    found = families(api)
    assert {name for name, one in found.items() if _ours(name) and one.type == "gauge"} == GAUGES
    assert [found[name].type for name in ("qa_http_requests", "qa_http_request_seconds", "qa_ledger_entries")] == [
        "counter", "histogram", "counter",
    ]  # fmt: skip
    assert all(len(one.documentation) > 10 for one in found.values())
    assert value(found, "qa_workers") >= value(found, "qa_worker_running") == value(found, "qa_database_up") == 1
    assert value(found, "qa_jobs", kind="text", state="queued") == value(found, "qa_jobs_oldest_seconds", kind="text", state="queued") == 0
    assert value(found, "qa_jobs_ended", state="done") == 1
    assert value(found, "qa_queue_paused", queue="speech") == 0
    assert value(found, "qa_scorecards", status="draft") == 1
    assert 0 <= value(found, "qa_undecided_share", channel="chat") <= 1
    assert value(found, "qa_ledger_entries") > 1
    assert found["process_resident_memory_bytes"].samples[0].value > 1e6


def test_requests_are_counted_by_the_template_of_their_path(api: Any, client: TestClient) -> None:
    before = families(api)
    for path in ("/v1/interactions/nobody-1", "/v1/interactions/nobody-2", "/nothing/there", "/nowhere", "/docs/static/docs.js"):
        api.get(path)
    client.get("/v1/interactions/nobody-3")
    client.request("BREW", "/v1/jobs")
    found = families(api)
    route = "/v1/interactions/{interaction}"
    told = {sample.labels["route"] for sample in found["qa_http_requests"].samples}
    assert {route, "/v1/metrics", "(none)", "/docs/static/*"} <= told
    assert not any("nobody" in one or "nothing" in one for one in told)
    assert value(found, "qa_http_requests", method="GET", route=route, status="404") == 2
    assert value(found, "qa_http_requests", method="GET", route=route, status="401") == 1
    assert {sample.labels["method"] for sample in found["qa_http_requests"].samples} <= {"GET", "POST", "HEAD", "other"}
    timed = [one for one in found["qa_http_request_seconds"].samples if one.name.endswith("_count")]
    assert [one.value for one in timed if one.labels["route"] == route] == [3]
    assert value(found, "qa_http_requests_under_way") == 1 == value(before, "qa_http_requests_under_way")


def test_a_key_made_for_less_and_the_format_of_openmetrics(api: Any, client: TestClient) -> None:
    answer = api.post("/v1/keys", json={"name": "prometheus", "rights": ["metrics.read"]})
    assert answer.status_code == 201, answer.text
    headers = {"Authorization": f"Bearer {answer.json()['secret']}"}
    assert client.get("/v1/jobs", headers=headers).status_code == 403
    told = client.get("/v1/metrics", headers={**headers, "Accept": "application/openmetrics-text; version=1.0.0"})
    assert told.headers["content-type"].startswith("application/openmetrics-text")
    assert told.text.endswith("# EOF\n")


@pytest.mark.parametrize("word", ["Sara", "a17", "kettle", "billing", "m-1", "admin"])
def test_nobody_is_named(api: Any, chat: Callable[..., dict[str, Any]], word: str) -> None:
    assert word in str(chat("m-1")) or word == "admin"
    assert word not in api.get("/v1/metrics").text.replace("/admin", "")


def test_every_figure_is_explained_and_alerts_ask_for_no_other(api: Any) -> None:
    told = set(re.findall(r"qa_[a-z_]+[a-z]", DOCS.read_text())) - {"qa_service", "qa_lead"}
    there = GAUGES | {"qa_http_requests_total", "qa_http_request_seconds", "qa_http_request_seconds_bucket", "qa_ledger_entries_total"}
    assert told == there
    found = {sample.name for one in families(api).values() for sample in one.samples}
    assert {"qa_http_requests_total", "qa_http_request_seconds_bucket", "qa_ledger_entries_total"} <= found
