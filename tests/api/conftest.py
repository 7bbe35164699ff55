"""The real application on a fresh data folder, once a file of tests, and what tests send to it."""

from __future__ import annotations

import json
import random
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa_service.app import create_app
from qa_service.settings import Settings

HERE = Path(__file__).parent
KEY = "a-key-that-is-long-enough-for-tests"
#: Small, so that tests of the limits stay small.
MAX_UPLOAD, MAX_BODY = 3_000_000, 200_000
_PATIENCE = 60.0


class Api:
    """A caller with the admin key."""

    def __init__(self, client: TestClient, data_dir: Path) -> None:
        self.client = client
        self.data_dir = data_dir
        self.headers = {"Authorization": f"Bearer {KEY}"}

    def call(self, method: str, path: str, **options: Any) -> Any:
        headers = {**self.headers, **options.pop("headers", {})}
        return self.client.request(method, path, headers=headers, **options)

    def get(self, path: str, **options: Any) -> Any:
        return self.call("GET", path, **options)

    def post(self, path: str, **options: Any) -> Any:
        return self.call("POST", path, **options)

    def json(self, path: str, **options: Any) -> Any:
        answer = self.get(path, **options)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def done(self, path: str, *, states: tuple[str, ...] = ("done", "failed")) -> Any:
        """The job or batch there, once it ended."""
        until = time.monotonic() + _PATIENCE
        while (found := self.json(path))["state"] not in states:
            assert time.monotonic() < until, f"still {found}"
            time.sleep(0.05)
        return found

    def chat(self, name: str, **changes: Any) -> str:
        """Take a chat in and wait for its scorecard's id."""
        answer = self.post("/v1/conversations", json=chat(name, **changes))
        assert answer.status_code == 202, answer.text
        assert self.done(answer.headers["location"])["state"] == "done"
        return str(self.json(f"/v1/interactions/{name}/scorecards")["scorecards"][0]["id"])


def chat(name: str, **changes: Any) -> dict[str, Any]:
    """A conversation with a greeting and, in its words, its own name, so that no two have the same content."""
    turns = [
        {"speaker": "customer", "text": f"My kettle is broken, it is number {name}", "sent_at": "2026-11-02T09:14:05Z"},
        {"speaker": "agent", "text": "Hello, I am sorry about that. I will send you a new one.", "sent_at": "2026-11-02T09:14:41Z"},
    ]
    agent = {"id": "a17", "name": "Sara", "team": "billing"}
    return {
        "id": name,
        "channel": "chat",
        "language": "en",
        "started_at": "2026-11-02T09:14:05Z",
        "agent": agent,
        "turns": turns,
        **changes,
    }


def problem(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem that an answer must be."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["code"] == code
    assert found["type"] == f"urn:qa-service:problem:{code}"
    assert found["status"] == status
    assert found["title"]
    assert found["detail"]
    assert "Traceback" not in answer.text
    return found


@pytest.fixture(scope="session", name="chat")
def chat_fixture() -> Callable[..., dict[str, Any]]:
    return chat


@pytest.fixture(scope="session", name="problem")
def problem_fixture() -> Callable[..., dict[str, Any]]:
    return problem


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def settings(data_dir: Path) -> Settings:
    return Settings(
        data_dir=data_dir,
        rubrics_dir=HERE / "rubrics",
        engine="sidecar",
        admin_key=KEY,
        max_upload_bytes=MAX_UPLOAD,
        max_body_bytes=MAX_BODY,
    )


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[TestClient]:
    """A caller without a key; the application runs with its workflows."""
    with TestClient(create_app(settings), follow_redirects=False) as client:
        yield client


@pytest.fixture(scope="module")
def api(client: TestClient, data_dir: Path) -> Api:
    return Api(client, data_dir)


@pytest.fixture(scope="session")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., bytes]:
    """A function that makes a two-channel recording of noise, another one for every seed."""
    folder = tmp_path_factory.mktemp("recordings")

    def make(seed: int, *, seconds: float = 0.5) -> bytes:
        path = folder / f"{seed}-{seconds}.wav"
        with wave.open(str(path), "wb") as out:
            out.setnchannels(2)
            out.setsampwidth(2)
            out.setframerate(8000)
            samples = random.Random(seed)
            out.writeframes(samples.randbytes(int(8000 * seconds) * 4))
        return path.read_bytes()

    return make


@pytest.fixture(scope="session")
def sidecar() -> Callable[..., bytes]:
    """A function that makes a side-car with a reference transcript."""

    def make(**changes: Any) -> bytes:
        turns = [
            {"speaker": "agent", "start": 0.0, "end": 0.2, "text": "Good morning, how can I help?"},
            {"speaker": "customer", "start": 0.25, "end": 0.4, "text": "I lost my card."},
        ]
        told = {
            "agent": {"id": "a17", "name": "Sara"},
            "language": "en",
            "channels": {"left": "agent", "right": "customer"},
            "turns": turns,
        }
        return json.dumps({**told, **changes}).encode()

    return make
