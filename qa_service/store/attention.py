"""Attention: how far the scorecards of agents were reviewed, read and disputed, counted by the database."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.dispute import PENDING, DisputeOutcome, DisputeState
from qa_service.domain.interaction import Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.profile import Acknowledged, DisputeCounts
from qa_service.store.calibrations import to_answer
from qa_service.store.repository import Repository, given
from qa_service.store.reviews import FINISHED
from qa_service.store.scopes import open_to_figures, scorecards_within
from qa_service.store.tables import DisputeItemRow, DisputeRow, ScorecardRow, core

_CARDS, _DISPUTES, _ITEMS = core(ScorecardRow).c, core(DisputeRow).c, core(DisputeItemRow).c
_FINISHED = tuple(status.value for status in FINISHED)


class CardCounts(NamedTuple):
    """Scorecards that count, by how far they are."""

    #: Those a person finalised.
    finals: int = 0
    #: Nobody has finished them.
    drafts: int = 0
    #: The service finalised them itself.
    automatic: int = 0
    #: Those with a score, and the sum of the scores in percent: of what people finalised, and of all.
    scored_finals: int = 0
    final_score: float = 0.0
    scored: int = 0
    score: float = 0.0
    #: Those a person finalised that the agent has confirmed to have read.
    read: int = 0

    @property
    def acknowledged(self) -> Acknowledged:
        """Read and unread."""
        return Acknowledged(read=self.read, unread=self.finals - self.read)


class Attention(Repository):
    """Counts by agent."""

    def cards(
        self, agent: str, *, since: datetime | None = None, until: datetime | None = None, purpose: Purpose = Purpose.LIVE,
        within: Scope | None = None, finished: bool = False, reader: str | None = None,
    ) -> CardCounts:
        """Scorecards of an agent; ``finished``: those alone, which is quicker; none that the ``reader`` is to answer blind."""
        chosen = _of_cards(since is not None, until is not None, purpose, within, finished, reader is not None)
        told = {"agent": agent, "since": since, "until": until, "reader": reader}
        found = self._session.connection().execute(chosen, told).one()
        finals, drafts, automatic, scored_finals, final_score, scored, total, read = (int(one or 0) for one in found)
        return CardCounts(finals, drafts, automatic, scored_finals, final_score / 1000, scored, total / 1000, read)

    def disputes(
        self, *, agent: str | None = None, team: str | None = None, since: datetime | None = None, until: datetime | None = None,
        within: Scope | None = None,
    ) -> DisputeCounts:
        """Disputes opened in the period, of an agent or a team."""
        shape = (agent is not None, team is not None, since is not None, until is not None)
        told = {"agent": agent, "team": team, "since": since, "until": until}
        found: Any = self._session.connection().execute(_of_disputes(shape, within), told).one()
        opened, waiting, upheld, won, withdrawn = (int(one or 0) for one in found)
        return DisputeCounts(opened=opened, waiting=waiting, upheld=upheld, accepted=won, withdrawn=withdrawn)


@lru_cache(maxsize=256)
def _of_cards(
    since: bool, until: bool, purpose: Purpose, within: Scope | None, only_finished: bool, reader: bool
) -> sa.Select[Any]:
    """Kept, since putting it together takes longer than running it."""
    finished = _CARDS.status.in_(_FINISHED)
    people, score = finished & ~_CARDS.automatic, sa.func.coalesce(_CARDS.score, 0)
    where = (
        *((_CARDS.happened_at >= sa.bindparam("since"),) if since else ()),
        *((_CARDS.happened_at < sa.bindparam("until"),) if until else ()),
        *((_CARDS.interaction_id.not_in(to_answer(sa.bindparam("reader"))),) if reader else ()),
        *((finished,) if only_finished else ()), _CARDS.agent_id == sa.bindparam("agent"), _CARDS.is_latest,
        _CARDS.purpose == purpose.value, open_to_figures(), *scorecards_within(within),
    )
    return sa.select(
        _count(people), _count(~finished), _count(finished & _CARDS.automatic), _count(people & _CARDS.score.is_not(None)),
        sa.func.sum(sa.case((people, score), else_=0)), sa.func.count(_CARDS.score), sa.func.sum(score),
        _count(people & _CARDS.acknowledged.is_not(None)),
    ).where(*where)


@lru_cache(maxsize=256)
def _of_disputes(shape: tuple[bool, bool, bool, bool], within: Scope | None) -> sa.Select[Any]:
    agent, team, since, until = shape
    where = (
        *((_DISPUTES.agent_id == sa.bindparam("agent"),) if agent else ()), *((_DISPUTES.team == sa.bindparam("team"),) if team else ()),
        *((_DISPUTES.opened_at >= sa.bindparam("since"),) if since else ()),
        *((_DISPUTES.opened_at < sa.bindparam("until"),) if until else ()),
    )
    mine = () if within is None else given(
        (within.agent, _DISPUTES.agent_id.__eq__), (None if within.teams is None else sorted(within.teams), _DISPUTES.team.in_)
    )  # fmt: skip
    accepted = sa.select(_ITEMS.dispute_id).where(
        _ITEMS.dispute_id == _DISPUTES.id, _ITEMS.outcome == DisputeOutcome.ACCEPTED.value
    ).exists()  # fmt: skip
    moved = _DISPUTES.attribution.like(f'%"outcome":"{DisputeOutcome.ACCEPTED.value}"%')
    decided, right = _DISPUTES.state == DisputeState.DECIDED.value, accepted | sa.func.coalesce(moved, sa.false())
    columns: tuple[sa.ColumnElement[Any], ...] = (
        sa.func.count(), _count(_DISPUTES.state.in_([one.value for one in PENDING])), _count(decided & ~right), _count(decided & right),
        _count(_DISPUTES.state == DisputeState.WITHDRAWN.value),
    )
    return sa.select(*columns).where(*where, *mine)


def _count(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))
