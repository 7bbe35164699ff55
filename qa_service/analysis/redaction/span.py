"""Spans apart: of several findings of the same characters, one."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from itertools import chain
from operator import attrgetter

from qa_service.domain.redaction import Span


def apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, none over another: of those that overlap the first in the given order counts."""
    kept: dict[int, list[Span]] = {}
    for span in spans:
        if span.start >= span.end:
            continue
        among = kept.setdefault(span.turn, [])
        # None of them over another, the one before it ends last of all that begin before its end.
        at = bisect_left(among, span.end, key=attrgetter("start"))
        if not at or among[at - 1].end <= span.start:
            among.insert(at, span)
    return tuple(sorted(chain.from_iterable(kept.values())))
