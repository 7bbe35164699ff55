"""The client against a real HTTP server that answers well, badly, late, too much or not at all."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable
from typing import Any

import pytest

from qa_service.analysis.judge.client import FORMATS, ChatClient, Reply, Server, is_local
from qa_service.errors import JudgeError

GOOD = {"quotes": [], "reason": "سلام", "answer": "undecided"}
BUSY = {"error": {"message": "busy", "type": "overloaded"}}
MESSAGES = [{"role": "user", "content": "?"}]
SCHEMA = {"type": "object", "properties": {"answer": {"type": "string"}}}


def ask(client: ChatClient) -> Reply:
    return client.ask(MESSAGES, schema=SCHEMA, seed=0, temperature=0.0)


def test_a_good_answer_comes_with_its_figures(language_model: Any, make_client: Callable[..., Any]) -> None:
    language_model.script(GOOD)
    reply = ask(make_client(reply_tokens=77))
    assert (json.loads(reply.text), reply.served, reply.asked_tokens, reply.reply_tokens) == (GOOD, "served-tiny", 300, 40)
    assert (reply.format, reply.cut) == ("json_schema", False)
    (sent,) = language_model.asked
    form = {"type": "json_schema", "json_schema": {"name": "judgement", "strict": True, "schema": SCHEMA}}
    assert sent == {
        "model": "tiny", "messages": MESSAGES, "max_tokens": 77, "stream": False, "seed": 0, "temperature": 0.0, "response_format": form,
    }
    assert "authorization" not in language_model.headers[0]


@pytest.mark.parametrize(
    ("script", "asked", "waits"),
    [
        ([(429, BUSY, {}), GOOD], 2, [0.5]),
        ([(429, BUSY, {"Retry-After": "3"}), GOOD], 2, [3.0]),
        ([(503, "<html>", {}), (500, BUSY, {}), GOOD], 3, [0.5, 1.0]),
        ([(429, BUSY, {"Retry-After": "Sun, 22 Nov 2026 12:00:00 GMT"}), GOOD], 2, [0.5]),
        (["I would say yes.", GOOD], 2, []),
        (["{", '{"answer"', GOOD], 3, []),
    ],
)
def test_what_passes_is_tried_again(
    language_model: Any, raw: Any, make_client: Callable[..., Any], script: list[Any], asked: int, waits: list[float]
) -> None:
    language_model.script(*(raw(one[1], one[0], one[2]) if isinstance(one, tuple) else one for one in script))
    client = make_client()
    assert json.loads(ask(client).text) == GOOD
    assert (len(language_model.asked), client.slept) == (asked, waits)


def test_broken_json_is_asked_for_in_another_way(language_model: Any, make_client: Callable[..., Any]) -> None:
    language_model.script("no json", GOOD)
    ask(make_client())
    assert [(one["seed"], one["temperature"]) for one in language_model.asked] == [(0, 0.0), (1000, 0.3)]


def completion(**message: Any) -> dict[str, Any]:
    return {"choices": [{"message": message, "finish_reason": "length"}]}


@pytest.mark.parametrize(
    ("status", "body", "headers", "told", "field", "asked"),
    [
        (500, BUSY, {}, "the server answered 500: busy", None, 3),
        (429, BUSY, {"Retry-After": "3600"}, "the server answered 429: busy", None, 1),
        (404, {"error": {"message": "model 'tiny' not found"}}, {}, "404: model 'tiny' not found", None, 1),
        (401, {"detail": "wrong key s3cret-key"}, {}, r"401: wrong key \*\*\*", "QA_JUDGE_API_KEY", 1),
        (403, "s3cret-key\x1b[31m\nno", {}, r"403: \*\*\* \[31m no", "QA_JUDGE_API_KEY", 1),
        (302, "", {"Location": "http://169.254.169.254/latest"}, "sends us elsewhere, and redirects are not followed", "QA_JUDGE_URL", 1),
        (307, "", {"Location": "/v1/chat/completions"}, "redirects are not followed", "QA_JUDGE_URL", 1),
        (200, "<html>hello</html>", {"Content-Type": "text/html"}, r"no JSON \(text/html\); is this an Open", "QA_JUDGE_URL", 1),
        (200, {"ok": True}, {}, "no chat completion; is this", "QA_JUDGE_URL", 1),
        (200, {"choices": []}, {}, "no chat completion", "QA_JUDGE_URL", 1),
        (200, {"choices": ["x"]}, {}, "no chat completion", "QA_JUDGE_URL", 1),
        (200, {"choices": [{"message": {"content": [1]}}]}, {}, "no chat completion", "QA_JUDGE_URL", 1),
        (200, b"[" * 200_000, {}, "no JSON", "QA_JUDGE_URL", 1),
        (200, b" " * 1_200_000, {}, "larger than 1000 kB", None, 1),
        (200, completion(content=None), {}, "cut off at 500 tokens, before an answer", None, 3),
        (200, completion(content='{"quotes": [{"tu'), {}, "cut off at 500 tokens", None, 3),
        (200, {"choices": [{"message": {"content": "Certainly!"}}]}, {}, "no JSON object with an answer: 'Certainly!'", None, 3),
    ],
)
def test_what_cannot_be_used_is_told(
    language_model: Any, raw: Any, make_client: Callable[..., Any], status: int, body: Any, headers: dict[str, str], told: str,
    field: str | None, asked: int,
) -> None:
    language_model.script(raw(body, status, {"Content-Type": "application/json", **headers}))
    with pytest.raises(JudgeError, match=told) as error:
        ask(make_client(key="s3cret-key"))
    assert error.value.field == field
    assert len(language_model.asked) == asked
    assert "s3cret" not in repr(error.value) + str(error.value)


@pytest.mark.parametrize(
    ("refused", "taken"),
    [
        ({"json_schema"}, "json_object with schema"),
        ({"json_schema", "schema"}, "json_object"),
        ({"json_schema", "schema", "json_object"}, "words"),
    ],
)
@pytest.mark.parametrize(
    ("status", "words"), [(400, "unsupported"), (422, "not a literal"), (500, "1 validation error: {'loc': ('body', 'response_format')}")]
)
def test_a_server_that_does_not_know_a_form_is_asked_more_simply_from_then_on(
    language_model: Any, raw: Any, make_client: Callable[..., Any], refused: set[str], taken: str, status: int, words: str
) -> None:
    def answer(body: dict[str, Any]) -> Any:
        form = body.get("response_format", {})
        strange = form.get("type") in refused or ("schema" in form and "schema" in refused)
        return raw({"error": {"message": words}}, status) if strange else GOOD

    language_model.script(answer)
    client = make_client()
    assert ask(client).format == taken
    assert len(language_model.asked) == FORMATS.index(taken) + 1
    assert client.slept == []
    ask(client)
    assert len(language_model.asked) == FORMATS.index(taken) + 2


def test_a_refusal_that_is_not_about_the_form_is_told_and_changes_nothing(
    language_model: Any, raw: Any, make_client: Callable[..., Any]
) -> None:
    language_model.script(raw({"error": {"message": "the context has 2048 tokens"}}, 400))
    client = make_client()
    with pytest.raises(JudgeError, match="400: the context has 2048 tokens"):
        ask(client)
    language_model.script(GOOD)
    assert ask(client).format == "json_schema"


@pytest.mark.parametrize("slow", [{"wait": 60.0}, {"drip": 0.1}])
def test_a_slow_server_is_given_up(language_model: Any, raw: Any, make_client: Callable[..., Any], slow: dict[str, float]) -> None:
    language_model.script(raw(b" " * 1000, **slow))
    with pytest.raises(JudgeError, match=r"no answer within 0\.3 s"):
        ask(make_client(timeout=0.3, retries=5))
    assert len(language_model.asked) == 1, "the time is for all tries together"


def test_a_server_that_is_not_there_is_told() -> None:
    client = ChatClient(Server(url="http://127.0.0.1:9", model="m", retries=1), sleep=lambda _: None)
    with pytest.raises(JudgeError, match=r"127\.0\.0\.1:9 cannot be reached: .*refused"):
        ask(client)


def test_a_dead_server_is_not_asked_any_more(language_model: Any, raw: Any, make_client: Callable[..., Any]) -> None:
    language_model.script(raw(BUSY, 500))
    client = make_client(retries=0)
    for _ in range(3):
        assert client.refusal() is None
        with pytest.raises(JudgeError):
            ask(client)
    assert "failed 3 times running, the last time: the server answered 500: busy" in (client.refusal() or "")


def test_words_that_are_no_json_do_not_count_as_a_dead_server(language_model: Any, make_client: Callable[..., Any]) -> None:
    language_model.script("nonsense")
    client = make_client(retries=0)
    for _ in range(4):
        with pytest.raises(JudgeError):
            ask(client)
    assert client.refusal() is None


def test_the_key_is_sent_and_never_shown(
    language_model: Any, make_client: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    language_model.script(GOOD)
    client = make_client(key="s3cret-key")
    with caplog.at_level(logging.DEBUG):
        ask(client)
    assert language_model.headers[0]["authorization"] == "Bearer s3cret-key"
    assert caplog.records, "the client's library logs something at this level"
    assert "s3cret" not in caplog.text + repr(client.server) + str(client.server)


def test_proxies_of_the_environment_are_for_other_machines(
    language_model: Any, make_client: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    language_model.script(GOOD)
    assert json.loads(ask(make_client()).text) == GOOD


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:1/v1", True), ("http://localhost/v1", True), ("http://[::1]:8/v1", True), ("http://gpu.localhost", True),
        ("http://10.0.0.5/v1", False), ("https://api.example.com/v1", False), ("http://localhost.example.com", False),
    ],
)  # fmt: skip
def test_what_is_on_this_machine(url: str, local: bool) -> None:
    assert is_local(url) is local


def test_many_threads_ask_at_once(language_model: Any, make_client: Callable[..., Any]) -> None:
    """All of them are in the server at the same time, or the barrier would break."""
    barrier = threading.Barrier(4, timeout=20)

    def together(_: Any) -> Any:
        barrier.wait()
        return GOOD

    language_model.script(together)
    client, found = make_client(), []
    threads = [threading.Thread(target=lambda: found.append(ask(client).served)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["served-tiny"] * 4
