"""Steps of a dispute: opened in time over a final scorecard, given to somebody who was not involved, decided or withdrawn."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from qa_service.domain.dispute import (
    AgentClaim,
    AgentRuling,
    Decision,
    Dispute,
    DisputedItem,
    DisputeKind,
    DisputeOutcome,
    DisputeState,
    Misattribution,
    Objection,
    Ruling,
)
from qa_service.domain.permission import Actor, Right
from qa_service.domain.policy import Policy
from qa_service.domain.rubric import NOT_APPLICABLE, Criterion, Rubric
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.errors import AnswerError, ConflictError, DeadlineError, ErasedError, InputError, PermissionDeniedError, UndecidedError


def opened(
    card: Scorecard, rubric: Rubric, *, id: str, objections: Sequence[Objection] = (), claim: AgentClaim | None = None, team: str | None,
    finalized_at: datetime, counts: bool, by: str, at: datetime, policy: Policy,
) -> Dispute:
    """A new dispute over a final scorecard that ``counts``.

    Raises :class:`ConflictError` for any other, :class:`DeadlineError` when it was finalised too long ago, :class:`ErasedError` when
    nothing is left to decide it by, :class:`AnswerError` for what the form does not have, and :class:`InputError` for a claim that says
    nothing new.
    """
    if card.erased:
        raise ErasedError(f"what scorecard {card.id!r} is about was erased: there is nothing to decide a dispute by", field="scorecard")
    _check_disputable(card, counts=counts, finalized_at=finalized_at, at=at, policy=policy)
    if claim is None and not objections:
        raise InputError("say which criteria are disputed", field="items", hint="or that it is another agent's contact")
    stood = card.interaction.agent
    if claim is not None:
        _check_claim(claim, stood)
    return Dispute(
        id=id, scorecard=str(card.id), interaction=card.interaction.id, rubric=card.rubric.id, agent=stood, team=team,
        language=card.interaction.language, reviewer=card.reviewer, finalized_at=finalized_at,
        kind=DisputeKind.CRITERIA if claim is None else DisputeKind.WRONG_AGENT, items=_items(card, rubric, objections),
        attribution=None if claim is None else Misattribution(agent=claim.agent, reason=claim.reason, stood=stood),
        opened_by=by, opened_at=at, due_at=at + timedelta(days=policy.decide_days),
    )


def withdrawn(dispute: Dispute, *, by: str, at: datetime, because: str | None = None) -> Dispute:
    """Taken back by whoever opened it, or, with ``because``, by what has made it pointless.

    Raises :class:`ConflictError` when it is closed and :class:`PermissionDeniedError` for anybody else.
    """
    _check_pending(dispute)
    if because is None and by != dispute.opened_by:
        raise PermissionDeniedError("only whoever opened a dispute withdraws it", field="opened_by")
    return dispute.model_copy(update={"state": DisputeState.WITHDRAWN, "closed_by": by, "closed_at": at, "closed_because": because})


def assigned(dispute: Dispute, *, handler: Actor, involved: Collection[str], at: datetime, note: str | None = None) -> Dispute:
    """Given to somebody; raises :class:`ConflictError` when it is closed and :class:`InputError` for somebody who cannot decide it.

    ``involved``: users who have finalised a version of the scorecard or decided about it.
    """
    _check_pending(dispute)
    unfit = unfitness(dispute, handler, involved=involved)
    if unfit is not None:
        raise InputError(f"{handler.id!r} cannot decide this dispute: {unfit}", field="handler", hint="choose somebody else")
    changes = {"state": DisputeState.ASSIGNED, "handler": handler.id, "assigned_at": at, "note": note or dispute.note}
    return dispute.model_copy(update=changes)


def unfitness(dispute: Dispute, who: Actor, *, involved: Collection[str]) -> str | None:
    """Why somebody cannot decide it; ``None``: they can."""
    told = dispute.attribution.agent if dispute.attribution is not None else None
    refusals = (
        (not who.may(Right.DECIDE_DISPUTES), f"the role {who.role} decides none"),
        (who.id == dispute.reviewer, "whoever finalised the scorecard does not judge it again"),
        (who.id in involved, "whoever has judged the contact before does not judge it again"),
        (who.id == dispute.opened_by, "nobody decides what they opened themselves"),
        (who.agent is not None and who.agent in (dispute.agent, told), "nobody decides about themselves"),
    )
    return next((words for refused, words in refusals if refused), None)


def decided(dispute: Dispute, rubric: Rubric, decision: Decision, *, by: Actor, involved: Collection[str], at: datetime) -> Dispute:
    """Decided by its handler or a lead, late or not; what follows for the scorecard is :func:`qa_service.domain.revision.revised`.

    Raises :class:`ConflictError` when it is closed, :class:`PermissionDeniedError` for anybody who may not, :class:`UndecidedError`
    when an objection has no ruling and :class:`AnswerError` for a ruling that does not fit.
    """
    _check_pending(dispute)
    unfit = unfitness(dispute, by, involved=involved)
    if unfit is not None:
        raise PermissionDeniedError(f"you cannot decide this dispute: {unfit}", field="decided_by", hint="a lead gives it to somebody else")
    if by.id != dispute.handler and not by.may(Right.MANAGE_DISPUTES):
        raise PermissionDeniedError("this dispute was not given to you", field="handler", hint="its handler or a lead decides it")
    rulings = _rulings(dispute, decision.rulings)
    return dispute.model_copy(
        update={
            "state": DisputeState.DECIDED, "closed_by": by.id, "closed_at": at, "note": decision.note or dispute.note,
            "items": tuple(_ruled(one, rulings[one.criterion], form_of(rubric, one.criterion)) for one in dispute.items),
            "attribution": _attributed(dispute.attribution, decision.agent),
        }
    )


def form_of(rubric: Rubric, criterion: str) -> Criterion:
    """The criterion of a form; raises :class:`AnswerError`."""
    forms = {one.id: one for one in rubric.criteria}
    if criterion not in forms:
        near = difflib.get_close_matches(criterion, forms, n=1)
        raise AnswerError(f"the form has no criterion {criterion!r}", field=criterion, hint=f"did you mean {near[0]!r}?" if near else None)
    return forms[criterion]


def check_answer(form: Criterion, answer: str) -> None:
    """Raises :class:`AnswerError` for an answer that the criterion does not have."""
    if answer != NOT_APPLICABLE and form.option(answer) is None:
        options = ", ".join([*(option.id for option in form.options), NOT_APPLICABLE])
        raise AnswerError(f"{answer!r} is no answer to {form.id!r}", field=form.id, hint=f"one of: {options}")


def _check_disputable(card: Scorecard, *, counts: bool, finalized_at: datetime, at: datetime, policy: Policy) -> None:
    if card.status is Status.DISPUTED:
        raise ConflictError("this scorecard is in dispute already", field="scorecard", hint="wait for the decision")
    if card.status is not Status.FINAL:
        raise ConflictError("only a final scorecard can be disputed", field="status", hint="this one is still open")
    if not counts:
        raise ConflictError("this scorecard does not count any more", field="scorecard", hint="dispute the version that does")
    if at > finalized_at + timedelta(days=policy.dispute_days):
        message = f"the time to dispute this scorecard, {policy.dispute_days} days from being finalised, is over"
        raise DeadlineError(message, field="scorecard", hint="a lead can open it again")


def _check_claim(claim: AgentClaim, stood: str | None) -> None:
    _check_words(claim.reason, "attribution.reason")
    if claim.agent == stood:
        who = "to nobody: say whose it was" if stood is None else f"to {stood!r} already"
        raise InputError(f"the contact is put down {who}", field="attribution.agent")


def _check_pending(dispute: Dispute) -> None:
    if not dispute.pending:
        raise ConflictError(f"this dispute is {dispute.state}", field="state", hint="a closed dispute is not opened again")


def _check_words(words: str, field: str) -> None:
    if not words.strip():
        raise InputError("say why", field=field)


def _twice(criteria: Iterable[str]) -> None:
    seen: set[str] = set()
    for one in criteria:
        if one in seen:
            raise AnswerError(f"criterion {one!r} is named twice", field=one)
        seen.add(one)


def _items(card: Scorecard, rubric: Rubric, objections: Sequence[Objection]) -> tuple[DisputedItem, ...]:
    _twice(one.criterion for one in objections)
    return tuple(_item(card, form_of(rubric, one.criterion), one) for one in objections)


def _item(card: Scorecard, form: Criterion, told: Objection) -> DisputedItem:
    _check_words(told.reason, form.id)
    scored = card.criterion(form.id)
    stood = NOT_APPLICABLE if scored is None else scored.effective
    if told.wanted is not None:
        check_answer(form, told.wanted)
        if told.wanted == stood:
            raise AnswerError(f"{form.id!r} is answered {stood!r} already", field=form.id, hint="say what it should be instead")
    return DisputedItem(criterion=form.id, wanted=told.wanted, reason=told.reason, stood=stood)


def _rulings(dispute: Dispute, given: Sequence[Ruling]) -> dict[str, Ruling]:
    """By criterion: one for each objection, and no other."""
    _twice(one.criterion for one in given)
    rulings = {one.criterion: one for one in given}
    disputed = [one.criterion for one in dispute.items]
    for stranger in rulings.keys() - set(disputed):
        raise AnswerError(f"criterion {stranger!r} is not in dispute", field=stranger, hint="answers that follow belong in follow_ups")
    open_ = [one for one in disputed if one not in rulings]
    if open_:
        raise UndecidedError("every objection needs a ruling", criteria=open_)
    return rulings


def _ruled(item: DisputedItem, ruling: Ruling, form: Criterion) -> DisputedItem:
    _check_words(ruling.words, form.id)
    told = {"outcome": ruling.outcome, "words": ruling.words}
    if ruling.outcome is DisputeOutcome.REJECTED:
        if ruling.answer is not None:
            raise AnswerError("a rejected objection leaves the answer as it is", field=form.id, hint="leave the answer out")
        return item.model_copy(update=told)
    _check_outcome(ruling.outcome, form.id)
    answer = ruling.answer or item.wanted
    if answer is None:
        raise AnswerError("say what the answer is from now on", field=form.id, hint="nobody said what is wanted")
    check_answer(form, answer)
    if answer == item.stood:
        raise AnswerError(f"{form.id!r} is answered {answer!r} already", field=form.id, hint="that is a rejection")
    return item.model_copy(update={**told, "answer": answer})


def _check_outcome(outcome: DisputeOutcome, field: str) -> None:
    if outcome is DisputeOutcome.PARTLY:
        raise AnswerError("one objection is accepted or rejected", field=field, hint="a dispute is accepted partly by a mix of rulings")


def _attributed(claim: Misattribution | None, ruling: AgentRuling | None) -> Misattribution | None:
    if claim is None:
        if ruling is not None:
            raise InputError("whose contact it was is not in dispute", field="agent", hint="leave it out")
        return None
    if ruling is None:
        raise UndecidedError("say whose contact it was", criteria=["agent"])
    _check_words(ruling.words, "agent.words")
    _check_outcome(ruling.outcome, "agent.outcome")
    if ruling.outcome is DisputeOutcome.REJECTED and ruling.agent is not None:
        raise InputError("a rejected claim leaves the agent as it is", field="agent.agent", hint="leave the agent out")
    if ruling.outcome is DisputeOutcome.ACCEPTED and ruling.agent == claim.stood:
        raise InputError("the contact is put down so already", field="agent.agent", hint="that is a rejection")
    return claim.model_copy(update={"outcome": ruling.outcome, "decided": ruling.agent, "words": ruling.words})
