"""Batches: many files of all kinds, each with its own outcome, taken in after the answer."""

from __future__ import annotations

import csv
import io
import json
import random
import wave
from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
Make = Callable[..., bytes]
URL = "/v1/batches"
MAIL = (
    b"From: a@example.org\nTo: b@shop.example\nMessage-ID: <batch@example.org>\nSubject: x\nDate: Mon, 2 Nov 2026 09:14:05 +0000\n\n"
    b"Hello, where is it?\n"
)


def part(name: str, data: bytes) -> tuple[str, tuple[str, bytes]]:
    return "file", (name, data)


def outcomes(api: Any, batch: str) -> dict[str, dict[str, Any]]:
    return {one["file"]: one for one in api.json(f"{URL}/{batch}/items?limit=500")["items"]}


def test_every_file_has_its_outcome(api: Any, chat: Callable[..., dict[str, Any]], recording: Make, sidecar: Make) -> None:
    parts = [
        part("calls/a.wav", recording(20)),
        part("calls/a.json", sidecar(id="b-a")),
        part("calls/broken.wav", b"no audio at all"),
        part("chats.jsonl", "\n".join(json.dumps(chat(f"b-{number}")) for number in range(3)).encode()),
        part("bad.json", b'{"id": "x", "oops": 1}'),
        part("mail.eml", MAIL),
        part("notes.md", b"# notes"),
        part("empty.json", b""),
    ]
    answer = api.post(URL, files=parts, data={"name": "Monday"})
    assert answer.status_code == 202
    batch = answer.json()
    assert (batch["name"], batch["state"], batch["total"]) == ("Monday", "queued", 8)
    assert answer.headers["location"] == f"{URL}/{batch['id']}"
    ended = api.done(answer.headers["location"])
    assert (ended["state"], ended["total"], ended["counts"]) == ("done", 9, {"queued": 0, "running": 0, "done": 5, "failed": 4})
    items = api.json(f"{URL}/{batch['id']}/items")["items"]
    assert [one["position"] for one in items] == list(range(9))
    assert sum(one["file"] == "chats.jsonl" for one in items) == 3
    found = outcomes(api, batch["id"])
    assert found["calls/a.wav"]["interaction"] == "b-a"
    assert {name: one["error"]["code"] for name, one in found.items() if one["error"]} == {
        "calls/broken.wav": "audio",
        "bad.json": "conversation",
        "notes.md": "conversation",
        "empty.json": "conversation",
    }
    assert all(one["error"]["file"] == name for name, one in found.items() if one["error"])
    assert str(api.data_dir) not in json.dumps(items)
    assert api.json("/v1/interactions/b-a")["source_name"] == "calls/a.wav"
    assert list((api.data_dir / "batches").glob("*")) == []


def test_a_manifest_describes_its_recordings(api: Any, recording: Make) -> None:
    table = (
        b"file,id,agent,left,right\none.wav,m-1,a5,agent,customer\nsub/two.wav,m-2,a5,agent,customer\n"
        b"missing.wav,m-3,a5,agent,customer\n../../etc/passwd,m-4,a5,,\n"
    )
    answer = api.post(URL, files=[part("calls.csv", table), part("one.wav", recording(21)), part("sub/two.wav", recording(22))])
    api.done(answer.headers["location"])
    items = api.json(f"{answer.headers['location']}/items")["items"]
    faults = [one["error"] for one in items if one["file"] == "calls.csv"]
    assert sorted((fault["code"], fault["line"]) for fault in faults) == [("manifest", 4), ("manifest", 5)]
    assert {one["interaction"] for one in items if one["file"] != "calls.csv"} == {"m-1", "m-2"}
    assert api.json("/v1/interactions/m-2")["agent"]["id"] == "a5"


