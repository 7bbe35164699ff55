"""Originals: kept only with a key, read by admins who say why, and deleted for good."""

from __future__ import annotations

import base64
import io
import json
import time
import wave
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient

from qa_service.app import create_app
from qa_service.domain.permission import Role
from qa_service.domain.user import User
from qa_service.settings import Settings
from qa_service.store.keys import ApiKey

Problem = Callable[..., dict[str, Any]]
KEY, OTHER = (base64.b64encode(bytes([number]) * 32).decode() for number in (3, 4))
WHY = {"reason": "the customer disputes the number"}
CARD = "four five three nine one four eight eight oh three four three six four six seven"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"vault_key": type(settings.vault_key)(KEY)})


def sound() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setparams((2, 2, 8000, 0, "NONE", ""))
        out.writeframes(np.random.default_rng(11).integers(-9000, 9000, (40_000, 2), dtype=np.int16).tobytes())
    return stream.getvalue()


@pytest.fixture(scope="module")
def taken(api: Any, chat: Callable[..., dict[str, Any]]) -> Any:
    turns = [
        {"speaker": "agent", "text": "Your phone number, please?"},
        {"speaker": "customer", "text": "It's 07700 900 123."},
    ]
    api.chat("kept", turns=turns, metadata={"mobile": "07700 900 123"})
    api.chat("plain", turns=[{"speaker": "agent", "text": "Hello!"}, {"speaker": "customer", "text": "Good morning."}])
    said = [
        {"speaker": "agent", "start": 0.0, "end": 1.0, "text": "The long number on your card, please?"},
        {"speaker": "customer", "start": 1.5, "end": 4.0, "text": f"It's {CARD}."},
    ]
    sides = {"left": "agent", "right": "customer"}
    told = {"id": "call", "language": "en", "channels": sides, "turns": said, "metadata": {"cli": "07700 900 123"}}
    parts = {"file": ("call.wav", sound(), "audio/wav"), "sidecar": ("call.json", json.dumps(told).encode(), "application/json")}
    assert api.done(api.post("/v1/recordings", files=parts).headers["location"])["error"] is None
    return api


def notes(api: Any, interaction: str) -> list[tuple[str, Any]]:
    found = api.json(f"/v1/audit?limit=500&subject=interaction/{interaction}")["items"]
    return [(one["action"], one["content"]) for one in found if "original" in one["action"]]


def test_texts_with_their_places(taken: Any) -> None:
    found = taken.json("/v1/interactions/kept/original", params=WHY)
    (one,) = found["taken"]
    assert (one["kind"], one["turn"], one["text"], one["start"], one["end"]) == ("PHONE", 1, "07700 900 123", 5, 12)
    assert (found["engine"], found["subject"], found["metadata"], found["has_audio"]) == (
        "import:conversation", None, {"mobile": "07700 900 123"}, False,
    )  # fmt: skip
    assert notes(taken, "kept")[-1] == ("interaction.original_read", {"reason": WHY["reason"], "what": "text"})


def test_the_recording_as_it_was(taken: Any) -> None:
    found = taken.json("/v1/interactions/call/original", params=WHY)
    assert [one["text"] for one in found["taken"]] == [CARD]
    assert (found["metadata"], found["has_audio"]) == ({"cli": "07700 900 123"}, True)
    answer = taken.get("/v1/interactions/call/original/audio", params=WHY)
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, sound(), "no-store")
    assert "call.wav" in answer.headers["content-disposition"]
    assert taken.get("/v1/interactions/call/audio").content != sound()
    assert notes(taken, "call")[-1] == ("interaction.original_read", {"reason": WHY["reason"], "what": "audio"})


def test_nothing_lies_open(taken: Any) -> None:
    for path in (path for path in taken.data_dir.rglob("*") if path.is_file()):
        data = path.read_bytes()
        assert b"900 123" not in data
        assert CARD.encode() not in data
        assert sound()[100:200] not in data
        assert base64.b64decode(KEY) not in data
        assert KEY.encode() not in data


