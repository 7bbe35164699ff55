"""WhisperX and Amazon Contact Lens."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_service.channels.base import Conversation, Header, Outcome, ReadOptions
from qa_service.channels.formats import read_file
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.transcript import Speaker
from qa_service.errors import ConversationError

WHISPERX: dict[str, Any] = {
    "segments": [
        {
            "start": 2.5,
            "end": 4.0,
            "text": " My bill is 40 pounds.",
            "speaker": "SPEAKER_01",
            "words": [
                {"word": "My", "start": 2.5, "end": 2.7, "score": 0.9, "speaker": "SPEAKER_01"},
                {"word": "bill", "start": 2.7, "end": 3.0, "score": 0.8},
                {"word": "is", "start": 3.0, "end": 3.1, "score": 0.7},
                {"word": "40"},
                {"word": "pounds.", "start": 3.5, "end": 4.0, "score": 0.6},
            ],
        },
        {"start": 0.0, "end": 2.0, "text": " Good morning.", "speaker": "SPEAKER_00"},
        {"start": 4.0, "end": 4.1, "text": "  ", "speaker": "SPEAKER_01"},
    ],
    "word_segments": [],
    "language": "en",
}
BOTH = {"SPEAKER_00": Speaker.AGENT, "SPEAKER_01": Speaker.CUSTOMER}

VOICE: dict[str, Any] = {
    "Version": "1.1.0",
    "AccountId": "1",
    "Channel": "VOICE",
    "ContentMetadata": {"Output": "Raw"},
    "JobStatus": "COMPLETED",
    "LanguageCode": "en-US",
    "Participants": [{"ParticipantId": "p-1", "ParticipantRole": "CUSTOMER"}, {"ParticipantId": "p-2", "ParticipantRole": "AGENT"}],
    "ConversationCharacteristics": {"TotalConversationDurationMillis": 32110},
    "CustomerMetadata": {"ContactId": "contact-1", "InstanceId": "i"},
    "Transcript": [
        {
            "BeginOffsetMillis": 90,
            "EndOffsetMillis": 1500,
            "Content": "Hello.",
            "Id": "1",
            "ParticipantId": "p-2",
            "Sentiment": "NEUTRAL",
            "LoudnessScore": [79.2],
        },
        {"BeginOffsetMillis": 1600, "EndOffsetMillis": 3000, "Content": "Hi.", "Id": "2", "ParticipantId": "p-1", "Sentiment": "NEUTRAL"},
    ],
}

CHAT: dict[str, Any] = {
    "Version": "1.1.0",
    "Channel": "CHAT",
    "LanguageCode": "ar-AE",
    "CustomerMetadata": {"ContactId": "contact-2"},
    "Participants": [
        {"ParticipantId": "p-1", "ParticipantRole": "CUSTOMER", "DisplayName": "John"},
        {"ParticipantId": "p-2", "ParticipantRole": "AGENT", "DisplayName": "Jane"},
        {"ParticipantId": "p-3", "ParticipantRole": "SYSTEM", "DisplayName": "SYSTEM_MESSAGE"},
    ],
    "Transcript": [
        {
            "AbsoluteTime": "2022-10-27T03:31:50.735Z",
            "ContentType": "application/vnd.amazonaws.connect.event.participant.joined",
            "ParticipantId": "p-1",
            "Type": "EVENT",
        },
        {
            "AbsoluteTime": "2022-10-27T03:31:53.390Z",
            "Content": "Welcome.",
            "ContentType": "text/plain",
            "ParticipantId": "p-3",
            "Type": "MESSAGE",
        },
        {
            "AbsoluteTime": "2022-10-27T03:31:55.000Z",
            "Content": "مرحبا",
            "ContentType": "text/plain",
            "ParticipantId": "p-1",
            "Type": "MESSAGE",
        },
    ],
}


def read(tmp_path: Path, value: object, options: ReadOptions | None = None) -> list[Outcome]:
    path = tmp_path / "call 1.json"
    path.write_text(json.dumps(value), encoding="utf-8")
    return list(read_file(path, options))


def good(found: list[Outcome]) -> Conversation:
    assert len(found) == 1
    assert isinstance(found[0], Conversation), found[0]
    return found[0]


def test_whisperx(tmp_path: Path) -> None:
    found = good(read(tmp_path, WHISPERX, ReadOptions(speakers=BOTH)))
    first, second = found.transcript.turns
    assert (first.speaker, first.text, first.start_ms, first.end_ms, first.words) == (Speaker.AGENT, "Good morning.", 0, 2000, ())
    assert [(word.text, word.start_ms, word.end_ms, word.confidence) for word in second.words] == [
        ("My", 2500, 2700, 0.9),
        ("bill", 2700, 3000, 0.8),
        ("is", 3000, 3100, 0.7),
        ("40", 3100, 3500, 1.0),
        ("pounds.", 3500, 4000, 0.6),
    ]
    assert (found.interaction.id, found.interaction.language, found.transcript.duration_ms) == ("call_1", "en", 4000)
    assert found.transcript.engine == "import:whisperx"


def test_whisperx_with_a_side_car(tmp_path: Path) -> None:
    (tmp_path / "call 1.header.json").write_text(json.dumps({"id": "c-9", "speakers": BOTH, "language": "fa"}))
    found = good(read(tmp_path, WHISPERX))
    assert (found.interaction.id, found.interaction.language) == ("c-9", "fa")


def test_contact_lens_call(tmp_path: Path) -> None:
    found = good(read(tmp_path, VOICE))
    assert [(str(turn.speaker), turn.text, turn.start_ms, turn.end_ms) for turn in found.transcript.turns] == [
        ("agent", "Hello.", 90, 1500),
        ("customer", "Hi.", 1600, 3000),
    ]
    about = found.interaction
    assert (about.id, about.channel, about.language, about.agent) == ("contact-1", Channel.PHONE, "en", None)
    assert (found.transcript.engine, found.transcript.duration_ms) == ("import:contact_lens", 3000)


def test_contact_lens_chat(tmp_path: Path) -> None:
    found = good(read(tmp_path, CHAT))
    assert [(str(turn.speaker), turn.text, turn.start_ms) for turn in found.transcript.turns] == [
        ("system", "Welcome.", 0),
        ("customer", "مرحبا", 1610),
    ]
    about = found.interaction
    assert about.agent is not None
    assert (about.id, about.channel, about.language, about.agent.id) == ("contact-2", Channel.CHAT, "ar", "Jane")
    assert about.started_at == found.transcript.turns[0].sent_at


def test_a_header_given_wins(tmp_path: Path) -> None:
    header = Header(interaction=Interaction(id="mine", channel=Channel.PHONE, language="de"))
    about = good(read(tmp_path, VOICE, ReadOptions(header=header))).interaction
    assert (about.id, about.language) == ("mine", "de")


FAULTS: list[tuple[str, object, str | None, str]] = [
    ("unmapped speakers", WHISPERX, "speakers", "nobody told who speaks: 'SPEAKER_00', 'SPEAKER_01'"),
    ("no speaker", {"segments": [{"start": 0, "end": 1, "text": "a"}]}, "speakers", "turns without any speaker"),
    ("no segment", {"segments": []}, "segments", "holds no segment"),
    ("start is text", {"segments": [{"start": "0", "end": 1, "text": "a"}]}, "segments[0].start", "valid number"),
    ("start is huge", {"segments": [{"start": 1e300, "end": 1e301, "text": "a"}]}, "segments[0].start", "less than"),
    (
        "score over 1",
        {"segments": [{"start": 0, "end": 1, "text": "a", "words": [{"word": "a", "score": 2}]}]},
        "segments[0].words[0].score",
        "less than",
    ),
    ("unknown channel", {**VOICE, "Channel": "FAX"}, "Channel", "should be 'VOICE' or 'CHAT'"),
    ("unknown role", {**VOICE, "Participants": [{"ParticipantId": "p-1", "ParticipantRole": "GHOST"}]}, "Participants", "'GHOST', 'p-2'"),
    ("no turn", {**VOICE, "Transcript": []}, "Transcript", "holds no turn"),
    ("no offset", {**VOICE, "Transcript": [{"Content": "a", "ParticipantId": "p-1"}]}, "Transcript[0].BeginOffsetMillis", "required"),
    (
        "backwards",
        {**VOICE, "Transcript": [{"Content": "a", "ParticipantId": "p-1", "BeginOffsetMillis": 5, "EndOffsetMillis": 4}]},
        "Transcript[0]",
        "5 to 4 ms",
    ),
    ("chat without time", {**CHAT, "Transcript": [{"Content": "a", "ParticipantId": "p-1"}]}, "Transcript[0].AbsoluteTime", "required"),
]


@pytest.mark.parametrize(("name", "value", "field", "message"), FAULTS, ids=[case[0] for case in FAULTS])
def test_faults(tmp_path: Path, name: str, value: object, field: str | None, message: str) -> None:
    del name
    [error] = read(tmp_path, value)
    assert isinstance(error, ConversationError)
    assert (error.file, error.field) == (str(tmp_path / "call 1.json"), field)
    assert message in error.message
