"""Scorecards: added once per interaction, rubric and engines; answers saved by compare-and-swap; suggestions never touched.

Which one counts: an interaction counts once per rubric id. A final scorecard (or a disputed one, which was final) counts from the
moment it is finalised until another of the same interaction and rubric is finalised; while none is final, the last one added counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.scorecard import Scorecard, Status, thousandths
from qa_service.errors import AnswerError, ClaimError, ConflictError, NotFoundError, StaleVersionError
from qa_service.store import scorecard_rows as rows
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.tables import AgentRow, InteractionRow, RubricRow, ScorecardCriterionRow, ScorecardRow, core

_CARDS, _CRITERIA = core(ScorecardRow).c, core(ScorecardCriterionRow).c
_IT = core(InteractionRow).c
#: Statuses of scorecards that a person has finished.
FINISHED = (Status.FINAL, Status.DISPUTED)


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


class Made(NamedTuple):
    """What a scorecard was made with."""

    #: Fingerprint of the rubric.
    rubric: str
    #: Version of the speech engine, if any.
    speech: str | None
    #: Version of the analysis.
    analysis: str

    @classmethod
    def of(cls, card: Scorecard) -> Made:
        """What that scorecard was made with."""
        return cls(card.rubric.fingerprint, card.engine.speech, card.engine.analysis)


class Scorecards(Repository):
    """Scorecards by id."""

    def add(self, card: Scorecard, *, at: datetime) -> Scorecard:
        """Keep a new one under its id (made here if it has none). Made by the same engines with the same rubric before: the stored one,
        which tells by its id. Raises :class:`NotFoundError` when its interaction or rubric is not stored."""
        return self.add_many([card], at=at)[0]

    def add_many(self, cards: Sequence[Scorecard], *, at: datetime) -> tuple[Scorecard, ...]:
        """As :meth:`add`, for each."""
        places = self._places({card.interaction.id for card in cards})
        self._check_rubrics({card.rubric.fingerprint for card in cards})
        known = {_key(row): row.id for ids in chunks(places) for row in self._all(ScorecardRow, _CARDS.interaction_id.in_(ids))}
        fresh: dict[str, Scorecard] = {}
        answers: list[str] = []
        for card in cards:
            if (key := _key_of(card)) not in known:
                known[key] = card.id or uuid4().hex
                fresh[known[key]] = card.model_copy(update={"id": known[key]})
            answers.append(known[key])
        self._store(list(fresh.values()), places, at=at)
        old = {str(card.id): card for card in self._read(one for one in answers if one not in fresh)}
        return tuple(fresh.get(one) or old[one] for one in answers)

    def get(self, card: str) -> Scorecard:
        """The scorecard; raises :class:`NotFoundError`."""
        found = self._read([card])
        if not found:
            raise NotFoundError(f"no scorecard {card!r}", field="scorecard")
        return found[0]

    def for_interaction(self, interaction: str) -> tuple[Scorecard, ...]:
        """All scorecards of an interaction, the last added first."""
        chosen = sa.select(ScorecardRow).where(_CARDS.interaction_id == interaction).order_by(_CARDS.created_at.desc(), _CARDS.id.desc())
        return self._cards(self._session.scalars(chosen).all())

    def made_for(self, interactions: Iterable[str]) -> dict[str, tuple[Made, ...]]:
        """What each interaction was scored with so far."""
        found: dict[str, list[Made]] = {}
        for ids in chunks(interactions):
            chosen = sa.select(_CARDS.interaction_id, _CARDS.rubric_fingerprint, _CARDS.engine_speech, _CARDS.engine_analysis)
            for row in self._session.execute(chosen.where(_CARDS.interaction_id.in_(ids))):
                found.setdefault(row[0], []).append(Made(row[1], row[2] or None, row[3]))
        return {interaction: tuple(made) for interaction, made in found.items()}

    def list(
        self, *, status: Status | None = None, channel: Channel | None = None, agent: str | None = None, team: str | None = None,
        rubric: str | None = None, reviewer: str | None = None, min_score: float | None = None, max_score: float | None = None,
        undecided: bool | None = None, since: datetime | None = None, until: datetime | None = None, claimable_at: datetime | None = None,
        counted: bool | None = True, cursor: str | None = None, limit: int = 50,
    ) -> Page[Scorecard]:
        """The last added first. Scores in percent, both bounds included; ``since <= contact < until``; ``claimable_at``: held by nobody
        then; ``counted``: only those that count (``False``: only those replaced by a re-score, ``None``: all)."""
        where = given(
            (status, _CARDS.status.__eq__), (channel, _CARDS.channel.__eq__), (agent, _CARDS.agent_id.__eq__),
            (team, _CARDS.team.__eq__), (rubric, _CARDS.rubric_id.__eq__), (reviewer, _CARDS.reviewer.__eq__),
            (min_score, lambda percent: _CARDS.score >= thousandths(percent)),
            (max_score, lambda percent: _CARDS.score <= thousandths(percent)),
            (undecided, lambda some: _CARDS.undecided > 0 if some else _CARDS.undecided == 0), (since, _CARDS.happened_at.__ge__),
            (until, _CARDS.happened_at.__lt__), (claimable_at, _claimable), (counted, _CARDS.is_latest.__eq__),
        )
        return self._page(ScorecardRow, *where, by="created_at", cursor=cursor, limit=limit).of(self._cards)

    def claim_of(self, card: str) -> Claim | None:
        """Who holds it or finalised it; raises :class:`NotFoundError`."""
        row = self._row(card)
        if row.reviewer is None:
            return None
        return Claim(reviewer=row.reviewer, claimed_at=row.claimed_at, expires_at=row.claim_expires_at, finalized_at=row.finalized_at)

    def claim(self, card: str, *, reviewer: str, at: datetime, until: datetime, expected_revision: int | None = None) -> Scorecard:
        """Hold it for a reviewer (again, to hold it longer); a draft becomes ``in_review``.

        Raises :class:`ClaimError` while someone else holds it, :class:`ConflictError` when it is final, :class:`StaleVersionError` and
        :class:`NotFoundError`.
        """
        free = _claimable(at) | ((_CARDS.reviewer == reviewer) & (_CARDS.status == Status.IN_REVIEW.value))
        where = (_CARDS.id == card, free, *given((expected_revision, _CARDS.revision.__eq__)))
        values = {
            "reviewer": reviewer, "claimed_at": at, "claim_expires_at": until, "updated_at": at, "revision": _CARDS.revision + 1,
            "status": sa.case((_CARDS.status == Status.DRAFT.value, Status.IN_REVIEW.value), else_=_CARDS.status),
        }
        if not self._update(ScorecardRow, *where, values=values):
            raise _refusal(self._row(card), expected_revision)
        return self.get(card)

    def release(self, card: str, *, reviewer: str, at: datetime) -> Scorecard:
        """Give it back to the others; answers stay. Raises :class:`ClaimError` unless that reviewer holds it."""
        held = (_CARDS.reviewer == reviewer) & (_CARDS.claim_expires_at.is_not(None)) & (_CARDS.status != Status.FINAL.value)
        values = {
            "reviewer": None, "claimed_at": None, "claim_expires_at": None, "updated_at": at, "revision": _CARDS.revision + 1,
            "status": sa.case((_CARDS.status == Status.IN_REVIEW.value, Status.DRAFT.value), else_=_CARDS.status),
        }
        if not self._update(ScorecardRow, _CARDS.id == card, held, values=values):
            raise ClaimError(f"{reviewer!r} does not hold scorecard {self._row(card).id!r}", field="reviewer")
        return self.get(card)

    def withdraw_drafts(self, interaction: str) -> tuple[str, ...]:
        """Take back the drafts of an interaction that nobody has claimed or answered, so that they can be made anew; their ids. What they
        suggested stays in the ledger."""
        self._places({interaction})
        untouched = (_CARDS.interaction_id == interaction, _CARDS.status == Status.DRAFT.value, _CARDS.reviewer.is_(None))
        answered = sa.select(_CRITERIA.scorecard_id).where(_CRITERIA.scorecard_id == _CARDS.id, _CRITERIA.answer.is_not(None))
        found = tuple(self._session.scalars(sa.select(_CARDS.id).where(*untouched, ~answered.exists()).order_by(_CARDS.id)))
        for ids in chunks(found):
            self._execute(sa.delete(core(ScorecardRow)).where(_CARDS.id.in_(ids)))
        return found

    def save(self, card: Scorecard, *, expected_revision: int, at: datetime) -> Scorecard:
        """Store answers, status, reviewer and figures if the stored revision is the expected one; the revision grows by one.

        Suggestions, weights and origin stay as they were added, whatever the card says. Raises :class:`StaleVersionError`,
        :class:`NotFoundError`, and :class:`AnswerError` for a criterion that the scorecard does not have.
        """
        row = self._row(str(card.id))
        if card.status in FINISHED:
            # Taken before the scorecard's own lock, as :meth:`add` does.
            self._places({row.interaction_id})
        values = {**rows.figures(card), "updated_at": at, "revision": expected_revision + 1, **_ending(card, row, at)}
        if not self._update(ScorecardRow, _CARDS.id == row.id, _CARDS.revision == expected_revision, values=values):
            raise _stale(self._row(row.id), expected_revision)
        before = self.get(row.id)
        for one in card.criteria:
            if before.criterion(one.id) is None:
                raise AnswerError("the scorecard has no such criterion", field=one.id)
        for position, criterion in rows.changed(before, card).items():
            place = (_CRITERIA.scorecard_id == row.id, _CRITERIA.position == position)
            self._update(ScorecardCriterionRow, *place, values=rows.answer(criterion))
        if card.status is Status.FINAL and Status(row.status) not in FINISHED:
            self._count(row)
        return self.get(row.id)

    def _store(self, fresh: Sequence[Scorecard], places: Mapping[str, Mapping[str, Any]], *, at: datetime) -> None:
        latest: dict[tuple[str, str], tuple[str, bool]] = {}
        for ids in chunks(places):
            for row in self._all(ScorecardRow, _CARDS.interaction_id.in_(ids), _CARDS.is_latest):
                latest[row.interaction_id, row.rubric_id] = (row.id, Status(row.status) in FINISHED)
        replaced = {key: holder for key, (holder, _) in latest.items()}
        for card in fresh:
            place, final = (card.interaction.id, card.rubric.id), card.status in FINISHED
            if final or not latest.get(place, ("", False))[1]:
                latest[place] = (str(card.id), final)
        counted = {holder for holder, _ in latest.values()}
        for some in chunks(holder for holder in replaced.values() if holder not in counted):
            self._update(ScorecardRow, _CARDS.id.in_(some), values={"is_latest": False})
        self._insert(ScorecardRow, [_values(card, places[card.interaction.id], at=at, counted=card.id in counted) for card in fresh])
        self._insert(ScorecardCriterionRow, [row for card in fresh for row in _criteria(card)])

    def _places(self, interactions: set[str]) -> dict[str, Mapping[str, Any]]:
        """Team and time of each interaction; locked on PostgreSQL, so that only one writer settles which scorecard counts."""
        team = sa.func.coalesce(_IT.agent_team, core(AgentRow).c.team).label("team")
        chosen = sa.select(_IT.id, _IT.happened_at, team).outerjoin(core(AgentRow), core(AgentRow).c.id == _IT.agent_id).order_by(_IT.id)
        found: dict[str, Mapping[str, Any]] = {}
        for ids in chunks(sorted(interactions)):
            locked = chosen.where(_IT.id.in_(ids)).with_for_update(key_share=True, of=core(InteractionRow))
            found.update((row.id, {"happened_at": row.happened_at, "team": row.team}) for row in self._session.execute(locked))
        for missing in sorted(interactions - set(found)):
            raise NotFoundError(f"no interaction {missing!r}", field="interaction")
        return found

    def _check_rubrics(self, fingerprints: set[str]) -> None:
        column = core(RubricRow).c.fingerprint
        found = {one for some in chunks(fingerprints) for one in self._session.scalars(sa.select(column).where(column.in_(some)))}
        for missing in sorted(fingerprints - found):
            raise NotFoundError(f"no rubric with fingerprint {missing!r}", field="rubric", hint="store the rubric before its scorecards")

    def _count(self, row: ScorecardRow) -> None:
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

    def _read(self, cards: Iterable[str]) -> tuple[Scorecard, ...]:
        return self._cards([row for ids in chunks(cards) for row in self._all(ScorecardRow, _CARDS.id.in_(ids))])

    def _cards(self, found: Sequence[ScorecardRow]) -> tuple[Scorecard, ...]:
        criteria: dict[str, list[Any]] = {row.id: [] for row in found}
        for ids in chunks(criteria):
            # Bare rows: there are a dozen for each scorecard, and mapped ones cost twice as much.
            chosen = sa.select(core(ScorecardCriterionRow)).where(_CRITERIA.scorecard_id.in_(ids)).order_by(_CRITERIA.position)
            for one in self._session.execute(chosen):
                criteria[one.scorecard_id].append(one)
        return tuple(rows.scorecard(row, criteria[row.id]) for row in found)


def _key(row: ScorecardRow) -> tuple[str, str, str, str]:
    return row.interaction_id, row.rubric_fingerprint, row.engine_speech, row.engine_analysis


def _key_of(card: Scorecard) -> tuple[str, str, str, str]:
    return card.interaction.id, card.rubric.fingerprint, card.engine.speech or "", card.engine.analysis


def _values(card: Scorecard, place: Mapping[str, Any], *, at: datetime, counted: bool) -> dict[str, Any]:
    return {
        **rows.origin(card), **rows.figures(card), **place, "revision": card.revision, "claimed_at": None, "claim_expires_at": None,
        "finalized_at": at if card.status in FINISHED else None, "created_at": at, "updated_at": at, "is_latest": counted,
    }


def _criteria(card: Scorecard) -> Iterable[dict[str, Any]]:
    return (rows.criterion(str(card.id), position, one) for position, one in enumerate(card.criteria))


def _claimable(at: datetime) -> sa.ColumnElement[bool]:
    """Not final, and held by nobody at that time."""
    return (_CARDS.status != Status.FINAL.value) & (_CARDS.claim_expires_at.is_(None) | (_CARDS.claim_expires_at <= at))


def _ending(card: Scorecard, row: ScorecardRow, at: datetime) -> dict[str, Any]:
    """A final scorecard is held by nobody; one that is opened again was not finalised."""
    if card.status is Status.FINAL:
        return {"claim_expires_at": None, "finalized_at": row.finalized_at if Status(row.status) is Status.FINAL else at}
    return {} if card.status is Status.DISPUTED else {"finalized_at": None}


def _stale(row: ScorecardRow, expected: int) -> StaleVersionError:
    message = f"scorecard {row.id!r} was changed meanwhile: it has revision {row.revision}, not {expected}"
    return StaleVersionError(message, field="revision", hint="read it again and repeat the change")


def _refusal(row: ScorecardRow, expected: int | None) -> ConflictError:
    if expected is not None and row.revision != expected:
        return _stale(row, expected)
    if row.status == Status.FINAL.value:
        return ConflictError(f"scorecard {row.id!r} is final", field="status")
    return ClaimError(f"scorecard {row.id!r} is held by {row.reviewer!r} until {row.claim_expires_at}", field="reviewer")
