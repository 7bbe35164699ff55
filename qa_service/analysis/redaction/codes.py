"""Card codes (CVV): three or four digits that are named or asked for as such."""

from __future__ import annotations

from collections.abc import Iterator

from qa_service.analysis.redaction.case import Case
from qa_service.analysis.redaction.span import Kind, Span

_LENGTHS = (3, 4)


def codes(case: Case) -> Iterator[Span]:
    """Spans of card codes."""
    for turn in range(len(case.turns)):
        for run in case.sequences(turn):
            if len(run.digits) in _LENGTHS and "cvv" in case.label(turn, run.start):
                named = case.named(turn, run.start) == "cvv"
                if named or not case.by_agent(turn):
                    yield Span(turn, run.start, run.end, Kind.CVV, 0.95 if named else 0.9)
