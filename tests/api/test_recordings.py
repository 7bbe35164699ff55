"""Recordings: form, side-car and fields, duplicates, and everything that can be wrong with a file."""

from __future__ import annotations

import io
import json
import random
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Problem = Callable[..., dict[str, Any]]
Make = Callable[..., bytes]
FIXTURES = Path(__file__).parents[2] / "audio_fixtures"
URL = "/v1/recordings"


def files(audio: bytes, sidecar: bytes | None = None, *, name: str = "call.wav") -> dict[str, Any]:
    parts: dict[str, Any] = {"file": (name, audio, "audio/wav")}
    return parts if sidecar is None else {**parts, "sidecar": ("call.json", sidecar, "application/json")}


def test_a_recording_becomes_an_interaction_with_a_job(api: Any, recording: Make, sidecar: Make) -> None:
    answer = api.post(URL, files=files(recording(1), sidecar(id="r-1")))
    assert answer.status_code == 202
    body = answer.json()
    assert body == {"interaction": "r-1", "job": body["job"], "created": True, "cause": "new"}
    assert answer.headers["location"] == f"/v1/jobs/{body['job']}"
    job = api.done(answer.headers["location"])
    assert (job["state"], job["interaction"], job["error"]) == ("done", "r-1", None)
    found = api.json("/v1/interactions/r-1")
    assert (found["state"], found["has_audio"], found["source_name"], found["agent"]["name"]) == ("scored", True, "call.wav", "Sara")
    assert [turn["text"] for turn in api.json("/v1/interactions/r-1/transcript")["turns"]] == [
        "Good morning, how can I help?",
        "I lost my card.",
    ]


def test_the_same_content_again_adds_nothing(api: Any, recording: Make, sidecar: Make) -> None:
    first = api.post(URL, files=files(recording(2), sidecar(id="r-2"))).json()
    api.done(f"/v1/jobs/{first['job']}")
    again = api.post(URL, files=files(recording(2), sidecar(id="r-2"), name="other.wav"))
    assert again.status_code == 200
    assert again.json() == {**first, "created": False, "cause": "there"}


def test_fields_stand_for_a_side_car(api: Any, recording: Make) -> None:
    fields = {
        "id": "r-3",
        "agent": "a9",
        "agent_name": "Omid",
        "team": "cards",
        "customer": "k-1",
        "queue": "q",
        "language": "en",
        "direction": "outbound",
        "started_at": "2026-11-02T09:14:05Z",
        "wait_seconds": "42.5",
        "left": "customer",
        "right": "agent",
    }
    assert api.post(URL, files=files(recording(3)), data=fields).status_code == 202
    found = api.json("/v1/interactions/r-3")
    assert found["agent"] == {"id": "a9", "name": "Omid", "team": "cards"}
    assert (found["customer"]["id"], found["queue"], found["direction"], found["wait_seconds"]) == ("k-1", "q", "outbound", 42.5)


def test_a_side_car_may_come_as_a_field(api: Any, recording: Make, sidecar: Make) -> None:
    assert api.post(URL, files=files(recording(4)), data={"sidecar": sidecar(id="r-4")}).status_code == 202


def test_without_an_id_the_name_and_content_make_one(api: Any, recording: Make, sidecar: Make) -> None:
    made = api.post(URL, files=files(recording(5), sidecar(), name="تماس اول.wav")).json()["interaction"]
    assert made.startswith("تماس_اول-")
    assert api.json(f"/v1/interactions/{made}")["source_name"] == "تماس اول.wav"


def mono(seed: int, *, seconds: float = 1.0, channels: int = 1) -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setparams((channels, 2, 8000, 0, "NONE", ""))
        out.writeframes(random.Random(seed).randbytes(round(8000 * seconds) * 2 * channels))
    return stream.getvalue()


def halves(agent: bytes, customer: bytes, sidecar: bytes | None = None) -> dict[str, Any]:
    parts: dict[str, Any] = {"agent_file": ("x_agent.wav", agent), "customer_file": ("x_caller.wav", customer)}
    return parts if sidecar is None else {**parts, "sidecar": ("call.json", sidecar)}


def test_one_file_a_party_becomes_one_recording(api: Any, sidecar: Make) -> None:
    told = json.loads(sidecar(id="pair-1"))
    del told["channels"]
    answer = api.post(URL, files=halves(mono(1), mono(2), json.dumps(told).encode()))
    assert answer.status_code == 202, answer.text
    assert api.done(answer.headers["location"])["state"] == "done"
    assert api.json("/v1/interactions/pair-1")["source_name"] == "x_agent.wav + x_caller.wav"
    audio = api.get("/v1/interactions/pair-1/audio")
    assert (audio.headers["content-type"], audio.content[:4]) == ("audio/flac", b"fLaC")
    entries = api.json("/v1/audit?limit=500")["items"]
    (content,) = [one["content"] for one in entries if one["action"] == "interaction.ingested" and one["subject"] == "interaction/pair-1"]
    assert [one["name"] for one in content["sources"]] == ["x_agent.wav", "x_caller.wav"]
    again = api.post(URL, files=halves(mono(1), mono(2)), data={"id": "pair-1"})
    assert (again.status_code, again.json()) == (200, {**answer.json(), "created": False, "cause": "there"})


