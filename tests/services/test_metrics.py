"""Metrics: what is told when the database is gone, and how often it is asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from qa_service.services.clock import utc_now
from qa_service.services.metrics import Metrics
from qa_service.services.workflow import Workflows
from qa_service.store.session import Database


@pytest.fixture
def workflows(tmp_path: Path) -> Workflows:
    """Not started."""
    return Workflows(url=f"sqlite:///{tmp_path / 'w.sqlite'}", lock_dir=tmp_path / "executors", executor="local", concurrency=1)


def made(database: Database, workflows: Workflows, tmp_path: Path) -> Metrics:
    return Metrics(database=database, workflows=workflows, data_dir=tmp_path / "not" / "there", clock=utc_now)


def test_a_database_that_is_gone_is_told_and_the_rest_with_it(workflows: Workflows, tmp_path: Path) -> None:
    metrics = made(Database(f"sqlite:///{tmp_path / 'not' / 'there.sqlite'}"), workflows, tmp_path)
    metrics.began()
    metrics.answered(method="GET", route="/v1/jobs", status=503, seconds=0.02)
    text = metrics.expose().body.decode()
    assert "qa_database_up 0.0" in text
    assert 'qa_http_requests_total{method="GET",route="/v1/jobs",status="503"} 1.0' in text
    assert "qa_worker_running 0.0" in text
    assert "qa_data_free_bytes" in text
    assert "qa_jobs" not in text


def test_what_was_just_read_is_told_again(workflows: Workflows, tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'qa.sqlite'}")
    database.upgrade()
    asked: list[str] = []
    sa.event.listen(database.engine, "before_cursor_execute", lambda *heard: asked.append(str(heard[2])))
    metrics = made(database, workflows, tmp_path)
    first = metrics.expose().body.decode()
    assert "qa_database_up 1.0" in first
    assert "qa_workers 0.0" in first
    count = len(asked)
    assert count > 5
    metrics.expose()
    assert len(asked) == count
    database.close()


@pytest.mark.parametrize("accept", ["", "text/plain", "application/openmetrics-text;version=1.0.0", "image/png", "\x00;;q=x"])
def test_whatever_is_asked_for_gets_figures(workflows: Workflows, tmp_path: Path, accept: str) -> None:
    told: Any = made(Database(f"sqlite:///{tmp_path / 'not' / 'there.sqlite'}"), workflows, tmp_path).expose(accept)
    assert b"qa_build" in told.body
    assert told.media_type.startswith(("text/plain", "application/openmetrics-text"))
