"""Scorecards in the hands of people: held by one at a time, answers saved by compare-and-swap, suggestions never touched."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Scorecard, ScoredCriterion, Status
from qa_service.errors import AnswerError, ClaimError, ConflictError, ErasedError, NotFoundError, QaError, StaleVersionError
from qa_service.store import scorecard_rows as rows
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import scorecards_within
from qa_service.store.tables import AgentRow, InteractionRow, ScorecardCriterionRow, ScorecardRow, core

_CARDS, _CRITERIA = core(ScorecardRow).c, core(ScorecardCriterionRow).c
_IT = core(InteractionRow).c
#: Statuses of scorecards that a person has finished.
FINISHED = (Status.FINAL, Status.DISPUTED)
_OPEN = (Status.DRAFT.value, Status.IN_REVIEW.value)
#: More time than this between two acts is a pause and no work.
_PAUSE, _MILLISECOND = timedelta(minutes=5), timedelta(milliseconds=1)
_ROW = sa.select(core(ScorecardRow)).where(_CARDS.id == sa.bindparam("of_card"))
_CRITERIA_OF = sa.select(core(ScorecardCriterionRow)).where(_CRITERIA.scorecard_id == sa.bindparam("of_card")).order_by(_CRITERIA.position)
#: The columns to set are those that come with it.
_SAVE = sa.update(core(ScorecardRow)).where(_CARDS.id == sa.bindparam("of_card"), _CARDS.revision == sa.bindparam("of_revision"))
_ANSWER = sa.update(core(ScorecardCriterionRow)).where(
    _CRITERIA.scorecard_id == sa.bindparam("of_card"), _CRITERIA.position == sa.bindparam("of_position")
)


class Claim(Record):
    """Who holds a scorecard, or finalised it."""

    #: The reviewer.
    reviewer: str
    #: Since when.
    claimed_at: AwareDatetime | None
    #: Until when nobody else can claim it; ``None`` once final.
    expires_at: AwareDatetime | None
    #: When it was finalised.
    finalized_at: AwareDatetime | None
    #: How long reviewers worked on it, from act to act of whoever held it.
    active_ms: int = 0


class Seen(NamedTuple):
    """A scorecard as it was read in a unit of work, with what only the store knows about it."""

    card: Scorecard
    #: Its row, for :meth:`ReviewedScorecards.save`.
    row: Any

    @property
    def claim(self) -> Claim | None:
        """Who holds it or finalised it."""
        return _claim(self.row)

    @property
    def counts(self) -> bool:
        """Whether it is the one that counts of its interaction and rubric."""
        return bool(self.row.is_latest)

    @property
    def team(self) -> str | None:
        """The agent's team at the time."""
        return None if self.row.team is None else str(self.row.team)


