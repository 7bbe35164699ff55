"""Accuracies: how right the machine is on each criterion, by what people answered without seeing its suggestions.

The sums of a criterion stand in a table of their own, so that finalising asks one indexed question; they grow with every blind scorecard
that becomes final and can be worked out again from the scorecards at any time. Only the first version of a blind scorecard counts: a later
one was opened by people who have seen what the machine said. It goes on counting when such a version replaces it, because the question is
what an independent listener says, and not what was agreed on behind. Contacts that were not live are no part of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.accuracy import Beside, Estimate, Sums, asked_answers, refusal, refusals
from qa_service.domain.base import Record
from qa_service.domain.interaction import Purpose
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines, Scorecard
from qa_service.domain.wording import wordings
from qa_service.store.policies import Policies
from qa_service.store.queue import Queue
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.reviews import FINISHED
from qa_service.store.rubrics import Rubrics
from qa_service.store.tables import AccuracyRow, ScorecardCriterionRow, ScorecardRow, core

_SUMS, _CARDS, _CRITERIA = core(AccuracyRow).c, core(ScorecardRow).c, core(ScorecardCriterionRow).c
_Rows = dict[str, list[Any]]


class Subject(NamedTuple):
    """Whose accuracy it is: a criterion under one wording, as suggested by one pair of engines."""

    criterion: str
    wording: str
    speech: str | None
    analysis: str


class StoredAccuracy(Record):
    """The accuracy of one criterion under one wording."""

    rubric: str
    criterion: str
    #: See :mod:`qa_service.domain.wording`.
    wording: str
    #: What made the suggestions.
    engine: Engines
    #: Blind answers, and the share of those that the machine decided in which it says the same.
    answers: int
    accuracy: Estimate
    #: When the last of the answers was given.
    last_at: AwareDatetime | None


class Reviewed(NamedTuple):
    """The answers of one scorecard that a person finalised, beside the machine's."""

    scorecard: str
    #: Fingerprint and version of the rubric.
    fingerprint: str
    version: int
    engine: Engines
    answers: tuple[Beside, ...]
    #: When it was finalised.
    at: datetime | None


class Accuracies(Repository):
    """Audited accuracies by rubric and criterion."""

    def unaccepted(self, rubric_id: str, *, rubric: Rubric | None = None, engine: Engines | None = None) -> Mapping[str, str]:
        """Criteria whose suggestions need a person's own answer, and why: their audited accuracy is below what the policy accepts.

        ``rubric`` and ``engine``: only what was audited under the wordings of that version and with suggestions of those engines counts, as
        a scorecard wants it. Unless told, the last audit of each criterion counts, whatever it was about.
        """
        found = self._of_rubric(rubric_id, engine)
        if not found:
            return {}
        policy = Policies(self._session).current()
        # Most often nothing is refused, and then nobody need know the wordings.
        poor = any(refusal(accuracy, policy) for accuracy in found.values())
        return refusals(_newest(found, rubric), policy) if poor else {}

    def of(self, rubric: Rubric, engine: Engines) -> Mapping[str, Estimate]:
        """Audited accuracies by criterion, as that version words them and those engines suggest; what was never audited is not there."""
        return _newest(self._of_rubric(rubric.rubric, engine), rubric)

    def list(self, rubric_id: str | None = None) -> tuple[StoredAccuracy, ...]:
        """All that were audited, by rubric and criterion, the last audited wording and engines first."""
        rows = self._session.execute(sa.select(core(AccuracyRow)).where(*given((rubric_id, _SUMS.rubric_id.__eq__)))).all()
        ranked = sorted(rows, key=_age, reverse=True)
        return tuple(_stored(row) for row in sorted(ranked, key=lambda row: (row.rubric_id, row.criterion_id)))

    def note(self, card: Scorecard, rubric: Rubric) -> None:
        """A scorecard has become final: where it was a blind one, its answers count from now on. Call it once, in the same unit."""
        if not card.blind or card.automatic or card.version != 1 or card.interaction.purpose is not Purpose.LIVE:
            return
        weight = self._weights({str(card.id): True}).get(str(card.id), 1.0)
        self._add(_counted(rubric, _reviewed(card, weight), wordings(rubric)))

    def mark(self, interaction: str, before: Purpose, after: Purpose) -> None:
        """A contact turns out to have taken place for something else: its blind answers count from now on, or no longer. Call it once, in
        the same unit."""
        change = (after is Purpose.LIVE) - (before is Purpose.LIVE)
        if change:
            for rubric, one in self._reviewed(_CARDS.interaction_id == interaction, _CARDS.blind):
                self._add(_counted(rubric, one, wordings(rubric), times=change))

    def rebuild(self, rubric_id: str | None = None) -> int:
        """Work all sums out again from the scorecards; how many blind scorecards that were."""
        count = 0
        self._execute(sa.delete(core(AccuracyRow)).where(*given((rubric_id, _SUMS.rubric_id.__eq__))))
        told: dict[str, Mapping[str, str]] = {}
        for rubric, reviewed in self.reviewed(rubric_id, blind=True):
            told[reviewed.fingerprint] = told.get(reviewed.fingerprint) or wordings(rubric)
            self._add(_counted(rubric, reviewed, told[reviewed.fingerprint]))
            count += 1
        return count

    def reviewed(self, rubric_id: str | None = None, *, blind: bool, most: int | None = None) -> Iterator[tuple[Rubric, Reviewed]]:
        """What people finalised without (or with) suggestions in sight, the last first, with its form: first versions alone, and none that
        the service finalised itself, of live contacts. ``most``: only that many."""
        where = given((blind, _CARDS.blind.is_), (Purpose.LIVE, _CARDS.purpose.__eq__), (rubric_id, _CARDS.rubric_id.__eq__))
        yield from self._reviewed(*where, most=most)

    def _reviewed(self, *where: sa.ColumnElement[bool], most: int | None = None) -> Iterator[tuple[Rubric, Reviewed]]:
        people = (_CARDS.status.in_([one.value for one in FINISHED]), _CARDS.version == 1, ~_CARDS.automatic)
        chosen = sa.select(core(ScorecardRow)).where(*people, *where).order_by(_CARDS.finalized_at.desc(), _CARDS.id).limit(most)
        cards = self._session.execute(chosen).all()
        rubrics: dict[str, Rubric] = {}
        for some in chunks(cards):
            answers, weights = self._answers([card.id for card in some]), self._weights({card.id: card.blind for card in some})
            for card in some:
                if card.rubric_fingerprint not in rubrics:
                    rubrics[card.rubric_fingerprint] = Rubrics(self._session).by_fingerprint(card.rubric_fingerprint)
                yield rubrics[card.rubric_fingerprint], _of_row(card, answers.get(card.id, []), weights.get(card.id, 1.0))

    def _of_rubric(self, rubric_id: str, engine: Engines | None) -> dict[Subject, Estimate]:
        """The last audited last."""
        made = () if engine is None else (_SUMS.engine_speech == (engine.speech or ""), _SUMS.engine_analysis == engine.analysis)
        rows = self._session.execute(sa.select(core(AccuracyRow)).where(_SUMS.rubric_id == rubric_id, *made)).all()
        return {_subject(row): _sums(row).estimate for row in sorted(rows, key=_age)}

    def _add(self, rows: Sequence[Mapping[str, Any]]) -> None:
        self._increase(AccuracyRow, rows, by=Sums._fields, latest="last_at")

    def _answers(self, cards: Sequence[str]) -> _Rows:
        found: _Rows = {}
        columns = (
            _CRITERIA.scorecard_id, _CRITERIA.criterion_id, _CRITERIA.suggestion_answer, _CRITERIA.suggestion_confidence, _CRITERIA.answer,
        )
        told = (_CRITERIA.suggestion_answer.is_not(None), _CRITERIA.answer.is_not(None))
        chosen = sa.select(*columns).where(_CRITERIA.scorecard_id.in_(cards), *told).order_by(_CRITERIA.position)
        for row in self._session.execute(chosen):
            found.setdefault(row.scorecard_id, []).append(row)
        return found

    def _weights(self, blind: Mapping[str, bool]) -> dict[str, float]:
        """How many contacts each scorecard stands for (``blind``: id -> lane), where it was drawn with a known probability: that to be
        sampled and, then, that to be reviewed in its lane. Who moved it into another lane is not known by any probability."""
        found = Queue(self._session).weights(blind)
        lanes = {card: one.blind if blind[card] else one.probability - one.blind for card, one in found.items()}
        return {card: 1 / (lanes[card] or one.probability) for card, one in found.items() if one.probability > 0}


