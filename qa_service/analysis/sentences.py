"""Sentences of a turn, as character ranges; speech without punctuation is one sentence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from operator import itemgetter

#: A mark of the end, with what closes behind it; a full stop needs a blank, so that 10.30 and x@y.com hold together.
_END = re.compile(r"[!?؟。…]+[\"'”»)\]]*|(?<![.。])[.。]++[\"'”»)\]]*+(?=\s|$)|(?<!\s)\s*\n+|[;؛](?=\s)")
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|no|vs|etc|inc|ltd|e\.g|i\.e|approx|ref|tel|dept|prof|sr|jr|a\.m|p\.m|[a-z])$", re.IGNORECASE
)

#: Characters of the longest of them, and of the longest number of a list.
_LONGEST = 8
_LONGEST_NUMBER = 40
#: Nobody says anything with these alone.
_MARKS = " \n\t.!?؟;؛…"

Span = tuple[int, int]


@lru_cache(maxsize=2048)
def sentences(text: str) -> tuple[Span, ...]:
    """Ranges that cover every word of the text, in order.

    Every character is looked at a few times, however many marks stand in a row: whoever writes is a stranger.
    """
    found: list[Span] = []
    start = seen = 0
    words = False
    for mark in _END.finditer(text):
        words = words or bool(text[seen : mark.end()].strip(_MARKS))
        seen = mark.end()
        if mark[0].startswith(".") and (_is_abbreviation(text, start, mark.start()) or _is_number(text, start, mark.start())):
            continue
        if words:
            found.append((start, mark.end()))
            start, words = mark.end(), False
    if text[start:].strip():
        found.append((start, len(text)))
    return tuple(found)


def _is_abbreviation(text: str, start: int, end: int) -> bool:
    return _ABBREVIATION.search(text, max(start, end - _LONGEST), end) is not None


def _is_number(text: str, start: int, end: int) -> bool:
    return end - start <= _LONGEST_NUMBER and text[start:end].strip().isdecimal()


def sentence_at(spans: Sequence[Span], position: int) -> int:
    """Index of the sentence that a character stands in."""
    return min(bisect_right(spans, position, key=itemgetter(1)), len(spans) - 1)