class ReviewedScorecards(Repository):
    """What a review does to scorecards."""

    def claim_of(self, card: str) -> Claim | None:
        """Who holds it or finalised it; raises :class:`NotFoundError`."""
        return _claim(self._row(card))

    def seen(self, card: str, *, within: Scope | None = None) -> Seen:
        """The scorecard with what only the store knows, to be saved in the same unit; raises :class:`NotFoundError`, for one outside
        ``within``, too."""
        # Bare rows and ready statements, here and where it is saved: every act of a review comes along, and mapped rows cost several times
        # as much.
        connection, place = self._session.connection(), {"of_card": card}
        row = connection.execute(_ROW if within is None else _ROW.where(*scorecards_within(within)), place).first()
        if row is None:
            raise NotFoundError(f"no scorecard {card!r}", field="scorecard")
        found: Any = connection.execute(_CRITERIA_OF, place).all()
        return Seen(rows.scorecard(cast(ScorecardRow, row), found), row)

    def claim(
        self, card: str, *, reviewer: str, at: datetime, until: datetime, expected_revision: int | None = None, seen: Seen | None = None
    ) -> Scorecard:
        """Hold it for a reviewer; a draft becomes ``in_review``. Again, to hold it longer, changes no revision.

        ``seen``: as read before in this unit. Raises :class:`ClaimError` while someone else holds it, :class:`ConflictError` when it is
        finished, :class:`StaleVersionError` and :class:`NotFoundError`.
        """
        found, row = seen or self.seen(card)
        again = found.status is Status.IN_REVIEW and found.reviewer == reviewer
        revision = row.revision + (not again)
        free = claimable(at) | ((_CARDS.reviewer == reviewer) & (_CARDS.status == Status.IN_REVIEW.value))
        where = (_CARDS.id == card, free, _CARDS.revision == row.revision, *given((expected_revision, _CARDS.revision.__eq__)))
        values = {
            "reviewer": reviewer, "claimed_at": row.claimed_at if again else at, "claim_expires_at": until, "updated_at": at,
            "revision": revision, "status": Status.IN_REVIEW.value, "active_ms": row.active_ms + (_acted(row, at) if again else 0),
        }
        if not self._update(ScorecardRow, *where, values=values):
            raise _refusal(self._row(card), expected_revision, row.revision)
        return found.model_copy(update={"reviewer": reviewer, "revision": revision, "status": Status.IN_REVIEW})

    def release(self, card: str, *, reviewer: str, at: datetime) -> Scorecard:
        """Give it back to the others; answers stay. Raises :class:`ClaimError` unless that reviewer holds it."""
        found, row = self.seen(card)
        held = (_CARDS.reviewer == reviewer) & (_CARDS.status == Status.IN_REVIEW.value) & (_CARDS.revision == row.revision)
        values = {
            "reviewer": None, "claimed_at": None, "claim_expires_at": None, "updated_at": at, "revision": row.revision + 1,
            "status": Status.DRAFT.value, "active_ms": row.active_ms + _acted(row, at),
        }
        if not self._update(ScorecardRow, _CARDS.id == card, held, values=values):
            raise ClaimError(f"{reviewer!r} does not hold scorecard {card!r}", field="reviewer")
        return found.model_copy(update={"reviewer": None, "revision": row.revision + 1, "status": Status.DRAFT})

    def save(
        self, card: Scorecard, *, expected_revision: int, at: datetime, seen: Seen | None = None, until: datetime | None = None
    ) -> Scorecard:
        """Store answers, status, reviewer and figures if the stored revision is the expected one; the revision grows by one.

        ``seen``: the scorecard as read before in this unit. ``until``: an act of its holder, whose claim holds that long from now on.
        Suggestions, weights and origin stay as they were added, whatever the card says. Raises :class:`StaleVersionError`,
        :class:`NotFoundError`, and :class:`AnswerError` for a criterion that the scorecard does not have.
        """
        before, row = seen or self.seen(str(card.id))
        if card.status in FINISHED:
            # Taken before the scorecard's own lock, as :meth:`add` does.
            self._places({row.interaction_id})
        mine = card.reviewer is not None and (before.status, before.reviewer) == (Status.IN_REVIEW, card.reviewer)
        values = {
            **rows.figures(card), "updated_at": at, "revision": expected_revision + 1, **_ending(card, row, at),
            **({} if until is None else {"claim_expires_at": until}), "active_ms": row.active_ms + (_acted(row, at) if mine else 0),
        }
        if not self._execute(_SAVE, [{**values, "of_card": row.id, "of_revision": expected_revision}]):
            raise _stale(self._row(row.id), expected_revision)
        for one in card.criteria:
            if before.criterion(one.id) is None:
                raise AnswerError("the scorecard has no such criterion", field=one.id)
        answers = rows.changed(before, card)
        self._answer(row.id, answers)
        if card.status is Status.FINAL and Status(row.status) not in FINISHED:
            self._count(row)
        return rows.saved(before, card, answers, revision=expected_revision + 1)

    def _answer(self, card: str, answers: Mapping[int, ScoredCriterion]) -> None:
        if not answers:
            return
        told = [{**rows.answer(one), "of_card": card, "of_position": position} for position, one in answers.items()]
        self._execute(_ANSWER, told)

    def _places(self, interactions: set[str]) -> dict[str, Mapping[str, Any]]:
        """Team and time of each interaction; locked on PostgreSQL, so that only one writer settles which scorecard counts."""
        team = sa.func.coalesce(_IT.agent_team, core(AgentRow).c.team).label("team")
        told = sa.select(_IT.id, _IT.happened_at, _IT.purpose, _IT.agent_id, _IT.state, team)
        chosen = told.outerjoin(core(AgentRow), core(AgentRow).c.id == _IT.agent_id).order_by(_IT.id)
        found: dict[str, Mapping[str, Any]] = {}
        for ids in chunks(sorted(interactions)):
            locked = chosen.where(_IT.id.in_(ids)).with_for_update(key_share=True, of=core(InteractionRow))
            for row in self._session.execute(locked):
                place = {"happened_at": row.happened_at, "team": row.team, "purpose": row.purpose}
                found[row.id] = {**place, "agent": row.agent_id, "state": row.state}
        for missing in sorted(interactions - set(found)):
            raise NotFoundError(f"no interaction {missing!r}", field="interaction")
        return found

    def _count(self, row: Any) -> None:
        """From now on this one counts."""
        same = (_CARDS.interaction_id == row.interaction_id) & (_CARDS.rubric_id == row.rubric_id)
        self._update(ScorecardRow, same, _CARDS.is_latest, _CARDS.id != row.id, values={"is_latest": False})
        self._update(ScorecardRow, _CARDS.id == row.id, values={"is_latest": True})

    def _row(self, card: str) -> ScorecardRow:
        row = self._first(ScorecardRow, _CARDS.id == card)
        if row is None:
            raise NotFoundError(f"no scorecard {card!r}", field="scorecard")
        # Detached, so that it keeps telling what was there before a change.
        self._session.expunge(row)
        return row


