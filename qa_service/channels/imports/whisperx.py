"""WhisperX JSON: diarized segments with words; speakers are ``SPEAKER_00`` until somebody says who that is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic import Field

from qa_service.channels.base import Conversation, Outcome, ReadOptions, Where
from qa_service.channels.imports.foreign import Foreign, load_foreign, outcome
from qa_service.channels.imports.speakers import header_for, party, require_known
from qa_service.channels.rules import CHANNELS
from qa_service.channels.wire import Seconds, to_ms
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word

ENGINE = "import:whisperx"


class Token(Foreign):
    """A word; numbers and signs that the aligner does not know have no times."""

    word: str
    start: Seconds | None = None
    end: Seconds | None = None
    score: float = Field(default=1.0, ge=0, le=1)


class Segment(Foreign):
    """A sentence of one speaker."""

    start: Seconds
    end: Seconds
    text: str
    speaker: str | None = None
    words: list[Token] = Field(default_factory=list)


class Output(Foreign):
    """The file."""

    segments: list[Segment]
    language: str | None = Field(default=None, pattern=r"^[a-z]{2,3}$")


def looks_like(head: bytes) -> bool:
    """It starts with segments that have no id of ours around them."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{") and b'"segments"' in head and b'"turns"' not in head


def read(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """The one conversation of a WhisperX file."""
    yield from outcome(path, lambda: _read(path, options or ReadOptions()))


def _read(path: Path, options: ReadOptions) -> Conversation:
    where, header = Where(file=path), header_for(path, options)
    told = {**header.speakers, **options.speakers}
    output = load_foreign(path, Output)
    segments = [segment for segment in output.segments if segment.text.strip()]
    if not segments:
        raise where.fault("holds no segment", field="segments")
    require_known((segment.speaker for segment in segments), told=told, where=where)
    ordered = sorted(segments, key=lambda segment: segment.start)
    turns = tuple(_turn(segment, speaker=party(segment.speaker or "", told=told) or Speaker.SYSTEM) for segment in ordered)
    interaction = header.interaction.model_copy(update={"language": header.interaction.language or output.language})
    duration = max(turn.end_ms or 0 for turn in turns)
    transcript = Transcript(turns=turns, language=interaction.language, engine=ENGINE, duration_ms=duration)
    conversation = Conversation(interaction=interaction, transcript=transcript)
    CHANNELS[interaction.channel].check(conversation, where)
    return conversation


def _turn(segment: Segment, *, speaker: Speaker) -> Turn:
    start, end = to_ms(segment.start), to_ms(max(segment.start, segment.end))
    return Turn(speaker=speaker, text=segment.text.strip(), start_ms=start, end_ms=end, words=_words(segment.words, start=start, end=end))


def _words(tokens: Sequence[Token], *, start: int, end: int) -> tuple[Word, ...]:
    """Words with times; one without stands between its neighbours."""
    words: list[Word] = []
    for index, token in enumerate(tokens):
        before = words[-1].end_ms if words else start
        after = next((to_ms(one.start) for one in tokens[index + 1 :] if one.start is not None), end)
        own = to_ms(token.start) if token.start is not None else before
        until = to_ms(token.end) if token.end is not None else max(own, after)
        words.append(Word(text=token.word, start_ms=own, end_ms=max(own, until), confidence=token.score))
    return tuple(words)
