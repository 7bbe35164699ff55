"""Review: a person claims a draft scorecard, changes answers with reasons, takes changes back and finalises it; every act goes into the
ledger."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from qa_service.domain.permission import Actor, Scope
from qa_service.domain.placing import placed
from qa_service.domain.review import GivenAnswer, Words, acknowledge, answer, check_holder, check_impartial, finalize, needs
from qa_service.domain.rubric import Rubric
from qa_service.domain.saves import Difference, Save, SaveKind, difference, redo, undo
from qa_service.domain.scorecard import Scorecard, Status
from qa_service.errors import ClaimError, ConflictError, StaleVersionError
from qa_service.services.clock import Clock
from qa_service.services.known_rubrics import KnownRubrics
from qa_service.services.scorecards import as_read
from qa_service.services.versions import finalized, noted, reopened
from qa_service.store.reviews import FINISHED, Seen
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Takes the last save of a scorecard back, or gives it again.
_Step = Callable[..., tuple[Scorecard, Save]]


class Reviewing:
    """What people do to a scorecard. ``expected`` is the revision that they have seen; ``None`` takes the current one.

    Nobody reviews what they said themselves: all acts of a review raise :class:`OwnReviewError` then.
    """

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._rubrics = KnownRubrics()

    def claim(self, scorecard: str, *, by: Actor, expected: int | None = None) -> Scorecard:
        """Hold a scorecard; nobody else can answer or finalise it. Raises :class:`ClaimError`, :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.unit() as unit:
            return claimed(unit, scorecard, by=by, at=at, expected=expected)

    def release(self, scorecard: str, *, by: Actor) -> Scorecard:
        """Give a claim back; answers so far stay. Raises :class:`ClaimError`."""
        at = self._clock()
        with self._database.unit() as unit:
            card = unit.scorecards.release(scorecard, reviewer=by.id, at=at)
            noted(unit, card, "released", by=by, at=at, content={})
        return card

    def answer(
        self, scorecard: str, given: Sequence[GivenAnswer], *, by: Actor, expected: int | None, words: Words | None = None
    ) -> Scorecard:
        """Save answers, and words about the whole; the claim holds longer. Raises :class:`ClaimError`, :class:`AnswerError`,
        :class:`StaleVersionError`; then nothing is saved."""
        at = self._clock()
        with self._database.unit() as unit:
            seen = _read(unit, scorecard, by, expected)
            check_holder(seen.card, by.id)
            found = _placed(unit, seen.card, given)
            after = answer(seen.card, self._rubric(unit, seen.card), found, reviewer=by.id, at=at, words=words)
            return self._save(unit, seen, after, kind=SaveKind.SAVED, by=by, at=at)

    def undo(self, scorecard: str, *, by: Actor, expected: int | None = None) -> Scorecard:
        """Take back one's last save, several times in a row if need be. Raises :class:`ClaimError`, :class:`StaleVersionError`, and
        :class:`ConflictError` where there is nothing to be taken back, or only what another reviewer saved."""
        return self._step(scorecard, undo, SaveKind.UNDONE, by=by, expected=expected)

    def redo(self, scorecard: str, *, by: Actor, expected: int | None = None) -> Scorecard:
        """Give again what was taken back last; raises as :meth:`undo`."""
        return self._step(scorecard, redo, SaveKind.REDONE, by=by, expected=expected)

    def needed(self, scorecard: str) -> dict[str, str]:
        """Criteria that need a person's own answer before the scorecard can be final, and why; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            (card,) = as_read(unit, [unit.scorecards.get(scorecard)])
            return {} if card.status in FINISHED else self._needs(unit, card)

    def finalize(self, scorecard: str, *, by: Actor, expected: int | None) -> Scorecard:
        """Make it final. Raises :class:`UndecidedError` naming what is open and why, :class:`ClaimError`, :class:`StaleVersionError`."""
        at = self._clock()
        with self._database.unit() as unit:
            seen = _read(unit, scorecard, by, expected)
            rubric = self._rubric(unit, seen.card)
            needed = unit.accuracies.unaccepted(rubric.rubric, rubric=rubric, engine=seen.card.engine)
            final = finalize(seen.card, rubric, reviewer=by.id, at=at, needed=needed)
            return finalized(unit, final, rubric, by=by, at=at, seen=seen)

    def reopen(self, scorecard: str, *, by: Actor, reason: str, expected: int | None = None) -> Scorecard:
        """The next version, open, beside a finished one, which counts until that is final. Raises :class:`ConflictError` unless it is
        finished and not in dispute, or naming the version that was opened before, and :class:`ClaimError` for whoever is to answer the
        contact in an open calibration session."""
        at = self._clock()
        with self._database.unit() as unit:
            card = _read(unit, scorecard, by, expected).card
            _check_uninvited(unit, card, by)
            if card.status is Status.DISPUTED:
                raise ConflictError("this scorecard is in dispute", field="status", hint="what the decision accepts makes the next version")
            return reopened(unit, card, by=by, at=at, reason=reason)

    def versions(self, scorecard: str, *, within: Scope) -> tuple[Scorecard, ...]:
        """All versions that lie within, the first one first; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return as_read(unit, unit.scorecards.versions(scorecard, within=within))

    def acknowledge(self, scorecard: str, *, by: Actor, within: Scope, comment: str | None = None) -> Scorecard:
        """The agent confirms to have read a final scorecard that counts; once, and asked again nothing changes. Raises
        :class:`NotFoundError` outside ``within`` and :class:`ConflictError` for one that is disputed or was superseded."""
        at = self._clock()
        with self._database.unit() as unit:
            seen = unit.scorecards.seen(scorecard, within=within)
            if not seen.counts:
                raise ConflictError("another version of this scorecard counts now", field="scorecard", hint="confirm that one")
            read = acknowledge(seen.card, by=by.id, at=at, comment=comment)
            if read is seen.card:
                return read
            saved = unit.scorecards.save(read, expected_revision=read.revision, at=at, seen=seen)
            noted(unit, saved, "acknowledged", by=by, at=at, content={"comment": comment})
        return saved

    def _step(self, scorecard: str, step: _Step, kind: SaveKind, *, by: Actor, expected: int | None) -> Scorecard:
        at = self._clock()
        with self._database.unit() as unit:
            seen = _read(unit, scorecard, by, expected)
            after, save = step(seen.card, self._rubric(unit, seen.card), unit.saves.of(scorecard), reviewer=by.id)
            return self._save(unit, seen, after, kind=kind, by=by, at=at, of=save.revision)

    def _save(
        self, unit: Unit, seen: Seen, after: Scorecard, *, kind: SaveKind, by: Actor, at: datetime, of: int | None = None
    ) -> Scorecard:
        """``of``: the revision that the save made which is taken back or given again."""
        changed = difference(seen.card, after)
        saved = unit.scorecards.save(after, expected_revision=seen.card.revision, at=at, seen=seen, until=_until(unit, at))
        unit.saves.add(str(saved.id), Save(revision=saved.revision, by=by.id, at=at, kind=kind, difference=changed))
        content = {**({} if of is None else {"of": of}), **_told(changed), "rubric": saved.rubric.fingerprint, "score": saved.score}
        noted(unit, saved, kind.value, by=by, at=at, content=content)
        return saved

    def _rubric(self, unit: Unit, card: Scorecard) -> Rubric:
        return self._rubrics.get(unit, card.rubric.fingerprint)

    def _needs(self, unit: Unit, card: Scorecard) -> dict[str, str]:
        rubric = self._rubric(unit, card)
        return needs(card, rubric, unaccepted=unit.accuracies.unaccepted(rubric.rubric, rubric=rubric, engine=card.engine))


