"""Proposals for the wording of rubrics: made by reviewers and leads, decided by leads, kept in the rubric's history."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from qa_service.domain.permission import Actor
from qa_service.domain.proposal import Proposal, ProposalState, decided
from qa_service.domain.rubric import Rubric
from qa_service.errors import AnswerError, ConflictError, NotFoundError, StaleVersionError
from qa_service.services.calibrate import seen_session
from qa_service.services.clock import Clock
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class Proposals:
    """What becomes of proposals."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def propose(
        self, rubric: str, *, criterion: str, wording: dict[str, str], why: str, by: Actor, session: str | None = None
    ) -> Proposal:
        """Propose other words for a question of the newest version of a rubric.

        Raises :class:`NotFoundError` for an unknown rubric or session, :class:`AnswerError` for an unknown criterion, and
        :class:`ConflictError` where the question reads so already or the session was about another rubric.
        """
        at = self._clock()
        with self._database.unit() as unit:
            form = unit.rubrics.get(rubric)
            question = _question(form, criterion)
            if all(question.get(language) == text for language, text in wording.items()):
                raise ConflictError("the question reads so already", field="wording")
            if session is not None and seen_session(unit, session, by=by).rubric.id != rubric:
                raise ConflictError(f"session {session!r} was not about rubric {rubric!r}", field="session")
            made = Proposal(
                id=uuid.uuid4().hex, rubric=rubric, version=form.version, criterion=criterion, wording=wording, why=why, session=session,
                created_by=by.id, created_at=at,
            )
            unit.proposals.add(made)
            told = made.model_dump(mode="json", include={"id", "version", "criterion", "wording", "why", "session"})
            _note(unit, made, at=at, by=by, action="proposed", **told, before=question)
        return made

    def list(
        self, rubric: str, *, state: ProposalState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Proposal]:
        """Those for a rubric, the last made first, with the version that took each on. Raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            versions = unit.rubrics.versions(rubric)
            if not versions:
                raise NotFoundError(f"no rubric {rubric!r}", field="rubric")
            page = unit.proposals.list(rubric, state=state, cursor=cursor, limit=limit)
        return page.of(lambda some: [_adopted(one, versions) for one in some])

    def decide(
        self, rubric: str, proposal: str, *, accept: bool, by: Actor, words: str | None = None, expected: int | None = None
    ) -> Proposal:
        """Accept or decline. An accepted one changes no rubric: whoever keeps the files writes the new version, and the list then tells it.

        Raises :class:`NotFoundError`, :class:`ConflictError` when it was decided before, :class:`StaleVersionError`.
        """
        at = self._clock()
        with self._database.unit() as unit:
            found = unit.proposals.get(rubric, proposal)
            if expected is not None and found.revision != expected:
                raise StaleVersionError(f"proposal {proposal!r} has revision {found.revision}, not {expected}", field="If-Match")
            saved = unit.proposals.save(decided(found, accept=accept, by=by.id, at=at, words=words))
            _note(unit, saved, at=at, by=by, action=f"proposal_{saved.state.value}", id=saved.id, words=words)
            return _adopted(saved, unit.rubrics.versions(rubric))


def _question(form: Rubric, criterion: str) -> dict[str, str]:
    found = next((one for one in form.criteria if one.id == criterion), None)
    if found is None:
        near = difflib.get_close_matches(criterion, [one.id for one in form.criteria], n=1)
        hint = f"did you mean {near[0]!r}?" if near else None
        raise AnswerError(f"rubric {form.rubric!r} has no criterion {criterion!r}", field="criterion", hint=hint)
    return dict(found.question)


def _adopted(proposal: Proposal, versions: Sequence[Rubric]) -> Proposal:
    def reads_so(form: Rubric) -> bool:
        question = next((one.question for one in form.criteria if one.id == proposal.criterion), None)
        return question is not None and all(question.get(language) == text for language, text in proposal.wording.items())

    later = (form.version for form in versions if form.version > proposal.version and reads_so(form))
    return proposal.model_copy(update={"adopted_in": next(later, None)})


def _note(unit: Unit, proposal: Proposal, *, at: datetime, by: Actor, action: str, **content: Any) -> None:
    unit.ledger.append(at=at, actor=by.id, action=f"rubric.{action}", subject=f"rubric/{proposal.rubric}", content=content)
