"""``order``: one thing before another, such as identity verified before account data is disclosed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from qa_service.domain.base import Path
from qa_service.domain.criteria.base import AnyDetection, Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.evidence import Evidence


class Order(Detection):
    """Yes when ``first`` happened before ``then`` first did; where ``then`` never happened, what ``first`` says."""

    kind: ClassVar[str] = "order"
    #: What must come first.
    first: AnyDetection
    #: What must come after it.
    then: AnyDetection

    def branches(self) -> Iterator[tuple[Path, Detection]]:
        """Both."""
        yield ("first",), self.first
        yield ("then",), self.then

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Compares the places where both came true."""
        first, then = self.first.evaluate(case, f"{rule}.order.first"), self.then.evaluate(case, f"{rule}.order.then")
        if then.verdict is Verdict.NO:
            return first
        if first.verdict is Verdict.NO:
            return first if then.verdict is Verdict.UNDECIDED else first._replace(evidence=then.evidence, why=f"never before: {then.why}")
        if Verdict.UNDECIDED in (first.verdict, then.verdict):
            return undecided(f"order unknown: {first.why if first.verdict is Verdict.UNDECIDED else then.why}")
        if first.place is None or then.place is None:
            return undecided("order unknown: no place in the transcript")
        confidence, evidence = min(first.confidence, then.confidence), (*_quote(first), *_quote(then))
        if first.place <= then.place:
            return Outcome(Verdict.YES, confidence, f"in order: {first.why}, then {then.why}", evidence, first.place)
        return Outcome(Verdict.NO, confidence, f"out of order: {then.why} before {first.why}", evidence)


def _quote(outcome: Outcome) -> tuple[Evidence, ...]:
    """The piece that was compared, else the most telling one."""
    return tuple(piece for piece in outcome.evidence if (piece.turn, piece.start) == outcome.place)[:1] or outcome.evidence[:1]
