"""Replay: any version of a scorecard worked out again from the ledger, and its suggestions made again from the stored transcript."""

from __future__ import annotations

from enum import StrEnum
from heapq import merge
from typing import Any, NamedTuple

from pydantic import Field

from qa_service.analysis.analysis import Analysis
from qa_service.domain.base import Record
from qa_service.domain.disclosure import withheld
from qa_service.domain.ledger import LedgerEntry
from qa_service.domain.permission import Actor
from qa_service.domain.replay import Differing, Replayed, replay
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Engines, RubricRef, Scorecard, ScoredCriterion, Status, Thousandths
from qa_service.domain.transcript import Transcript
from qa_service.errors import ConflictError
from qa_service.services.process import Processing
from qa_service.services.scorecards import as_read
from qa_service.store.interactions import State, StoredInteraction
from qa_service.store.ledger import Sought
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Acts after which a transcript does not read as it did when the suggestions were made.
_CHANGING = ("interaction.channels_told", "interaction.reattributed")


class Outcome(StrEnum):
    """What reading the transcript again gave."""

    #: Every suggestion with its confidence, reason and evidence is the same.
    IDENTICAL = "identical"
    DIFFERENT = "different"
    #: Other versions are in use now than made the suggestions.
    OTHER_VERSIONS = "other_versions"
    #: Who speaks on which channel, or whose the contact is, was corrected since.
    CORRECTED = "corrected"
    #: The words are gone.
    ERASED = "erased"
    #: No transcript by that engine is stored.
    MISSING = "missing"


class ReadAgain(Record):
    """The stored transcript, read again by the same code as the first time."""

    outcome: Outcome
    #: What made the suggestions.
    made_by: Engines
    #: What would make them now.
    now: Engines
    #: Suggestions that are not the same: `ledger` is what the transcript gives now.
    differences: tuple[Differing, ...] = ()


class Replay(Record):
    """A scorecard worked out again."""

    #: Its id.
    scorecard: str
    #: Which version of the judgement it is.
    version: int
    status: Status
    rubric: RubricRef
    #: Whether score, sections, misses and every answer with its points are those that the ledger gives, and no suggestion reads otherwise.
    identical: bool
    #: The total as stored; percent.
    stored_score: Thousandths | None
    #: What the acts of the ledger give.
    replayed: Replayed
    #: What the transcript gives; null where it was not asked for, or there are no suggestions.
    read: ReadAgain | None = Field(default=None)


class _Known(NamedTuple):
    """Everything that it takes, read at one moment."""

    card: Scorecard
    rubric: Rubric
    first: str
    history: tuple[LedgerEntry, ...]
    stored: StoredInteraction
    transcript: Transcript | None


class Replaying:
    """Replays scorecards; changes nothing."""

    def __init__(self, *, database: Database, analysis: Analysis, processing: Processing) -> None:
        self._database = database
        self._analysis = analysis
        self._processing = processing

    def replay(self, scorecard: str, *, read: bool = True, reader: Actor | None = None) -> Replay:
        """Work it out again; ``read``: from the transcript, too; ``reader``: who is told, ``None``: the operator. Raises
        :class:`NotFoundError`, and :class:`ConflictError` for what a reader must not see: one that is just being reviewed blindly, or that
        they are to answer in an open calibration session."""
        with self._database.reading() as unit:
            known = _known(unit, scorecard)
            if reader is not None:
                _check_open(unit, known.card, reader)
        card = known.card
        done = replay(card, known.rubric, first=known.first, history=known.history)
        again = self._read(known) if read else None
        identical = not done.differences and (again is None or again.outcome is not Outcome.DIFFERENT)
        return Replay(
            scorecard=str(card.id), version=card.version, status=card.status, rubric=card.rubric, identical=identical,
            stored_score=card.score, replayed=done, read=again,
        )

    def _read(self, known: _Known) -> ReadAgain:
        made_by = known.card.engine
        now = Engines(speech=made_by.speech, analysis=self._analysis.version_for(known.rubric))
        outcome, differences = self._outcome(known, now)
        return ReadAgain(outcome=outcome, made_by=made_by, now=now, differences=differences)

    def _outcome(self, known: _Known, now: Engines) -> tuple[Outcome, tuple[Differing, ...]]:
        if known.stored.state is State.ERASED:
            return Outcome.ERASED, ()
        if known.transcript is None:
            return Outcome.MISSING, ()
        if now != known.card.engine:
            return Outcome.OTHER_VERSIONS, ()
        if _corrected(known):
            return Outcome.CORRECTED, ()
        _, fresh = self._processing.judged(known.stored, known.transcript, known.rubric)
        differences = tuple(
            Differing(place=one.id, ledger=_as_data(one), stored=_as_data(other))
            for one, other in zip(fresh.criteria, known.card.criteria, strict=True) if one.suggestion != other.suggestion
        )
        return (Outcome.DIFFERENT if differences else Outcome.IDENTICAL), differences


def _check_open(unit: Unit, card: Scorecard, reader: Actor) -> None:
    if withheld(as_read(unit, [card])[0]):
        message = "this scorecard is being reviewed without its suggestions"
        raise ConflictError(message, field="scorecard", hint="it can be worked out again when it is final")
    if card.interaction.id in unit.calibrations.answering(reader.id):
        message = "you are to answer this interaction in a calibration session"
        raise ConflictError(message, field="scorecard", hint="it can be worked out again when the session is revealed")


def _known(unit: Unit, scorecard: str) -> _Known:
    card = unit.scorecards.get(scorecard)
    first = str(unit.scorecards.versions(scorecard)[0].id)
    subjects = dict.fromkeys((f"scorecard/{first}", f"scorecard/{scorecard}", f"interaction/{card.interaction.id}"))
    told = (unit.ledger.entries(Sought(subject=subject)) for subject in subjects)
    stored = unit.interactions.get(card.interaction.id)
    transcripts = unit.transcripts.all(card.interaction.id)
    return _Known(
        card=card, rubric=unit.rubrics.by_fingerprint(card.rubric.fingerprint), first=first,
        history=tuple(merge(*told, key=lambda entry: entry.sequence)), stored=stored,
        transcript=next((one for one in transcripts if card.engine.speech in (None, one.engine)), None),
    )


def _corrected(known: _Known) -> bool:
    made = next((entry.sequence for entry in known.history if entry.action == "scorecard.suggested"), 0)
    return any(entry.action in _CHANGING and entry.sequence > made for entry in known.history)


def _as_data(criterion: ScoredCriterion) -> dict[str, Any] | None:
    return None if criterion.suggestion is None else criterion.suggestion.model_dump(mode="json", exclude_defaults=True)