def claimable(at: datetime) -> sa.ColumnElement[bool]:
    """Open, with words to review, and held by nobody at that time."""
    return _CARDS.status.in_(_OPEN) & ~_CARDS.erased & (_CARDS.claim_expires_at.is_(None) | (_CARDS.claim_expires_at <= at))


def _claim(row: Any) -> Claim | None:
    if row.reviewer is None:
        return None
    return Claim(
        reviewer=row.reviewer, claimed_at=row.claimed_at, expires_at=row.claim_expires_at, finalized_at=row.finalized_at,
        active_ms=row.active_ms,
    )


def _acted(row: Any, at: datetime) -> int:
    """Milliseconds since the last act of its holder, as far as they count as work; while it is held, nobody else changes it."""
    return max(0, int(min(at - row.updated_at, _PAUSE) / _MILLISECOND))


def _ending(card: Scorecard, row: Any, at: datetime) -> dict[str, Any]:
    """A final scorecard is held by nobody; one that is opened again was not finalised."""
    if card.status is Status.FINAL:
        return {"claim_expires_at": None, "finalized_at": row.finalized_at if Status(row.status) in FINISHED else at}
    return {} if card.status is Status.DISPUTED else {"finalized_at": None}


def _stale(row: ScorecardRow, expected: int) -> StaleVersionError:
    message = f"scorecard {row.id!r} was changed meanwhile: it has revision {row.revision}, not {expected}"
    return StaleVersionError(message, field="revision", hint="read it again and repeat the change")


def gone(card: str) -> ErasedError:
    """That what a scorecard is about was erased."""
    return ErasedError(f"what scorecard {card!r} is about was erased: there is nothing to review it by", field="scorecard")


def _refusal(row: ScorecardRow, expected: int | None, read: int) -> QaError:
    if row.erased:
        return gone(row.id)
    if expected is not None and row.revision != expected:
        return _stale(row, expected)
    if Status(row.status) in FINISHED:
        return ConflictError(f"scorecard {row.id!r} is {row.status}", field="status", hint="a lead re-opens it as a new version")
    if row.reviewer is None:
        return _stale(row, read)
    until = "" if row.claim_expires_at is None else f" until {row.claim_expires_at:%Y-%m-%d %H:%M:%S} UTC"
    return ClaimError(f"scorecard {row.id!r} is held by {row.reviewer!r}{until}", field="reviewer")
