"""Revising: the same answer surer, another with the sentence that tipped it, or for a person."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest

from qa_service.domain.criteria.case import Case
from qa_service.domain.finding import Hit
from qa_service.domain.learned.held_out import HeldOut
from qa_service.domain.learned.model import LearnedCriterion, LearnedModel, Weights, fingerprints
from qa_service.domain.learned.revise import concepts_wanted, revised
from qa_service.domain.pre_score import pre_score
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.transcript import Transcript

NONE = HeldOut.of([])
ANSWERS = ("yes", "no")
#: The rules are believed with 1, which is 73 %.
PLAIN = Weights(features=("rule.yes", "rule.no"), start=(0.0, 0.0), rows=((1.0, 0.0), (0.0, 1.0)))
MEANT = Weights(features=("rule.no", "concept.bye.agent.last.max"), start=(0.0, 0.0), rows=((0.0, 1.0), (3.0, 0.0)))
FORM = Rubric.model_validate({
    "rubric": "r", "version": 1, "channel": "chat", "title": "r",
    "sections": [{"id": "s", "title": "s", "weight": 1, "criteria": [
        {"id": "closing", "question": "?", "weight": 1, "detect": {"said": {"phrases": {"en": ["goodbye"]}, "by": "agent"}}},
    ]}],
})  # fmt: skip
TALK = "agent: Hello there\ncustomer: Thanks\nagent: Take care now"


def model(rubric: Rubric = FORM, **changes: Any) -> LearnedModel:
    told = {"answers": ANSWERS, "plain": PLAIN, "counts": {}, "before": NONE, "after": NONE, "sure": 0.9, "decide_at": 0.6, **changes}
    learned = LearnedCriterion(fingerprint=fingerprints(rubric)["closing"], **told)
    return LearnedModel(
        rubric="r", version=1, analysis="rules/0", sources={}, before=NONE, after=NONE, plain=NONE, languages={},
        criteria={"closing": learned},
    )


def no(**changes: Any) -> Suggestion:
    return Suggestion(**{"answer": "no", "confidence": 0.85, "why": "not found: said", **changes})


def revise(transcript: Transcript, rules: Suggestion, learned: LearnedModel, *, points: float | None = None) -> Suggestion:
    """``points``: log odds that the last sentence means goodbye; the first surely does not."""
    hits = () if points is None else (Hit(0, 0, 11, 0.01), Hit(2, 0, 13, 1 / (1 + math.exp(-points))))
    findings = {} if points is None else {"concept.bye": hits}
    case = Case(transcript=transcript, signals={}, findings=findings, coverage=FORM.coverage)
    return revised(learned, FORM, FORM.criteria[0], case, rules)


def test_the_same_answer_gets_a_chance_that_was_learned(talk: Callable[..., Transcript]) -> None:
    found = revise(talk(TALK), no(), model())
    assert (found.answer, found.confidence) == ("no", 0.7311)
    assert found.why == "no 73% by what was learned; rules: no (not found: said)"


def test_what_is_less_sure_than_the_threshold_is_for_a_person(talk: Callable[..., Transcript]) -> None:
    found = revise(talk(TALK), no(), model(decide_plain_at=0.8))
    assert (found.answer, found.confidence) == ("undecided", 0.7311)
    assert found.why.startswith("too unsure: no 73%")


def test_a_turned_answer_quotes_what_tipped_it(talk: Callable[..., Transcript]) -> None:
    found = revise(talk(TALK), no(), model(meaning=MEANT), points=3.0)
    # 3 * (3 / 3) for yes against 1 for no: log odds 2, 88 %.
    assert (found.answer, found.confidence) == ("yes", 0.8808)
    assert [(piece.turn, piece.quote, piece.rule) for piece in found.evidence] == [(2, "Take care now", "s.closing.learned")]
    assert found.evidence[0].confidence == round(1 / (1 + math.exp(-3)), 4)


def test_what_was_meant_is_quoted_before_what_only_came_nearest(talk: Callable[..., Transcript]) -> None:
    # That nothing in the first turn means goodbye speaks for the answer too, and stronger.
    features = ("concept.bye.agent.first1.max", "concept.bye.agent.last1.max")
    both = Weights(features=features, start=(0.0, 0.0), rows=((-9.0, 0.0), (3.0, 0.0)))
    found = revise(talk(TALK), no(), model(meaning=both), points=3.0)
    assert [piece.quote for piece in found.evidence] == ["Take care now", "Hello there"]


def test_without_vectors_the_plain_weights_and_their_threshold_count(talk: Callable[..., Transcript]) -> None:
    learned = model(meaning=MEANT, decide_at=0.99, decide_plain_at=0.6)
    assert revise(talk(TALK), no(), learned).answer == "no"
    assert revise(talk(TALK), no(), learned, points=0.1).answer == "undecided"


def test_where_rules_alone_are_sure_enough_meanings_are_not_asked(talk: Callable[..., Transcript]) -> None:
    learned = model(meaning=MEANT, sure=0.7)
    assert revise(talk(TALK), no(), learned, points=6.0).confidence == 0.7311
    case = Case(transcript=talk(TALK), signals={}, findings={}, coverage=FORM.coverage)
    assert concepts_wanted(learned, FORM, case, {"closing": no()}) == {}
    assert concepts_wanted(model(meaning=MEANT), FORM, case, {"closing": no()}) == {"bye": frozenset({0, 2})}


def test_a_turned_answer_that_nothing_can_be_quoted_for_is_for_a_person(talk: Callable[..., Transcript]) -> None:
    backwards = Weights(features=("rule.no",), start=(0.0, 0.0), rows=((2.0, 0.0),))
    found = revise(talk(TALK), no(), model(plain=backwards))
    assert (found.answer, found.evidence) == ("undecided", ())
    assert found.why.startswith("nothing to quote: yes 88%")


def test_a_changed_detection_keeps_what_the_rules_say_and_tells_so(talk: Callable[..., Transcript]) -> None:
    data = FORM.as_data()
    data["sections"][0]["criteria"][0]["detect"] = {"said": {"phrases": {"en": ["bye"]}, "by": "agent"}}
    changed = Rubric.model_validate(data)
    found = revise(talk(TALK), no(), model(changed))
    assert found == no(why="not found: said (nothing learned fits this detection: it was changed)")


def test_a_criterion_that_nothing_was_learned_about_is_left_alone(talk: Callable[..., Transcript]) -> None:
    assert revise(talk(TALK), no(), model().model_copy(update={"criteria": {}})) == no()


@pytest.mark.parametrize(("known", "confidence"), [(True, 0.7311), (False, 0.5483)])
def test_who_spoke_and_in_which_language_lowers_the_chance(talk: Callable[..., Transcript], known: bool, confidence: float) -> None:
    transcript = talk(TALK).model_copy(update={"speakers_known": known})
    # Guessed parties are right three times out of four.
    assert revise(transcript, no(), model(decide_plain_at=0.5)).confidence == pytest.approx(confidence, abs=1e-4)


def test_pre_scoring_weighs_again_what_was_learned(talk: Callable[..., Transcript]) -> None:
    told = {"transcript": talk(TALK), "signals": {}, "findings": {}}
    assert pre_score(FORM, **told)["closing"].confidence == 0.85
    assert pre_score(FORM, **told, learned=model())["closing"].confidence == 0.7311
