"""Pre-scoring: a rubric, a transcript, its signals and findings -> a suggestion for every criterion."""

from __future__ import annotations

from collections.abc import Mapping

from qa_service.domain.asking import asked, reason
from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.outcome import Outcome, Verdict, undecided
from qa_service.domain.finding import Findings, Wanted
from qa_service.domain.judgement import NO_JUDGEMENTS, Asked, Call, Judgements
from qa_service.domain.learned.model import LearnedModel
from qa_service.domain.learned.revise import concepts_wanted, revised
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion, Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.signal import Signal
from qa_service.domain.transcript import Transcript


def pre_score(
    rubric: Rubric, *, transcript: Transcript, signals: Mapping[str, Signal], findings: Findings,
    judgements: Judgements = NO_JUDGEMENTS, learned: LearnedModel | None = None, decide_at: float = 0.5,
) -> dict[str, Suggestion]:
    """Suggestions by criterion id, in the order of the form; what was ``learned`` weighs those of the rules again.

    Nothing is guessed: a suggestion whose confidence is under ``decide_at`` becomes ``undecided`` and keeps its evidence.
    """
    case = Case(transcript=transcript, signals=signals, findings=findings, coverage=rubric.coverage, judgements=judgements)
    suggestions = _suggestions(rubric, case, decide_at, learned)
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


def wanted_concepts(
    rubric: Rubric, *, transcript: Transcript, signals: Mapping[str, Signal], findings: Findings, learned: LearnedModel,
    decide_at: float = 0.5,
) -> Mapping[str, frozenset[int]]:
    """Concepts that must be looked up, and in which turns: those of criteria of which rules and signals alone are not sure enough."""
    case = Case(transcript=transcript, signals=signals, findings=findings, coverage=rubric.coverage)
    return concepts_wanted(learned, rubric, case, _suggestions(rubric, case, decide_at))


def wanted_judgements(
    rubric: Rubric, *, transcript: Transcript, signals: Mapping[str, Signal], findings: Findings, learned: LearnedModel | None = None,
    decide_at: float = 0.5,
) -> tuple[Asked, ...]:
    """Questions that a language model must be asked: those of criteria that everything else leaves undecided."""
    if not rubric.judges or _foreign(rubric, transcript):
        return ()
    case = Case(transcript=transcript, signals=signals, findings=findings, coverage=rubric.coverage)
    suggestions = _suggestions(rubric, case, decide_at, learned)
    open_ = (one for criterion, some in rubric.judges.items() if suggestions[criterion].answer == UNDECIDED for one in some)
    questions = (judge.asked(case) for judge in open_)
    return tuple({question.query.key: question for question in questions if question.quotable}.values())


def calls_of(rubric: Rubric, judgements: Judgements) -> Mapping[str, tuple[Call, ...]]:
    """What a language model was asked for each criterion, for the record."""
    told = {
        criterion: tuple(call for one in some if one.query.key in judgements for call in judgements[one.query.key].calls)
        for criterion, some in rubric.judges.items()
    }
    return {criterion: calls for criterion, calls in told.items() if calls}


def _suggestions(rubric: Rubric, case: Case, decide_at: float, learned: LearnedModel | None = None) -> dict[str, Suggestion]:
    if _foreign(rubric, case.transcript):
        foreign = undecided(f"the rubric serves {', '.join(rubric.languages)}, and this is in {case.transcript.language}")
        return {criterion.id: _suggestion(UNDECIDED, foreign, decide_at) for criterion in rubric.criteria}
    found: dict[str, Suggestion] = {}
    for criterion in rubric.order:
        rule = rubric.places[criterion.id]
        unasked = _unasked(criterion, case, found, decide_at)
        suggestion = unasked or _suggest(criterion, case, rule, decide_at)
        if learned is not None and unasked is None:
            suggestion = revised(learned, rubric, criterion, case, suggestion, decide_at=decide_at)
        found[criterion.id] = suggestion
    return found


def _foreign(rubric: Rubric, transcript: Transcript) -> bool:
    """Whether it is in a language that the rubric does not serve."""
    return bool(rubric.languages) and transcript.language is not None and transcript.language not in rubric.languages


