"""Conversations: one, many, faulty ones among good ones; nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from qa_service.app import create_app
from qa_service.bootstrap import build
from qa_service.settings import Settings

Problem = Callable[..., dict[str, Any]]
Chat = Callable[..., dict[str, Any]]
URL = "/v1/conversations"
LINES = {"Content-Type": "application/x-ndjson"}
JSON = {"Content-Type": "application/json"}


def test_one_conversation(api: Any, chat: Chat) -> None:
    answer = api.post(URL, json=chat("one"))
    assert answer.status_code == 202
    job = api.done(answer.headers["location"])
    assert (job["kind"], job["state"]) == ("text", "done")
    (card,) = api.json("/v1/interactions/one/scorecards")["scorecards"]
    assert {one["id"]: one["suggestion"]["answer"] for one in card["criteria"]} == {
        "greeting": "yes",
        "tone": "undecided",
        "apology": "yes",
    }
    assert card["criteria"][0]["suggestion"]["evidence"][0]["quote"] == "Hello"


def test_the_same_again(api: Any, chat: Chat) -> None:
    first = api.post(URL, json=chat("again")).json()
    api.done(f"/v1/jobs/{first['job']}")
    second = api.post(URL, json=chat("again"))
    assert (second.status_code, second.json()) == (200, {**first, "created": False, "cause": "there"})


def test_the_same_id_with_other_words(api: Any, problem: Problem, chat: Chat) -> None:
    api.chat("taken")
    assert problem(api.post(URL, json=chat("taken", queue="other")), 409, "duplicate")["field"] == "id"


@pytest.mark.parametrize("lines", [True, False])
def test_of_many_each_has_its_outcome(api: Any, chat: Chat, lines: bool) -> None:
    sent = [chat(f"m-{lines}-1"), {**chat(f"m-{lines}-2"), "agnet": "x"}, chat(f"m-{lines}-3"), chat(f"m-{lines}-1")]
    body = "\n".join(json.dumps(one) for one in sent) if lines else json.dumps(sent)
    answer = api.post(URL, content=body, headers=LINES if lines else JSON)
    assert answer.status_code == 202
    found = answer.json()
    assert (found["accepted"], found["refused"]) == (3, 1)
    assert [one["position"] for one in found["items"]] == [0, 1, 2, 3]
    assert [bool(one["ingested"] and one["ingested"]["created"]) for one in found["items"]] == [True, False, True, False]
    assert found["items"][1]["problem"]["field"] == "agnet"
    assert found["items"][1]["problem"]["hint"] == "did you mean 'agent'?"
    assert found["items"][1]["problem"]["status"] == 422
    assert found["items"][3]["ingested"]["job"] == found["items"][0]["ingested"]["job"]


def test_one_in_a_list_is_a_list(api: Any, chat: Chat) -> None:
    assert api.post(URL, json=[chat("listed")]).json()["accepted"] == 1
    assert api.post(URL, json=[chat("listed")]).status_code == 200


def test_what_stands_before_a_syntax_error_is_taken_in(api: Any, chat: Chat) -> None:
    found = api.post(URL, content=f"[{json.dumps(chat('before'))}, {{oops", headers=JSON).json()
    assert (found["accepted"], found["refused"]) == (1, 1)
    assert "not valid JSON" in found["items"][1]["problem"]["detail"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"   ", None),
        (b"{", None),
        (b"null", None),
        (b'"text"', None),
        (b"\xff\xfe\xfa", None),
        (b"\xc3\x28", None),
        (b"\x00", None),
        (b'{"id": NaN}', None),
        (b'{"id": 1e999, "channel": "chat", "turns": []}', "id"),
        (b'{"a": Infinity}', None),
        (b'{"id": "x", "id": "y"}', "id"),
        (b"{" * 5000, None),
        (b"[" * 100_000, None),
        (b'{"id":"\\ud800","channel":"chat","turns":[]}', None),
        (b'{"channel": "chat", "turns": []}', "id"),
        (b'{"id": "x", "channel": "fax", "turns": []}', "channel"),
        (b'{"id": "x", "channel": "chat", "turns": []}', "turns"),
        (b'{"id": "a/b", "channel": "chat", "turns": []}', "id"),
        (
            b'{"id": "x", "channel": "chat", "turns": ['
            b'{"speaker": "agent", "text": "a", "start": 5}, {"speaker": "agent", "text": "b", "start": 1}]}',
            "turns[1].start",
        ),
    ],
)
def test_what_cannot_be_read_is_a_problem(api: Any, problem: Problem, body: bytes, field: str | None) -> None:
    answer = api.post(URL, content=body, headers=JSON)
    if answer.status_code == 202:
        # A list, even a broken one, has an outcome for each piece.
        assert (answer.json()["accepted"], answer.json()["refused"]) == (0, 1)
        return
    found = problem(answer, 422, "conversation")
    assert field is None or found["field"] == field


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", ""])
def test_other_content_types(api: Any, problem: Problem, kind: str) -> None:
    assert problem(api.post(URL, content=b"{}", headers={"Content-Type": kind}), 415, "unsupported_media_type")["field"] == "Content-Type"


@pytest.mark.parametrize("query", ["rubric=nobody", "engine=parrot"])
def test_a_rubric_or_engine_nobody_knows(api: Any, problem: Problem, chat: Chat, query: str) -> None:
    assert problem(api.post(f"{URL}?{query}", json=chat("unasked")), 422, "input")["field"] == query.partition("=")[0]
    assert api.get("/v1/interactions/unasked").status_code == 404


def test_a_rubric_of_another_channel_fails_the_job_and_says_so(api: Any, chat: Chat) -> None:
    answer = api.post(f"{URL}?rubric=phone-small", json=chat("wrong-form"))
    job = api.done(answer.headers["location"])
    assert job["state"] == "failed"
    assert "phone" in job["error"]["message"]


def test_persian_stays_persian(api: Any, chat: Chat) -> None:
    turns = [{"speaker": "customer", "text": "کتری من خراب شده است"}, {"speaker": "agent", "text": "سلام، خیلی متأسفم. پیگیری می‌کنم."}]
    card = api.chat("گفت‌وگوی ۱", language="fa", turns=turns)
    found = api.json(f"/v1/scorecards/{card}")
    assert found["interaction"]["id"] == "گفت‌وگوی ۱"
    assert found["criteria"][0]["suggestion"]["evidence"][0]["quote"] == "سلام"


def test_an_agent_nobody_knows_where_those_are_refused(settings: Settings, tmp_path: Path, problem: Problem, chat: Chat) -> None:
    services = build(settings.model_copy(update={"data_dir": tmp_path, "unknown_agents": "refuse"}))
    services.database.upgrade()
    services.rubrics.sync()
    services.keys.first_start()
    key = settings.admin_key.get_secret_value()
    with TestClient(create_app(services), headers={"X-API-Key": key}) as client:
        assert problem(client.post(URL, json=chat("x")), 422, "unknown_agent")["field"] == "agent.id"
        many = client.post(URL, json=[chat("x"), chat("y", agent=None)])
        assert (many.status_code, many.json()["refused"]) == (202, 2)