def test_items_by_state_and_by_page(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    parts = [part(f"{number}.json", json.dumps(chat(f"p-{number}")).encode()) for number in range(5)]
    batch = api.post(URL, files=[*parts, part("bad.json", b"{")]).headers["location"]
    api.done(batch)
    assert [one["file"] for one in api.json(f"{batch}/items?state=failed")["items"]] == ["bad.json"]
    names: list[str] = []
    cursor = ""
    while True:
        page = api.json(f"{batch}/items?state=done&limit=2{cursor}")
        names += [one["file"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert names == [f"{number}.json" for number in range(5)]


def test_what_was_there_before_is_not_added_again(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    parts = [part("same.json", json.dumps(chat("same")).encode())]
    first, second = (api.post(URL, files=parts).headers["location"] for _ in range(2))
    jobs = [api.done(one) and api.json(f"{one}/items")["items"][0]["job"] for one in (first, second)]
    assert jobs[0] == jobs[1]
    assert first != second


def test_batches_are_listed_the_last_first(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    made = [api.post(URL, files=[part("x.json", json.dumps(chat(f"l-{number}")).encode())]).json()["id"] for number in range(2)]
    listed = api.json(f"{URL}?limit=2")
    assert [one["id"] for one in listed["items"]] == made[::-1]
    assert set(listed["items"][0]["counts"]) == {"queued", "running", "done", "failed"}
    assert api.json(f"{URL}?cursor={listed['next']}")["items"]


@pytest.mark.parametrize("query", ["rubric=nobody", "engine=parrot", "agent_domains=@"])
def test_options_are_checked_before_anything_is_kept(api: Any, problem: Problem, query: str) -> None:
    before = set((api.data_dir / "batches").glob("*"))
    assert problem(api.post(f"{URL}?{query}", files=[part("a.eml", MAIL)]), 422, "input")["field"] == query.partition("=")[0]
    assert set((api.data_dir / "batches").glob("*")) <= before


@pytest.mark.parametrize("name", ["../a.wav", "a/../../b.wav", "..", "/", "a\x07.wav", "x" * 300 + ".wav", "a/" * 30 + "b.wav"])
def test_names_that_would_leave_the_folder(api: Any, problem: Problem, name: str) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + name.encode() + b'"\r\n\r\ndata\r\n--x--\r\n'
    assert (
        problem(api.post(URL, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}), 422, "input")["field"]
        == "filename"
    )


def test_two_files_of_one_name_and_a_file_that_is_a_folder(api: Any, problem: Problem) -> None:
    assert problem(api.post(URL, files=[part("a.json", b"1"), part("a.json", b"2")]), 422, "input")["file"] == "a.json"
    assert problem(api.post(URL, files=[part("a.json", b"1"), part("a.json/b", b"2")]), 422, "input")["file"] == "a.json/b"
    assert problem(api.post(URL, files=[part("a/b", b"1"), part("a", b"2")]), 422, "input")["file"] == "a"


def test_forms_that_are_no_batch(api: Any, problem: Problem) -> None:
    assert problem(api.post(URL, files=[part("a.eml", MAIL)], data={"nmae": "x"}), 422, "input")["field"] == "nmae"
    assert problem(api.post(URL, files=[("name", (None, b"x"))]), 422, "input")["field"] == "file"
    for body in (
        b"",
        b"--x\r\n",
        b"--x--\r\n",
        b"--y--\r\n",
        b"nothing",
        b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\ncut',
    ):
        problem(api.post(URL, content=body, headers={"Content-Type": "multipart/form-data; boundary=x"}), 422, "input")
    problem(api.post(URL, content=b"x", headers={"Content-Type": "multipart/form-data"}), 422, "input")
    problem(api.get(f"{URL}/nobody"), 404, "not_found")
    problem(api.get(f"{URL}/nobody/items"), 404, "not_found")


def test_one_file_a_party_is_one_call(api: Any) -> None:
    def mono(seed: int) -> bytes:
        stream = io.BytesIO()
        with wave.open(stream, "wb") as out:
            out.setparams((1, 2, 8000, 0, "NONE", ""))
            out.writeframes(random.Random(seed).randbytes(16_000))
        return stream.getvalue()

    told = {"id": "b-pair", "turns": [{"speaker": "agent", "start": 0, "end": 0.5, "text": "Good morning."}]}
    parts = [part("in/x-agent.wav", mono(71)), part("in/x-client.wav", mono(72)), part("in/x.json", json.dumps(told).encode())]
    answer = api.post(URL, files=parts)
    assert api.done(answer.headers["location"])["counts"]["done"] == 1
    (item,) = api.json(f"{URL}/{answer.json()['id']}/items")["items"]
    assert (item["file"], item["interaction"]) == ("in/x-agent.wav + in/x-client.wav", "b-pair")


def test_progress_and_results(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    lines = [json.dumps(chat(f"res-{number}")) for number in range(3)]
    batch = api.post(URL, files=[part("talks.jsonl", "\n".join([*lines, "{"]).encode())]).headers["location"]
    api.done(batch)
    view = api.json(batch)
    assert (view["taken"], view["total"], view["causes"], view["pace"], view["repeatable"]) == (4, 4, {"new": 3}, None, 0)
    assert [(one["line"], one["cause"]) for one in api.json(f"{batch}/items")["items"]] == [(1, "new"), (2, "new"), (3, "new"), (4, None)]
    answer = api.get(f"{batch}/results?format=csv")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/csv; charset=utf-8")
    rows = list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines()))
    assert [(row["line"], row["state"], row["interaction"]) for row in rows] == [
        ("1", "done", "res-0"), ("2", "done", "res-1"), ("3", "done", "res-2"), ("4", "failed", ""),
    ]
    assert api.get(f"{batch}/results").content.startswith(b"PAR1")
    assert api.get(f"{URL}/nobody/results").status_code == 404


def test_the_same_batch_again_does_nothing_again(api: Any, chat: Callable[..., dict[str, Any]]) -> None:
    parts = [part("again.json", json.dumps(chat("res-again")).encode())]
    for query, causes in (("", {"new": 1}), ("", {"there": 1}), ("?rescore=true", {"there": 1})):
        batch = api.post(f"{URL}{query}", files=parts).headers["location"]
        api.done(batch)
        assert api.json(batch)["causes"] == causes