def test_fields_tell_about_a_pair(api: Any) -> None:
    assert api.post(URL, files=halves(mono(3), mono(4)), data={"id": "pair-2", "queue": "q"}).status_code == 202
    assert api.json("/v1/interactions/pair-2")["queue"] == "q"
    made = api.post(URL, files=halves(mono(5), mono(6))).json()["interaction"]
    assert made.startswith("x-")


@pytest.mark.parametrize(
    ("files", "data", "code", "field", "file"),
    [
        ({"agent_file": ("a.wav", mono(7))}, {}, "input", "customer_file", None),
        ({"customer_file": ("a.wav", mono(7))}, {}, "input", "agent_file", None),
        ({"file": ("f.wav", mono(7)), **halves(mono(8), mono(9))}, {}, "input", "file", None),
        (halves(mono(8), mono(9)), {"left": "agent", "right": "customer"}, "input", "channels", None),
        (halves(mono(8), mono(9)), {"channels": "mono"}, "input", "channels", None),
        (halves(mono(8), b"no sound"), {}, "audio", None, "x_caller.wav"),
        (halves(b"", mono(9)), {}, "audio", None, "x_agent.wav"),
        (halves(mono(8, channels=2), mono(9)), {}, "audio", None, "x_agent.wav"),
        (halves(mono(8, seconds=40), mono(9)), {}, "audio", None, "x_caller.wav"),
    ],
)
def test_a_pair_that_cannot_be_taken(
    api: Any, problem: Problem, files: dict[str, Any], data: dict[str, str], code: str, field: str | None, file: str | None
) -> None:
    found = problem(api.post(URL, files=files, data=data), 422, code)
    assert (found.get("field"), found.get("file")) == (field, file)


def test_a_side_car_in_a_form_names_no_files(api: Any, problem: Problem) -> None:
    told = json.dumps({"files": {"agent": "x_agent.wav", "customer": "x_caller.wav"}}).encode()
    assert problem(api.post(URL, files=halves(mono(8), mono(9), told)), 422, "conversation")["field"] == "files"


def truncated_mp3() -> bytes:
    whole = (FIXTURES / "shop-exchange-01.mp3").read_bytes()
    return whole[: len(whole) // 2]


def no_sound() -> bytes:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("audio", "name"),
    [
        (b"", "empty.wav"),
        (b"Dear sir, this is a letter.", "letter.wav"),
        (no_sound(), "nothing.wav"),
        (b"RIFF" + b"\0" * 200, "zeros.wav"),
        (b"\x1aE\xdf\xa3" * 40, "broken.webm"),
    ],
)
def test_a_file_that_is_no_recording_is_told_by_name(api: Any, problem: Problem, audio: bytes, name: str) -> None:
    assert problem(api.post(URL, files=files(audio, name=name)), 422, "audio")["file"] == name


def test_a_truncated_recording_fails_its_job_by_name(api: Any) -> None:
    answer = api.post(URL, files=files(truncated_mp3(), name="half.mp3"))
    if answer.status_code == 202:
        job = api.done(answer.headers["location"])
        assert job["state"] == "failed"
        found = job["error"]
        assert api.json(f"/v1/interactions/{job['interaction']}")["error"] == found
    else:
        found = answer.json()
    assert (found["code"], found["file"]) == ("audio", "half.mp3")


