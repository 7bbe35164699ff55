"""Review: a person claims a draft scorecard, changes answers with reasons, and finalises it; every act goes into the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from qa_service.domain.evidence import Evidence
from qa_service.domain.review import GivenAnswer, answer, finalize
from qa_service.domain.scorecard import Scorecard
from qa_service.domain.transcript import Transcript
from qa_service.errors import AnswerError, StaleVersionError
from qa_service.services.clock import Clock
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: How long a claim holds without an act of its reviewer.
CLAIM = timedelta(minutes=30)
#: Names the reviewer's own evidence.
_RULE = "reviewer"


class Reviewing:
    """What a reviewer does to a scorecard. ``expected`` is the revision the reviewer has seen; ``None`` takes the current one."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def claim(self, scorecard: str, *, reviewer: str, expected: int | None = None) -> Scorecard:
        """Hold a scorecard; nobody else can answer or finalise it. Raises :class:`ClaimError`, :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.unit() as unit:
            card = unit.scorecards.claim(scorecard, reviewer=reviewer, at=at, until=at + CLAIM, expected_revision=expected)
            _note(unit, card, at=at, actor=reviewer, action="claimed")
        return card

    def release(self, scorecard: str, *, reviewer: str) -> Scorecard:
        """Give a claim back; answers so far stay. Raises :class:`ClaimError`."""
        at = self._clock()
        with self._database.unit() as unit:
            card = unit.scorecards.release(scorecard, reviewer=reviewer, at=at)
            _note(unit, card, at=at, actor=reviewer, action="released")
        return card

    def answer(self, scorecard: str, given: Sequence[GivenAnswer], *, reviewer: str, expected: int | None) -> Scorecard:
        """Save answers. Raises :class:`ClaimError`, :class:`AnswerError`, :class:`StaleVersionError`; then nothing is saved."""
        at = self._clock()
        with self._database.unit() as unit:
            card = _seen(unit.scorecards.get(scorecard), expected)
            rubric = unit.rubrics.by_fingerprint(card.rubric.fingerprint)
            quoted = [_quoted(unit, card, one) for one in given]
            saved = unit.scorecards.save(answer(card, rubric, quoted, reviewer=reviewer, at=at), expected_revision=card.revision, at=at)
            unit.scorecards.claim(scorecard, reviewer=reviewer, at=at, until=at + CLAIM)
            saved = unit.scorecards.get(scorecard)
            content = {"answers": [one.model_dump(mode="json", exclude_defaults=True) for one in quoted], "score": saved.score}
            _note(unit, saved, at=at, actor=reviewer, action="answered", **content)
        return saved

    def finalize(self, scorecard: str, *, reviewer: str, expected: int | None) -> Scorecard:
        """Make it final. Raises :class:`UndecidedError` naming what is open, :class:`ClaimError`, :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.unit() as unit:
            card = _seen(unit.scorecards.get(scorecard), expected)
            rubric = unit.rubrics.by_fingerprint(card.rubric.fingerprint)
            saved = unit.scorecards.save(finalize(card, rubric, reviewer=reviewer, at=at), expected_revision=card.revision, at=at)
            content = {"answers": {one.id: one.answer for one in saved.criteria}, "score": saved.score, "rubric": card.rubric.fingerprint}
            _note(unit, saved, at=at, actor=reviewer, action="finalized", **content)
        return saved


def _seen(card: Scorecard, expected: int | None) -> Scorecard:
    if expected is not None and card.revision != expected:
        raise StaleVersionError(
            f"scorecard {card.id!r} was changed meanwhile: it has revision {card.revision}, not {expected}", field="If-Match",
            hint="read it again and repeat the change",
        )
    return card


def _quoted(unit: Unit, card: Scorecard, given: GivenAnswer) -> GivenAnswer:
    """The answer with its quotes checked against the transcript and given their times."""
    if not given.evidence:
        return given
    # The transcript that the reviewer reads: the one that the suggestions were made from.
    transcript = unit.transcripts.get(card.interaction.id, engine=card.engine.speech)
    return given.model_copy(update={"evidence": tuple(_located(piece, transcript, given.criterion) for piece in given.evidence)})


def _located(piece: Evidence, transcript: Transcript, criterion: str) -> Evidence:
    if piece.turn is not None and piece.turn >= len(transcript.turns):
        raise AnswerError(f"there is no turn {piece.turn}", field=criterion, hint=f"turns are numbered 0 to {len(transcript.turns) - 1}")
    if not piece.quote:
        return piece.model_copy(update={"rule": _RULE})
    places = range(len(transcript.turns)) if piece.turn is None else (piece.turn,)
    index = next((one for one in places if piece.quote in transcript.turns[one].text), None)
    if index is None:
        where = "nobody says" if piece.turn is None else f"turn {piece.turn} does not say"
        raise AnswerError(f"{where} {piece.quote!r}", field=criterion, hint="quote the transcript verbatim")
    turn = transcript.turns[index]
    start = turn.text.index(piece.quote)
    return Evidence.quoting(turn, index=index, start=start, end=start + len(piece.quote), rule=_RULE, confidence=1.0)


def _note(unit: Unit, card: Scorecard, *, at: datetime, actor: str, action: str, **content: object) -> None:
    unit.ledger.append(
        at=at, actor=actor, action=f"scorecard.{action}", subject=f"scorecard/{card.id}", content={"revision": card.revision, **content}
    )
