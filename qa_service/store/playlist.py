"""Playlists: the best and worst answers of an agent, with what speaks for them, in one look-up."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.playlist import Clip, Playlist
from qa_service.domain.scorecard import Status
from qa_service.store.calibrations import to_answer
from qa_service.store.repository import Repository
from qa_service.store.reviews import FINISHED
from qa_service.store.scopes import open_to_figures, scorecards_within
from qa_service.store.scorecard_rows import EVIDENCE
from qa_service.store.tables import InteractionRow, ScorecardCriterionRow, ScorecardRow, core

_CARDS, _CRITERIA, _IT = core(ScorecardRow).c, core(ScorecardCriterionRow).c, core(InteractionRow).c
#: Scorecards that are looked through, the newest.
_MOST = 200
#: Earns no more than this share of its points.
_WORST = 0.5


class Playlists(Repository):
    """What to listen to."""

    def of(
        self, agent: str, *, since: datetime | None = None, until: datetime | None = None, statuses: Iterable[Status] = FINISHED,
        by_people: bool = True, purpose: Purpose = Purpose.LIVE, within: Scope | None = None, reader: str | None = None, limit: int = 3,
    ) -> dict[tuple[str, str], Playlist]:
        """By rubric and criterion, of the newest scorecards that count: what can be quoted first, then what was surest, then the newest.

        Never of an erased interaction, of what is just being reviewed blindly, nor of what the ``reader`` is to answer blind in a
        calibration session.
        """
        shape = _Shape(since is not None, until is not None, tuple(statuses), by_people, purpose, within, reader is not None)
        told = {"agent": agent, "since": since, "until": until, "reader": reader, "limit": limit}
        return _gather(self._session.connection().execute(_chosen(shape), told).all())


class _Shape(NamedTuple):
    """What makes one statement differ from another."""

    since: bool
    until: bool
    statuses: tuple[Status, ...]
    by_people: bool
    purpose: Purpose
    within: Scope | None
    reader: bool


@lru_cache(maxsize=256)
def _chosen(shape: _Shape) -> sa.Select[Any]:
    """Kept, since putting it together takes longer than running it."""
    where = (
        *((_CARDS.happened_at >= sa.bindparam("since"),) if shape.since else ()),
        *((_CARDS.happened_at < sa.bindparam("until"),) if shape.until else ()),
        *((_CARDS.interaction_id.not_in(to_answer(sa.bindparam("reader"))),) if shape.reader else ()),
        *((~_CARDS.automatic,) if shape.by_people else ()), _CARDS.status.in_([one.value for one in shape.statuses]),
        _CARDS.agent_id == sa.bindparam("agent"), _CARDS.purpose == shape.purpose.value, _CARDS.is_latest, ~_CARDS.erased,
        open_to_figures(), *scorecards_within(shape.within),
    )
    columns = (_CARDS.id, _CARDS.interaction_id, _CARDS.rubric_id, _CARDS.channel, _CARDS.happened_at)
    cards = sa.select(*columns).where(*where).order_by(_CARDS.happened_at.desc(), _CARDS.id).limit(_MOST).subquery()
    best = _CRITERIA.points >= _CRITERIA.weight
    order = (_quoted.desc(), _sureness.desc(), cards.c.happened_at.desc(), cards.c.id)
    place = sa.func.row_number().over(partition_by=(cards.c.rubric_id, _CRITERIA.criterion_id, best), order_by=order)
    told = _CRITERIA.points.is_not(None) & (_CRITERIA.weight > 0) & (best | (_CRITERIA.points <= _WORST * _CRITERIA.weight))
    key = (_CRITERIA.scorecard_id, _CRITERIA.position)
    # Without the words: only those of the few that are shown are read.
    ranked = (
        sa.select(cards, *key, place.label("place")).join_from(cards, core(ScorecardCriterionRow), _CRITERIA.scorecard_id == cards.c.id)
        .where(told).subquery()
    )
    shown = sa.select(
        *(ranked.c[name] for name in ("id", "interaction_id", "rubric_id", "channel", "happened_at")), _CRITERIA.criterion_id,
        _in_force.label("answer"), _CRITERIA.points, _CRITERIA.weight, _shown.label("shown"),
        _IT.recording_sha256.is_not(None).label("recorded"),
    ).join_from(
        ranked, core(ScorecardCriterionRow),
        (_CRITERIA.scorecard_id == ranked.c.scorecard_id) & (_CRITERIA.position == ranked.c.position),
    )  # fmt: skip
    joined = shown.join(core(InteractionRow), _IT.id == ranked.c.interaction_id).where(ranked.c.place <= sa.bindparam("limit"))
    return joined.order_by(ranked.c.place)


_in_force = sa.func.coalesce(_CRITERIA.answer, _CRITERIA.suggestion_answer, "undecided")
_agreed = sa.case((_CRITERIA.suggestion_answer == _in_force, _CRITERIA.suggestion_evidence), else_="[]")
#: The person's own evidence, else the machine's where it said the same.
_shown = sa.case((_CRITERIA.answer_evidence != "[]", _CRITERIA.answer_evidence), else_=_agreed)
_quoted = sa.case((_shown != "[]", 1), else_=0)
_sureness = sa.func.coalesce(_CRITERIA.suggestion_confidence, 0)


def _gather(rows: Iterable[Any]) -> dict[tuple[str, str], Playlist]:
    found: dict[tuple[str, str], tuple[list[Clip], list[Clip]]] = {}
    for row in rows:
        best, worst = found.setdefault((row.rubric_id, row.criterion_id), ([], []))
        (best if row.points >= row.weight else worst).append(_clip(row))
    return {key: Playlist.trusted(best=tuple(best), worst=tuple(worst)) for key, (best, worst) in found.items()}


def _clip(row: Any) -> Clip:
    return Clip.trusted(
        interaction=row.interaction_id, scorecard=row.id, channel=Channel(row.channel), at=row.happened_at, answer=row.answer,
        earned=round(row.points / row.weight, 6), evidence=next(iter(EVIDENCE.validate_json(row.shown)), None), recorded=bool(row.recorded),
    )
