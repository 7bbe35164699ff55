"""E-mails: bare messages, mailboxes and files of both."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
URL = "/v1/emails"
MAIL = {"Content-Type": "message/rfc822"}


def letter(
    name: str,
    *,
    sender: str = "sam@example.org",
    to: str = "support@shop.example",
    text: str = "Hello, where is my order?",
    reply: str = "",
) -> bytes:
    again = f"In-Reply-To: <{reply}@example.org>\n" if reply else ""
    head = (
        f"From: {sender}\nTo: {to}\nSubject: Order {name}\nMessage-ID: <{name}@example.org>\n{again}Date: Mon, 2 Nov 2026 09:14:05 +0000\n"
    )
    return f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}\n".encode()


def test_a_bare_message(api: Any) -> None:
    answer = api.post(URL, content=letter("bare"), headers=MAIL)
    assert answer.status_code == 202
    (one,) = answer.json()["items"]
    assert one["ingested"]["interaction"] == "bare@example.org"
    assert api.done(f"/v1/jobs/{one['ingested']['job']}")["state"] == "done"
    assert api.post(URL, content=letter("bare"), headers=MAIL).status_code == 200


def test_files_of_one_thread_are_one_interaction(api: Any) -> None:
    parts = [
        (
            "file",
            (
                "2.eml",
                letter("t2", sender="support@shop.example", to="sam@example.org", text="Good morning Sam, it is on its way.", reply="t1"),
            ),
        ),
        ("file", ("1.eml", letter("t1"))),
    ]
    found = api.post(f"{URL}?agent_domains=Shop.Example", files=parts).json()
    assert (found["accepted"], found["refused"]) == (1, 0)
    turns = api.json(f"/v1/interactions/{found['items'][0]['ingested']['interaction']}/transcript")["turns"]
    assert sorted(turn["speaker"] for turn in turns) == ["agent", "customer"]


def test_a_mailbox(api: Any) -> None:
    box = b"".join(b"From sam@example.org Mon Nov  2 09:14:05 2026\n" + letter(f"box-{number}") + b"\n" for number in range(3))
    assert api.post(URL, content=box, headers={"Content-Type": "application/mbox"}).json()["accepted"] == 3
    assert api.post(URL, files={"file": ("all.mbox", box)}).status_code == 200


def test_the_agent_is_who_the_query_says(api: Any) -> None:
    sent = letter("who", sender="nora@shop.example", to="sam@example.org", text="Good evening, your order left us.")
    api.post(f"{URL}?agent_addresses=nora@shop.example", content=sent, headers=MAIL)
    assert api.json("/v1/interactions/who@example.org")["agent"]["id"] == "nora@shop.example"


@pytest.mark.parametrize("query", ["agent_addresses=nora", "agent_addresses=@x", "agent_domains=a@b", "agent_domains=."])
def test_parties_that_are_none(api: Any, problem: Problem, query: str) -> None:
    assert problem(api.post(f"{URL}?{query}", content=letter("p"), headers=MAIL), 422, "input")["field"] == query.partition("=")[0]


@pytest.mark.parametrize("body", [b"", b"\n\n", letter("empty", text=""), letter("quoted", text="> only what others said"), b"\x00" * 100])
def test_a_mail_without_words(api: Any, problem: Problem, body: bytes) -> None:
    answer = api.post(URL, content=body, headers=MAIL)
    found = problem(answer, 422, answer.json()["code"])
    assert found["code"] in ("email", "conversation")
    assert found["file"] == "message.eml"


def test_a_faulty_file_does_not_stop_the_others(api: Any) -> None:
    parts = [
        ("file", ("good.eml", letter("good"))),
        ("file", ("sub/empty.eml", b"")),
        ("file", ("chat.json", b'{"id": "x"}')),
        ("file", ("note.md", b"# x")),
    ]
    found = api.post(URL, files=parts).json()
    assert (found["accepted"], found["refused"]) == (1, 3)
    assert {one["file"] for one in found["items"] if one["problem"]} == {"sub/empty.eml", "chat.json", "note.md"}
    assert all(one["problem"]["file"] == one["file"] for one in found["items"] if one["problem"])
    assert str(api.data_dir) not in str(found)


def test_forms_that_are_none(api: Any, problem: Problem) -> None:
    assert problem(api.post(URL, data={"rubric": "x"}, files={"file": ("a.eml", letter("f"))}), 422, "input")["field"] == "rubric"
    problem(api.post(URL, json={}), 415, "unsupported_media_type")
