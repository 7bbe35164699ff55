"""No bytes bring a reader down: whatever comes is a conversation or one of our errors."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from qa_service.channels import Conversation, read_file
from qa_service.errors import InputError

SEEDS = {
    "a.json": json.dumps({"id": "c", "channel": "phone", "turns": [{"speaker": "agent", "text": "سلام", "start": 0, "end": 1.5}]}).encode(),
    "a.jsonl": b'{"id": "c", "channel": "chat", "turns": [{"speaker": "agent", "text": "x"}]}\n' * 2,
    "a.vtt": b"WEBVTT\n\n00:01.000 --> 00:02.000 align:start\n<v Agent>Hello</v>\n",
    "a.srt": b"1\n00:00:01,000 --> 00:00:02,000\nAgent: Hello\n",
    "a.eml": b'From: "B" <b@x.example>\nTo: a@y.example\nDate: Mon, 02 Nov 2026 09:00:00 +0000\nMessage-ID: <1@x>\nReferences: <2@x>\n'
    b'Subject: =?utf-8?B?2LPZhNin2YU=?=\nContent-Type: multipart/mixed; boundary="X"\n\n--X\nContent-Type: text/html; charset=utf-8\n\n'
    b"<p>hello</p><blockquote type=cite>old</blockquote>\n--X--\n",
    "a.mbox": b"From a@b.example Mon Nov  2 09:00:00 2026\nFrom: a@b.example\nSubject: x\n\nhello\n",
    "b.json": b'{"segments": [{"start": 0, "end": 1, "text": "a", "speaker": "Agent"}], "language": "en"}',
    "c.json": b'{"Channel": "VOICE", "Participants": [], "Transcript": [{"ParticipantId": "AGENT", "Content": "a", "BeginOffsetMillis": 0, "EndOffsetMillis": 9}]}',  # noqa: E501
}


def check(path: Path, data: bytes) -> None:
    path.write_bytes(data)
    assert all(isinstance(one, Conversation | InputError) for one in read_file(path))


@pytest.mark.parametrize("name", SEEDS)
def test_the_seeds_are_good(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(SEEDS[name])
    found = list(read_file(path))
    assert found
    assert all(isinstance(one, Conversation) for one in found), found


@pytest.mark.parametrize("name", SEEDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damaged_files(tmp_path: Path, name: str, data: st.DataObject) -> None:
    seed = SEEDS[name]
    start = data.draw(st.integers(0, len(seed)))
    end = data.draw(st.integers(start, min(len(seed), start + 12)))
    check(tmp_path / name, seed[:start] + data.draw(st.binary(max_size=12) | st.sampled_from(seed.split())) + seed[end:])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(sorted(SEEDS)), noise=st.binary(max_size=200))
def test_noise(tmp_path: Path, name: str, noise: bytes) -> None:
    check(tmp_path / name, noise)
