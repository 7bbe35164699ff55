"""Sentences of a turn, as character ranges; speech without punctuation is one sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

#: A mark of the end, with what closes behind it; a full stop needs a blank, so that 10.30 and x@y.com hold together.
_END = re.compile(r"[!?؟。…]+[\"'”»)\]]*|[.。]+[\"'”»)\]]*(?=\s|$)|\s*\n+|[;؛](?=\s)")
_ABBREVIATION = re.compile(
    r"\b(?:mr|mrs|ms|dr|st|no|vs|etc|inc|ltd|e\.g|i\.e|approx|ref|tel|dept|prof|sr|jr|a\.m|p\.m|[a-z])$", re.IGNORECASE
)

Span = tuple[int, int]


@lru_cache(maxsize=2048)
def sentences(text: str) -> tuple[Span, ...]:
    """Ranges that cover every word of the text, in order."""
    found: list[Span] = []
    start = 0
    for mark in _END.finditer(text):
        if mark[0].startswith(".") and (_ABBREVIATION.search(text, start, mark.start()) or text[start : mark.start()].strip().isdecimal()):
            continue
        if text[start : mark.end()].strip(" \n\t.!?؟;؛…"):
            found.append((start, mark.end()))
            start = mark.end()
    if text[start:].strip():
        found.append((start, len(text)))
    return tuple(found)


def sentence_at(spans: Sequence[Span], position: int) -> int:
    """Index of the sentence that a character stands in."""
    return next((index for index, (_, end) in enumerate(spans) if position < end), len(spans) - 1)
