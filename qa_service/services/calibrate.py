"""Calibration sessions: set up by a lead, answered blind, revealed with their figures, talked over, agreed on and closed."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from qa_service.domain import calibration as rules
from qa_service.domain.calibration import (
    AgreedAnswer,
    Calibration,
    CalibrationAnswer,
    CalibrationReview,
    CalibrationState,
    DiscussionNote,
)
from qa_service.domain.calibration_results import CalibrationResults, settled, unanswered
from qa_service.domain.permission import Actor, Right
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import RubricRef
from qa_service.errors import ConflictError, InputError, NotFoundError, PermissionDeniedError, StaleVersionError, UndecidedError
from qa_service.services.calibration_figures import answers_of, figures
from qa_service.services.clock import Clock
from qa_service.store.interactions import State
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class CalibrationSheet(NamedTuple):
    """A session as somebody may see it."""

    session: Calibration
    #: Answers in the order of the session: one's own while it is open, everybody's after.
    reviews: tuple[CalibrationReview, ...]
    #: Interactions that each invited person has not handed in; leads alone see others than themselves.
    waiting: dict[str, int]
    #: What is agreed on each interaction, put down or unanimous; nothing before the session is revealed.
    settled: dict[str, tuple[AgreedAnswer, ...]]


class Calibrating:
    """What people do in sessions. ``expected`` is the revision that the caller has seen; ``None`` takes the current one.

    Every method raises :class:`NotFoundError` for a session that does not exist, or that the actor neither leads nor was invited to.
    """

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def create(
        self, *, title: str, rubric: str, interactions: Sequence[str], participants: Sequence[str], by: Actor, version: int | None = None,
        expert: str | None = None, due: datetime | None = None,
    ) -> CalibrationSheet:
        """Set a session up. Raises :class:`NotFoundError` for an unknown rubric and :class:`InputError` naming what else is wrong."""
        at = self._clock()
        with self._database.unit() as unit:
            form = unit.rubrics.get(rubric, version)
            rules.check_once(interactions)
            agents = _agents(unit, interactions, form)
            invited = [*participants, *([expert] if expert is not None else [])]
            rules.check_invitation(participants, expert, agents, agents=_invited(unit, invited, expert))
            if due is not None and due <= at:
                raise InputError("is over", field="due", hint="name a moment to come, or none")
            name = uuid.uuid4().hex
            session = Calibration(
                id=name, title=title, rubric=RubricRef.of(form), channel=form.channel, interactions=tuple(interactions),
                participants=tuple(participants), expert=expert, due=due, seed=int(hashlib.sha256(name.encode()).hexdigest()[:8], 16),
                created_by=by.id, created_at=at,
            )
            unit.calibrations.add(session)
            told = session.model_dump(mode="json", include={"title", "rubric", "interactions", "participants", "expert", "due", "seed"})
            _note(unit, session, at=at, by=by, action="created", **told)
            return _sheet(unit, session, form, by=by)

    def list(
        self, *, by: Actor, state: CalibrationState | None = None, rubric: str | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Calibration]:
        """The last made first: all, or for who is no lead those that they were invited to."""
        with self._database.reading() as unit:
            invited = None if by.may(Right.MANAGE_CALIBRATIONS) else by.id
            return unit.calibrations.list(state=state, invited=invited, rubric=rubric, cursor=cursor, limit=limit)

    def get(self, session: str, *, by: Actor) -> CalibrationSheet:
        """A session with what the actor may see of the answers."""
        with self._database.reading() as unit:
            found = seen_session(unit, session, by=by)
            return _sheet(unit, found, unit.rubrics.by_fingerprint(found.rubric.fingerprint), by=by)

    def answering(self, *, by: Actor) -> frozenset[str]:
        """Interactions that the actor is to answer blind: their scorecards are shown to them without anybody's answers, whatever the key
        that they read with is made for."""
        with self._database.reading() as unit:
            return unit.calibrations.answering(by.id)

    def review(self, session: str, interaction: str, *, by: Actor) -> CalibrationReview:
        """One's own answers to an interaction. Raises :class:`NotFoundError`, :class:`PermissionDeniedError` for who was not invited."""
        with self._database.reading() as unit:
            return _own(unit, seen_session(unit, session, by=by), interaction, by=by)

    def answer(
        self, session: str, interaction: str, given: Sequence[CalibrationAnswer], *, by: Actor, expected: int | None
    ) -> CalibrationReview:
        """Save one's answers to an interaction, instead of those before. Raises :class:`AnswerError`, :class:`ConflictError`,
        :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.unit() as unit:
            found, review, form = _held(unit, session, interaction, by=by, expected=expected)
            saved = unit.calibrations.save_review(found.id, rules.answered(found, review, form, given))
            told = {"seal": saved.seal, "answers": len(saved.answers), "revision": saved.revision}
            _note(unit, found, at=at, by=by, action="answered", interaction=interaction, **told)
            return saved

    def submit(self, session: str, interaction: str, *, by: Actor, expected: int | None = None) -> CalibrationReview:
        """Hand one's answers to an interaction in; they stand from then on. Raises :class:`UndecidedError` naming what is still open."""
        at = self._clock()
        with self._database.unit() as unit:
            found, review, form = _held(unit, session, interaction, by=by, expected=expected)
            done = rules.submitted(found, review, at=at)
            if done == review:
                return review
            open_ = unanswered(found, form, review)
            if open_:
                raise UndecidedError("these criteria need an answer before you hand in", criteria=open_)
            saved = unit.calibrations.save_review(found.id, done)
            _note(unit, found, at=at, by=by, action="submitted", interaction=interaction, seal=saved.seal, revision=saved.revision)
            return saved

    def reveal(self, session: str, *, by: Actor, early: bool = False, expected: int | None = None) -> CalibrationSheet:
        """Open all answers to those who take part, and work the figures out, once. Raises :class:`ConflictError` when answers are missing
        and it is not to be ``early``."""
        at = self._clock()
        with self._database.reading() as unit:
            found = _current(seen_session(unit, session, by=by), expected)
            form, reviews = unit.rubrics.by_fingerprint(found.rubric.fingerprint), unit.calibrations.reviews(session)
        rules.revealed(found, reviews, at=at, early=early)
        # Outside of the unit of work: nobody waits for it.
        results = figures(found, form, reviews)
        with self._database.unit() as unit:
            unit.calibrations.hold(session)
            found, now = _current(unit.calibrations.get(session), expected), unit.calibrations.reviews(session)
            if now != reviews:
                results = figures(found, form, now)
            saved = unit.calibrations.save(rules.revealed(found, now, at=at, early=early), results=results)
            _note(unit, saved, at=at, by=by, action="revealed", **_proof(results), missing=rules.waiting(found, now))
            for interaction in found.interactions:
                told = {one.reviewer: _opened(one) for one in now if one.interaction == interaction and one.submitted_at is not None}
                _note(unit, saved, at=at, by=by, action="answers_revealed", interaction=interaction, answers=told)
            return _sheet(unit, saved, form, by=by)

    def results(self, session: str, *, by: Actor) -> CalibrationResults:
        """The figures. Raises :class:`ConflictError` before it is revealed."""
        with self._database.reading() as unit:
            seen_session(unit, session, by=by)
            found = unit.calibrations.results(session)
        if found is None:
            raise ConflictError("the session is open: nothing is shown before it is revealed", field="state", hint="a lead reveals it")
        return found

    def replay(self, session: str, *, by: Actor) -> bool:
        """Whether the figures, worked out again from what is stored, are the same."""
        with self._database.reading() as unit:
            found = seen_session(unit, session, by=by)
            form, reviews = unit.rubrics.by_fingerprint(found.rubric.fingerprint), unit.calibrations.reviews(session)
        stored = self.results(session, by=by)
        return figures(found, form, reviews, resamples=stored.resamples) == stored

    def note(self, session: str, text: str, *, by: Actor, interaction: str | None = None, criterion: str | None = None) -> CalibrationSheet:
        """Say something about the answers, once they are revealed. Raises :class:`ConflictError`, :class:`AnswerError`."""
        at = self._clock()
        said = DiscussionNote(by=by.id, at=at, text=text, interaction=interaction, criterion=criterion)
        with self._database.unit() as unit:
            found, form = _fixed(unit, session, by=by)
            saved = unit.calibrations.save(rules.noted(found, said, form))
            _note(unit, saved, at=at, by=by, action="noted", interaction=interaction, criterion=criterion, text=text)
            return _sheet(unit, saved, form, by=by)

    def agree(
        self, session: str, answers: Sequence[AgreedAnswer], *, by: Actor, expected: int | None = None
    ) -> CalibrationSheet:
        """Put answers down as agreed. Raises :class:`ConflictError` unless revealed, :class:`AnswerError`, :class:`NotFoundError`."""
        at = self._clock()
        with self._database.unit() as unit:
            found, form = _fixed(unit, session, by=by, expected=expected)
            signed = [one.model_copy(update={"by": by.id, "at": at}) for one in answers]
            before = {(one.interaction, one.criterion): one.answer for one in found.agreed}
            saved = unit.calibrations.save(rules.agreed(found, signed, form))
            for one in signed:
                told = {"criterion": one.criterion, "answer": one.answer, "before": before.get((one.interaction, one.criterion))}
                _note(unit, saved, at=at, by=by, action="agreed", interaction=one.interaction, why=one.why, **told)
            return _sheet(unit, saved, form, by=by)

    def close(self, session: str, *, by: Actor, expected: int | None = None) -> CalibrationSheet:
        """End a session: nothing changes any more. Raises :class:`ConflictError` unless revealed."""
        at = self._clock()
        with self._database.unit() as unit:
            found, form = _fixed(unit, session, by=by, expected=expected)
            saved = unit.calibrations.save(rules.closed(found, at=at))
            _note(unit, saved, at=at, by=by, action="closed", agreed=len(saved.agreed), notes=len(saved.notes))
            return _sheet(unit, saved, form, by=by)


