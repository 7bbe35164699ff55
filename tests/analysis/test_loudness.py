"""Loudness of the agent against the customer."""

from __future__ import annotations

import pytest

from qa_service.analysis.loudness import Loudness
from qa_service.domain.acoustics import Acoustics, VoiceLevel
from qa_service.domain.interaction import Channel
from qa_service.domain.transcript import Speaker

LOUDNESS = Loudness()
AGENT, CUSTOMER = Speaker.AGENT, Speaker.CUSTOMER


@pytest.mark.parametrize(
    ("levels", "balance"),
    [
        ({AGENT: -20.0, CUSTOMER: -26.5}, 6.5),
        ({AGENT: -30.25, CUSTOMER: -26.0}, -4.25),
        ({AGENT: -20.0}, None),
        ({}, None),
    ],
)
def test_balance(measure, levels, balance):
    acoustics = Acoustics(levels=tuple(VoiceLevel(speaker=who, speech_db=db) for who, db in levels.items()))
    signals = measure(LOUDNESS, "A 0-1: hello", "C 2-3: hi", channel=Channel.PHONE, acoustics=acoustics)
    assert {name: signal.value for name, signal in signals.items()} == {"loudness.balance": balance}


@pytest.mark.parametrize("channel", list(Channel))
def test_without_sound_there_is_none(measure, channel):
    assert measure(LOUDNESS, "A 0-1: hello", "C 2-3: hi", channel=channel)["loudness.balance"].value is None
