"""``qa-service serve`` and ``worker`` as real processes."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from qa_service.web import pages

ROOT = Path(__file__).parents[2]
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path, forms: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(*arguments: str) -> subprocess.Popen[str]:
        environment = os.environ | {"QA_DATA_DIR": str(tmp_path / "data"), "QA_RUBRICS_DIR": str(forms), "QA_ENGINE": "sidecar"}
        command = [sys.executable, "-m", "qa_service", *arguments]
        started.append(
            subprocess.Popen(
                command, env=environment, cwd=ROOT, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        )
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.communicate()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def answer(process: subprocess.Popen[str], url: str, **options: Any) -> httpx2.Response:
    """The first answer of a server that is starting."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return httpx2.get(url, **options)
        except httpx2.TransportError:
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_serving_until_it_is_told_to_stop(start: Start) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = start("serve", "--port", str(port))
    health = answer(process, f"{base}/v1/health")
    assert health.status_code == 200
    assert httpx2.get(f"{base}/v1/agents").status_code == 401
    assert process.stderr is not None
    announced = [process.stderr.readline() for _ in range(3)]
    assert f"{base}/docs" in announced[0]
    assert announced[1].startswith("admin key (shown once): qa_")
    key = announced[1].split()[-1]
    assert httpx2.get(f"{base}/v1/agents", headers={"Authorization": f"Bearer {key}"}).status_code == 200
    assert "sign in as 'admin' with it as the password, once, and choose another" in announced[2]
    signed_in = httpx2.post(f"{base}/v1/sessions", json={"login": "admin", "password": key})
    assert (signed_in.status_code, signed_in.json()["must_change_password"]) == (201, True)
    assert signed_in.json()["session"]["address"] == "127.0.0.1"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, -signal.SIGTERM)
    assert (out, "Traceback" in err) == ("", False)


def test_a_connection_that_a_proxy_keeps_is_there_when_it_is_used_again(start: Start) -> None:
    port = free_port()
    process = start("serve", "--port", str(port))
    answer(process, f"http://127.0.0.1:{port}/v1/health/live")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for pause in (0, 6):
        # Longer than servers keep connections unless they are told to.
        time.sleep(pause)
        connection.request("GET", "/v1/health/live")
        reply = connection.getresponse()
        assert (reply.status, bool(reply.read()), reply.will_close) == (200, True, False)
    connection.close()


def test_worker_stops_when_told(start: Start) -> None:
    process = start("worker")
    assert process.stderr is not None
    assert process.stderr.readline() == "working; Ctrl-C stops\n"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (0, "", "")


def test_everything_is_loaded_before_somebody_asks() -> None:
    pages.prepare()
    read = pages._environment().cache
    assert read is not None
    assert len(read) == len(list((ROOT / "qa_service" / "web" / "templates").rglob("*.html")))