def _agents(unit: Unit, interactions: Sequence[str], form: Rubric) -> dict[str, str | None]:
    """Agent of each interaction; all must be there, readable, and of the rubric's channel."""
    stored = unit.interactions.some(interactions)
    for name in interactions:
        one = stored.get(name)
        if one is None:
            raise InputError(f"no interaction {name!r}", field="interactions")
        if one.interaction.channel is not form.channel:
            channel = one.interaction.channel.value
            raise InputError(f"{name!r} is {channel}, and rubric {form.rubric!r} is for {form.channel.value}", field="interactions")
        if one.state is not State.SCORED:
            raise InputError(f"{name!r} cannot be read: it is {one.state.value}", field="interactions", hint="choose one that was scored")
    return {name: one.interaction.agent.id if one.interaction.agent is not None else None for name, one in stored.items()}


def _invited(unit: Unit, users: Sequence[str], expert: str | None) -> dict[str, str | None]:
    """The agent that each invited user is; all must be there and able to answer."""
    found: dict[str, str | None] = {}
    for name in users:
        field = "expert" if name == expert else "participants"
        user = unit.users.find(name)
        if user is None or not user.active:
            raise InputError(f"no user {name!r}" if user is None else f"{name!r} is switched off", field=field)
        if not user.actor().may(Right.CALIBRATE):
            message = f"{name!r} is {user.role.value}, and takes no part in calibration"
            raise InputError(message, field=field, hint="invite reviewers and leads")
        found[name] = user.agent
    return found


