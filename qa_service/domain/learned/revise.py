"""Revising: what the rules said of a criterion, weighed again with what was learned from people's answers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.scope import By
from qa_service.domain.evidence import Evidence
from qa_service.domain.learned.features import known, nearest, turns_read, values
from qa_service.domain.learned.features import sought as sought_by
from qa_service.domain.learned.model import LearnedCriterion, LearnedModel, Weights
from qa_service.domain.rubric import UNDECIDED, Criterion, Rubric
from qa_service.domain.scorecard import Suggestion

#: Sentences quoted for an answer that was turned.
_QUOTES = 2


class _Weighed(NamedTuple):
    """What weights make of a case."""

    weights: Weights
    values: Mapping[str, float]
    chances: tuple[float, ...]
    #: Least chance that decides.
    decide_at: float

    @property
    def best(self) -> int:
        """Index of the likeliest answer."""
        return max(range(len(self.chances)), key=self.chances.__getitem__)


def revised(
    model: LearnedModel, rubric: Rubric, criterion: Criterion, case: Case, rules: Suggestion, *, decide_at: float = 0.5
) -> Suggestion:
    """The suggestion with a calibrated confidence; the answer may turn, and then quotes the sentence that tipped it.

    Where the model was learned for another detection, the rules' suggestion stays and says so.
    """
    learned = model.criteria.get(criterion.id)
    if learned is None:
        return rules
    if model.fits(rubric, criterion) is None:
        return rules.model_copy(update={"why": f"{rules.why} (nothing learned fits this detection: it was changed)"})
    weighed = _weigh(learned, case, rules)
    answer, chance = learned.answers[weighed.best], weighed.chances[weighed.best]
    confidence = round(chance * case.scope(By.AGENT, None).certainty, 4)
    reason = f"{answer} {chance:.0%} by what was learned; rules: {rules.answer} ({rules.why})"
    if confidence < max(weighed.decide_at, decide_at):
        return rules.model_copy(update={"answer": UNDECIDED, "confidence": confidence, "why": f"too unsure: {reason}"})
    if answer == rules.answer:
        return rules.model_copy(update={"confidence": confidence, "why": reason})
    evidence = tuple(_tipped(weighed, learned, case, rules, rubric.places[criterion.id])) or rules.evidence
    if not evidence:
        return rules.model_copy(update={"answer": UNDECIDED, "confidence": confidence, "why": f"nothing to quote: {reason}"})
    return rules.model_copy(update={"answer": answer, "confidence": confidence, "why": reason, "evidence": evidence})


def concepts_wanted(model: LearnedModel, rubric: Rubric, case: Case, rules: Mapping[str, Suggestion]) -> dict[str, frozenset[int]]:
    """Meanings to look up and in which turns: those of criteria of which rules and signals alone are not sure enough."""
    found: dict[str, frozenset[int]] = {}
    for criterion in rubric.criteria:
        learned = model.fits(rubric, criterion)
        if learned is None or learned.meaning is None or max(_plain(learned, case, rules[criterion.id]).chances) >= learned.sure:
            continue
        for one in (one for name in learned.meaning.features for one in sought_by(name)):
            found[one.concept] = found.get(one.concept, frozenset()) | turns_read(one, case)
    return found


def _weigh(learned: LearnedCriterion, case: Case, rules: Suggestion) -> _Weighed:
    plain = _plain(learned, case, rules)
    meaning = learned.meaning
    if meaning is None or max(plain.chances) >= learned.sure:
        return plain if meaning is None else plain._replace(decide_at=learned.decide_at)
    if not known(meaning.features, case):
        return plain
    found = values(meaning.features, case=case, suggestion=rules)
    return _Weighed(meaning, found, meaning.chances(found), learned.decide_at)


def _plain(learned: LearnedCriterion, case: Case, rules: Suggestion) -> _Weighed:
    found = values(learned.plain.features, case=case, suggestion=rules)
    return _Weighed(learned.plain, found, learned.plain.chances(found), learned.decide_plain_at)


def _tipped(weighed: _Weighed, learned: LearnedCriterion, case: Case, rules: Suggestion, place: str) -> Iterator[Evidence]:
    """The sentences behind the features that spoke most for the new answer against the rules', else against the next likeliest."""
    others = [index for index in range(len(learned.answers)) if index != weighed.best]
    if not others:
        return
    old = learned.answers.index(rules.answer) if rules.answer in learned.answers else None
    against = max(others, key=weighed.chances.__getitem__) if old is None else old
    told = weighed.weights.told(weighed.values, index=weighed.best, against=against)
    # What was meant tells more than what was not: a sentence that only comes nearest is quoted where there is no other.
    told.sort(key=lambda one: one[0] <= 0 or weighed.values.get(one[1], 0.0) <= 0)
    pieces = (piece for _, name in told if not name.startswith("rule.") for piece in _quotes(name, case, f"{place}.learned"))
    seen: set[tuple[int | None, int | None]] = set()
    for piece in pieces:
        if (piece.turn, piece.start) not in seen:
            seen.add((piece.turn, piece.start))
            yield piece
        if len(seen) == _QUOTES:
            return


def _quotes(name: str, case: Case, rule: str) -> Iterator[Evidence]:
    """The sentence that a feature rests on."""
    turns = case.transcript.turns
    for hit in nearest(name, case):
        chance = round(hit.confidence, 4)
        yield Evidence.quoting(turns[hit.turn], index=hit.turn, start=hit.start, end=hit.end, rule=rule, confidence=chance)
    signal = case.signals.get(name.removeprefix("signal."))
    if signal is None:
        return
    for place in (place for place in signal.places[:1] if place.turn is not None):
        index = place.turn or 0
        end = len(turns[index].text) if place.end is None else place.end
        yield Evidence.quoting(turns[index], index=index, start=place.start or 0, end=end, rule=rule, confidence=signal.confidence)
