"""Conversation JSON: what is read, and how each fault is told."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.channels.base import Conversation
from qa_service.channels.conversation import parse_conversation, parse_conversations, read_conversations
from qa_service.channels.wire import to_ms
from qa_service.domain.interaction import Channel, Direction, Purpose
from qa_service.domain.transcript import Speaker
from qa_service.errors import ConversationError


def chat(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "id": "c-1042",
        "channel": "chat",
        "direction": "inbound",
        "language": "en",
        "started_at": "2026-11-02T09:14:05Z",
        "agent": {"id": "a17", "name": "Sara", "team": "billing"},
        "customer": {"id": "k-88"},
        "queue": "billing",
        "wait_seconds": 42,
        "survey": {"csat": 4, "scale": 5},
        "metadata": {"case": {"n": 7}},
        "turns": [
            {"speaker": "customer", "sent_at": "2026-11-02T09:14:05Z", "text": "hi, my bill is wrong"},
            {"speaker": "agent", "sent_at": "2026-11-02T12:44:35.5+03:30", "text": "Hello! Let me look."},
        ],
    }
    return {key: value for key, value in {**base, **changes}.items() if value is not ...}


def call(*turns: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return chat(channel="phone", turns=list(turns), **changes)


def turn(start: float | None = None, end: float | None = None, **changes: Any) -> dict[str, Any]:
    times = {key: value for key, value in (("start", start), ("end", end)) if value is not None}
    return {"speaker": "agent", "text": "hello", **times, **changes}


def raw(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def fault(data: bytes, *, file: str = "calls.json") -> ConversationError:
    found = list(parse_conversations(data, file=file))
    assert len(found) == 1
    assert isinstance(found[0], ConversationError)
    return found[0]


def test_header_and_sent_turns() -> None:
    found = parse_conversation(raw(chat()))
    about = found.interaction
    assert (about.id, about.channel, about.direction, about.queue, about.wait_seconds) == (
        "c-1042",
        Channel.CHAT,
        Direction.INBOUND,
        "billing",
        42,
    )
    assert about.agent is not None
    assert (about.agent.id, about.agent.name, about.agent.team) == ("a17", "Sara", "billing")
    assert about.survey is not None
    assert (about.survey.csat, about.survey.scale) == (4, 5)
    assert about.metadata == {"case": {"n": 7}}
    assert about.started_at == datetime(2026, 11, 2, 9, 14, 5, tzinfo=UTC)
    # 12:44:35.5 at +03:30 is 09:14:35.5 UTC, 30.5 s after the first turn.
    assert [(one.speaker, one.start_ms, one.end_ms) for one in found.transcript.turns] == [
        (Speaker.CUSTOMER, 0, 0),
        (Speaker.AGENT, 30_500, 30_500),
    ]
    assert found.transcript.turns[1].sent_at == datetime(2026, 11, 2, 9, 14, 35, 500_000, tzinfo=UTC)
    assert (found.transcript.language, found.transcript.duration_ms, found.transcript.engine) == ("en", None, "import:conversation")


def test_spoken_turns_words_and_duration() -> None:
    words = [{"text": "hello", "start": 0.5, "end": 0.9, "confidence": 0.8}, {"text": "there", "start": 0.9, "end": 1.2}]
    found = parse_conversation(raw(call(turn(0.5, 1.2, text="hello there", words=words), turn(1.0, 4.0605, speaker="customer"))))
    first, second = found.transcript.turns
    assert [(word.text, word.start_ms, word.end_ms, word.confidence) for word in first.words] == [
        ("hello", 500, 900, 0.8),
        ("there", 900, 1200, 1.0),
    ]
    assert (second.start_ms, second.end_ms, found.transcript.duration_ms) == (1000, 4061, 4061)


@pytest.mark.parametrize("language", [("fa", "سلام، صورت‌حساب من اشتباه است"), ("ar", "مرحباً، فاتورتي غير صحيحة")])
def test_letters_survive(language: tuple[str, str]) -> None:
    code, text = language
    found = parse_conversation(raw(chat(language=code, turns=[{"speaker": "customer", "text": text}])))
    assert found.transcript.turns[0].text == text
    assert found.transcript.turns[0].start_ms is None


def test_a_conversation_says_what_it_took_place_for() -> None:
    assert parse_conversation(json.dumps(chat()).encode()).interaction.purpose is Purpose.LIVE
    assert parse_conversation(json.dumps(chat(purpose="mystery")).encode()).interaction.purpose is Purpose.MYSTERY


def test_first_message_starts_a_chat_that_does_not_tell() -> None:
    assert parse_conversation(raw(chat(started_at=...))).interaction.started_at == datetime(2026, 11, 2, 9, 14, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "ms"),
    [(0, 0), (0.0004, 0), (0.0005, 1), (1.0005, 1001), (2.675, 2675), (4.0605, 4061), (0.0014999, 1), (1e9, 10**12), (61.2, 61_200)],
)
def test_seconds_round_half_up(seconds: float, ms: int) -> None:
    assert to_ms(seconds) == ms


@given(st.integers(min_value=0, max_value=10**9))
def test_whole_milliseconds_come_back(ms: int) -> None:
    assert to_ms(ms / 1000) == ms


FAULTS: list[tuple[str, object, str | None, str, str | None]] = [
    # name, conversation, field, in the message, in the hint
    ("unknown key", chat(agnet={"id": "a"}), "agnet", "unknown key", "'agent'"),
    ("unknown key far from all", chat(zzz=1), "zzz", "unknown key", "known: id, channel"),
    ("misspelt turn key", chat(turns=[{"speakr": "agent", "text": "x"}]), "turns[0].speakr", "unknown key", "'speaker'"),
    ("misspelt word key", call(turn(0, 1, words=[{"txt": "a", "start": 0, "end": 1}])), "turns[0].words[0].txt", "unknown key", "'text'"),
    ("misspelt agent key", chat(agent={"id": "a", "nmae": "S"}), "agent.nmae", "unknown key", "'name'"),
    ("misspelt survey key", chat(survey={"csta": 4}), "survey.csta", "unknown key", "'csat'"),
    ("channels outside a side-car", chat(channels="mono"), "channels", "unknown key", "'channel'"),
    ("no turns key", chat(turns=...), "turns", "required", None),
    ("no turn", chat(turns=[]), "turns", "no turn", None),
    ("no id", chat(id=...), "id", "required", None),
    ("number as id", chat(id=17), "id", "valid string, not 17", None),
    ("slash in id", chat(id="a/b"), "id", "match pattern", None),
    ("no channel", chat(channel=...), "channel", "required", None),
    ("unknown channel", chat(channel="fone"), "channel", "unknown channel 'fone'", "'phone'"),
    ("unknown speaker", chat(turns=[{"speaker": "agnt", "text": "x"}]), "turns[0].speaker", "unknown speaker 'agnt'", "'agent'"),
    ("speaker in capitals", chat(turns=[{"speaker": "Agent", "text": "x"}]), "turns[0].speaker", "unknown speaker", "'agent'"),
    (
        "empty text",
        chat(turns=[{"speaker": "agent", "text": "x"}, {"speaker": "agent", "text": " \n\u200b"}]),
        "turns[1].text",
        "empty",
        None,
    ),
    ("text is a number", chat(turns=[{"speaker": "agent", "text": 5}]), "turns[0].text", "valid string", None),
    ("text is null", chat(turns=[{"speaker": "agent", "text": None}]), "turns[0].text", "valid string", None),
    ("turns is an object", chat(turns={"a": 1}), "turns", "valid array", None),
    ("a turn is a string", chat(turns=["hello"]), "turns[0]", "", None),
    ("agent is a string", chat(agent="Sara"), "agent", "", None),
    ("start is a string", call({"speaker": "agent", "text": "x", "start": "1", "end": 2}), "turns[0].start", "valid number", None),
    ("start is true", call({"speaker": "agent", "text": "x", "start": True, "end": 2}), "turns[0].start", "valid number", None),
    ("start negative", call(turn(-1, 2)), "turns[0].start", "greater than or equal to 0", None),
    ("start huge", call(turn(1e300, 1e301)), "turns[0].start", "less than or equal to", None),
    ("starts backwards", call(turn(3, 4), turn(2.5, 5)), "turns[1].start", "turn 1 starts at 2.5 s, turn 0 at 3 s", None),
    ("ends before it starts", call(turn(3, 2)), "turns[0].end", "turn 0 ends at 2 s but starts at 3 s", None),
    ("end without start", call(turn(None, 2)), "turns[0].start", "end but no start", None),
    ("call without end", call(turn(1, 2), turn(3)), "turns[1].end", "required on every turn", None),
    ("call with half the times", call(turn(1, 2), turn()), "turns[1]", "no time where turns[0] has start", None),
    ("first turn without time", call(turn(), turn(1, 2)), "turns[1]", "has start where turns[0] has no time", None),
    ("both clocks in a turn", chat(turns=[turn(1, 2, sent_at="2026-11-02T09:14:05Z")]), "turns[0]", "both start and sent_at", "keep one"),
    (
        "both clocks in a chat",
        chat(turns=[turn(1), turn(sent_at="2026-11-02T09:14:05Z")]),
        "turns[1]",
        "has sent_at where turns[0] has start",
        None,
    ),
    (
        "sent backwards",
        chat(turns=[turn(sent_at="2026-11-02T09:14:05Z"), turn(sent_at="2026-11-02T09:14:04Z")]),
        "turns[1].sent_at",
        "turn 1 was sent at 2026-11-02T09:14:04+00:00, turn 0 at 2026-11-02T09:14:05+00:00",
        None,
    ),
    ("sent without zone", chat(turns=[turn(sent_at="2026-11-02T09:14:05")]), "turns[0].sent_at", "time zone", "+03:30"),
    ("sent as a number", chat(turns=[turn(sent_at=1_777_777_777)]), "turns[0].sent_at", "", None),
    ("started_at is no date", chat(started_at="yesterday"), "started_at", "datetime", None),
    (
        "words backwards",
        call(turn(0, 9, words=[{"text": "a", "start": 2, "end": 3}, {"text": "b", "start": 1, "end": 2}])),
        "turns[0].words[1]",
        "time runs backwards: 1 to 2 s after 2 s",
        None,
    ),
    ("words in a turn without time", call(turn(words=[{"text": "a", "start": 2, "end": 3}])), "turns[0].words", "no start", None),
    (
        "confidence over 1",
        call(turn(0, 1, words=[{"text": "a", "start": 0, "end": 1, "confidence": 90}])),
        "turns[0].words[0].confidence",
        "less than or equal to 1",
        None,
    ),
    ("language with region", chat(language="en-US"), "language", "match pattern", "en, fa, ar"),
    ("unknown purpose", chat(purpose="secret"), "purpose", "unknown purpose 'secret'", "known: live, mystery, training, test"),
    ("purpose misspelt", chat(purpose="mistery"), "purpose", "unknown purpose 'mistery'", "'mystery'"),
    ("csat over scale", chat(survey={"csat": 7, "scale": 5}), "survey.csat", "more than the scale 5", None),
    ("metadata is a list", chat(metadata=[1]), "metadata", "", None),
    ("public in a chat", chat(turns=[turn(public=True)]), "turns[0].public", "only social", None),
    (
        "words in a chat",
        chat(turns=[turn(0, 1, words=[{"text": "a", "start": 0, "end": 1}])]),
        "turns[0].words",
        "no recognised words",
        None,
    ),
    ("sent_at in a call", call(turn(sent_at="2026-11-02T09:14:05Z")), "turns[0].sent_at", "start and end in seconds", None),
    ("social without public", chat(channel="social", turns=[turn(public=True), turn()]), "turns[1].public", "required on social", None),
    ("not an object", "hello", None, "should be an object", None),
    ("null", None, None, "object", None),
]


@pytest.mark.parametrize(("name", "value", "field", "message", "hint"), FAULTS, ids=[case[0] for case in FAULTS])
def test_faults_are_told_by_field(name: str, value: object, field: str | None, message: str, hint: str | None) -> None:
    del name
    error = fault(raw(value))
    assert error.file == "calls.json"
    assert error.field == field
    assert message in error.message
    assert hint is None or hint in (error.hint or "")


SYNTAX: list[tuple[str, bytes, int | None, str]] = [
    ("empty", b"", None, "empty"),
    ("blank", b" \r\n\t\n", None, "empty"),
    ("only a byte order mark", b"\xef\xbb\xbf", None, "empty"),
    ("only NUL bytes", b"\0\0\0", None, "empty"),
    ("empty list", b"[]", None, "no conversation"),
    ("cut off", b'{"id": "c",\n "channel": "chat"', 2, "not valid JSON"),
    ("comma too many", b'{"id": "c",\n "channel": "chat",\n}', 3, "not valid JSON"),
    ("single quotes", b"{'id': 'c'}", 1, "not valid JSON"),
    ("two objects in lines of one", b'{"id":\n "c"} {"id": "d"}', 2, "something follows"),
    ("NUL byte inside", b'{"id": "c\0"}', 1, "not valid JSON"),
    ("escaped NUL", raw(chat(turns=[{"speaker": "agent", "text": "a\0b"}])), None, "NUL character"),
    ("lone surrogate", b'{"id": "c", "channel": "chat", "turns": [{"speaker": "agent", "text": "\\ud800 x"}]}', 1, "surrogate"),
    ("not UTF-8", b'{"id":\n "\xe3\xe4"}', 2, "not UTF-8"),
    ("key twice", b'{"id": "a", "id": "b"}', None, "stands twice"),
    ("key twice, deep", b'{"id": "a", "agent": {"id": 1, "id": 2}}', None, "stands twice"),
    ("NaN", b'{"wait_seconds": NaN}', None, "NaN is not a number"),
    ("Infinity", b'{"wait_seconds": -Infinity}', None, "-Infinity is not a number"),
    ("a number of 5000 digits", raw(chat()).replace(b"42", b"9" * 5000), 1, "number out of range"),
    ("very deep", b"[" * 100_000, None, "too deeply"),
    ("deep metadata", b'{"id": "a", "metadata": ' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"}", None, "deep"),
]


@pytest.mark.parametrize(("name", "data", "line", "message"), SYNTAX, ids=[case[0] for case in SYNTAX])
def test_syntax_faults_are_told_by_line(name: str, data: bytes, line: int | None, message: str) -> None:
    del name
    error = fault(data)
    assert error.line == line
    assert message in error.message


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"\xef\xbb\xbf" + raw(chat()), id="byte order mark"),
        pytest.param(json.dumps(chat(), indent=1).replace("\n", "\r\n").encode(), id="CRLF"),
        pytest.param(json.dumps(chat()).encode("utf-16"), id="UTF-16"),
        pytest.param(b"\n\n " + raw(chat()) + b"\n\n", id="blank lines around"),
        pytest.param(raw([chat()]), id="list of one"),
    ],
)
def test_one_conversation_in_many_clothes(data: bytes) -> None:
    assert parse_conversation(data).model_copy(update={"line": None}) == parse_conversation(raw(chat()))


def test_an_escaped_backslash_before_u0000_is_text() -> None:
    found = parse_conversation(raw(chat(turns=[{"speaker": "agent", "text": "type \\u0000 here"}])))
    assert found.transcript.turns[0].text == "type \\u0000 here"


def outcomes(path: Path) -> list[str]:
    return [item.interaction.id if isinstance(item, Conversation) else f"{item.line}:{item.field}" for item in read_conversations(path)]


def test_a_bad_conversation_in_a_list_leaves_the_others(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(json.dumps([chat(id="a"), chat(id="b", turns=[]), {"id": "x", "id2": 1}, chat(id="c")], indent=1))
    lines = path.read_text().split("\n")
    second = next(number for number, line in enumerate(lines, start=1) if '"b"' in line) - 1
    third = next(number for number, line in enumerate(lines, start=1) if '"x"' in line) - 1
    assert outcomes(path) == ["a", f"{second}:turns", f"{third}:id2", "c"]


def test_a_list_that_breaks_off_keeps_what_came_before(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text(f"[{json.dumps(chat(id='a'))},\n{json.dumps(chat(id='b'))},\n{{")
    assert outcomes(path) == ["a", "b", "3:None"]


@pytest.mark.parametrize("name", ["calls.jsonl", "calls.ndjson", "calls.json"])
def test_json_lines(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    rows = [
        json.dumps(chat(id="a")),
        "",
        json.dumps(chat(id="b")),
        "{broken",
        json.dumps(chat(id="c", channel="fax")),
        json.dumps(chat(id="d")),
    ]
    path.write_bytes(b"\xef\xbb\xbf" + "\r\n".join(rows).encode())
    assert outcomes(path) == ["a", "b", "4:None", "5:channel", "d"]
    assert len(list(parse_conversations(path.read_bytes(), file=name))) == 5


def test_json_lines_with_letters_that_are_no_utf8(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(raw(chat(id="a")) + b'\n{"id": "\xe3"}\n' + raw(chat(id="b")))
    assert outcomes(path) == ["a", "2:None", "b"]


def test_line_separators_inside_texts_do_not_cut_lines(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes(raw(chat(id="a", queue="x\u2028y")) + b"\n" + raw(chat(id="b")) + b"\n")
    assert outcomes(path) == ["a", "b"]


def test_reading_is_lazy(tmp_path: Path) -> None:
    path = tmp_path / "calls.jsonl"
    path.write_bytes((raw(chat()) + b"\n") * 3)
    found = read_conversations(path)
    assert isinstance(next(found), Conversation)
    found.close()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["empty.jsonl", "empty.json"])
def test_an_empty_file_is_one_fault(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"\n")
    [error] = read_conversations(path)
    assert isinstance(error, ConversationError)
    assert error.message == "the file is empty"
    assert error.file == str(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    [error] = read_conversations(tmp_path / "none.json")
    assert isinstance(error, ConversationError)
    assert "No such file" in error.message


def test_several_where_one_is_expected() -> None:
    with pytest.raises(ConversationError, match="holds 2 conversations"):
        parse_conversation(raw([chat(), chat()]))


def test_the_fault_of_the_only_one_is_raised() -> None:
    with pytest.raises(ConversationError, match="no turn"):
        parse_conversation(raw(chat(turns=[])))