def seen_session(unit: Unit, session: str, *, by: Actor) -> Calibration:
    """A session that the actor leads or was invited to; raises :class:`NotFoundError`."""
    found = unit.calibrations.get(session)
    if by.id not in found.invited and not by.may(Right.MANAGE_CALIBRATIONS):
        raise NotFoundError(f"no calibration session {session!r}", field="calibration")
    return found


def _current(session: Calibration, expected: int | None) -> Calibration:
    if expected is not None and session.revision != expected:
        raise StaleVersionError(
            f"session {session.id!r} was changed meanwhile: it has revision {session.revision}, not {expected}", field="If-Match",
            hint="read it again and repeat the change",
        )
    return session


def _fixed(unit: Unit, session: str, *, by: Actor, expected: int | None = None) -> tuple[Calibration, Rubric]:
    """The session, which nobody else changes until the unit ends, and its form."""
    unit.calibrations.hold(session)
    found = _current(seen_session(unit, session, by=by), expected)
    return found, unit.rubrics.by_fingerprint(found.rubric.fingerprint)


def _own(unit: Unit, session: Calibration, interaction: str, *, by: Actor) -> CalibrationReview:
    if by.id not in session.invited:
        raise PermissionDeniedError("you were not invited to answer in this session", field="participants")
    if interaction not in session.interactions:
        raise NotFoundError(f"interaction {interaction!r} is not in this session", field="interaction")
    stored = unit.calibrations.review(session.id, interaction, by.id)
    return stored or CalibrationReview(interaction=interaction, reviewer=by.id, nonce=secrets.token_hex(16))


