"""Accuracy: how right the machine is on each criterion by blind review, and how often people merely left it standing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime

from qa_service.domain.accuracy import (
    Acceptance,
    Anchoring,
    Audited,
    Beside,
    Sums,
    anchoring,
    asked_answers,
    audit,
    refusal,
    reliable,
    verdict,
)
from qa_service.domain.base import Record
from qa_service.domain.permission import Actor, Right
from qa_service.domain.policy import Policy
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines
from qa_service.domain.wording import wordings
from qa_service.errors import NotFoundError
from qa_service.services.clock import Clock
from qa_service.store.accuracies import Reviewed
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Scorecards reviewed with suggestions in sight that are looked at for each rubric, the last ones.
MOST_SEEN = 2000


class CriterionAccuracy(Record):
    """How right the machine is on one criterion under one wording, as suggested by one pair of engines."""

    #: Rubric and criterion, by id.
    rubric: str
    #: Id, the same in all versions.
    criterion: str
    #: Versions of the rubric in which it was answered under this wording.
    versions: tuple[int, ...]
    #: Fingerprint of the wording: answers under another one say nothing about it.
    wording: str
    #: What made the suggestions.
    engine: Engines
    #: Whether the form in force has this wording, and suggestions are made by this analysis now. What is not in force is history.
    in_force: bool
    #: What follows from it.
    verdict: Acceptance
    #: Why it needs a person; null where it does not.
    why: str | None
    #: Whether a lead who allows it lets it be final without a person: even the lower bound is high enough.
    automatic: bool
    #: By people who did not see suggestions.
    audited: Audited
    #: By people who did: no accuracy, and why.
    anchoring: Anchoring
    #: Whether contacts stand for different numbers of others, since they were drawn with different probabilities.
    weighted: bool
    #: When the last of the blind scorecards became final.
    last_at: AwareDatetime | None


class AccuracyReport(Record):
    """The blind audit lane at a glance."""

    #: Version of the policy that the verdicts follow from.
    policy: int
    #: Accuracy below which a suggestion needs a person's own answer.
    accept_at: float
    #: Fewest blind answers that say anything.
    accept_least: int
    #: What even the lower bound must reach, so that nobody need look.
    auto_at: float
    #: By rubric and criterion, what is in force first.
    items: tuple[CriterionAccuracy, ...]
    #: How to read it.
    notes: tuple[str, ...]


class _Subject(NamedTuple):
    criterion: str
    wording: str
    speech: str
    analysis: str


class _Answers:
    """Answers to one subject, as they are gathered."""

    def __init__(self) -> None:
        self.blind: list[Beside] = []
        self.seen: list[Beside] = []
        self.versions: set[int] = set()
        self.last_at: datetime | None = None


class AccuracyDesk:
    """What the blind audit lane says. ``analysis``: the version that would judge a rubric now."""

    def __init__(self, *, database: Database, analysis: Callable[[Rubric], str], clock: Clock) -> None:
        self._database = database
        self._analysis = analysis
        self._clock = clock

    def report(self, *, rubric: str | None = None, in_force: bool = True, by: Actor) -> AccuracyReport:
        """Every criterion of the rubrics in force, or of one; with ``in_force`` unset those of earlier wordings and engines, too.

        Raises :class:`NotFoundError` for a rubric that nobody stored and :class:`PermissionDeniedError`.
        """
        by.check(Right.READ_AUDIT_LANE)
        with self._database.reading() as unit:
            rubrics = _chosen(unit, rubric)
            policy = unit.policies.newest()
            found = [one for form in rubrics for one in self._of(unit, form, policy.policy) if one.in_force or not in_force]
        told = policy.policy
        return AccuracyReport(
            policy=policy.version, accept_at=told.accept_at, accept_least=told.accept_least, auto_at=told.auto_at, items=tuple(found),
            notes=tuple(_notes(found)),
        )

    def rebuild(self, *, rubric: str | None = None, by: Actor) -> int:
        """Work out what finalising asks for again, from the scorecards; how many blind ones there are. Noted in the ledger."""
        by.check(Right.MANAGE_POLICY)
        with self._database.unit() as unit:
            count = unit.accuracies.rebuild(rubric)
            content = {"rubric": rubric, "scorecards": count}
            unit.ledger.append(at=self._clock(), actor=by.id, action="accuracy.rebuilt", subject="accuracy", content=content)
        return count

    def _of(self, unit: Unit, form: Rubric, policy: Policy) -> list[CriterionAccuracy]:
        gathered = _gathered(unit, form.rubric)
        told, analysis = wordings(form), self._analysis(form)
        known = {one.criterion for one in gathered if _in_force(one, told, analysis)}
        for name in told:
            if name not in known:
                gathered[_Subject(name, told[name], "", analysis)] = _Answers()
        order = {name: number for number, name in enumerate(told)}
        ranked = sorted(
            gathered, key=lambda one: (order.get(one.criterion, len(order)), one.criterion, not _in_force(one, told, analysis), one)
        )
        return [
            _accuracy(form.rubric, one, gathered[one], policy, in_force=_in_force(one, told, analysis)) for one in ranked
        ]


def _chosen(unit: Unit, rubric: str | None) -> tuple[Rubric, ...]:
    found = unit.rubrics.list(active=True)
    if rubric is None:
        return found
    mine = tuple(one for one in found if one.rubric == rubric) or unit.rubrics.versions(rubric)[-1:]
    if not mine:
        raise NotFoundError(f"no rubric {rubric!r}", field="rubric")
    return mine


def _in_force(one: _Subject, told: Mapping[str, str], analysis: str) -> bool:
    return told.get(one.criterion) == one.wording and one.analysis == analysis


def _gathered(unit: Unit, rubric: str) -> dict[_Subject, _Answers]:
    found: dict[_Subject, _Answers] = {}
    for subject, answer, one in _answers(unit.accuracies.reviewed(rubric, blind=True)):
        answers = found.setdefault(subject, _Answers())
        answers.blind.append(answer)
        answers.versions.add(one.version)
        answers.last_at = max((at for at in (answers.last_at, one.at) if at is not None), default=None)
    for subject, answer, one in _answers(unit.accuracies.reviewed(rubric, blind=False, most=MOST_SEEN)):
        answers = found.setdefault(subject, _Answers())
        answers.seen.append(answer)
        answers.versions.add(one.version)
    return found


def _answers(cards: Iterator[tuple[Rubric, Reviewed]]) -> Iterator[tuple[_Subject, Beside, Reviewed]]:
    told: dict[str, Mapping[str, str]] = {}
    for form, one in cards:
        if one.fingerprint not in told:
            told[one.fingerprint] = wordings(form)
        for answer in asked_answers(form, one.answers):
            wording = told[one.fingerprint][answer.criterion]
            yield _Subject(answer.criterion, wording, one.engine.speech or "", one.engine.analysis), answer, one


def _accuracy(rubric: str, subject: _Subject, answers: _Answers, policy: Policy, *, in_force: bool) -> CriterionAccuracy:
    audited = audit(answers.blind)
    return CriterionAccuracy(
        rubric=rubric, criterion=subject.criterion, versions=tuple(sorted(answers.versions)), wording=subject.wording,
        engine=Engines(speech=subject.speech or None, analysis=subject.analysis), in_force=in_force,
        verdict=verdict(audited.accuracy, policy), why=refusal(audited.accuracy, policy), automatic=reliable(audited.accuracy, policy),
        audited=audited, anchoring=anchoring(audited.accuracy, Sums.of(answers.seen).estimate),
        weighted=len({one.weight for one in answers.blind}) > 1, last_at=answers.last_at,
    )


def _notes(found: list[CriterionAccuracy]) -> Iterator[str]:
    yield "accuracy counts blind answers alone: the machine's answer against that of somebody who has not seen it"
    if any(one.weighted for one in found):
        yield "contacts were drawn with different probabilities: each counts for as many as it stands for, beside it each counts once"
    if any(one.anchoring.untouched.n for one in found):
        yield f"what people left as suggested is told of the last {MOST_SEEN} scorecards of each rubric, and is no accuracy"
    if not any(one.audited.answers for one in found):
        yield "nothing was reviewed blindly so far: nobody knows how right the machine is"