def test_a_reason_is_needed(taken: Any, problem: Problem) -> None:
    for params in ({}, {"reason": "x"}):
        assert problem(taken.get("/v1/interactions/kept/original", params=params), 422, "invalid_request")["field"] == "reason"
    assert problem(taken.get("/v1/interactions/kept/original", params={"reason": "       "}), 422, "input")["field"] == "reason"


@pytest.mark.parametrize("tail", ["", "/audio"])
def test_where_nothing_was_masked(taken: Any, problem: Problem, tail: str) -> None:
    assert "no original" in problem(taken.get(f"/v1/interactions/plain/original{tail}", params=WHY), 404, "not_found")["detail"]
    problem(taken.get(f"/v1/interactions/nobody/original{tail}", params=WHY), 404, "not_found")


def test_only_for_admins(taken: Any, client: TestClient, problem: Problem) -> None:
    import hashlib

    services = client.app.state.services  # type: ignore[attr-defined]
    with services.database.unit() as unit:
        unit.users.add(User(id="rita", login="rita", name="Rita", role=Role.REVIEWER), at=datetime.now(UTC))
        key = ApiKey(id="r1", name="hers", user="rita", created_at=datetime.now(UTC))
        unit.keys.add(key, sha256=hashlib.sha256(b"rita's own key").hexdigest())
    headers = {"Authorization": "Bearer rita's own key"}
    for method, tail in (("GET", ""), ("GET", "/audio"), ("DELETE", "")):
        answer = client.request(method, f"/v1/interactions/kept/original{tail}", params=WHY, headers=headers)
        assert "originals.read" in problem(answer, 403, "permission_denied")["detail"]
        problem(client.request(method, f"/v1/interactions/kept/original{tail}", params=WHY), 401, "authentication")


def test_deleted_for_good(taken: Any, problem: Problem) -> None:
    assert taken.call("DELETE", "/v1/interactions/call/original", params=WHY).json() == {"transcripts": 2, "audio": True}
    for tail in ("", "/audio"):
        problem(taken.get(f"/v1/interactions/call/original{tail}", params=WHY), 404, "not_found")
    problem(taken.call("DELETE", "/v1/interactions/call/original", params=WHY), 404, "not_found")
    assert not any(path.is_file() for path in (taken.data_dir / "vault").rglob("*"))
    assert notes(taken, "call")[-1][0] == "interaction.original_deleted"
    assert taken.get("/v1/interactions/call/audio").status_code == 200


def test_another_key_opens_nothing_and_says_which_one_would(tmp_path: Path, settings: Settings, chat: Any, problem: Problem) -> None:
    def opened(key: str) -> Iterator[TestClient]:
        changed = settings.model_copy(update={"data_dir": tmp_path, "vault_key": type(settings.vault_key)(key)})
        with TestClient(create_app(changed), follow_redirects=False) as client:
            client.headers["Authorization"] = f"Bearer {settings.admin_key.get_secret_value()}"
            yield client

    turns = [{"speaker": "agent", "text": "Your phone number?"}, {"speaker": "customer", "text": "07700 900 123"}]
    for client in opened(KEY):
        job = client.post("/v1/conversations", json=chat("c", turns=turns)).headers["location"]
        until = time.monotonic() + 60
        while client.get(job).json()["state"] != "done":
            assert time.monotonic() < until
            time.sleep(0.02)
    for client in opened(OTHER):
        told = problem(client.get("/v1/interactions/c/original", params=WHY), 503, "configuration")
        assert "which is not here" in told["detail"]
        assert told["field"] == "QA_VAULT_KEY"
    for client in opened(f"{OTHER},{KEY}"):
        assert client.get("/v1/interactions/c/original", params=WHY).json()["taken"][0]["text"] == "07700 900 123"