def _newest(found: Mapping[Subject, Estimate], rubric: Rubric | None) -> dict[str, Estimate]:
    """By criterion, in the words of that version if one is told."""
    told = None if rubric is None else wordings(rubric)
    return {one.criterion: accuracy for one, accuracy in found.items() if told is None or told.get(one.criterion) == one.wording}


def _reviewed(card: Scorecard, weight: float) -> Reviewed:
    answers = tuple(
        Beside(one.id, one.suggestion.answer, one.suggestion.confidence, one.answer, card.interaction.language, weight)
        for one in card.criteria if one.suggestion is not None and one.answer is not None
    )
    at = max((one.answered.at for one in card.criteria if one.answered is not None and one.answered.at is not None), default=None)
    return Reviewed(str(card.id), card.rubric.fingerprint, card.rubric.version, card.engine, answers, at)


def _of_row(card: Any, answers: Iterable[Any], weight: float) -> Reviewed:
    beside = tuple(
        Beside(one.criterion_id, one.suggestion_answer, one.suggestion_confidence or 0.0, one.answer, card.language, weight)
        for one in answers
    )
    engine = Engines(speech=card.engine_speech or None, analysis=card.engine_analysis)
    return Reviewed(card.id, card.rubric_fingerprint, card.rubric_version, engine, beside, card.finalized_at)


def _counted(rubric: Rubric, reviewed: Reviewed, told: Mapping[str, str], *, times: int = 1) -> list[dict[str, Any]]:
    """One row for each criterion that was asked; ``times``: 1 to add it, -1 to take it back."""
    made = {"engine_speech": reviewed.engine.speech or "", "engine_analysis": reviewed.engine.analysis, "last_at": reviewed.at}
    return [
        {
            "rubric_id": rubric.rubric, "criterion_id": one.criterion, "wording": told[one.criterion], **made,
            **{name: value * times for name, value in Sums.of([one])._asdict().items()},
        }
        for one in sorted(asked_answers(rubric, reviewed.answers))
    ]


def _subject(row: Any) -> Subject:
    return Subject(row.criterion_id, row.wording, row.engine_speech or None, row.engine_analysis)


def _sums(row: Any) -> Sums:
    return Sums(*(getattr(row, name) for name in Sums._fields))


def _age(row: Any) -> tuple[bool, datetime | None, str]:
    return row.last_at is not None, row.last_at, row.engine_analysis


def _stored(row: Any) -> StoredAccuracy:
    engine = Engines(speech=row.engine_speech or None, analysis=row.engine_analysis)
    return StoredAccuracy(
        rubric=row.rubric_id, criterion=row.criterion_id, wording=row.wording, engine=engine, answers=row.answers,
        accuracy=_sums(row).estimate, last_at=row.last_at,
    )
