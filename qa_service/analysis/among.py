"""Among: hits of a conversation by where they stand, so that the look for one beside a place takes no longer for their being many."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from operator import itemgetter

from qa_service.domain.finding import Hit

_START = itemgetter(0)


class Among:
    """Hits, looked up by turn and range of characters."""

    def __init__(self, hits: Iterable[Hit]) -> None:
        self._spans: dict[int, list[tuple[int, int]]] = {}
        for hit in hits:
            self._spans.setdefault(hit.turn, []).append((hit.start, hit.end))
        for spans in self._spans.values():
            spans.sort()
        #: The last end of each hit and all before it, and the first end of each and all behind it.
        self._last = {turn: list(accumulate((end for _, end in spans), max)) for turn, spans in self._spans.items()}
        self._first = {turn: list(accumulate((end for _, end in reversed(spans)), min))[::-1] for turn, spans in self._spans.items()}

    def __contains__(self, turn: int) -> bool:
        """Whether one stands in a turn."""
        return turn in self._spans

    def touches(self, turn: int, start: int, end: int) -> bool:
        """Whether one shares a character with a range."""
        spans = self._spans.get(turn, [])
        before = bisect_left(spans, end, key=_START)
        return before > 0 and self._last[turn][before - 1] > start

    def begins(self, turn: int, start: int, end: int) -> bool:
        """Whether one begins in a range."""
        spans = self._spans.get(turn, [])
        at = bisect_left(spans, start, key=_START)
        return at < len(spans) and spans[at][0] < end

    def lies(self, turn: int, start: int, end: int) -> bool:
        """Whether one lies in a range as a whole."""
        spans = self._spans.get(turn, [])
        at = bisect_left(spans, start, key=_START)
        return at < len(spans) and self._first[turn][at] <= end
