"""What ``said``, ``not_said`` and ``matches`` share: hits in a scope, weighed by how well the words were heard."""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from qa_service.domain.criteria.case import Case, Scope
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.evidence import Evidence
from qa_service.domain.finding import Hit

#: Most quotes kept for one rule.
QUOTES = 3
#: Confidence of a phrase that stands there word for word, and of one that stands nowhere in a text of known language.
FOUND, ABSENT = 0.97, 0.85


def decide(case: Case, *, scope: Scope, key: str, languages: AbstractSet[str], name: str, rule: str, count: int = 1) -> Outcome:
    """Yes with quotes when ``count`` hits lie in the scope; no when the words were understood and it is not there."""
    if scope.turns is None:
        return undecided(scope.why)
    turns = case.transcript.turns
    hits = [hit for hit in case.findings.get(key, ()) if not turns[hit.turn].suspect and scope.holds(hit, turns[hit.turn])]
    if len(hits) >= count:
        return found(case, hits, name=name, rule=rule, count=count, certainty=scope.certainty)
    heard = [i for i in scope.turns if not turns[i].suspect]
    if scope.turns and not heard:
        return undecided(f"{name}: nothing there was heard reliably")
    foreign = {case.language(i) or "unknown" for i in heard} - languages
    if foreign and "*" not in languages:
        return undecided(f"{name}: no phrases for language {', '.join(sorted(foreign))}")
    clarity = sum(case.confidence(i) for i in heard) / len(heard) if heard else 1.0
    return Outcome(Verdict.NO, ABSENT * clarity * scope.certainty, f"not found: {name}")


def found(case: Case, hits: list[Hit], *, name: str, rule: str, count: int = 1, certainty: float = 1.0) -> Outcome:
    """A yes: as sure as its ``count``-th surest hit, true from its ``count``-th hit on, with the surest quotes and that one."""
    turns = case.transcript.turns
    weighed = [(FOUND * certainty * hit.confidence * turns[hit.turn].confidence(hit.start, hit.end), hit) for hit in hits]
    decisive = weighed[count - 1]
    best = sorted(weighed, key=lambda one: -one[0])[: max(QUOTES, count)]
    kept = best if decisive in best else [*best[:-1], decisive]
    pieces = tuple(
        Evidence.quoting(turns[hit.turn], index=hit.turn, start=hit.start, end=hit.end, rule=rule, confidence=round(confidence, 4))
        for confidence, hit in kept
    )
    return Outcome(Verdict.YES, best[count - 1][0], name, pieces, (decisive[1].turn, decisive[1].start))
