"""Side-cars of recordings."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from qa_service.channels.sidecar import bare_header, parse_sidecar, read_sidecar, sidecar_of
from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker
from qa_service.errors import ConversationError

STEREO = ChannelMap(left=Speaker.AGENT, right=Speaker.CUSTOMER)


def parse(value: Any, **options: Any) -> Any:
    return parse_sidecar(json.dumps(value).encode(), file="call.json", describes="call 7.wav", **options)


@pytest.mark.parametrize(
    ("channels", "expected"),
    [
        ({"left": "agent", "right": "customer"}, STEREO),
        ({"left": "customer", "right": "agent"}, ChannelMap(left=Speaker.CUSTOMER, right=Speaker.AGENT)),
        ("mono", ChannelMap(mono=True)),
        (None, ChannelMap()),
    ],
)
def test_channel_maps(channels: object, expected: ChannelMap) -> None:
    assert parse({"id": "x", "channels": channels}).channel_map == expected


def test_header_and_reference() -> None:
    found = parse(
        {"id": "c-1", "language": "en", "agent": {"id": "a1"}, "turns": [{"speaker": "agent", "start": 0.6, "end": 2.0, "text": "hello"}]}
    )
    assert (found.interaction.id, found.id_given, found.interaction.channel) == ("c-1", True, Channel.PHONE)
    assert found.interaction.agent.id == "a1"
    assert [(turn.text, turn.start_ms, turn.end_ms) for turn in found.reference.turns] == [("hello", 600, 2000)]
    assert (found.reference.engine, found.reference.language) == ("reference", "en")


def test_a_side_car_says_what_its_call_took_place_for() -> None:
    assert parse({"purpose": "training"}).interaction.purpose is Purpose.TRAINING
    with pytest.raises(ConversationError) as caught:
        parse({"purpose": "TEST"})
    assert (caught.value.field, caught.value.hint) == ("purpose", "did you mean 'test'?")


def test_an_empty_side_car_takes_the_name_of_the_file() -> None:
    found = parse({})
    assert (found.interaction.id, found.id_given, found.reference) == ("call_7", False, None)


def test_nothing_known() -> None:
    found = bare_header("call 7.wav")
    assert (found.interaction.id, found.id_given, found.channel_map) == ("call_7", False, ChannelMap())


FAULTS: list[tuple[object, str | None, str, str | None]] = [
    ({"channels": {"left": "agent", "right": "agent"}}, "channels", "both channels are the agent's", None),
    ({"channels": {"left": "agent"}}, "channels.right", "required", None),
    ({"channels": {"left": "bot", "right": "agent"}}, "channels.left", "", None),
    ({"channels": "stereo"}, "channels", "", '"mono"'),
    ({"chanels": "mono"}, "chanels", "unknown key", "'channels'"),
    ({"channel": "chat"}, "channel", "a recording is a phone contact", None),
    ({"speakers": {"SPEAKER_00": "agent"}}, "speakers", "imported transcript", None),
    ({"turns": []}, "turns", "no turn", None),
    ({"turns": [{"speaker": "agent", "text": "a", "start": 2, "end": 1}]}, "turns[0].end", "backwards", None),
    ([{"id": "a"}, {"id": "b"}], None, "describes one file, not 2", None),
]


@pytest.mark.parametrize(("value", "field", "message", "hint"), FAULTS)
def test_faults(value: object, field: str | None, message: str, hint: str | None) -> None:
    with pytest.raises(ConversationError) as caught:
        parse(value)
    assert caught.value.file == "call.json"
    assert caught.value.field == field
    assert message in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")


def test_an_imported_transcript_names_its_speakers_but_no_channels() -> None:
    found = parse({"speakers": {"SPEAKER_00": "agent"}, "channel": "chat"}, recording=False)
    assert found.speakers == {"SPEAKER_00": Speaker.AGENT}
    with pytest.raises(ConversationError, match="belongs to a recording"):
        parse({"channels": "mono"}, recording=False)


def test_where_side_cars_lie(tmp_path: Path) -> None:
    for name in ("a.wav", "a.json", "b.wav", "c.json", "c.header.json"):
        (tmp_path / name).write_text("{}")
    assert sidecar_of(tmp_path / "a.wav") == tmp_path / "a.json"
    assert sidecar_of(tmp_path / "b.wav") is None
    assert sidecar_of(tmp_path / "c.json") == tmp_path / "c.header.json"


def test_a_side_car_that_went_away(tmp_path: Path) -> None:
    with pytest.raises(ConversationError, match="No such file"):
        read_sidecar(tmp_path / "a.json", describes=tmp_path / "a.wav")
