"""Personal data: whatever way it comes in, nothing in the data folder holds it afterwards, and nothing that is answered tells it."""

from __future__ import annotations

import io
import json
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from qa_service.speech.audio import decode

Problem = Callable[..., dict[str, Any]]
CARD, PHONE, MAIL = "4539 1488 0343 6467", "07700 900 123", "dawn.prescott@mail.example"
SPOKEN_CARD = "four five three nine one four eight eight oh three four three six four six seven"
PERSIAN_PHONE = "۰۹۱۲۵۵۵۰۱۴۷"
#: In every spelling that a database or a file could hold it in.
PLANTED = (
    CARD, CARD.replace(" ", ""), PHONE, PHONE.replace(" ", ""), MAIL, "prescott@", SPOKEN_CARD, "nine one four eight eight", PERSIAN_PHONE,
    json.dumps(PERSIAN_PHONE)[1:-1], "0343 6467", "+44 7700 900456", "447700900456",
)  # fmt: skip
MESSAGE = f"""From: Dawn <{MAIL}>
To: support@shop.example
Subject: My number is {PHONE}
Message-ID: <9001@shop.example>
Date: Mon, 2 Nov 2026 09:14:05 +0000
Content-Type: text/plain; charset=utf-8

Hello, please ring me on {PHONE}, or write to {MAIL}.
"""


def chat(name: str) -> dict[str, Any]:
    turns = [
        {"speaker": "agent", "text": "Hello, Sara speaking. Can I take your card number?", "sent_at": "2026-11-02T09:14:05Z"},
        {"speaker": "customer", "text": f"It is {CARD} and my mail is {MAIL}.", "sent_at": "2026-11-02T09:14:35Z"},
        {"speaker": "agent", "text": f"Thank you, {CARD}. And a phone number?", "sent_at": "2026-11-02T09:14:55Z"},
        {"speaker": "customer", "text": f"My phone number is {PHONE}.", "sent_at": "2026-11-02T09:15:05Z"},
        {"speaker": "customer", "text": f"شماره موبایلم {PERSIAN_PHONE} هست.", "sent_at": "2026-11-02T09:15:25Z"},
    ]
    metadata = {"caller_id": "+44 7700 900456", "case": {"ani": 447700900456, "note": f"write to {MAIL}"}, "campaign": "spring"}
    return {
        "id": name, "channel": "chat", "language": "en", "agent": {"id": "a17", "name": "Sara"}, "customer": {"id": "k-88"},
        "metadata": metadata, "turns": turns,
    }  # fmt: skip


def tone(*, seconds: float = 6.0, parties: int = 2) -> bytes:
    """A loud noise on every channel."""
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setparams((parties, 2, 8000, 0, "NONE", ""))
        out.writeframes(np.random.default_rng(7).integers(-9000, 9000, (round(8000 * seconds), parties), dtype=np.int16).tobytes())
    return stream.getvalue()


def sidecar() -> bytes:
    turns = [
        {"speaker": "agent", "start": 0.0, "end": 1.0, "text": "Good morning, can I take the long number on your card?"},
        {"speaker": "customer", "start": 1.5, "end": 4.0, "text": f"It's {SPOKEN_CARD}, thanks."},
        {"speaker": "agent", "start": 4.5, "end": 5.5, "text": "Lovely, thank you. Goodbye."},
    ]
    told = {
        "id": "leaky-call", "language": "en", "agent": {"id": "a17"}, "channels": {"left": "agent", "right": "customer"}, "turns": turns,
        "metadata": {"cli": "+44 7700 900456"},
    }
    return json.dumps(told).encode()


def holding(folder: Path) -> Iterator[tuple[str, str]]:
    """Files below a folder that hold something planted."""
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        data = path.read_bytes()
        yield from ((str(path.relative_to(folder)), planted) for planted in PLANTED if planted.encode() in data)


@pytest.fixture(scope="module")
def taken(api: Any) -> Any:
    """Everything taken in, each by its own way, and every job done."""
    key = {"Idempotency-Key": "once-and-only"}
    asked = [
        api.post("/v1/conversations", json=chat("leaky-chat"), headers=key),
        api.post("/v1/emails", content=MESSAGE.encode(), headers={"Content-Type": "message/rfc822", "Idempotency-Key": "mail"}),
        api.post("/v1/recordings", files={"file": ("call.wav", tone(), "audio/wav"), "sidecar": ("c.json", sidecar(), "application/json")}),
    ]
    assert [answer.status_code for answer in asked] == [202, 202, 202], [answer.text for answer in asked]
    batch = api.post("/v1/batches", files=[("file", ("more.json", json.dumps([chat("leaky-2")]).encode(), "application/json"))])
    assert api.done(batch.headers["location"])["counts"]["done"] == 1
    for job in api.json("/v1/jobs")["items"]:
        assert api.done(f"/v1/jobs/{job['id']}")["error"] is None
    return api


