"""The log of a service at work, in all its detail: contacts, failures and sign-ins go through, and nothing of them is in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

import pytest
from fastapi.testclient import TestClient

from qa_service.services.log_lines import handler
from qa_service.settings import Settings

KEY = "a-key-that-is-long-enough-for-tests"
#: Words, names and numbers of people; as they are sent.
SAID = ("zanzibar marmalade", "quillfeather", "+44 20 7946 0018", "ostrich-lane", "sardines@quillfeather.example", "سنجاقک ارغوانی")
#: What shows who one is, right or wrong.
SHOWN = ("correct horse 41 battery", "wrong donkey 17", "qa_nobody-has-this-key-0001", KEY)


@pytest.fixture(scope="module")
def log(settings: Settings) -> Iterator[io.StringIO]:
    """What the process logs from its start on, as collectors get it."""
    stream = io.StringIO()
    writes = handler(settings.model_copy(update={"log_format": "json"}), stream)
    root = logging.getLogger()
    level = root.level
    root.addHandler(writes)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(writes)
    root.setLevel(level)


@pytest.fixture(scope="module")
def services(log: io.StringIO, client: TestClient) -> Any:
    return client.app.state.services  # type: ignore[attr-defined]


def quoting(*_: object, **__: object) -> NoReturn:
    raise ValueError(f"cannot make anything of {SAID}")


def contacts(api: Any, chat: Callable[..., dict[str, Any]], recording: Callable[..., bytes]) -> None:
    agent = {"id": "quillfeather", "name": "Ada Quillfeather", "team": "Ostrich-Lane"}
    turns = [
        {"speaker": "customer", "text": f"Zanzibar marmalade, call {SAID[2]}. سنجاقک ارغوانی", "sent_at": "2026-11-02T09:14:05Z"},
        {"speaker": "agent", "text": "Hello, I am Ada Quillfeather of Ostrich-Lane.", "sent_at": "2026-11-02T09:14:41Z"},
    ]
    whole = chat("quillfeather-1", agent=agent, turns=turns, customer={"id": SAID[4]}, metadata={"street": "Ostrich-Lane 3"})
    done(api, api.post("/v1/conversations", json=whole), "done")
    mail = f"From: {SAID[4]}\nTo: help@shop.example\nSubject: Zanzibar marmalade\nMessage-ID: <quillfeather@x.example>\n\nSardines!\n"
    done(api, api.post("/v1/emails", content=mail.encode(), headers={"Content-Type": "message/rfc822"}), "done")
    # Nobody knows what was said in it.
    sidecar = json.dumps({"id": "quillfeather-2", "agent": agent, "channels": {"left": "agent", "right": "customer"}})
    parts = [("file", ("Ada Quillfeather.wav", recording(901))), ("sidecar", ("x.json", sidecar.encode()))]
    done(api, api.post("/v1/recordings", files=parts), "failed")


def done(api: Any, answer: Any, state: str) -> None:
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert api.done(f"/v1/jobs/{body.get('job') or body['items'][0]['ingested']['job']}")["state"] == state


def failures(api: Any, chat: Callable[..., dict[str, Any]], services: Any) -> None:
    turns = [{"speaker": "customer", "text": "Zanzibar marmalade again", "sent_at": "2026-11-02T09:14:05Z"}]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.analysis, "read", quoting)
        done(api, api.post("/v1/conversations", json=chat("quillfeather-3", turns=turns)), "failed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(services.jobs, "get", quoting)
        assert api.get("/v1/jobs/quillfeather", headers={"X-Request-ID": "asked-1"}).status_code == 500
    for content in (b'{"text": "zanzibar marmalade', b'[{"quillfeather": 1}]', "سنجاقک ارغوانی".encode()):
        assert api.post("/v1/conversations", content=content, headers={"Content-Type": "application/json"}).status_code in (202, 422)
    assert api.get("/v1/search", params={"q": "zanzibar marmalade"}).status_code == 200
    assert api.get("/v1/interactions/quillfeather-9").status_code == 404
    assert api.get("/quillfeather", params={"key": KEY}).status_code == 404


def sign_ins(api: Any, client: TestClient, services: Any) -> list[str]:
    assert api.post("/v1/users", json={"login": "quillfeather", "name": "Ada Quillfeather", "role": "reviewer"}).status_code == 201
    with services.database.unit() as unit:
        unit.passwords.set("quillfeather", services.passwords.hash(SHOWN[0]), must_change=False, at=services.clock())
    other = TestClient(client.app)
    secrets = []
    for password, status in ((SHOWN[1], 401), (SHOWN[0], 201)):
        answer = other.post("/v1/sessions", json={"login": "quillfeather", "password": password})
        assert answer.status_code == status, answer.text
    secrets += [answer.json()["csrf_token"], other.cookies["qa_session"]]
    assert other.get("/v1/me").status_code == 200
    for headers in ({"Authorization": f"Bearer {SHOWN[2]}"}, {"X-API-Key": SHOWN[2]}):
        assert client.get("/v1/jobs", headers=headers).status_code == 401
    secrets.append(api.post("/v1/keys", json={"name": "quillfeather"}).json()["secret"])
    assert client.get("/v1/me", headers={"X-API-Key": secrets[-1]}).status_code == 200
    return secrets


def test_nothing_of_what_was_said_or_shown_is_logged(
    log: io.StringIO, services: Any, api: Any, client: TestClient, chat: Callable[..., dict[str, Any]], recording: Callable[..., bytes]
) -> None:
    contacts(api, chat, recording)
    failures(api, chat, services)
    secrets = sign_ins(api, client, services)
    written = log.getvalue()
    lines = [json.loads(line) for line in written.splitlines()]
    logged = written.casefold()
    assert [word for word in (*SAID, *SHOWN, *secrets) if word.casefold() in logged] == []
    assert {"zanzibar", "sardines", "ostrich", "سنجاقک"} & set(logged.replace("-", " ").split()) == set()
    # It does say what happened.
    answered = {(line["route"], line["status"], line["role"]) for line in lines if line["logger"] == "qa_service.access"}
    assert {("/v1/conversations", 202, "admin"), ("/v1/sessions", 401, "nobody"), ("/v1/me", 200, "reviewer")} <= answered
    assert ("(none)", 404, "nobody") in answered
    (failed,) = (line for line in lines if line["message"] == "request failed")
    assert failed["request"] == "asked-1"
    assert "builtins.ValueError" in failed["exception"]
    assert "in quoting" in failed["exception"]
    assert [line["exception"].count("in quoting") for line in lines if line["message"] == "processing failed"] == [1]
