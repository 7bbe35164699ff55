"""Conditional criteria: whether a criterion is asked at all, by the answers to others (``asked_when``)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from qa_service.domain.criteria.outcome import Verdict

if TYPE_CHECKING:
    from qa_service.domain.rubric import Rubric
    from qa_service.domain.scorecard import Scorecard

#: How the reason of a suggestion starts where the machine found that a criterion is not asked.
NOT_ASKED = "not asked: "
_NOT_APPLICABLE, _UNDECIDED = "not_applicable", "undecided"


def _listed(raw: object) -> object:
    if isinstance(raw, dict):
        return {other: (answers,) if isinstance(answers, str) else answers for other, answers in raw.items()}
    return raw


_ANSWERS = {"anyOf": [{"type": "string"}, {"type": "array", "minItems": 1, "items": {"type": "string"}}]}
#: Other criteria and the answers of theirs with which this one is asked: ``{resolution: no}`` or ``{resolution: [no, partly]}``.
AskedWhen = Annotated[
    dict[str, Annotated[tuple[str, ...], Field(min_length=1)]], BeforeValidator(_listed), Field(min_length=1),
    WithJsonSchema({"type": "object", "minProperties": 1, "additionalProperties": _ANSWERS}),
]


def asked(condition: Mapping[str, tuple[str, ...]] | None, answers: Mapping[str, str]) -> Verdict:
    """Whether every other criterion has one of its answers; no as soon as one is answered otherwise, undecided before that."""
    if condition is None:
        return Verdict.YES
    if any(answers[other] != _UNDECIDED and answers[other] not in wanted for other, wanted in condition.items()):
        return Verdict.NO
    return Verdict.UNDECIDED if any(answers[other] == _UNDECIDED for other in condition) else Verdict.YES


def reason(condition: Mapping[str, tuple[str, ...]], answers: Mapping[str, str]) -> str:
    """Why it is not asked: the answers that stand against it."""
    against = ((other, answers[other]) for other, wanted in condition.items() if answers[other] not in (*wanted, _UNDECIDED))
    return NOT_ASKED + ", ".join(f"{other} is {answer}" for other, answer in against)


def standing(card: Scorecard, rubric: Rubric) -> dict[str, str]:
    """The answer that counts for every criterion of a scorecard: the person's, else the machine's, else ``undecided``, and
    ``not_applicable`` for whatever those answers leave unasked (a person may have changed what the machine went by)."""
    return dict(_standing(card, rubric))


def _standing(card: Scorecard, rubric: Rubric) -> Iterator[tuple[str, str]]:
    scored = {one.id: one for one in card.criteria}
    answers: dict[str, str] = {}
    for criterion in rubric.order:
        one = scored.get(criterion.id)
        if one is None:
            continue
        answer = one.effective
        if criterion.asked_when is not None:
            found = asked(criterion.asked_when, answers)
            unasked = one.answer is None and one.suggestion is not None and one.suggestion.why.startswith(NOT_ASKED)
            if found is Verdict.NO:
                answer = _NOT_APPLICABLE
            elif unasked or (found is Verdict.UNDECIDED and one.answer is None):
                answer = _UNDECIDED
        answers[criterion.id] = answer
        yield criterion.id, answer
