"""Health and the catalogue of signals."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

from qa_service import __version__
from qa_service.app import create_app
from qa_service.bootstrap import build
from qa_service.settings import Settings


def test_alive_and_ready(client: TestClient) -> None:
    assert client.get("/v1/health/live").json() == {"status": "alive"}
    ready = client.get("/v1/health/ready")
    assert ready.status_code == 200
    assert ready.json() == client.get("/v1/health").json()
    assert ready.json()["version"] == __version__
    assert [check["name"] for check in ready.json()["checks"]] == ["database", "rubrics", "workflow", "weights"]


def test_signals_have_unit_and_method(api: Any) -> None:
    found = api.json("/v1/signals")
    names = [one["name"] for one in found["signals"]]
    assert names == sorted(names)
    assert all(one["unit"] and len(one["method"]) > 10 and one["channels"] for one in found["signals"])
    assert found["analysis"]


def test_not_ready_names_the_parts(settings: Settings) -> None:
    """No rubric in force, no workflow engine, and a speech engine that nobody has."""
    services = build(settings.model_copy(update={"data_dir": settings.data_dir / "other", "engine": "parrot"}))
    services.database.upgrade()
    with TestClient(create_app(services)) as client:
        answer = client.get("/v1/health/ready")
        assert answer.status_code == 503
        assert {check["name"]: check["ok"] for check in answer.json()["checks"]} == {
            "database": True,
            "rubrics": False,
            "workflow": False,
            "weights": False,
        }
        assert client.get("/v1/health/live").status_code == 200
        assert client.get("/v1/health").json()["ok"] is False
