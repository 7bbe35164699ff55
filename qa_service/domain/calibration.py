"""Calibration: several reviewers answer the same interactions blind, then see each other's answers, talk, and agree.

``open -> revealed -> closed``. While a session is open nobody sees anybody else's answers, and what the machine suggests neither.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.ledger import canonical
from qa_service.domain.rubric import NOT_APPLICABLE, Criterion, Rubric
from qa_service.domain.scorecard import RubricRef
from qa_service.errors import AnswerError, ConflictError, InputError, NotFoundError, PermissionDeniedError

#: Fewest reviewers that can be compared.
LEAST_REVIEWERS = 2


class CalibrationState(StrEnum):
    """How far a session is."""

    #: Reviewers answer blind.
    OPEN = "open"
    #: Everybody who takes part sees all answers.
    REVEALED = "revealed"
    #: Nothing changes any more.
    CLOSED = "closed"


class CalibrationAnswer(Record):
    """What one reviewer says about one criterion."""

    #: Criterion id.
    criterion: str
    #: Option id or ``not_applicable``.
    answer: str
    #: Why.
    reason: str | None = None
    #: Anything else for the discussion.
    comment: str | None = None


class CalibrationReview(Record):
    """One reviewer's answers to one interaction."""

    #: Id of the interaction.
    interaction: str
    #: User id.
    reviewer: str
    #: In the order in which they were given, each criterion once at most.
    answers: tuple[CalibrationAnswer, ...] = ()
    #: When they were handed in; null while they are being worked on. Only those handed in count.
    submitted_at: AwareDatetime | None = None
    #: Makes the seal of the answers in the ledger impossible to guess before they are revealed.
    nonce: str
    #: Grows with every saved change; 1 before the first.
    revision: int = Field(default=1, ge=1)

    @property
    def seal(self) -> str:
        """SHA-256 of the nonce and the answers: stands in the ledger before they are revealed, and proves them afterwards."""
        text = self.nonce + canonical([one.model_dump(mode="json") for one in self.answers])
        return hashlib.sha256(text.encode()).hexdigest()


class DiscussionNote(Record):
    """Something said about the answers after they were revealed; never changed."""

    #: User id.
    by: str
    #: When.
    at: AwareDatetime
    #: What was said.
    text: str
    #: Interaction that it is about; null: the whole session.
    interaction: str | None = None
    #: Criterion that it is about; null: all of them.
    criterion: str | None = None


class AgreedAnswer(Record):
    """The answer that the session agreed on."""

    #: Id of the interaction.
    interaction: str
    #: Criterion id.
    criterion: str
    #: Option id or ``not_applicable``.
    answer: str
    #: What settled it.
    why: str | None = None
    #: The lead who put it down; null where all reviewers had answered so, blind.
    by: str | None = None
    #: When it was put down.
    at: AwareDatetime | None = None


class Calibration(Record):
    """A session."""

    #: Made by the service.
    id: str
    #: What people call it.
    title: str
    #: The exact form.
    rubric: RubricRef
    #: The form's channel, and that of every interaction.
    channel: Channel
    #: In the order in which they are to be answered.
    interactions: tuple[str, ...]
    #: User ids of the reviewers who are compared.
    participants: tuple[str, ...]
    #: User id of someone whose answers the reviewers are held against; not one of them.
    expert: str | None = None
    #: When answers should be in.
    due: AwareDatetime | None = None
    #: How far it is.
    state: CalibrationState = CalibrationState.OPEN
    #: What the intervals of the results are drawn with.
    seed: int
    #: What was said, in order.
    notes: tuple[DiscussionNote, ...] = ()
    #: What a lead put down as agreed.
    agreed: tuple[AgreedAnswer, ...] = ()
    #: User id of the lead who set it up.
    created_by: str
    #: When.
    created_at: AwareDatetime
    #: When all answers were opened; null while it is open.
    revealed_at: AwareDatetime | None = None
    #: When it ended; null before.
    closed_at: AwareDatetime | None = None
    #: When what was agreed was written into the gold set.
    gold_at: AwareDatetime | None = None
    #: Grows with every change of the session itself.
    revision: int = Field(default=1, ge=1)

    @property
    def invited(self) -> tuple[str, ...]:
        """Whoever answers: the participants and the expert."""
        return self.participants if self.expert is None else (*self.participants, self.expert)


def check_invitation(
    participants: Sequence[str], expert: str | None, interactions: Mapping[str, str | None], *, agents: Mapping[str, str | None]
) -> None:
    """Raises :class:`InputError` for fewer than two participants, for anybody named twice, and for an agent who would answer an interaction
    of their own. ``interactions``: the agent of each; ``agents``: the agent that each invited user is."""
    if len(participants) < LEAST_REVIEWERS:
        raise InputError(f"a session compares {LEAST_REVIEWERS} reviewers or more", field="participants", hint="name another reviewer")
    _once(participants, "participants")
    if expert in participants:
        raise InputError(f"{expert!r} cannot be the expert and compared with the expert", field="expert", hint="leave one of the two out")
    for user, agent in agents.items():
        own = next((one for one, by in interactions.items() if agent is not None and by == agent), None)
        if own is not None:
            field = "expert" if user == expert else "participants"
            raise InputError(f"{user!r} is the agent of interaction {own!r}", field=field, hint="nobody reviews themselves")


def check_once(interactions: Sequence[str]) -> None:
    """Raises :class:`InputError` for no interactions and for one named twice."""
    if not interactions:
        raise InputError("a session needs interactions", field="interactions")
    _once(interactions, "interactions")


