"""Acoustics: what a recording says besides its words: who was heard when, how loud, and which sounds on the line are nobody's talk."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field, model_validator

from qa_service.domain.base import Record
from qa_service.domain.speaker import Speaker


class LineSound(StrEnum):
    """A sound on the line that is nobody's talk."""

    MUSIC = "music"
    RING = "ring"
    BUSY = "busy"
    KEYS = "keys"
    BEEP = "beep"
    IVR = "ivr"
    MACHINE = "machine"


class LineEvent(Record):
    """A stretch of such a sound."""

    #: What it is.
    kind: LineSound
    #: Party whose channel carries it; ``None`` where both do, or the recording has one channel.
    speaker: Speaker | None = None
    #: Start, ms.
    start_ms: int = Field(ge=0)
    #: End, ms.
    end_ms: int = Field(ge=0)
    #: How sure the kind is, 0 to 1.
    confidence: float = Field(default=1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _ordered(self) -> LineEvent:
        if self.end_ms < self.start_ms:
            raise ValueError(f"the sound ends ({self.end_ms} ms) before it starts ({self.start_ms} ms)")
        return self


class Activity(Record):
    """A stretch in which one party's voice is heard, by voice activity; tighter than the times of words."""

    #: Who.
    speaker: Speaker
    #: Start, ms.
    start_ms: int = Field(ge=0)
    #: End, ms.
    end_ms: int = Field(ge=0)


class VoiceLevel(Record):
    """How loud one party is."""

    #: Who.
    speaker: Speaker
    #: Active speech level (ITU-T P.56: mean power over the time with speech), dB below full scale (0 is the loudest a file can hold).
    speech_db: float
    #: Median level of the channel while nobody speaks on any, dB below full scale; ``None`` where somebody always does.
    noise_db: float | None = None


class Acoustics(Record):
    """Everything measured on the sound itself; only recordings with their own channels tell who."""

    #: Voice of both parties, in order of start; stretches of one party do not overlap.
    activity: tuple[Activity, ...] = ()
    #: Sounds that are nobody's talk, in order of start.
    events: tuple[LineEvent, ...] = ()
    #: One a party that speaks.
    levels: tuple[VoiceLevel, ...] = ()
    #: By how much the left party is heard late on the right channel and the other way round, ms; ``None`` without crosstalk.
    leak_ms: tuple[float | None, float | None] = (None, None)
