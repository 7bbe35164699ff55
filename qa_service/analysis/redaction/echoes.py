"""Echoes: data said back by the other party, or again, without anything that names it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

from qa_service.analysis.redaction.case import Case, DigitRun
from qa_service.domain.redaction import Kind, Span

#: Digits from which a piece of a number is not a coincidence, and letters from which words are not.
_DIGITS, _LETTERS = 5, 8
_NUMBERS = frozenset({Kind.CARD, Kind.IBAN, Kind.NATIONAL_ID, Kind.PHONE, Kind.ADDRESS})
_CONFIDENCE = 0.85


def echoes(case: Case, spans: Sequence[Span]) -> Iterator[Span]:
    """Spans in other turns that hold the digits, or the very words, of those found."""
    digits = {run.digits: span.kind for span in spans if span.kind in _NUMBERS for run in _inside(case, span) if len(run.digits) >= _DIGITS}
    words = {said: span.kind for span in spans if span.kind is not Kind.NAME and len(said := _said(case, span)) >= _LETTERS}
    for turn in range(len(case.turns)) if digits or words else ():
        for said, kind in words.items():
            at = case.folded(turn).find(said)
            if at >= 0:
                yield Span(turn, at, at + len(said), kind, _CONFIDENCE)
        for run in case.sequences(turn) if digits else ():
            if run.digits in digits:
                yield Span(turn, run.start, run.end, digits[run.digits], _CONFIDENCE)


def _said(case: Case, span: Span) -> str:
    return case.folded(span.turn)[span.start : span.end]


def _inside(case: Case, span: Span) -> Iterator[DigitRun]:
    runs = case.sequences(span.turn)
    yield from runs[bisect_left(runs, span.start, key=attrgetter("start")) : bisect_right(runs, span.end, key=attrgetter("end"))]
