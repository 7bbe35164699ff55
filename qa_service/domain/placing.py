"""Placing: the evidence that a reviewer names by its words, its turn or its time, found in the transcript."""

from __future__ import annotations

from qa_service.domain.evidence import Evidence
from qa_service.domain.interaction import Channel
from qa_service.domain.transcript import Transcript, Turn
from qa_service.errors import AnswerError

#: Names the reviewer's own evidence.
RULE = "reviewer"
#: Turns that one stretch of time may span.
_MOST_TURNS = 20


def placed(piece: Evidence, transcript: Transcript, *, channel: Channel, criterion: str) -> tuple[Evidence, ...]:
    """The evidence that is meant, with its words and times: a quote (in a turn, or wherever it is said first), a whole turn, or, on the
    phone, whatever is said between two times; one piece for each turn.

    Only what ``piece`` was told by is taken from it: ``quote`` and ``turn``, or ``start_ms`` and ``end_ms``. Raises :class:`AnswerError`
    with the criterion as its field.
    """
    if piece.quote:
        return (_by_quote(piece.quote, piece.turn, transcript, criterion),)
    if piece.turn is not None:
        return (_by_turn(piece.turn, transcript, criterion),)
    if piece.start_ms is None or piece.end_ms is None:
        hint = "quote the transcript, or name a turn, or start_ms and end_ms"
        raise AnswerError("the evidence tells no place", field=criterion, hint=hint)
    return _by_time(piece.start_ms, piece.end_ms, transcript, channel, criterion)


def _by_quote(quote: str, place: int | None, transcript: Transcript, criterion: str) -> Evidence:
    turns = transcript.turns
    if place is not None:
        _turn(place, transcript, criterion)
    places = range(len(turns)) if place is None else (place,)
    index = next((one for one in places if quote in turns[one].text), None)
    if index is None:
        where = "nobody says" if place is None else f"turn {place} does not say"
        raise AnswerError(f"{where} {quote!r}", field=criterion, hint="quote the transcript verbatim")
    start = turns[index].text.index(quote)
    return Evidence.quoting(turns[index], index=index, start=start, end=start + len(quote), rule=RULE, confidence=1.0)


def _by_turn(index: int, transcript: Transcript, criterion: str) -> Evidence:
    turn = _turn(index, transcript, criterion)
    return Evidence.quoting(turn, index=index, start=0, end=len(turn.text), rule=RULE, confidence=1.0)


def _by_time(start: int, end: int, transcript: Transcript, channel: Channel, criterion: str) -> tuple[Evidence, ...]:
    if channel is not Channel.PHONE:
        raise AnswerError(f"a {channel} contact has no times", field=criterion, hint="quote its words or name the turn")
    length = _length(transcript)
    if length is None:
        raise AnswerError("nothing in this transcript has a time", field=criterion, hint="quote its words or name the turn")
    if not 0 <= start < end <= length:
        told = f"the interaction lasts from 0 to {length} ms"
        raise AnswerError(f"{start} to {end} ms is no stretch of this interaction", field=criterion, hint=told)
    found = tuple(said for index, turn in enumerate(transcript.turns) if (said := _said(turn, index, start, end)) is not None)
    if len(found) > _MOST_TURNS:
        raise AnswerError(f"{len(found)} turns lie between {start} and {end} ms", field=criterion, hint=f"choose at most {_MOST_TURNS}")
    # A silence is evidence, too.
    return found or (Evidence(start_ms=start, end_ms=end, rule=RULE),)


def _said(turn: Turn, index: int, start: int, end: int) -> Evidence | None:
    """What of a turn is said in that stretch: its words there, or all of it where words have no times of their own."""
    if turn.start_ms is None or turn.end_ms is None or turn.start_ms >= end or turn.end_ms <= start:
        return None
    span = turn.characters(start, end) if turn.words else (0, len(turn.text))
    return None if span is None else Evidence.quoting(turn, index=index, start=span[0], end=span[1], rule=RULE, confidence=1.0)


def _turn(index: int, transcript: Transcript, criterion: str) -> Turn:
    if index >= len(transcript.turns):
        raise AnswerError(f"there is no turn {index}", field=criterion, hint=f"turns are numbered 0 to {len(transcript.turns) - 1}")
    return transcript.turns[index]


def _length(transcript: Transcript) -> int | None:
    if transcript.duration_ms is not None:
        return transcript.duration_ms
    return max((turn.end_ms for turn in transcript.turns if turn.end_ms is not None), default=None)
