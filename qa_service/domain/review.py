"""A review: a person who holds a scorecard answers its criteria and finalises it; pure transitions of a scorecard."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from qa_service.domain.asking import asked, standing
from qa_service.domain.base import Record
from qa_service.domain.criteria.outcome import Verdict
from qa_service.domain.evidence import Evidence
from qa_service.domain.permission import Actor
from qa_service.domain.rubric import NOT_APPLICABLE, UNDECIDED, Criterion, ReviewPolicy, Rubric
from qa_service.domain.scorecard import Acknowledgement, Answer, Scorecard, ScoredCriterion, Status
from qa_service.domain.scoring import score
from qa_service.errors import AnswerError, ClaimError, ConflictError, OwnReviewError, UndecidedError

#: Nothing more than the form itself wants.
_NOTHING: Mapping[str, str] = MappingProxyType({})
_FINISHED = (Status.FINAL, Status.DISPUTED)


class GivenAnswer(Record):
    """What a reviewer says about one criterion."""

    #: Criterion id.
    criterion: str
    #: Option id, ``not_applicable``, or ``None`` to take an answer back.
    answer: str | None
    #: Why; needed where it contradicts a decided suggestion that the reviewer has seen.
    reason: str | None = None
    #: Quotes the reviewer adds.
    evidence: tuple[Evidence, ...] = ()
    #: What the agent should read about it.
    comment: str | None = None
    #: What agents never read.
    note: str | None = None


class Words(Record):
    """What a reviewer says about the whole scorecard; what is not told (not in ``model_fields_set``) stays as it is."""

    #: What the agent should read; ``None`` takes it back.
    comment: str | None = None
    #: What agents never read; ``None`` takes it back.
    note: str | None = None


def check_impartial(card: Scorecard, who: Actor) -> None:
    """Raises :class:`OwnReviewError` for the agent that the scorecard is about, whatever else they are."""
    if who.agent is not None and who.agent == card.interaction.agent:
        raise OwnReviewError("this scorecard is about yourself", field="scorecard", hint="somebody else reviews it")


def answer(
    card: Scorecard, rubric: Rubric, given: Sequence[GivenAnswer], *, reviewer: str, at: datetime, words: Words | None = None
) -> Scorecard:
    """The scorecard with a reviewer's answers and words, scored again.

    Raises :class:`ClaimError` without a claim and :class:`AnswerError` for anything that the form does not have.
    """
    check_holder(card, reviewer)
    forms = {criterion.id: criterion for criterion in rubric.criteria}
    named: set[str] = set()
    for one in given:
        if one.criterion in named:
            raise AnswerError(f"criterion {one.criterion!r} is answered twice in one change", field=one.criterion)
        named.add(one.criterion)
    changed = {one.criterion: _answered(_form(forms, one.criterion), card, one, reviewer, at) for one in given}
    criteria = tuple(changed.get(one.id, one) for one in card.criteria)
    told = {name: getattr(words, name) for name in words.model_fields_set} if words is not None else {}
    return score(card.model_copy(update={"criteria": criteria, **told}), rubric)


def needs(card: Scorecard, rubric: Rubric, *, unaccepted: Mapping[str, str] = _NOTHING) -> dict[str, str]:
    """Criteria that still need a person's own answer before the scorecard can be final, in the order of the form, and why.

    ``unaccepted``: criteria whose suggestions nobody may leave as they are, and why. On a blind scorecard suggestions count for nothing,
    not even for which criteria are asked.
    """
    answers = standing(_unsuggested(card) if card.blind else card, rubric)
    forms = {criterion.id: criterion for criterion in rubric.criteria}
    found: dict[str, str] = {}
    for one in card.criteria:
        form = forms[one.id]
        if answers[one.id] == UNDECIDED:
            found[one.id] = _undecided(card, one)
        elif one.answer is None and asked(form.asked_when, answers) is not Verdict.NO:
            if form.review is ReviewPolicy.ALWAYS:
                found[one.id] = "the form wants a person's own answer"
            elif one.id in unaccepted:
                found[one.id] = unaccepted[one.id]
    return found


def finalize(
    card: Scorecard, rubric: Rubric, *, reviewer: str, at: datetime, needed: Mapping[str, str] = _NOTHING
) -> Scorecard:
    """The final scorecard: suggestions left as they are become the reviewer's answers.

    ``needed``: criteria that a person must answer although a suggestion stands, and why. Raises :class:`ClaimError` without a claim and
    :class:`UndecidedError` naming every criterion that still needs a person, with the reason.
    """
    check_holder(card, reviewer)
    open_ = needs(card, rubric, unaccepted=needed)
    if open_:
        message = "these criteria need an answer before the scorecard can be final"
        raise UndecidedError(message, criteria=tuple(open_), reasons=open_)
    answers = standing(_unsuggested(card) if card.blind else card, rubric)
    accepted = {one.id: Answer(answer=answers[one.id], by=reviewer, at=at) for one in card.criteria if one.answer is None}
    return score(card.answering(accepted), rubric).model_copy(update={"status": Status.FINAL})


def successor(card: Scorecard, *, agent: str | None = None) -> Scorecard:
    """The next version of a finished scorecard, open again, with its answers as they are; the old one stays as it is.

    ``agent``: whom the interaction belongs to, where it was put down to the wrong one. Raises :class:`ConflictError` unless it is finished.
    """
    if card.status not in _FINISHED:
        raise ConflictError("only a final scorecard can be opened again", field="status", hint="this one is still open")
    interaction = card.interaction if agent is None else card.interaction.model_copy(update={"agent": agent})
    return card.model_copy(
        update={
            "id": None, "version": card.version + 1, "replaces": card.id, "status": Status.DRAFT, "reviewer": None, "revision": 1,
            "blind": False, "automatic": False, "acknowledged": None, "interaction": interaction,
        }
    )


def acknowledge(card: Scorecard, *, by: str, at: datetime, comment: str | None) -> Scorecard:
    """The final scorecard that its agent has read; as it is where that was confirmed before. Raises :class:`ConflictError` unless final."""
    if card.status is not Status.FINAL:
        told = "is disputed" if card.status is Status.DISPUTED else "is not final yet"
        raise ConflictError(f"this scorecard {told}", field="status", hint="confirm it once it is final")
    if card.acknowledged is not None:
        return card
    return card.model_copy(update={"acknowledged": Acknowledgement(by=by, at=at, comment=comment)})


def check_holder(card: Scorecard, reviewer: str) -> None:
    """Raises :class:`ClaimError` unless that reviewer holds the scorecard."""
    if card.status in _FINISHED:
        raise ClaimError(f"this scorecard is {card.status}", field="status", hint="a lead re-opens it as a new version")
    if card.status is not Status.IN_REVIEW or card.reviewer != reviewer:
        holder = f"; {card.reviewer} holds it" if card.reviewer else ""
        raise ClaimError(f"you have not claimed this scorecard{holder}", field="reviewer", hint="POST .../claim first")


def _unsuggested(card: Scorecard) -> Scorecard:
    return card.model_copy(update={"criteria": tuple(one.model_copy(update={"suggestion": None}) for one in card.criteria)})


def _undecided(card: Scorecard, one: ScoredCriterion) -> str:
    if card.blind:
        return "a blind review takes a person's answer to every criterion that is asked"
    if one.suggestion is None or one.suggestion.answer != UNDECIDED:
        return "nobody has answered it"
    return f"the machine leaves it open: {one.suggestion.why}"


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
    suggested = scored.suggestion.answer if scored.suggestion is not None and not card.blind else UNDECIDED
    if suggested not in (UNDECIDED, given.answer) and not (given.reason or "").strip():
        raise AnswerError(f"{form.id!r} was suggested as {suggested!r}: say why it is {given.answer!r}", field=form.id, hint="add a reason")
    answered = Answer(
        answer=given.answer, by=reviewer, at=at, reason=given.reason, evidence=given.evidence, comment=given.comment, note=given.note
    )
    return scored.model_copy(update={"answer": given.answer, "answered": answered})
