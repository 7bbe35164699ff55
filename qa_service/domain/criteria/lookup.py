"""What ``said``, ``not_said`` and ``matches`` share: hits in a scope, weighed by how well the words were heard."""

from __future__ import annotations

from collections.abc import Set

from qa_service.domain.criteria.case import Case, Scope
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.evidence import Evidence
from qa_service.domain.finding import Hit

#: Most quotes kept for one rule.
QUOTES = 3
#: Confidence of a phrase that stands there word for word, and of one that stands nowhere in a text of known language.
FOUND, ABSENT = 0.97, 0.85


def decide(case: Case, *, scope: Scope, key: str, languages: Set[str], name: str, rule: str, count: int = 1) -> Outcome:
    """Yes with quotes when ``count`` hits lie in the scope; no when the words were understood and it is not there."""
    if scope.turns is None:
        return undecided(scope.why)
    turns = case.transcript.turns
    hits = [hit for hit in case.findings.get(key, ()) if scope.holds(hit) and not turns[hit.turn].suspect]
    if len(hits) >= count:
        return found(case, hits[: max(QUOTES, count)], name=name, rule=rule)
    foreign = {case.language(i) or "unknown" for i in scope.turns} - languages
    if foreign and "*" not in languages:
        return undecided(f"{name}: no phrases for language {', '.join(sorted(foreign))}")
    heard = [case.confidence(i) for i in scope.turns if not turns[i].suspect]
    return Outcome(Verdict.NO, ABSENT * (sum(heard) / len(heard) if heard else 1.0), f"not found: {name}")


def found(case: Case, hits: list[Hit], *, name: str, rule: str) -> Outcome:
    """A yes with its quotes, surest first."""
    pieces = []
    for hit in hits:
        turn = case.transcript.turns[hit.turn]
        confidence = FOUND * hit.confidence * turn.confidence(hit.start, hit.end)
        pieces.append(Evidence.quoting(turn, index=hit.turn, start=hit.start, end=hit.end, rule=rule, confidence=round(confidence, 4)))
    pieces.sort(key=lambda piece: -piece.confidence)
    return Outcome(Verdict.YES, pieces[0].confidence, name, tuple(pieces))
