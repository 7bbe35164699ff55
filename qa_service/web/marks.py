"""Marks: a text in pieces, with those apart that were found."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from qa_service.services.search import Hit


class Piece(NamedTuple):
    """A part of a text."""

    text: str
    #: Whether it was found.
    found: bool


def pieces(hit: Hit) -> tuple[Piece, ...]:
    """What a hit shows of its turn, in order; marks that reach over the end of what is shown end there."""
    text = hit.text or ""
    shifted = ((start - hit.text_start, end - hit.text_start) for start, end in hit.marks)
    return tuple(_pieces(text, shifted))


def _pieces(text: str, marks: Iterable[tuple[int, int]]) -> Iterator[Piece]:
    at = 0
    for start, end in marks:
        first, last = max(start, at), min(_whole(text, end), len(text))
        if first >= last:
            continue
        if first > at:
            yield Piece(text[at:first], found=False)
        yield Piece(text[first:last], found=True)
        at = last
    if at < len(text):
        yield Piece(text[at:], found=False)


def _whole(text: str, end: int) -> int:
    """Without parting a letter from the signs above or below it: they belong to what was found."""
    while 0 < end < len(text) and unicodedata.combining(text[end]):
        end += 1
    return end
