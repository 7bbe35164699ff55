"""A transcript: turns and words of an interaction, in time order."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from functools import cached_property
from operator import itemgetter

from pydantic import AwareDatetime, Field, model_validator

from qa_service.domain.acoustics import Acoustics
from qa_service.domain.base import Record
from qa_service.domain.interaction import LanguageCode
from qa_service.domain.redaction import Redaction
from qa_service.domain.speaker import Speaker

__all__ = ["Speaker", "Transcript", "Turn", "Word"]

#: A language that was heard with less probability than this is a guess.
_SURE_LANGUAGE = 0.5


class Word(Record):
    """One recognised word; times in milliseconds from the start of the recording."""

    #: As recognised, with its punctuation.
    text: str
    #: Start, ms.
    start_ms: int = Field(ge=0)
    #: End, ms.
    end_ms: int = Field(ge=0)
    #: Probability that the word is right, 0 to 1; where one channel holds both parties, that it is right and this party's.
    confidence: float = Field(ge=0, le=1)


class Turn(Record):
    """What one party said or wrote without the other coming in between."""

    #: Who.
    speaker: Speaker
    #: The words as said or written (quoted mail and signatures removed).
    text: str
    #: Start, ms from the start of the interaction; ``None`` without times.
    start_ms: int | None = Field(default=None, ge=0)
    #: End, ms; equal to the start for written turns.
    end_ms: int | None = Field(default=None, ge=0)
    #: When a written turn was sent.
    sent_at: AwareDatetime | None = None
    #: Whether everybody could read it (social only).
    public: bool | None = None
    #: Language of this turn; filled by analysis.
    language: LanguageCode | None = None
    #: Recognised words; empty for written turns. ``text`` holds them in order.
    words: tuple[Word, ...] = ()
    #: Probably invented by the speech engine: kept, shown, never evidence.
    suspect: bool = False
    #: ``text`` as people write it (figures, e-mail addresses, times); ``None`` where that is no different.
    reading: str | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Turn:
        if self.start_ms is not None and self.end_ms is not None and self.end_ms < self.start_ms:
            raise ValueError(f"turn ends ({self.end_ms} ms) before it starts ({self.start_ms} ms)")
        return self

    def confidence(self, start: int = 0, end: int | None = None) -> float:
        """Mean word probability of the characters ``start:end`` of ``text``; 1.0 for written turns."""
        if not self.words:
            return 1.0
        words = self._words_at(start, len(self.text) if end is None else end)
        return sum(word.confidence for word in words) / len(words) if words else 1.0

    def times(self, start: int = 0, end: int | None = None) -> tuple[int | None, int | None]:
        """Start and end in ms of the characters ``start:end``: of their words where known, else of the turn."""
        if not self.words:
            return self.start_ms, self.end_ms
        words = self._words_at(start, len(self.text) if end is None else end)
        if not words:
            return self.start_ms, self.end_ms
        return words[0].start_ms, words[-1].end_ms

    def characters(self, start_ms: int, end_ms: int) -> tuple[int, int] | None:
        """First character, and one past the last, of the words that are said between two times; ``None`` where no word is."""
        spans = [
            (at, at + len(word.text.strip())) for at, word in self.spoken() if word.start_ms < end_ms and word.end_ms > start_ms
        ]
        return (spans[0][0], spans[-1][1]) if spans else None

    def _words_at(self, start: int, end: int) -> list[Word]:
        first, behind = bisect_right(self.placed, start, key=itemgetter(1)), bisect_left(self.placed, end, key=itemgetter(0))
        return [word for _, _, word in self.placed[first:behind]]

    def spoken(self) -> Iterator[tuple[int, Word]]:
        """Words with their first character in the text."""
        return ((at, word) for at, _, word in self.placed)

    @cached_property
    def placed(self) -> tuple[tuple[int, int, Word], ...]:
        """Words that stand in the text, each behind the one before: first character, one past the last, and the word."""
        return tuple(self._placed())

    def _placed(self) -> Iterator[tuple[int, int, Word]]:
        position = 0
        for word in self.words:
            said = word.text.strip()
            at = self.text.find(said, position)
            if at >= 0:
                position = at + len(said)
                yield at, position, word


class Transcript(Record):
    """All turns of an interaction, and where they come from."""

    #: In order of start (spoken) or sending (written).
    turns: tuple[Turn, ...]
    #: Main language.
    language: LanguageCode | None = None
    #: How sure the language is, 0 to 1; 1 when given by the source.
    language_confidence: float = Field(default=1.0, ge=0, le=1)
    #: Length of the recording, ms; ``None`` for written channels.
    duration_ms: int | None = Field(default=None, ge=0)
    #: What made it: an engine with its version and weights, or the format it was imported from.
    engine: str = "import"
    #: Who says what is guesswork (mono recording without diarization, for example).
    speakers_known: bool = True
    #: What the sound itself says; ``None`` for written channels and imported transcripts.
    acoustics: Acoustics | None = None
    #: Personal data that was masked, in order; null where nobody looked for any.
    redactions: tuple[Redaction, ...] | None = None

    @property
    def language_known(self) -> bool:
        """Whether the words can be in the language they are read in: recognised in one that was guessed, they may mean nothing."""
        return self.language_confidence >= _SURE_LANGUAGE or not any(turn.words for turn in self.turns)
