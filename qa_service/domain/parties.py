"""Parties: how far it is known who says what, and a transcript with its parties exchanged."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from qa_service.domain.acoustics import Acoustics
from qa_service.domain.recording import Recording
from qa_service.domain.speaker import Speaker
from qa_service.domain.transcript import Transcript

_OTHER: Mapping[Speaker, Speaker] = MappingProxyType({Speaker.AGENT: Speaker.CUSTOMER, Speaker.CUSTOMER: Speaker.AGENT})


class Speakers(StrEnum):
    """How far it is known who says what."""

    #: The source tells, or the words leave no doubt.
    KNOWN = "known"
    #: Guessed, and nobody can tell: both parties share one channel.
    GUESSED = "guessed"
    #: Guessed, and whoever knows which channel is the agent's can tell.
    ASK = "ask"


def how_known(transcript_knows: bool, recording: Recording | None) -> Speakers:
    """Of an interaction with a transcript; ``transcript_knows`` is its ``speakers_known``."""
    if transcript_knows:
        return Speakers.KNOWN
    untold = recording is not None and recording.channels == 2 and not recording.channel_map.known and not recording.channel_map.mono
    return Speakers.ASK if untold else Speakers.GUESSED


def exchanged(transcript: Transcript) -> Transcript:
    """The agent's turns, voice, level and line sounds given to the customer, and the customer's to the agent; order and times stay."""
    turns = tuple(turn.model_copy(update={"speaker": _OTHER.get(turn.speaker, turn.speaker)}) for turn in transcript.turns)
    acoustics = None if transcript.acoustics is None else _exchanged(transcript.acoustics)
    return transcript.model_copy(update={"turns": turns, "acoustics": acoustics})


def _exchanged(acoustics: Acoustics) -> Acoustics:
    def turned(who: Speaker | None) -> Speaker | None:
        return None if who is None else _OTHER.get(who, who)

    # What is told by channel (``leak_ms``) stays: the channels are where they were.
    return acoustics.model_copy(
        update={
            name: tuple(one.model_copy(update={"speaker": turned(one.speaker)}) for one in getattr(acoustics, name))
            for name in ("activity", "events", "levels")
        }
    )
