"""Interactions: lists with filters and cursors, transcript, signals, and the recording in parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
Make = Callable[..., bytes]
URL = "/v1/interactions"


@pytest.fixture(scope="module")
def chats(api: Any) -> list[str]:
    """Five chats, the last taken in last."""
    names = [f"i-{number}" for number in range(5)]
    for number, name in enumerate(names):
        agent = {"id": f"agent-{number % 2}", "team": f"team-{number % 2}"}
        api.chat(
            name, agent=agent, queue=f"queue-{number}", started_at=f"2026-11-0{number + 1}T10:00:00+03:30", customer={"id": f"k-{number}"}
        )
    return names


@pytest.fixture(scope="module")
def audio(api: Any, recording: Make, sidecar: Make) -> bytes:
    data = recording(30, seconds=1)
    answer = api.post("/v1/recordings", files={"file": ("call.wav", data), "sidecar": ("s", sidecar(id="call"))})
    api.done(answer.headers["location"])
    return data


def ids(page: dict[str, Any]) -> list[str]:
    return [one["id"] for one in page["items"]]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("channel=chat", [4, 3, 2, 1, 0]),
        ("channel=email", []),
        ("agent=agent-1", [3, 1]),
        ("team=team-0", [4, 2, 0]),
        ("queue=queue-2", [2]),
        ("customer=k-4", [4]),
        ("state=scored", [4, 3, 2, 1, 0]),
        ("state=failed", []),
        ("from=2026-11-03&to=2026-11-04", [2]),
        ("from=2026-11-04T10:00:00%2B03:30", [4, 3]),
        ("from=2026-11-04T06:30:01Z", [4]),
        ("to=2026-11-01T06:30:00Z", []),
        ("channel=chat&agent=agent-0&from=2026-11-05", [4]),
    ],
)
def test_filters(api: Any, chats: list[str], query: str, found: list[int]) -> None:
    assert [name for name in ids(api.json(f"{URL}?{query}")) if name in chats] == [chats[number] for number in found]


def test_cursors_lead_through_everything_once(api: Any, chats: list[str]) -> None:
    seen: list[str] = []
    page = api.json(f"{URL}?channel=chat&limit=2")
    while True:
        seen += ids(page)
        if page["next"] is None:
            break
        page = api.json(f"{URL}?channel=chat&limit=2&cursor={page['next']}")
    assert seen == chats[::-1]


def test_one(api: Any, problem: Problem, chats: list[str]) -> None:
    found = api.json(f"{URL}/{chats[0]}")
    assert (found["id"], found["state"], found["has_audio"], found["error"]) == (chats[0], "scored", False, None)
    assert found["started_at"] == "2026-11-01T06:30:00Z"
    for tail in ("", "/transcript", "/signals", "/scorecards", "/audio"):
        assert problem(api.get(f"{URL}/nobody{tail}"), 404, "not_found")["detail"].startswith("no interaction")


def test_transcript_and_signals(api: Any, chats: list[str]) -> None:
    transcript = api.json(f"{URL}/{chats[0]}/transcript")
    assert [turn["speaker"] for turn in transcript["turns"]] == ["customer", "agent"]
    signals = {one["name"]: one for one in api.json(f"{URL}/{chats[0]}/signals")["signals"]}
    listed = api.json("/v1/signals")
    catalogue = {one["name"] for one in (*listed["signals"], *listed["across"])}
    assert signals
    assert set(signals) <= catalogue


def test_a_written_contact_has_no_recording(api: Any, problem: Problem, chats: list[str]) -> None:
    assert "no recording" in problem(api.get(f"{URL}/{chats[0]}/audio"), 404, "not_found")["detail"]


def test_the_whole_recording(api: Any, audio: bytes) -> None:
    answer = api.get(f"{URL}/call/audio")
    assert (answer.status_code, answer.content) == (200, audio)
    assert answer.headers["content-type"] == "audio/wav"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-length"] == str(len(audio))
    again = api.get(f"{URL}/call/audio", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_head_tells_type_and_size(api: Any, audio: bytes) -> None:
    answer = api.call("HEAD", f"{URL}/call/audio")
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["content-length"], answer.headers["content-type"]) == (str(len(audio)), "audio/wav")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=100-", 100, 32044),
        ("bytes=-44", 32000, 32044),
        ("bytes=0-999999", 0, 32044),
        ("bytes=-999999", 0, 32044),
        ("Bytes= 5-6 ", 5, 7),
    ],
)
def test_a_part(api: Any, audio: bytes, asked: str, start: int, end: int) -> None:
    answer = api.get(f"{URL}/call/audio", headers={"Range": asked})
    assert (answer.status_code, answer.content) == (206, audio[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(audio)}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=32044-", "bytes=99999-100000", "bytes=-0"])
def test_a_part_that_is_not_there(api: Any, problem: Problem, audio: bytes, asked: str) -> None:
    answer = api.get(f"{URL}/call/audio", headers={"Range": asked})
    problem(answer, 416, "range_not_satisfiable")
    assert answer.headers["content-range"] == f"bytes */{len(audio)}"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=-", "bytes=5-4", "bytes=a-b", "seconds=1-2", "bytes=0-1,5-6", "bytes=1", "bytes=" + "9" * 30 + "-"]
)
def test_what_is_no_single_range_gets_everything(api: Any, audio: bytes, asked: str) -> None:
    answer = api.get(f"{URL}/call/audio", headers={"Range": asked})
    assert (answer.status_code, len(answer.content)) == (200, len(audio))


def test_if_range(api: Any, audio: bytes) -> None:
    tag = api.get(f"{URL}/call/audio").headers["etag"]
    for condition, status in ((tag, 206), ('"other"', 200), ("Mon, 02 Nov 2026 09:14:05 GMT", 200)):
        assert api.get(f"{URL}/call/audio", headers={"Range": "bytes=0-9", "If-Range": condition}).status_code == status


def told(api: Any, identifier: str, **body: Any) -> Any:
    return api.call("PUT", f"{URL}/{identifier}/channels", json=body)


def test_channels_are_told_afterwards(api: Any, audio: bytes) -> None:
    assert api.json(f"{URL}/call/channels") == {
        "left": "agent", "right": "customer", "mono": False, "channels": 2, "speakers": "known"
    }  # fmt: skip
    assert told(api, "call", left="agent", right="customer").status_code == 200
    before = [turn["speaker"] for turn in api.json(f"{URL}/call/transcript")["turns"]]
    answer = told(api, "call", left="customer", right="agent")
    assert answer.status_code == 202, answer.text
    found = answer.json()
    assert (found["left"], found["right"], len(found["withdrawn"]), found["kept"]) == ("customer", "agent", 1, [])
    assert [turn["speaker"] for turn in api.json(f"{URL}/call/transcript")["turns"]] == before[::-1] != before
    for job in found["jobs"]:
        assert api.done(f"/v1/jobs/{job}")["state"] == "done"
    (card,) = api.json(f"{URL}/call/scorecards")["scorecards"]
    assert card["id"] not in found["withdrawn"]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"left": "agent", "right": "agent"}, "right"),
        ({"left": "agent"}, "right"),
        ({"left": "bot", "right": "agent"}, "left"),
        ({"left": "agent", "right": "customer", "middle": "bot"}, "middle"),
        ({}, "left"),
    ],
)
def test_channels_that_are_none(api: Any, problem: Problem, audio: bytes, body: dict[str, Any], field: str) -> None:
    answer = told(api, "call", **body)
    assert field in problem(answer, 422, answer.json()["code"])["field"]


def test_channels_of_what_has_none(api: Any, problem: Problem, chats: list[str], recording: Make, sidecar: Make) -> None:
    for name, message in (("nobody", "no interaction"), (chats[0], "no recording")):
        assert message in problem(told(api, name, left="agent", right="customer"), 404, "not_found")["detail"]
        assert message in problem(api.get(f"{URL}/{name}/channels"), 404, "not_found")["detail"]


def test_who_says_what_is_shown_and_asked_for(api: Any, chats: list[str], audio: bytes) -> None:
    assert api.json(f"{URL}/{chats[0]}")["speakers"] == "known"
    assert {one["id"]: one["speakers"] for one in api.json(URL)["items"]}["call"] == "known"
    assert api.json(f"{URL}?speakers=ask")["items"] == []
    assert api.get(f"{URL}?speakers=known").status_code == 422
