"""``order``: one thing before another, such as identity verified before account data is disclosed."""

from __future__ import annotations

from typing import ClassVar

from qa_service.domain.criteria.base import AnyDetection, Detection
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided


class Order(Detection):
    """Yes when ``first`` happened before ``then`` first did; where ``then`` never happened, what ``first`` says."""

    kind: ClassVar[str] = "order"
    #: What must come first.
    first: AnyDetection
    #: What must come after it.
    then: AnyDetection

    def children(self) -> tuple[Detection, ...]:
        """Both."""
        return (self.first, self.then)

    def evaluate(self, case: Case, rule: str) -> Outcome:
        """Compares the places of the earliest evidence."""
        first, then = self.first.evaluate(case, f"{rule}.order.first"), self.then.evaluate(case, f"{rule}.order.then")
        if then.verdict is Verdict.NO:
            return first
        if first.verdict is Verdict.NO:
            return first if then.verdict is Verdict.UNDECIDED else first._replace(evidence=then.evidence, why=f"never before: {then.why}")
        if Verdict.UNDECIDED in (first.verdict, then.verdict):
            return undecided(f"order unknown: {first.why if first.verdict is Verdict.UNDECIDED else then.why}")
        return self._compare(case, first, then)

    def _compare(self, case: Case, first: Outcome, then: Outcome) -> Outcome:
        one, other = _earliest(case, first), _earliest(case, then)
        if one is None or other is None:
            return undecided("order unknown: no place in the transcript")
        confidence, evidence = min(first.confidence, then.confidence), first.evidence[:1] + then.evidence[:1]
        if one <= other:
            return Outcome(Verdict.YES, confidence, f"in order: {first.why}, then {then.why}", evidence)
        return Outcome(Verdict.NO, confidence, f"out of order: {then.why} before {first.why}", evidence)


def _earliest(case: Case, outcome: Outcome) -> tuple[int, int] | None:
    turns = case.transcript.turns
    places = [(piece.turn, turns[piece.turn].text.find(piece.quote)) for piece in outcome.evidence if piece.turn is not None]
    return min(places, default=None)
