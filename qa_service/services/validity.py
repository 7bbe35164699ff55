"""Validity of criteria: the table of what goes with what customers say and do afterwards, and the acts that follow from it."""

from __future__ import annotations

import difflib
import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from qa_service.domain.agent import Basis
from qa_service.domain.churn import Customer, gathered
from qa_service.domain.history import is_first_resolved
from qa_service.domain.permission import Actor
from qa_service.domain.proposal import ProposalState
from qa_service.domain.retirement import Retirement, decided
from qa_service.domain.rubric import Rubric
from qa_service.domain.validity import Case, ContactEnd, ValidityTable
from qa_service.errors import AnswerError, ConflictError, NotFoundError, StaleVersionError
from qa_service.services.clock import Clock
from qa_service.settings import Settings
from qa_service.statistics.association import validity
from qa_service.store.outcomes import Answered, Place, worth
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Most contacts that are looked at.
MOST_CASES = 20_000


class ValidityDesk:
    """Which items predict anything."""

    def __init__(self, *, database: Database, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._window = timedelta(days=settings.repeat_days)

    def table(self, place: Place, *, rubric: str | None = None, basis: Basis = Basis.FINAL) -> ValidityTable:
        """Every item of a rubric (of all, unless told) against every outcome; by people's answers, or by those in force (``all``).

        Raises :class:`NotFoundError` for a rubric nobody knows.
        """
        with self._database.reading() as unit:
            forms = unit.rubrics.list()
            if rubric is not None and rubric not in {one.rubric for one in forms}:
                raise NotFoundError(f"no rubric {rubric!r}", field="rubric")
            found = unit.outcomes.answered(place, final=basis is Basis.FINAL, most=MOST_CASES, worth=worth(forms))
            resolved = self._resolved(unit, [one.interaction for one in found])
            customers = {one.id: one for one in gathered(unit.outcomes.customers())}
        cases = [case for one in found if (case := _case(one, rubric, resolved, customers)).answers]
        used = {name for case in cases for name, _ in case.answers} | ({rubric} if rubric is not None else set())
        newest = {one.rubric: one for one in forms if one.rubric in used}
        return validity(cases, items=((name, item.id) for name, form in newest.items() for item in form.criteria))

    def retire(self, rubric: str, *, criterion: str, why: str, by: Actor, basis: Basis = Basis.FINAL) -> Retirement:
        """Propose to take an item out of the next version, with all that is known of it today; nothing is changed by that.

        Raises :class:`NotFoundError` for a rubric, :class:`AnswerError` for a criterion nobody knows, and :class:`ConflictError` where
        nobody ever answered it.
        """
        at = self._clock()
        with self._database.reading() as unit:
            form = unit.rubrics.get(rubric)
        _known(form, criterion)
        table = self.table(Place(), rubric=rubric, basis=basis)
        figures = next(one for one in table.criteria if one.criterion == criterion)
        if figures.met.n == 0:
            raise ConflictError(f"nobody has answered {criterion!r} yet: nothing speaks for or against it", field="criterion")
        made = Retirement(
            id=uuid.uuid4().hex, rubric=rubric, version=form.version, criterion=criterion, why=why, figures=figures, created_by=by.id,
            created_at=at,
        )
        with self._database.unit() as unit:
            unit.retirements.add(made)
            told = made.model_dump(mode="json", include={"id", "version", "criterion", "why"})
            _note(unit, made, at=at, by=by, action="proposed", **told, verdict=figures.verdict.value, n=figures.met.n)
        return made

    def retirements(
        self, rubric: str, *, state: ProposalState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Retirement]:
        """Those of a rubric, the last made first, with the version that did without. Raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            versions = unit.rubrics.versions(rubric)
            if not versions:
                raise NotFoundError(f"no rubric {rubric!r}", field="rubric")
            page = unit.retirements.list(rubric, state=state, cursor=cursor, limit=limit)
        return page.of(lambda some: [_gone(one, versions) for one in some])

    def decide(
        self, rubric: str, retirement: str, *, accept: bool, by: Actor, words: str | None = None, expected: int | None = None
    ) -> Retirement:
        """Accept or decline. An accepted one changes no rubric: whoever keeps the files writes the new version.

        Raises :class:`NotFoundError`, :class:`ConflictError` when it was decided before, :class:`StaleVersionError`.
        """
        at = self._clock()
        with self._database.unit() as unit:
            found = unit.retirements.get(rubric, retirement)
            if expected is not None and found.revision != expected:
                raise StaleVersionError(f"retirement {retirement!r} has revision {found.revision}, not {expected}", field="If-Match")
            saved = unit.retirements.save(decided(found, accept=accept, by=by.id, at=at, words=words))
            _note(unit, saved, at=at, by=by, action=saved.state.value, id=saved.id, words=words)
            return _gone(saved, unit.rubrics.versions(rubric))

    def _resolved(self, unit: Unit, interactions: Sequence[str]) -> Mapping[str, bool]:
        """First contacts of which it is known whether they stayed the only one."""
        horizon = unit.contacts.horizon()
        if horizon is None:
            return {}
        found: dict[str, bool] = {}
        for key, one in unit.contacts.some(interactions).items():
            if one.link is None or one.started_at is None:
                continue
            says = one.says_repeat is not None
            resolved = is_first_resolved(one.link, says=says, at=one.started_at, window=self._window, horizon=horizon)
            found |= {} if resolved is None else {key: resolved}
        return found


def _case(one: Answered, rubric: str | None, resolved: Mapping[str, bool], customers: Mapping[str, Customer]) -> Case:
    outcomes: dict[ContactEnd, float] = {}
    if one.level is not None:
        outcomes[ContactEnd.SATISFACTION] = one.level
    if one.interaction in resolved:
        outcomes[ContactEnd.FIRST_RESOLVED] = float(resolved[one.interaction])
    stayed = None if one.customer is None or one.customer not in customers else customers[one.customer].stayed_after(one.at)
    if stayed is not None:
        outcomes[ContactEnd.STAYED] = float(stayed)
    answers = {key: value for key, value in one.answers.items() if rubric in (None, key[0])}
    return Case(one.agent, answers, outcomes, one.mix)


def _known(form: Rubric, criterion: str) -> None:
    names = [one.id for one in form.criteria]
    if criterion not in names:
        near = difflib.get_close_matches(criterion, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else None
        raise AnswerError(f"rubric {form.rubric!r} has no criterion {criterion!r}", field="criterion", hint=hint)


def _gone(one: Retirement, versions: Sequence[Rubric]) -> Retirement:
    later = (form.version for form in versions if form.version > one.version and one.criterion not in {item.id for item in form.criteria})
    return one.model_copy(update={"gone_in": next(later, None)})


def _note(unit: Unit, one: Retirement, *, at: datetime, by: Actor, action: str, **content: Any) -> None:
    unit.ledger.append(at=at, actor=by.id, action=f"rubric.retirement_{action}", subject=f"rubric/{one.rubric}", content=content)
