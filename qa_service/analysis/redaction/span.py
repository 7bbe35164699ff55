"""Spans apart: of several findings of the same characters, one."""

from __future__ import annotations

from collections.abc import Iterable

from qa_service.domain.redaction import Span


def apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, none over another: of those that overlap the first in the given order counts."""
    kept: list[Span] = []
    for span in spans:
        if span.start < span.end and not any(
            span.turn == other.turn and span.start < other.end and other.start < span.end for other in kept
        ):
            kept.append(span)
    return tuple(sorted(kept))
