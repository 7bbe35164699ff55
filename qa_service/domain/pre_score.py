"""Pre-scoring: a rubric, a transcript, its signals and findings -> a suggestion for every criterion."""

from __future__ import annotations

from collections.abc import Mapping

from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.finding import Findings, Wanted
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion, Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript


def pre_score(
    rubric: Rubric, *, transcript: Transcript, signals: Mapping[str, Signal], findings: Findings, decide_at: float = 0.5
) -> dict[str, Suggestion]:
    """Suggestions by criterion id, in the order of the form.

    Nothing is guessed: a suggestion whose confidence is under ``decide_at`` becomes ``undecided`` and keeps its evidence.
    """
    case = Case(transcript=transcript, signals=signals, findings=findings, coverage=rubric.coverage)
    suggestions = _suggestions(rubric, case, decide_at)
    return {criterion.id: suggestions[criterion.id] for criterion in rubric.criteria}


def wanted_meanings(
    rubric: Rubric, *, transcript: Transcript, signals: Mapping[str, Signal], findings: Findings, decide_at: float = 0.5
) -> tuple[Wanted, ...]:
    """Meanings that must be looked up, in the turns that count: those of criteria that ``findings`` alone leave undecided."""
    if not rubric.meanings:
        return ()
    case = Case(transcript=transcript, signals=signals, findings=findings, coverage=rubric.coverage)
    suggestions = _suggestions(rubric, case, decide_at)
    found: dict[str, Wanted] = {}
    for means in (one for criterion, some in rubric.meanings.items() if suggestions[criterion].answer == UNDECIDED for one in some):
        query, turns = means.query, means.turns(case)
        found[query.key] = Wanted(query, turns | (found[query.key].turns if query.key in found else frozenset()))
    return tuple(found.values())


def _suggestions(rubric: Rubric, case: Case, decide_at: float) -> dict[str, Suggestion]:
    return {criterion.id: _suggest(criterion, case, rubric.places[criterion.id], decide_at) for criterion in rubric.order}


def _suggest(criterion: Criterion, case: Case, rule: str, decide_at: float) -> Suggestion:
    opportunity = None if criterion.applies_when is None else criterion.applies_when.evaluate(case, f"{rule}.applies_when")
    if opportunity is not None and opportunity.verdict is Verdict.NO:
        case.outcomes[criterion.id] = Outcome(Verdict.NO, opportunity.confidence, opportunity.why)
        return _suggestion(NOT_APPLICABLE, opportunity, decide_at, why=f"no opportunity: {opportunity.why}")
    outcome = undecided("for a person to decide") if criterion.detect is None else criterion.detect.evaluate(case, rule)
    if opportunity is not None and opportunity.verdict is Verdict.UNDECIDED and outcome.verdict is not Verdict.YES:
        outcome = undecided(f"opportunity unknown: {opportunity.why}")
    if opportunity is not None and outcome.verdict is Verdict.NO:
        outcome = _missed(outcome, opportunity)
    case.outcomes[criterion.id] = outcome if outcome.confidence >= decide_at else undecided(outcome.why)
    return _suggestion(outcome.verdict.value, outcome, decide_at)


def _missed(outcome: Outcome, opportunity: Outcome) -> Outcome:
    """A miss is no surer than that there was an opportunity, and where nothing can be quoted for it, the opportunity is shown."""
    confidence = min(outcome.confidence, opportunity.confidence)
    return outcome._replace(confidence=confidence, evidence=outcome.evidence or opportunity.evidence)


def _suggestion(answer: str, outcome: Outcome, decide_at: float, *, why: str | None = None) -> Suggestion:
    reason = outcome.why if why is None else why
    if answer != UNDECIDED and outcome.confidence < decide_at:
        answer, reason = UNDECIDED, f"too unsure ({outcome.confidence:.2f}): {reason}"
    return Suggestion.trusted(answer=answer, confidence=round(float(outcome.confidence), 4), why=reason, evidence=outcome.evidence)