def _unasked(criterion: Criterion, case: Case, others: Mapping[str, Suggestion], decide_at: float) -> Suggestion | None:
    """The suggestion where the answers to other criteria do not let this one be asked, or do not tell yet."""
    if criterion.asked_when is None:
        return None
    answers = {other: others[other].answer for other in criterion.asked_when}
    verdict = asked(criterion.asked_when, answers)
    if verdict is Verdict.YES:
        return None
    if verdict is Verdict.UNDECIDED:
        open_ = ", ".join(other for other, answer in answers.items() if answer == UNDECIDED)
        case.outcomes[criterion.id] = undecided(f"asked by the answer to {open_}, which is undecided")
        return _suggestion(UNDECIDED, case.outcomes[criterion.id], decide_at)
    against = [others[other] for other, wanted in criterion.asked_when.items() if answers[other] not in (*wanted, UNDECIDED)]
    surest = max(against, key=lambda one: one.confidence)
    outcome = Outcome(Verdict.NO, surest.confidence, reason(criterion.asked_when, answers), surest.evidence)
    case.outcomes[criterion.id] = outcome
    return _suggestion(NOT_APPLICABLE, outcome, decide_at)


def _suggest(criterion: Criterion, case: Case, rule: str, decide_at: float) -> Suggestion:
    opportunity = None if criterion.applies_when is None else criterion.applies_when.evaluate(case, f"{rule}.applies_when")
    if opportunity is not None and opportunity.verdict is Verdict.NO:
        case.outcomes[criterion.id] = Outcome(Verdict.NO, opportunity.confidence, opportunity.why)
        return _suggestion(NOT_APPLICABLE, opportunity, decide_at, why=f"no opportunity: {opportunity.why}")
    answer, outcome = _answer(criterion, case, rule)
    if opportunity is not None and opportunity.verdict is Verdict.UNDECIDED and outcome.verdict is not Verdict.YES:
        outcome = undecided(f"opportunity unknown: {opportunity.why}")
    if opportunity is not None and outcome.verdict is Verdict.NO:
        outcome = _missed(outcome, opportunity)
    case.outcomes[criterion.id] = outcome if outcome.confidence >= decide_at else undecided(outcome.why)
    chosen = None if outcome.verdict is Verdict.UNDECIDED else answer
    return _suggestion(chosen or outcome.verdict.value, outcome, decide_at)


def _answer(criterion: Criterion, case: Case, rule: str) -> tuple[str | None, Outcome]:
    """The option that bands or a judge choose (``None`` for yes and no), and the outcome; an option that earns nothing is a no."""
    if criterion.numeric is None:
        outcome = undecided("for a person to decide") if criterion.detect is None else criterion.detect.evaluate(case, rule)
        if outcome.answer is None:
            return None, outcome
        missed = outcome.answer in criterion.misses or outcome.answer == NOT_APPLICABLE
        return outcome.answer, outcome._replace(verdict=Verdict.NO if missed else Verdict.YES)
    answer, outcome = criterion.numeric.choose(case, rule)
    return answer, outcome._replace(verdict=Verdict.NO) if answer in criterion.misses else outcome


def _missed(outcome: Outcome, opportunity: Outcome) -> Outcome:
    """A miss is no surer than that there was an opportunity, and where nothing can be quoted for it, the opportunity is shown."""
    confidence = min(outcome.confidence, opportunity.confidence)
    return outcome._replace(confidence=confidence, evidence=outcome.evidence or opportunity.evidence)


def _suggestion(answer: str, outcome: Outcome, decide_at: float, *, why: str | None = None) -> Suggestion:
    reason = outcome.why if why is None else why
    if answer != UNDECIDED and outcome.confidence < decide_at:
        answer, reason = UNDECIDED, f"too unsure ({outcome.confidence:.2f}): {reason}"
    return Suggestion.trusted(answer=answer, confidence=round(float(outcome.confidence), 4), why=reason, evidence=outcome.evidence)
