"""A review: a person who holds a scorecard answers its criteria and finalises it; pure transitions of a scorecard."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from datetime import datetime

from qa_service.domain.base import Record
from qa_service.domain.evidence import Evidence
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion, ReviewPolicy, Rubric
from qa_service.domain.scorecard import Answer, Scorecard, ScoredCriterion, Status
from qa_service.domain.scoring import score
from qa_service.errors import AnswerError, ClaimError, UndecidedError


class GivenAnswer(Record):
    """What a reviewer says about one criterion."""

    #: Criterion id.
    criterion: str
    #: Option id, ``not_applicable``, or ``None`` to take an answer back.
    answer: str | None
    #: Why; needed where it contradicts a decided suggestion.
    reason: str | None = None
    #: Quotes the reviewer adds.
    evidence: tuple[Evidence, ...] = ()


def answer(card: Scorecard, rubric: Rubric, given: Sequence[GivenAnswer], *, reviewer: str, at: datetime) -> Scorecard:
    """The scorecard with a reviewer's answers, scored again.

    Raises :class:`ClaimError` without a claim and :class:`AnswerError` for anything that the form does not have.
    """
    _holder(card, reviewer)
    forms = {criterion.id: criterion for criterion in rubric.criteria}
    doubles = {one.criterion for one in given if sum(other.criterion == one.criterion for other in given) > 1}
    if doubles:
        raise AnswerError(f"criterion {min(doubles)!r} is answered twice in one change", field=min(doubles))
    changed = {one.criterion: _answered(_form(forms, one.criterion), card, one, reviewer, at) for one in given}
    criteria = tuple(changed.get(one.id, one) for one in card.criteria)
    return score(card.model_copy(update={"criteria": criteria}), rubric)


def finalize(card: Scorecard, rubric: Rubric, *, reviewer: str, at: datetime) -> Scorecard:
    """The final scorecard: suggestions left as they are become the reviewer's answers.

    Raises :class:`ClaimError` without a claim and :class:`UndecidedError` naming every criterion that still needs a person.
    """
    _holder(card, reviewer)
    forms = {criterion.id: criterion for criterion in rubric.criteria}
    unseen = {one.id for one in card.criteria if one.answer is None and forms[one.id].review is ReviewPolicy.ALWAYS}
    open_ = [one.id for one in card.criteria if one.effective == UNDECIDED or one.id in unseen]
    if open_:
        raise UndecidedError("these criteria need an answer before the scorecard can be final", criteria=open_)
    accepted = {one.id: Answer(answer=one.effective, by=reviewer, at=at) for one in card.criteria if one.answer is None}
    return score(card.answering(accepted), rubric).model_copy(update={"status": Status.FINAL})


def _holder(card: Scorecard, reviewer: str) -> None:
    if card.status is Status.FINAL:
        raise ClaimError("this scorecard is final", field="status", hint="a lead re-opens it as a new version")
    if card.status is not Status.IN_REVIEW or card.reviewer != reviewer:
        holder = f"; {card.reviewer} holds it" if card.reviewer else ""
        raise ClaimError(f"you have not claimed this scorecard{holder}", field="reviewer", hint="POST .../claim first")


def _form(forms: dict[str, Criterion], criterion: str) -> Criterion:
    if criterion not in forms:
        near = difflib.get_close_matches(criterion, forms, n=1)
        raise AnswerError(f"the form has no criterion {criterion!r}", field=criterion, hint=f"did you mean {near[0]!r}?" if near else None)
    return forms[criterion]


def _answered(form: Criterion, card: Scorecard, given: GivenAnswer, reviewer: str, at: datetime) -> ScoredCriterion:
    scored = card.criterion(form.id)
    assert scored is not None, "a scorecard has every criterion of its rubric"
    if given.answer is None:
        return scored.model_copy(update={"answer": None, "answered": None})
    if given.answer != NOT_APPLICABLE and form.option(given.answer) is None:
        options = ", ".join([*(option.id for option in form.options), NOT_APPLICABLE])
        raise AnswerError(f"{given.answer!r} is no answer to {form.id!r}", field=form.id, hint=f"one of: {options}")
    suggested = scored.suggestion.answer if scored.suggestion is not None else UNDECIDED
    if suggested not in (UNDECIDED, given.answer) and not (given.reason or "").strip():
        raise AnswerError(f"{form.id!r} was suggested as {suggested!r}: say why it is {given.answer!r}", field=form.id, hint="add a reason")
    answered = Answer(answer=given.answer, by=reviewer, at=at, reason=given.reason, evidence=given.evidence)
    return scored.model_copy(update={"answer": given.answer, "answered": answered})