def answered(
    session: Calibration, review: CalibrationReview, rubric: Rubric, given: Sequence[CalibrationAnswer]
) -> CalibrationReview:
    """The review with these answers instead of those before.

    Raises :class:`ConflictError` once the session is revealed or the review handed in, :class:`AnswerError` for what the form does not
    have, :class:`PermissionDeniedError` for someone not invited, and :class:`NotFoundError` for an interaction that is not in the session.
    """
    _check_place(session, review)
    if review.submitted_at is not None:
        raise ConflictError("these answers were handed in", field="submitted_at", hint="answers that were handed in stand")
    check_answers(rubric, given)
    return review.model_copy(update={"answers": tuple(given)})


def submitted(session: Calibration, review: CalibrationReview, *, at: datetime) -> CalibrationReview:
    """The review, handed in. Raises as :func:`answered`, and :class:`ConflictError` without a single answer."""
    _check_place(session, review)
    if review.submitted_at is not None:
        return review
    if not review.answers:
        raise ConflictError("there is nothing to hand in", field="answers", hint="answer the criteria first")
    return review.model_copy(update={"submitted_at": at})


def revealed(session: Calibration, reviews: Iterable[CalibrationReview], *, at: datetime, early: bool = False) -> Calibration:
    """The session with all answers open to those who take part.

    Raises :class:`ConflictError` when it was revealed before, and, unless ``early``, while somebody has not handed everything in.
    """
    _in(session, CalibrationState.OPEN)
    missing = waiting(session, reviews)
    if missing and not early:
        names = ", ".join(f"{who} ({count})" for who, count in missing.items())
        hint = "wait, or reveal early: what is missing counts as missing"
        raise ConflictError(f"answers are missing of {names}", field="early", hint=hint)
    return session.model_copy(update={"state": CalibrationState.REVEALED, "revealed_at": at})


def waiting(session: Calibration, reviews: Iterable[CalibrationReview]) -> dict[str, int]:
    """Interactions that each invited person has not handed in yet; whoever has is left out."""
    done = [one.reviewer for one in reviews if one.submitted_at is not None]
    open_ = {who: len(session.interactions) - done.count(who) for who in session.invited}
    return {who: count for who, count in open_.items() if count}


def noted(session: Calibration, note: DiscussionNote, rubric: Rubric) -> Calibration:
    """The session with one more note. Raises :class:`ConflictError` unless revealed, :class:`NotFoundError`, :class:`AnswerError`."""
    _in(session, CalibrationState.REVEALED)
    if note.interaction is not None:
        _check_interaction(session, note.interaction)
    if note.criterion is not None:
        _check_criterion(rubric, note.criterion)
    return session.model_copy(update={"notes": (*session.notes, note)})


def agreed(session: Calibration, answers: Sequence[AgreedAnswer], rubric: Rubric) -> Calibration:
    """The session with answers put down as agreed, instead of what was put down for the same questions before.

    Raises :class:`ConflictError` unless revealed, :class:`NotFoundError`, :class:`AnswerError`.
    """
    _in(session, CalibrationState.REVEALED)
    for one in answers:
        _check_interaction(session, one.interaction)
        _check_answer(rubric, one.criterion, one.answer)
    _once([f"{one.interaction}: {one.criterion}" for one in answers], "answers")
    places = {(one.interaction, one.criterion) for one in answers}
    kept = [one for one in session.agreed if (one.interaction, one.criterion) not in places]
    return session.model_copy(update={"agreed": (*kept, *answers)})


def closed(session: Calibration, *, at: datetime) -> Calibration:
    """The session, at its end. Raises :class:`ConflictError` unless revealed."""
    _in(session, CalibrationState.REVEALED)
    return session.model_copy(update={"state": CalibrationState.CLOSED, "closed_at": at})


def check_answers(rubric: Rubric, given: Sequence[CalibrationAnswer]) -> None:
    """Raises :class:`AnswerError` for a criterion or answer that the form does not have, and for a criterion answered twice."""
    for one in given:
        _check_answer(rubric, one.criterion, one.answer)
    names = [one.criterion for one in given]
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise AnswerError(f"criterion {double!r} is answered twice", field=double)


def _check_answer(rubric: Rubric, criterion: str, answer: str) -> None:
    form = _check_criterion(rubric, criterion)
    if answer != NOT_APPLICABLE and form.option(answer) is None:
        options = ", ".join([*(option.id for option in form.options), NOT_APPLICABLE])
        raise AnswerError(f"{answer!r} is no answer to {criterion!r}", field=criterion, hint=f"one of: {options}")


def _check_criterion(rubric: Rubric, criterion: str) -> Criterion:
    found = next((one for one in rubric.criteria if one.id == criterion), None)
    if found is None:
        raise AnswerError(f"the form has no criterion {criterion!r}", field=criterion)
    return found


def _check_place(session: Calibration, review: CalibrationReview) -> None:
    if review.reviewer not in session.invited:
        raise PermissionDeniedError("you were not invited to answer in this session", field="participants")
    _check_interaction(session, review.interaction)
    _in(session, CalibrationState.OPEN)


def _check_interaction(session: Calibration, interaction: str) -> None:
    if interaction not in session.interactions:
        raise NotFoundError(f"interaction {interaction!r} is not in this session", field="interaction")


def _in(session: Calibration, state: CalibrationState) -> None:
    if session.state is not state:
        raise ConflictError(f"the session is {session.state.value}, not {state.value}", field="state")


def _once(names: Sequence[str], field: str) -> None:
    double = next((name for name in names if names.count(name) > 1), None)
    if double is not None:
        raise InputError(f"{double!r} is named twice", field=field)
