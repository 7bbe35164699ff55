"""Scorecards: added once per interaction, rubric and engines; opened again as versions beside each other.

Which one counts: an interaction counts once per rubric id. A final scorecard (or a disputed one, which was final) counts from the
moment it is finalised until another of the same interaction and rubric is finalised; while none is final, the last one added counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import uuid4

import sqlalchemy as sa

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Scorecard, Status, thousandths
from qa_service.errors import ConflictError, ErasedError, NotFoundError
from qa_service.store import scorecard_rows as rows
from qa_service.store.calibrations import to_answer
from qa_service.store.interactions import State
from qa_service.store.pages import Page
from qa_service.store.repository import chunks, given
from qa_service.store.reviews import FINISHED, ReviewedScorecards, claimable, gone
from qa_service.store.scopes import open_to_figures, scorecards_within
from qa_service.store.tables import AgentRow, InteractionRow, RubricRow, ScorecardCriterionRow, ScorecardRow, core

_CARDS, _CRITERIA = core(ScorecardRow).c, core(ScorecardCriterionRow).c
_IT = core(InteractionRow).c
#: What a scorecard takes over from its interaction.
_PLACE = ("happened_at", "team", "purpose")


class Made(NamedTuple):
    """What a scorecard was made with."""

    #: Fingerprint of the rubric.
    rubric: str
    #: Version of the speech engine, if any.
    speech: str | None
    #: Version of the analysis.
    analysis: str
    #: Id of the rubric, whatever its version.
    rubric_id: str

    @classmethod
    def of(cls, card: Scorecard) -> Made:
        """What that scorecard was made with."""
        return cls(card.rubric.fingerprint, card.engine.speech, card.engine.analysis, card.rubric.id)


class Scorecards(ReviewedScorecards):
    """Scorecards by id."""

    def add(self, card: Scorecard, *, at: datetime) -> Scorecard:
        """Keep a new one under its id (made here if it has none). Made by the same engines with the same rubric before: the stored one,
        which tells by its id. Raises :class:`NotFoundError` when its interaction or rubric is not stored."""
        return self.add_many([card], at=at)[0]

    def add_many(self, cards: Sequence[Scorecard], *, at: datetime) -> tuple[Scorecard, ...]:
        """As :meth:`add`, for each."""
        places = self._places({card.interaction.id for card in cards})
        for interaction in sorted(one for one, place in places.items() if place["state"] == State.ERASED.value):
            raise ErasedError(f"interaction {interaction!r} was erased: nothing of it can be scored", field="interaction")
        self._check_rubrics({card.rubric.fingerprint for card in cards})
        known = self._known(places)
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

    def succeed(self, card: Scorecard, *, at: datetime) -> Scorecard:
        """Keep the next version of a finished scorecard (see :func:`qa_service.domain.review.successor`), under an id made here.

        The one before counts until this one is final, which it may be at once. Raises :class:`ConflictError` when that has a successor
        already, naming it.
        """
        place = self._places({card.interaction.id})[card.interaction.id]
        if (open_ := self.successor_of(str(card.replaces))) is not None:
            message = f"scorecard {card.replaces!r} was opened again before, as {open_!r}"
            raise ConflictError(message, field="scorecard", hint=f"go on with version {card.version}: {open_}")
        made = card.model_copy(update={"id": uuid4().hex, "revision": 1})
        if place["agent"] != card.interaction.agent:
            place = {**place, "team": self._team(card.interaction.agent)}
        final = made.status in FINISHED
        if made.erased and not final:
            raise gone(str(card.replaces))
        if final:
            same = (_CARDS.interaction_id == made.interaction.id, _CARDS.rubric_id == made.rubric.id)
            self._update(ScorecardRow, *same, _CARDS.is_latest, values={"is_latest": False})
        self._insert(ScorecardRow, [_values(made, place, at=at, counted=final)])
        self._insert(ScorecardCriterionRow, list(_criteria(made)))
        return made

    def successor_of(self, card: str) -> str | None:
        """Id of the version that was opened behind this one, if any."""
        return self._session.scalars(sa.select(_CARDS.id).where(_CARDS.replaces == card)).first()

    def versions(self, card: str, *, within: Scope | None = None) -> tuple[Scorecard, ...]:
        """All versions of the same judgement, the first one first; raises :class:`NotFoundError`, for one outside ``within``, too."""
        row = self.seen(card, within=within).row
        same = (_CARDS.interaction_id == row.interaction_id, _CARDS.rubric_fingerprint == row.rubric_fingerprint)
        made = (_CARDS.engine_speech == row.engine_speech, _CARDS.engine_analysis == row.engine_analysis)
        chosen = sa.select(ScorecardRow).where(*same, *made, *scorecards_within(within))
        return self._cards(self._session.scalars(chosen.order_by(_CARDS.version)).all())

    def get(self, card: str, *, within: Scope | None = None) -> Scorecard:
        """The scorecard; raises :class:`NotFoundError`, for one outside ``within``, too."""
        found = self._cards(self._all(ScorecardRow, _CARDS.id == card, *scorecards_within(within)))
        if not found:
            raise NotFoundError(f"no scorecard {card!r}", field="scorecard")
        return found[0]

    def for_interaction(self, interaction: str, *, within: Scope | None = None) -> tuple[Scorecard, ...]:
        """All scorecards of an interaction, the last added first."""
        chosen = sa.select(ScorecardRow).where(_CARDS.interaction_id == interaction, *scorecards_within(within))
        return self._cards(self._session.scalars(chosen.order_by(_CARDS.created_at.desc(), _CARDS.id.desc())).all())

    def for_interactions(self, interactions: Iterable[str]) -> dict[str, tuple[Scorecard, ...]]:
        """The same of many interactions; those without are missing."""
        found: dict[str, list[Scorecard]] = {}
        for ids in chunks(sorted(set(interactions))):
            chosen = sa.select(ScorecardRow).where(_CARDS.interaction_id.in_(ids))
            for card in self._cards(self._session.scalars(chosen.order_by(_CARDS.created_at.desc(), _CARDS.id.desc())).all()):
                found.setdefault(card.interaction.id, []).append(card)
        return {interaction: tuple(cards) for interaction, cards in found.items()}

    def reviewed_blindly(self, interactions: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Interaction and rubric id of what is just being reviewed blindly, of those interactions."""
        chosen = sa.select(_CARDS.interaction_id, _CARDS.rubric_id).where(~open_to_figures())
        pieces = (self._session.execute(chosen.where(_CARDS.interaction_id.in_(ids))) for ids in chunks(sorted(set(interactions))))
        found = (row for piece in pieces for row in piece)
        return frozenset((row.interaction_id, row.rubric_id) for row in found)

    def interactions_of(self, cards: Iterable[str]) -> dict[str, str]:
        """The interaction of each of those scorecards that are there."""
        pieces = (self._session.execute(sa.select(_CARDS.id, _CARDS.interaction_id).where(_CARDS.id.in_(ids))) for ids in chunks(cards))
        return {card: interaction for piece in pieces for card, interaction in piece}

    def made_for(self, interactions: Iterable[str]) -> dict[str, tuple[Made, ...]]:
        """What each interaction was scored with so far."""
        found: dict[str, list[Made]] = {}
        for ids in chunks(interactions):
            made = (_CARDS.rubric_fingerprint, _CARDS.engine_speech, _CARDS.engine_analysis, _CARDS.rubric_id)
            chosen = sa.select(_CARDS.interaction_id, *made)
            for row in self._session.execute(chosen.where(_CARDS.interaction_id.in_(ids))):
                found.setdefault(row[0], []).append(Made(row[1], row[2] or None, row[3], row[4]))
        return {interaction: tuple(made) for interaction, made in found.items()}

    def list(
        self, *, status: Status | None = None, channel: Channel | None = None, agent: str | None = None, team: str | None = None,
        rubric: str | None = None, reviewer: str | None = None, min_score: float | None = None, max_score: float | None = None,
        undecided: bool | None = None, since: datetime | None = None, until: datetime | None = None, claimable_at: datetime | None = None,
        counted: bool | None = True, purpose: Purpose | None = None, within: Scope | None = None, reader: str | None = None,
        cursor: str | None = None, limit: int = 50,
    ) -> Page[Scorecard]:
        """The last added first. Scores in percent, both bounds included; ``since <= contact < until``; ``claimable_at``: held by nobody
        then; ``counted``: only those that count (``False``: only those replaced by a re-score, ``None``: all). A filter by figures leaves
        out those that are just being reviewed blindly, and those that the ``reader`` is to answer blind: it would tell their figures."""
        where = given(
            (status, _CARDS.status.__eq__), (channel, _CARDS.channel.__eq__), (agent, _CARDS.agent_id.__eq__),
            (team, _CARDS.team.__eq__), (rubric, _CARDS.rubric_id.__eq__), (reviewer, _CARDS.reviewer.__eq__),
            (min_score, lambda percent: _CARDS.score >= thousandths(percent)),
            (max_score, lambda percent: _CARDS.score <= thousandths(percent)),
            (undecided, lambda some: _CARDS.undecided > 0 if some else _CARDS.undecided == 0), (since, _CARDS.happened_at.__ge__),
            (until, _CARDS.happened_at.__lt__), (claimable_at, claimable), (counted, _CARDS.is_latest.__eq__),
            (purpose, _CARDS.purpose.__eq__),
        )
        unread = given((reader, lambda user: _CARDS.interaction_id.not_in(to_answer(user))))
        telling = () if (min_score, max_score, undecided) == (None, None, None) else (open_to_figures(), *unread)
        mine = scorecards_within(within)
        return self._page(ScorecardRow, *where, *telling, *mine, by="created_at", cursor=cursor, limit=limit).of(self._cards)

    def withdraw_drafts(self, interaction: str) -> tuple[str, ...]:
        """Take back the drafts of an interaction that nobody has claimed or answered, so that they can be made anew; their ids. What they
        suggested stays in the ledger."""
        self._places({interaction})
        # A later version was opened by people, whatever is in it.
        first = (_CARDS.interaction_id == interaction, _CARDS.version == 1)
        untouched = (*first, _CARDS.status == Status.DRAFT.value, _CARDS.reviewer.is_(None))
        answered = sa.select(_CRITERIA.scorecard_id).where(_CRITERIA.scorecard_id == _CARDS.id, _CRITERIA.answer.is_not(None))
        found = tuple(self._session.scalars(sa.select(_CARDS.id).where(*untouched, ~answered.exists()).order_by(_CARDS.id)))
        for ids in chunks(found):
            self._execute(sa.delete(core(ScorecardRow)).where(_CARDS.id.in_(ids)))
        return found

    def make_blind(self, ids: Iterable[str]) -> tuple[str, ...]:
        """Mark drafts that nobody has claimed or answered: they are reviewed without seeing suggestions. Which were marked, by id; those
        that were marked before, are claimed, answered, opened again or final, or unknown, stay as they are."""
        answered = sa.select(_CRITERIA.scorecard_id).where(_CRITERIA.scorecard_id == _CARDS.id, _CRITERIA.answer.is_not(None))
        # Of a later version, people have seen what the machine said.
        untouched = (_CARDS.status == Status.DRAFT.value, _CARDS.reviewer.is_(None), ~_CARDS.blind, _CARDS.version == 1)
        marked: list[str] = []
        for some in chunks(sorted(set(ids))):
            # Locked first, so that the next statement sees the answers of whoever came between.
            locked = sa.select(_CARDS.id).where(_CARDS.id.in_(some), *untouched).order_by(_CARDS.id).with_for_update()
            free = tuple(self._session.scalars(locked))
            found = tuple(self._session.scalars(sa.select(_CARDS.id).where(_CARDS.id.in_(free), ~answered.exists()).order_by(_CARDS.id)))
            # The tag of whoever has read its suggestions is a tag of the past.
            self._update(ScorecardRow, _CARDS.id.in_(found), values={"blind": True, "revision": _CARDS.revision + 1})
            marked += found
        return tuple(marked)

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

    def _known(self, interactions: Iterable[str]) -> dict[tuple[str, str, str, str], str]:
        """The newest version of what was made by the same engines with the same rubric."""
        found = [row for ids in chunks(interactions) for row in self._all(ScorecardRow, _CARDS.interaction_id.in_(ids))]
        return {_key(row): row.id for row in sorted(found, key=lambda row: row.version)}

    def _check_rubrics(self, fingerprints: set[str]) -> None:
        column = core(RubricRow).c.fingerprint
        found = {one for some in chunks(fingerprints) for one in self._session.scalars(sa.select(column).where(column.in_(some)))}
        for missing in sorted(fingerprints - found):
            raise NotFoundError(f"no rubric with fingerprint {missing!r}", field="rubric", hint="store the rubric before its scorecards")

    def _team(self, agent: str | None) -> str | None:
        """The team that an agent is in now."""
        agents = core(AgentRow).c
        return None if agent is None else self._session.scalars(sa.select(agents.team).where(agents.id == agent)).first()

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
        **rows.origin(card), **rows.figures(card), **{name: place[name] for name in _PLACE}, "revision": card.revision,
        "claimed_at": None, "claim_expires_at": None, "erased": card.erased,
        "finalized_at": at if card.status in FINISHED else None, "created_at": at, "updated_at": at, "is_latest": counted,
    }


def _criteria(card: Scorecard) -> Iterable[dict[str, Any]]:
    return (rows.criterion(str(card.id), position, one) for position, one in enumerate(card.criteria))
