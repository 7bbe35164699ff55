"""Spans of time: joined, cut out of each other, laid over each other. In ms, start before end, everything in order of start."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

#: Start and end, ms.
Span = tuple[int, int]


def joined(spans: Iterable[Span], *, pause: int = 0) -> list[Span]:
    """The spans, with those that overlap, touch or leave at most ``pause`` between them made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start - found[-1][1] <= pause:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """What is left of the spans outside of the holes, which must not overlap each other."""
    found: list[Span] = []
    first = 0
    for start, end in spans:
        while first < len(holes) and holes[first][1] <= start:
            first += 1
        for low, high in holes[first:]:
            if low >= end:
                break
            if low > start:
                found.append((start, low))
            start = max(start, high)
        if start < end:
            found.append((start, end))
    return found


def common(spans: Sequence[Span], others: Sequence[Span]) -> list[Span]:
    """Where both lie; neither sequence may overlap itself."""
    found: list[Span] = []
    first = 0
    for start, end in spans:
        while first < len(others) and others[first][1] <= start:
            first += 1
        for low, high in others[first:]:
            if low >= end:
                break
            found.append((max(start, low), min(end, high)))
    return found


def between(spans: Sequence[Span]) -> list[Span]:
    """The gaps between joined spans."""
    return [(before[1], after[0]) for before, after in pairwise(spans)]


def total(spans: Iterable[Span]) -> int:
    """Sum of the lengths."""
    return sum(end - start for start, end in spans)