def test_nothing_planted_is_in_the_data_folder(taken: Any) -> None:
    assert len(taken.json("/v1/interactions")["items"]) == 4
    databases = [path.name for path in taken.data_dir.glob("*.sqlite*")]
    assert {"qa_service.sqlite", "workflows.sqlite"} <= set(databases)
    assert list(holding(taken.data_dir)) == []


def test_nothing_planted_is_answered(taken: Any) -> None:
    for one in taken.json("/v1/interactions")["items"]:
        for tail in ("", "/transcript", "/signals", "/scorecards"):
            text = taken.get(f"/v1/interactions/{one['id']}{tail}").text
            assert [planted for planted in PLANTED if planted in text] == []
    audit = taken.get("/v1/audit?limit=500").text
    assert [planted for planted in PLANTED if planted in audit] == []
    again = taken.post("/v1/conversations", json=chat("leaky-chat"), headers={"Idempotency-Key": "once-and-only"})
    assert (again.status_code, again.headers["idempotency-replayed"]) == (202, "true")


def test_placeholders_are_told_with_their_places(taken: Any) -> None:
    found = taken.json("/v1/interactions/leaky-chat/transcript")
    assert [turn["text"] for turn in found["turns"]] == [
        "Hello, Sara speaking. Can I take your card number?", "It is [CARD] and my mail is [EMAIL].",
        "Thank you, [CARD]. And a phone number?", "My phone number is [PHONE].", "شماره موبایلم [PHONE] هست.",
    ]  # fmt: skip
    assert [one["kind"] for one in found["redactions"]] == ["CARD", "EMAIL", "CARD", "PHONE", "PHONE"]
    for one in found["redactions"]:
        assert found["turns"][one["turn"]]["text"][one["start"] : one["end"]] == f"[{one['kind']}]"


def test_header_keeps_what_is_no_personal_data(taken: Any) -> None:
    found = taken.json("/v1/interactions/leaky-chat")
    assert found["metadata"] == {"caller_id": "[PHONE]", "case": {"ani": "[PHONE]", "note": "write to [EMAIL]"}, "campaign": "spring"}
    assert (found["agent"]["name"], found["customer"]["id"]) == ("Sara", "k-88")
    (mail,) = taken.json("/v1/interactions?channel=email")["items"]
    assert mail["subject"] == "My number is [PHONE]"


def test_the_stored_recording_is_silent_where_the_card_was_said(taken: Any, tmp_path: Path) -> None:
    (one,) = taken.json("/v1/interactions/leaky-call/transcript")["redactions"]
    assert (one["kind"], one["turn"], one["words"]) == ("CARD", 1, 16)
    assert 1500 < one["start_ms"] < one["end_ms"] < 4000
    answer = taken.get("/v1/interactions/leaky-call/audio")
    assert answer.headers["content-type"] == "audio/flac"
    (tmp_path / "a.flac").write_bytes(answer.content)
    heard = decode(tmp_path / "a.flac", max_seconds=60).samples
    start, end = (8 * one[name] for name in ("start_ms", "end_ms"))
    assert np.abs(heard[start:end, 1]).max() == 0
    with wave.open(io.BytesIO(tone())) as file:
        said = np.frombuffer(file.readframes(file.getnframes()), np.int16).reshape(-1, 2)
    assert len(heard) == len(said)
    assert (heard[: start - 2000] == said[: start - 2000]).all()
    assert (heard[end + 2000 :] == said[end + 2000 :]).all()
    part = taken.get("/v1/interactions/leaky-call/audio", headers={"Range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, answer.content[100:200])


def test_one_recording_is_kept_and_it_is_not_the_upload(taken: Any) -> None:
    kept = [path for path in (taken.data_dir / "recordings").glob("??/*") if path.is_file()]
    assert {path.suffix for path in kept} == {"", ".json"}
    assert len(kept) == 2
    assert all(path.read_bytes() != tone() for path in kept)
    (beside,) = (json.loads(path.read_text()) for path in kept if path.suffix)
    assert beside["turns"][1]["text"] == "It's [CARD], thanks."


def test_a_recording_may_not_be_heard_before_its_words_are_known(api: Any, problem: Problem) -> None:
    told = {"file": ("early.wav", tone(seconds=1.0), "audio/wav")}
    answer = api.post("/v1/recordings", files=told, data={"id": "early"})
    assert api.done(answer.headers["location"])["state"] == "failed", "the engine of these tests hears nothing without a side-car"
    assert "not silenced" in problem(api.get("/v1/interactions/early/audio"), 409, "conflict")["detail"]
    assert api.call("HEAD", "/v1/interactions/early/audio").status_code == 409
