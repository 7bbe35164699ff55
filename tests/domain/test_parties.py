"""Exchanging parties, and how far they are known."""

from __future__ import annotations

import pytest

from qa_service.domain.acoustics import Acoustics, Activity, LineEvent, LineSound, VoiceLevel
from qa_service.domain.parties import Speakers, exchanged, how_known
from qa_service.domain.recording import ChannelMap, Recording
from qa_service.domain.transcript import Speaker, Transcript, Turn

AGENT, CUSTOMER = Speaker.AGENT, Speaker.CUSTOMER
CALL = Transcript(
    turns=(
        Turn(speaker=AGENT, text="Hello", start_ms=0, end_ms=900),
        Turn(speaker=CUSTOMER, text="Hi", start_ms=1000, end_ms=1500, suspect=True),
        Turn(speaker=Speaker.BOT, text="This call is recorded", start_ms=2000, end_ms=2500),
    ),
    engine="x", speakers_known=False,
    acoustics=Acoustics(
        activity=(Activity(speaker=AGENT, start_ms=0, end_ms=900), Activity(speaker=CUSTOMER, start_ms=1000, end_ms=1500)),
        events=(LineEvent(kind=LineSound.MUSIC, speaker=AGENT, start_ms=0, end_ms=9), LineEvent(kind=LineSound.RING, start_ms=9, end_ms=9)),
        levels=(VoiceLevel(speaker=CUSTOMER, speech_db=-20),),
        leak_ms=(10.0, None),
    ),
)  # fmt: skip


def test_everything_that_has_a_party_gets_the_other() -> None:
    found = exchanged(CALL)
    assert [turn.speaker for turn in found.turns] == [CUSTOMER, AGENT, Speaker.BOT]
    assert [turn.text for turn in found.turns] == [turn.text for turn in CALL.turns]
    assert found.acoustics is not None
    assert [one.speaker for one in found.acoustics.activity] == [CUSTOMER, AGENT]
    assert [one.speaker for one in found.acoustics.events] == [CUSTOMER, None]
    assert [one.speaker for one in found.acoustics.levels] == [AGENT]
    assert found.acoustics.leak_ms == (10.0, None)
    assert exchanged(found) == CALL


def test_a_transcript_without_sound() -> None:
    assert exchanged(Transcript(turns=())) == Transcript(turns=())


@pytest.mark.parametrize(
    ("knows", "channels", "channel_map", "expected"),
    [
        (True, 2, ChannelMap(), Speakers.KNOWN),
        (True, 1, ChannelMap(mono=True), Speakers.KNOWN),
        (False, 2, ChannelMap(), Speakers.ASK),
        (False, 1, ChannelMap(), Speakers.GUESSED),
        (False, 2, ChannelMap(mono=True), Speakers.GUESSED),
        (False, 2, ChannelMap(left=AGENT, right=CUSTOMER), Speakers.GUESSED),
        (False, None, None, Speakers.GUESSED),
        (True, None, None, Speakers.KNOWN),
    ],
)
def test_how_far_they_are_known(knows: bool, channels: int | None, channel_map: ChannelMap | None, expected: Speakers) -> None:
    recording = None
    if channels is not None and channel_map is not None:
        recording = Recording(
            sha256="0" * 64, file_name="x.wav", size=1, duration_ms=1, sample_rate=8000, channels=channels, codec="x",
            channel_map=channel_map,
        )  # fmt: skip
    assert how_known(knows, recording) is expected