def test_a_recording_over_the_length_limit(api: Any, problem: Problem) -> None:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(1)
        out.setframerate(100)
        out.writeframes(b"\x80" * 100 * 4 * 3600 + b"\x80" * 200)
    assert "limit" in problem(api.post(URL, files=files(stream.getvalue(), name="long.wav")), 422, "audio")["detail"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"channels": {"left": "agent", "right": "agent"}}, "channels"),
        ({"agnet": {"id": "a"}}, "agnet"),
        ({"channel": "chat"}, "channel"),
        ({"turns": [{"speaker": "agent", "start": 2, "end": 1, "text": "x"}]}, "turns[0].end"),
        ({"wait_seconds": -1}, "wait_seconds"),
    ],
)
def test_a_faulty_side_car_names_the_field(
    api: Any, problem: Problem, recording: Make, sidecar: Make, changes: dict[str, Any], field: str
) -> None:
    found = problem(api.post(URL, files=files(recording(6), sidecar(**changes))), 422, "conversation")
    assert (found["field"], found["file"]) == (field, "sidecar")


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe", b'{"id": NaN}', b"[" * 100_000, b'{"id": 1, "id": 2}', b"null"])
def test_a_side_car_that_is_no_json_object(api: Any, problem: Problem, recording: Make, data: bytes) -> None:
    problem(api.post(URL, files=files(recording(6), data)), 422, "conversation")


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"agnet": "a"}, "agnet"),
        ({"wait_seconds": "NaN"}, "wait_seconds"),
        ({"wait_seconds": "soon"}, "wait_seconds"),
        ({"channels": "stereo"}, "channels"),
        ({"left": "agent"}, "channels.right"),
        ({"language": "English"}, "language"),
        ({"started_at": "2026-11-02T09:14:05"}, "started_at"),
        ({"agent_name": "Sara"}, "agent.id"),
        ({"rubric": "nobody"}, "rubric"),
        ({"engine": "parrot"}, "engine"),
        ({"id": "a/b"}, "id"),
    ],
)
def test_a_faulty_field_is_named(api: Any, problem: Problem, recording: Make, fields: dict[str, str], field: str) -> None:
    answer = api.post(URL, files=files(recording(6)), data=fields)
    assert answer.status_code == 422
    assert problem(answer, 422, answer.json()["code"])["field"] == field


def test_a_misspelt_field_is_told_the_right_one(api: Any, recording: Make) -> None:
    assert "queue" in api.post(URL, files=files(recording(6)), data={"queu": "x"}).json()["hint"]


def test_side_car_and_fields_together_contradict(api: Any, problem: Problem, recording: Make, sidecar: Make) -> None:
    assert problem(api.post(URL, files=files(recording(6), sidecar()), data={"queue": "x"}), 422, "input")["field"] == "sidecar"


def test_forms_without_a_file_or_with_too_many(api: Any, problem: Problem, recording: Make) -> None:
    assert problem(api.post(URL, files={"other": ("a.wav", recording(6))}), 422, "input")["field"] == "other"
    assert problem(api.post(URL, files=[("file", ("a.wav", b"1")), ("file", ("b.wav", b"2"))]), 422, "input")["hint"]
    assert problem(api.post(URL, data={"id": "x"}, files={"sidecar": ("x", b"{}")}), 422, "input")["field"] == "file"
    problem(api.post(URL, json={}), 415, "unsupported_media_type")


def test_a_wrong_channel_map(api: Any, problem: Problem, sidecar: Make) -> None:
    stream = io.BytesIO()
    with wave.open(stream, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"\1\2" * 4000)
    assert problem(api.post(URL, files=files(stream.getvalue(), sidecar())), 422, "audio")["field"] == "channels"


def test_an_id_that_holds_other_content(api: Any, problem: Problem, recording: Make, sidecar: Make) -> None:
    assert api.post(URL, files=files(recording(7), sidecar(id="r-7"))).status_code == 202
    assert problem(api.post(URL, files=files(recording(8), sidecar(id="r-7"))), 409, "duplicate")["field"] == "id"


def test_nothing_stays_in_the_staging_folder(api: Any) -> None:
    (folder,) = (path for path in (api.data_dir / "incoming").iterdir() if path.is_dir())
    assert [path.name for path in folder.iterdir()] == [".lock"]


def test_real_speech_from_upload_to_evidence(api: Any) -> None:
    """The first seconds of a shipped call, recognised by the default engine with its real weights."""
    stream = io.BytesIO()
    with wave.open(str(FIXTURES / "clinic-appointment-01.wav"), "rb") as whole, wave.open(stream, "wb") as out:
        out.setparams(whole.getparams())
        out.writeframes(whole.readframes(9 * whole.getframerate()))
    told = json.loads((FIXTURES / "clinic-appointment-01.json").read_text(encoding="utf-8"))
    channels = told["channels"]
    fields = {"id": "real", "agent": "a-1", "engine": "faster-whisper", "left": channels["left"], "right": channels["right"]}
    answer = api.post(URL, files=files(stream.getvalue(), name="clinic.wav"), data=fields)
    assert answer.status_code == 202, answer.text
    job = api.done(answer.headers["location"])
    assert job["state"] == "done", job
    transcript = api.json("/v1/interactions/real/transcript")
    assert transcript["engine"].startswith("faster-whisper")
    assert "good morning" in transcript["turns"][0]["text"].lower()
    assert all(0 <= word["start_ms"] <= word["end_ms"] <= 9000 for turn in transcript["turns"] for word in turn["words"])
    (card,) = api.json("/v1/interactions/real/scorecards")["scorecards"]
    assert card["engine"]["speech"] == transcript["engine"]
    assert card["criteria"][0]["suggestion"]["evidence"][0]["quote"].lower() == "good morning"