def _held(
    unit: Unit, session: str, interaction: str, *, by: Actor, expected: int | None
) -> tuple[Calibration, CalibrationReview, Rubric]:
    found, form = _fixed(unit, session, by=by)
    review = _own(unit, found, interaction, by=by)
    agent = unit.interactions.get(interaction).interaction.agent
    if by.agent is not None and agent is not None and agent.id == by.agent:
        # Put down to them since they were invited.
        raise PermissionDeniedError(f"you are the agent of interaction {interaction!r}", field="interaction", hint="leave it to the others")
    if expected is not None and review.revision != expected:
        raise StaleVersionError(
            f"your answers were changed meanwhile: they have revision {review.revision}, not {expected}", field="If-Match",
            hint="read them again and repeat the change",
        )
    return found, review, form


def _sheet(unit: Unit, session: Calibration, form: Rubric, *, by: Actor) -> CalibrationSheet:
    everybody = unit.calibrations.reviews(session.id)
    hidden = session.state is CalibrationState.OPEN
    order = {name: place for place, name in enumerate(session.interactions)}
    visible = (one for one in everybody if one.reviewer == by.id or not hidden)
    shown = sorted(visible, key=lambda one: (order[one.interaction], one.reviewer))
    waiting = rules.waiting(session, everybody)
    lead = by.may(Right.MANAGE_CALIBRATIONS)
    return CalibrationSheet(
        session=session, reviews=tuple(shown), settled={} if hidden else settled(session, form, answers_of(session, form, everybody)),
        waiting={who: count for who, count in waiting.items() if lead or who == by.id},
    )


def _proof(results: CalibrationResults) -> dict[str, Any]:
    """What the ledger says of figures: enough to show that those stored are the ones that were worked out."""
    digest = hashlib.sha256(results.model_dump_json().encode()).hexdigest()
    return {"method": results.method, "seed": results.seed, "resamples": results.resamples, "results_sha256": digest}


def _opened(review: CalibrationReview) -> Mapping[str, Any]:
    """Answers with what opens their seal."""
    return {"nonce": review.nonce, "seal": review.seal, "answers": [one.model_dump(mode="json") for one in review.answers]}


def _note(
    unit: Unit, session: Calibration, *, at: datetime, by: Actor, action: str, interaction: str | None = None, **content: object
) -> None:
    unit.ledger.append(
        at=at, actor=by.id, action=f"calibration.{action}", subject=f"calibration/{session.id}", content=content, interaction=interaction
    )
