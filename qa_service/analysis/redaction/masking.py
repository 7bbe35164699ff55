"""Masking: placeholders in the place of personal data, in a turn's text, its words (times kept) and its reading."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter, itemgetter

from qa_service.analysis.reading import reading
from qa_service.domain.redaction import Redaction, Span
from qa_service.domain.transcript import Transcript, Turn, Word


def redacted(transcript: Transcript, spans: Iterable[Span]) -> Transcript:
    """The transcript with placeholders for the spans (none over another), which its ``redactions`` tell in order."""
    by_turn: dict[int, list[Span]] = {}
    for span in sorted(spans):
        by_turn.setdefault(span.turn, []).append(span)
    turns = list(transcript.turns)
    for index, some in by_turn.items():
        turns[index] = masked(turns[index], some, language=transcript.language)
    told = tuple(one for index, some in by_turn.items() for one in _told(transcript.turns[index], some))
    return transcript.model_copy(update={"turns": tuple(turns), "redactions": told})


def masked(turn: Turn, spans: Iterable[Span], *, language: str | None = None) -> Turn:
    """The turn with a placeholder for each span (all of this turn, none over another).

    Of words, the first of a span becomes the placeholder and lasts to the end of the last one; ``text`` holds the words in order still.
    The reading is made again from the masked text in ``language`` (that of the turn if it has one).
    """
    ordered = sorted(spans, key=lambda span: span.start)
    if not ordered:
        return turn
    places = _word_places(turn)
    wide = [span._replace(start=start, end=end) for span in ordered for start, end in [_whole_words(span, places)]]
    text = "".join(_text(turn.text, ordered))
    words = tuple(_words(turn, wide, ordered, places))
    read = reading(text, turn.language or language) if turn.reading is not None else None
    return turn.model_copy(update={"text": text, "words": words, "reading": read})


def muted(turn: Turn, spans: Iterable[Span]) -> tuple[tuple[int, int], ...]:
    """Ranges of the recording, ms, to be made silent; the whole turn where its words have no times."""
    times = (turn.times(span.start, span.end) for span in spans)
    return tuple((start, end) for start, end in times if start is not None and end is not None)


def _told(turn: Turn, spans: list[Span]) -> Iterator[Redaction]:
    """Where the placeholders stand, and when what they hide was said."""
    moved = 0
    for span in spans:
        start, length = span.start + moved, len(span.kind.placeholder)
        start_ms, end_ms = turn.times(span.start, span.end)
        yield Redaction(
            kind=span.kind, turn=span.turn, start=start, end=start + length, start_ms=start_ms, end_ms=end_ms,
            words=len(turn.text[span.start : span.end].split()), confidence=span.confidence,
        )
        moved += length - (span.end - span.start)


def _text(text: str, spans: list[Span]) -> Iterator[str]:
    end = 0
    for span in spans:
        yield text[end : span.start]
        yield span.kind.placeholder
        end = span.end
    yield text[end:]


def _word_places(turn: Turn) -> list[tuple[int, int]]:
    """Where each word stands in the text; a word that is not there stands nowhere, behind the last one found."""
    places: list[tuple[int, int]] = []
    position = 0
    for word in turn.words:
        said = word.text.strip()
        at = turn.text.find(said, position)
        places.append((at, at + len(said)) if at >= 0 else (position, position))
        position = places[-1][1]
    return places


def _whole_words(span: Span, places: list[tuple[int, int]]) -> tuple[int, int]:
    touched = _touched(places, span.start, span.end)
    if not touched:
        return span.start, span.end
    return min(span.start, places[touched[0]][0]), max(span.end, places[touched[-1]][1])


def _touched(places: Sequence[tuple[int, int]], start: int, end: int) -> range:
    """Indexes of the places that share a character with a range; neither starts nor ends of places go back."""
    return range(bisect_right(places, start, key=itemgetter(1)), bisect_left(places, end, key=itemgetter(0)))


def _words(turn: Turn, wide: list[Span], spans: list[Span], places: list[tuple[int, int]]) -> Iterator[Word]:
    """Words with placeholders; what stands before and behind the data in its first and last word stays with it."""
    index = 0
    while index < len(turn.words):
        hits = _hits(wide, *places[index])
        if not hits:
            yield turn.words[index]
            index += 1
            continue
        last = index
        while last + 1 < len(turn.words) and places[last + 1][0] < wide[hits[-1]].end:
            last += 1
            hits = range(hits[0], max(hits[-1] + 1, _hits(wide, *places[last]).stop))
        first, final = places[index][0], places[last][1]
        inside = [span._replace(start=span.start - first, end=span.end - first) for span in (spans[at] for at in hits)]
        said = "".join(_text(turn.text[first:final], inside))
        merged = turn.words[index : last + 1]
        lowest = min(word.confidence for word in merged)
        yield Word(text=said, start_ms=merged[0].start_ms, end_ms=max(word.end_ms for word in merged), confidence=lowest)
        index = last + 1


def _hits(wide: Sequence[Span], start: int, end: int) -> range:
    """Indexes of the spans that share a character with a word."""
    return range(bisect_right(wide, start, key=attrgetter("end")), bisect_left(wide, end, key=attrgetter("start")))