def claimed(unit: Unit, scorecard: str, *, by: Actor, at: datetime, expected: int | None = None) -> Scorecard:
    """A claim as a part of a larger act; raises as :meth:`Reviewing.claim`."""
    before = seen = _read(unit, scorecard, by, expected)
    if (before.card.status, before.card.reviewer) != (Status.IN_REVIEW, by.id):
        seen = _unspoiled(unit, before, by)
    until = _until(unit, at)
    card = unit.scorecards.claim(scorecard, reviewer=by.id, at=at, until=until, seen=seen)
    told = {"renewed": card.revision == seen.card.revision, "made_blind": seen.card.blind and not before.card.blind}
    noted(unit, card, "claimed", by=by, at=at, content={"until": until.isoformat(), **{name: True for name, so in told.items() if so}})
    return card


def _unspoiled(unit: Unit, seen: Seen, by: Actor) -> Seen:
    """The scorecard, if claiming it shows nobody what they are to judge blind. A draft beside one that is reviewed blindly (of other
    engines) is reviewed blindly, too. Raises :class:`ClaimError`."""
    card = seen.card
    _check_uninvited(unit, card, by)
    if card.blind or card.status in FINISHED or _judged(card) not in unit.scorecards.reviewed_blindly([card.interaction.id]):
        return seen
    if not unit.scorecards.make_blind([str(card.id)]):
        raise ClaimError("another scorecard of this contact is being reviewed blindly", field="scorecard", hint="wait until it is final")
    return unit.scorecards.seen(str(card.id))


def _check_uninvited(unit: Unit, card: Scorecard, by: Actor) -> None:
    """Raises :class:`ClaimError` for whoever is to answer the same contact without seeing what others say."""
    if card.interaction.id in unit.calibrations.answering(by.id):
        message = "you are to answer this interaction in an open calibration session"
        raise ClaimError(message, field="interaction", hint="wait until the session is revealed")


def _judged(card: Scorecard) -> tuple[str, str]:
    return card.interaction.id, card.rubric.id


def _read(unit: Unit, scorecard: str, by: Actor, expected: int | None) -> Seen:
    seen = unit.scorecards.seen(scorecard)
    check_impartial(seen.card, by)
    if expected is not None and seen.card.revision != expected:
        raise StaleVersionError(
            f"scorecard {scorecard!r} was changed meanwhile: it has revision {seen.card.revision}, not {expected}", field="If-Match",
            hint="read it again and repeat the change",
        )
    return seen


def _until(unit: Unit, at: datetime) -> datetime:
    """Until when a claim holds without another act."""
    return at + timedelta(minutes=unit.policies.current().claim_minutes)


def _placed(unit: Unit, card: Scorecard, given: Sequence[GivenAnswer]) -> tuple[GivenAnswer, ...]:
    """The answers with their evidence found in the transcript and given its times."""
    if not any(one.evidence for one in given):
        return tuple(given)
    # The transcript that the reviewer reads: the one that the suggestions were made from.
    transcript, channel = unit.transcripts.get(card.interaction.id, engine=card.engine.speech), card.interaction.channel
    return tuple(
        one.model_copy(
            update={
                "evidence": tuple(
                    found for piece in one.evidence for found in placed(piece, transcript, channel=channel, criterion=one.criterion)
                )
            }
        )
        for one in given
    )


def _told(changed: Difference) -> dict[str, Any]:
    """What the ledger says of a change: every answer before and after, with reasons and evidence."""
    return changed.model_dump(mode="json", exclude_defaults=True)
