"""Edits: stretches of a text and what is written in their place."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import NamedTuple

_PERSIAN, _ARABIC = str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹"), str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_ASCII_FIGURE, _PERSIAN_FIGURE, _ARABIC_FIGURE = re.compile("[0-9]"), re.compile("[۰-۹]"), re.compile("[٠-٩]")
#: From here on thousands are written apart.
_GROUPED_FROM = 10_000


class Edit(NamedTuple):
    """Text to write in the place of ``start:end``."""

    start: int
    end: int
    text: str


def applied(text: str, edits: Iterable[Edit]) -> str:
    """The text with its edits; of those that overlap, the earlier in the list counts."""
    kept: list[Edit] = []
    for edit in edits:
        at = bisect_left(kept, edit.end, key=attrgetter("start"))
        if not at or kept[at - 1].end <= edit.start:
            kept.insert(at, edit)
    return "".join(_pieces(text, kept))


def _pieces(text: str, edits: Sequence[Edit]) -> Iterator[str]:
    end = 0
    for edit in edits:
        yield text[end : edit.start]
        yield edit.text
        end = edit.end
    yield text[end:]


class Figures:
    """How figures are written in a text: those it has already, else those of its language."""

    def __init__(self, text: str, language: str | None) -> None:
        persian, arabic = bool(_PERSIAN_FIGURE.search(text)), bool(_ARABIC_FIGURE.search(text))
        if not persian and not arabic and not _ASCII_FIGURE.search(text):
            persian, arabic = language == "fa", language == "ar"
        self._table = _PERSIAN if persian else _ARABIC if arabic else None
        self._marks = ("٬", "٫") if self._table else (",", ".")

    def plain(self, digits: str) -> str:
        """Digits as they are."""
        return digits.translate(self._table) if self._table else digits

    def number(self, value: int) -> str:
        """A whole number, thousands apart where it is long."""
        return self.plain(f"{value:,}" if value >= _GROUPED_FROM else str(value)).replace(",", self._marks[0])

    def decimal(self, digits: str) -> str:
        """A number with a fraction, given with a point."""
        return self.plain(digits).replace(".", self._marks[1])
