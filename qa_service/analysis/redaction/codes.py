"""Card codes (CVV): three or four digits that are named or asked for as such."""

from __future__ import annotations

from collections.abc import Iterator

from qa_service.analysis.redaction.case import Case
from qa_service.domain.redaction import Kind, Span

_LENGTHS = (3, 4)
#: What may be named between "code" and the code.
_CARD = frozenset({"card"})


def codes(case: Case) -> Iterator[Span]:
    """Spans of card codes."""
    for turn in range(len(case.turns)):
        for run in case.sequences(turn):
            if len(run.digits) not in _LENGTHS:
                continue
            if case.named_before(turn, run.start, besides=_CARD) == "cvv":
                yield Span(turn, run.start, run.end, Kind.CVV, 0.95)
            elif "cvv" in case.label(turn, run.start):
                yield Span(turn, run.start, run.end, Kind.CVV, 0.9)
