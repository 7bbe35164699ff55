"""Commitments: the promises that the signals point at, as data: who promises what by when.

A first person binds the agent, a plural or a passive the company; a team or a technician is whoever else acts. The time may stand in the
sentence or, where the signal says that there is one, in the next, in the one before, or in the agent's next turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, tzinfo

from qa_service.analysis.fold import fold
from qa_service.analysis.language import LANGUAGES
from qa_service.analysis.lexicon import Lexicon
from qa_service.analysis.sentences import sentence_at, sentences
from qa_service.analysis.when import Window, window
from qa_service.domain.promise import Commitment, Promiser
from qa_service.domain.signal import Place, Signal
from qa_service.domain.transcript import Speaker, Transcript, Turn

_LEXICON = "commitment"
_SUBJECTS = (
    (Promiser.TECHNICIAN, "_technician"), (Promiser.TEAM, "_team"), (Promiser.AGENT, "_agent"), (Promiser.COMPANY, "_company"),
)
_COMMA = re.compile(r"[,،;؛—–]|\s-\s")
#: A clause with fewer words is read together with the next.
_SHORT = 4


def commitments(
    transcript: Transcript, signals: Mapping[str, Signal], *, started_at: datetime | None, zone: tzinfo,
    weekend: frozenset[int] = frozenset({5, 6}),
) -> tuple[Commitment, ...]:
    """The promises at the places of ``promise.count``; without ``started_at`` or times of the turns none has a date.

    ``zone``: the one that hours are meant in; ``weekend``: days of the week without work, Monday is 0.
    """
    promised, incomplete = signals.get("promise.count"), signals.get("promise.incomplete")
    if promised is None or promised.value is None:
        return ()
    untimed = {(place.turn, place.start) for place in incomplete.places} if incomplete is not None else set()
    found: list[Commitment] = []
    for turn, start, end in sorted(_spans(promised.places)):
        near = (turn, start) not in untimed
        due = _due(transcript, (turn, start, end), _anchor(transcript.turns[turn], started_at, zone), weekend, near=near)
        language = transcript.turns[turn].language or transcript.language or "xx"
        sentence = transcript.turns[turn].text[start:end]
        found.append(
            Commitment(
                position=len(found), turn=turn, start=start, end=end, who=who_of(sentence, language), what=what_of(sentence, language),
                contact=_says(sentence, language, "_contact"), due_from=None if due is None else due.start,
                due_until=None if due is None else due.end, confidence=promised.confidence,
            )
        )
    return tuple(found)


def who_of(sentence: str, language: str) -> Promiser:
    """Whom the promise of a sentence binds; the company where nothing tells."""
    if language not in LANGUAGES:
        return Promiser.COMPANY
    words = fold(sentence, language).text
    at = {promiser: _places(meaning, words, language) for promiser, meaning in _SUBJECTS}
    other = next((one for one in (Promiser.TECHNICIAN, Promiser.TEAM) if at[one]), None)
    if other is not None and _places("_delegates", words, language):
        return other
    if language == "en":
        act = min(_places("_will", words, language), default=len(words))
        before = [(place, promiser) for promiser, places in at.items() for place in places if place < act]
        return max(before)[1] if before else other or Promiser.COMPANY
    if other is not None and not at[Promiser.AGENT]:
        return other
    return Promiser.AGENT if at[Promiser.AGENT] else Promiser.COMPANY


def what_of(sentence: str, language: str) -> str:
    """The clause that holds the promise."""
    act = _act(sentence, language)
    borders = [0, *sorted(_borders(sentence, language)), len(sentence)]
    start = max((border for border in borders if border <= act), default=0)
    ends = [border for border in borders if border > act]
    end = next((border for border in ends if len(sentence[start:border].split()) >= _SHORT), ends[-1] if ends else len(sentence))
    return " ".join(sentence[start:end].strip(" \n\t,،;؛—–-").split())


def _spans(places: tuple[Place, ...]) -> Iterator[tuple[int, int, int]]:
    for place in places:
        if place.turn is not None and place.start is not None and place.end is not None:
            yield place.turn, place.start, place.end


def _anchor(turn: Turn, started_at: datetime | None, zone: tzinfo) -> datetime | None:
    """When the sentence was said."""
    at = turn.sent_at
    if at is None and started_at is not None:
        at = started_at + timedelta(milliseconds=turn.start_ms or 0)
    return None if at is None else at.astimezone(zone)


def _due(
    transcript: Transcript, place: tuple[int, int, int], anchor: datetime | None, weekend: frozenset[int], *, near: bool
) -> Window | None:
    if anchor is None:
        return None
    turn, start, end = place
    language = transcript.turns[turn].language or transcript.language
    sentence = transcript.turns[turn].text[start:end]
    code = language or "xx"
    texts = [what_of(sentence, code), sentence[_act(sentence, code) :], sentence, *(_around(transcript, turn, start) if near else ())]
    found = (window(text, language, anchor=anchor, weekend=weekend) for text in texts)
    return next((one for one in found if one is not None), None)


def _around(transcript: Transcript, turn: int, start: int) -> Iterator[str]:
    """The next sentence, the one before, and the agent's next turn."""
    text = transcript.turns[turn].text
    spans = sentences(text)
    at = sentence_at(spans, start)
    for first, last in (*spans[at + 1 : at + 2], *spans[max(0, at - 1) : at]):
        yield text[first:last]
    following = (one for one in transcript.turns[turn + 1 :] if one.speaker is Speaker.AGENT and not one.suspect)
    if (after := next(following, None)) is not None:
        yield after.text


def _act(sentence: str, language: str) -> int:
    """Position of the act, as far as verbs tell; the start where none is found."""
    if language not in LANGUAGES:
        return 0
    folded = fold(sentence, language)
    for meaning in ("_will", "_contact", "_agent"):
        match = Lexicon(_LEXICON).pattern(meaning, language).search(folded.text)
        if match is not None:
            return folded.original(*match.span())[0]
    return 0


def _borders(sentence: str, language: str) -> set[int]:
    folded = fold(sentence, language)
    matches = Lexicon(_LEXICON).pattern("_breaks", language).finditer(folded.text)
    breaks = {start for start, _ in folded.originals([match.span() for match in matches])}
    return {match.start() for match in _COMMA.finditer(sentence)} | breaks


def _places(meaning: str, words: str, language: str) -> list[int]:
    return [int(match.start()) for match in Lexicon(_LEXICON).pattern(meaning, language).finditer(words)]


def _says(sentence: str, language: str, meaning: str) -> bool:
    return language in LANGUAGES and bool(_places(meaning, fold(sentence, language).text, language))
