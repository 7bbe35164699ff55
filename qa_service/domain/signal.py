"""A signal: one named measurement of an interaction, with its unit and the places it was taken from."""

from __future__ import annotations

from enum import StrEnum

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel


class Unit(StrEnum):
    """What a value counts."""

    SECONDS = "s"
    SHARE = "share"
    COUNT = "count"
    WORDS_PER_MINUTE = "words/min"
    SYLLABLES_PER_SECOND = "syll/s"
    FLAG = "flag"
    SCORE = "score"
    DECIBEL = "dB"


class Place(Record):
    """Where a signal was seen."""

    #: Index of the turn, from 0; ``None`` between turns.
    turn: int | None = Field(default=None, ge=0)
    #: Character range in the turn's text.
    start: int | None = Field(default=None, ge=0)
    #: End of the character range.
    end: int | None = Field(default=None, ge=0)
    #: Start, ms from the start of the interaction.
    start_ms: int | None = Field(default=None, ge=0)
    #: End, ms.
    end_ms: int | None = Field(default=None, ge=0)

    @classmethod
    def at(cls, turn: int, start: int, end: int) -> Place:
        """Characters ``start:end`` of a turn."""
        return cls.trusted(turn=turn, start=start, end=end, start_ms=None, end_ms=None)


class Signal(Record):
    """A measurement; ``value`` is ``None`` where the interaction does not carry it (no times, say)."""

    #: Dotted name, as in the catalogue.
    name: str
    #: In the unit of the catalogue; ``None`` when it cannot be measured.
    value: float | None
    #: Where, most telling first.
    places: tuple[Place, ...] = ()
    #: How far the value can be trusted, 0 to 1.
    confidence: float = Field(default=1.0, ge=0, le=1)

    @classmethod
    def counted(cls, name: str, places: tuple[Place, ...], *, confidence: float) -> Signal:
        """The number of the places."""
        return cls.trusted(name=name, value=float(len(places)), places=places, confidence=float(confidence))


class SignalSpec(Record):
    """A line of the catalogue: what a signal is, for rubric authors, lint and the documentation."""

    #: Dotted name.
    name: str
    #: Unit of the value.
    unit: Unit
    #: One sentence: what is measured and how.
    method: str
    #: Channels that carry it.
    channels: tuple[Channel, ...] = tuple(Channel)
