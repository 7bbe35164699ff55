"""WebVTT and SRT."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qa_service.channels.base import Conversation, Outcome, ReadOptions
from qa_service.channels.formats import read_file
from qa_service.channels.imports import srt, vtt
from qa_service.domain.interaction import Channel
from qa_service.domain.transcript import Speaker
from qa_service.errors import ConversationError

VTT = """WEBVTT - a call
Kind: captions

NOTE made by hand
over two lines

STYLE
::cue { color: red }

1
00:00.500 --> 00:02.000 align:start
<v Agent>Good <b>morning</b>, <c.loud>Acme</c> &amp; Co.</v>

00:00:02.100 --> 00:00:03.000
<v Agent>How can I help?</v>

00:00:03.500 --> 00:00:05.000
<v.quiet Customer>My bill
is wrong.</v>

01:00:00.000 --> 01:00:01.000
<v Customer>Still wrong.</v>
"""

SRT = """1
00:00:00,500 --> 00:00:02,000
Agent: Good morning, how can I help?

2
00:00:02,500 --> 00:00:04,000
CALLER: My bill is wrong.
One thing: it is doubled.

3
00:00:04,200 --> 00:00:05,000
- and late
"""


def read(tmp_path: Path, text: str | bytes, *, name: str = "call.vtt", options: ReadOptions | None = None) -> list[Outcome]:
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return list((vtt if name.endswith("vtt") else srt).read(path, options))


def talk(found: list[Outcome]) -> list[tuple[str, str, int | None, int | None]]:
    assert len(found) == 1
    assert isinstance(found[0], Conversation), found[0]
    return [(str(turn.speaker), turn.text, turn.start_ms, turn.end_ms) for turn in found[0].transcript.turns]


EXPECTED_VTT = [
    ("agent", "Good morning, Acme & Co. How can I help?", 500, 3000),
    ("customer", "My bill is wrong.", 3500, 5000),
    ("customer", "Still wrong.", 3_600_000, 3_601_000),
]


@pytest.mark.parametrize("data", [VTT.encode(), b"\xef\xbb\xbf" + VTT.replace("\n", "\r\n").encode(), VTT.replace("\n", "\r").encode()])
def test_webvtt(tmp_path: Path, data: bytes) -> None:
    assert talk(read(tmp_path, data)) == EXPECTED_VTT


def test_srt(tmp_path: Path) -> None:
    assert talk(read(tmp_path, SRT, name="call.srt")) == [
        ("agent", "Good morning, how can I help?", 500, 2000),
        ("customer", "My bill is wrong. One thing: it is doubled. - and late", 2500, 5000),
    ]


def test_header_from_side_car(tmp_path: Path) -> None:
    (tmp_path / "call.json").write_text(
        json.dumps({"id": "c-7", "channel": "phone", "language": "en", "agent": {"id": "a1"}, "speakers": {"Sara": "agent"}})
    )
    [found] = read(tmp_path, "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Sara>Hello\n")
    assert isinstance(found, Conversation)
    assert (found.interaction.id, found.interaction.channel, found.transcript.language) == ("c-7", Channel.PHONE, "en")
    assert (found.transcript.engine, found.transcript.duration_ms) == ("import:vtt", 2000)


def test_the_caller_may_name_speakers(tmp_path: Path) -> None:
    options = ReadOptions(speakers={"Sara": Speaker.AGENT, "Bob": Speaker.CUSTOMER})
    found = read(tmp_path, "WEBVTT\n\n00:01.000 --> 00:02.000\nSara: Hello\n\n00:02.000 --> 00:03.000\n<v Bob>Hi</v>\n", options=options)
    assert [turn[:2] for turn in talk(found)] == [("agent", "Hello"), ("customer", "Hi")]


@pytest.mark.parametrize(
    ("label", "speaker"),
    [
        ("agent", "agent"),
        ("Agent 2", "agent"),
        ("کارشناس", "agent"),
        ("مشتری", "customer"),
        ("الموظف", "agent"),
        ("العميل", "customer"),
        ("IVR", "bot"),
    ],
)
def test_labels_that_say_it_themselves(tmp_path: Path, label: str, speaker: str) -> None:
    for text in (f"{label}: سلام", f"<v {label}>سلام</v>"):
        assert talk(read(tmp_path, f"WEBVTT\n\n00:01.000 --> 00:02.000\n{text}\n"))[0][:2] == (speaker, "سلام")


FAULTS: list[tuple[str, str | bytes, int | None, str]] = [
    ("empty", "", None, "empty"),
    ("only a head", "WEBVTT\n", None, "holds no cue"),
    ("only blank cues", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Agent> </v>\n", None, "holds no cue"),
    ("unknown voice", "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Sara>Hello\n", None, "nobody told who speaks: 'Sara'"),
    ("unknown prefix, twice", "WEBVTT\n\n00:01.000 --> 00:02.000\nSara: Hi\n\n00:03.000 --> 00:04.000\nSara: So\n", None, "'Sara'"),
    ("no speaker", "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n", None, "turns without any speaker"),
    ("broken timing", "WEBVTT\n\n00:01.000 --> soon\nAgent: Hello\n", 3, "not a timing line"),
    (
        "backwards",
        "WEBVTT\n\n00:05.000 --> 00:06.000\nAgent: a\n\n00:04.000 --> 00:05.000\nAgent: b\n",
        6,
        "runs backwards: 4000 to 5000 ms after 5000 ms",
    ),
    ("ends first", "WEBVTT\n\n00:05.000 --> 00:04.000\nAgent: a\n", 3, "runs backwards"),
    ("not UTF-8", b"WEBVTT\n\n00:01.000 --> 00:02.000\nAgent: \xe3\n", 4, "not UTF-8"),
]


@pytest.mark.parametrize(("name", "text", "line", "message"), FAULTS, ids=[case[0] for case in FAULTS])
def test_faults(tmp_path: Path, name: str, text: str | bytes, line: int | None, message: str) -> None:
    del name
    [error] = read(tmp_path, text)
    assert isinstance(error, ConversationError)
    assert error.file == str(tmp_path / "call.vtt")
    assert error.line == line
    assert message in error.message


def test_unknown_speakers_get_a_hint(tmp_path: Path) -> None:
    [error] = read(tmp_path, "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Sara>Hello\n")
    assert isinstance(error, ConversationError)
    assert error.hint == 'map the labels in a side-car: "speakers": {"Sara": "agent", ...}'


@pytest.mark.parametrize(("name", "text"), [("call.txt", VTT), ("call.bin", SRT), ("call.json", VTT)])
def test_the_content_says_what_it_is(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text)
    [found] = read_file(path)
    assert isinstance(found, Conversation)


def test_a_missing_file(tmp_path: Path) -> None:
    [error] = vtt.read(tmp_path / "none.vtt")
    assert isinstance(error, ConversationError)
    assert "No such file" in error.message
