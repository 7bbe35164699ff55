"""Evidence: the exact words, where they stand, and the rule they satisfied."""

from __future__ import annotations

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.transcript import Speaker, Turn


def _absent(value: object) -> bool:
    return value is None


class Evidence(Record):
    """One quote that speaks for an answer."""

    #: Index of the turn, from 0; ``None`` for a span between turns (a silence).
    turn: int | None = Field(default=None, ge=0)
    #: Who said it.
    speaker: Speaker | None = None
    #: Verbatim from the transcript.
    quote: str = ""
    #: First character of the quote in the turn's text; left out where the quote was added without it.
    start: int | None = Field(default=None, ge=0, exclude_if=_absent)
    #: One past its last character.
    end: int | None = Field(default=None, ge=0, exclude_if=_absent)
    #: Start, ms; ``None`` without times.
    start_ms: int | None = None
    #: End, ms.
    end_ms: int | None = None
    #: ``section.criterion.kind`` of the rule that fired.
    rule: str
    #: Confidence of this piece alone, 0 to 1.
    confidence: float = Field(default=1.0, ge=0, le=1)

    @classmethod
    def quoting(cls, turn: Turn, *, index: int, start: int, end: int, rule: str, confidence: float) -> Evidence:
        """Evidence for the characters ``start:end`` of a turn, with the times of exactly those words."""
        start_ms, end_ms = turn.times(start, end)
        return cls.trusted(
            turn=index, speaker=turn.speaker, quote=turn.text[start:end], start=start, end=end,
            start_ms=start_ms, end_ms=end_ms, rule=rule, confidence=confidence,
        )
