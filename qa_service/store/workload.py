"""Workload: what reviewers have to do and have done, and what of each agent is in the queue, counted by the database."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.queue import ItemState
from qa_service.domain.scorecard import Status
from qa_service.store.repository import Repository, given
from qa_service.store.scopes import scorecards_within
from qa_service.store.tables import QueueItemRow, QueueSkipRow, ScorecardCriterionRow, ScorecardRow, core

_ITEMS, _SKIPS, _CARDS, _CRITERIA = (core(row).c for row in (QueueItemRow, QueueSkipRow, ScorecardRow, ScorecardCriterionRow))
_FINISHED = (Status.FINAL.value, Status.DISPUTED.value)
_SAME = (_ITEMS.interaction_id == _CARDS.interaction_id) & (_ITEMS.rubric_id == _CARDS.rubric_id)


class Due(NamedTuple):
    """Open items of a reviewer."""

    due: int
    overdue: int


class Done(NamedTuple):
    """What a reviewer finalised."""

    #: Active milliseconds of each.
    took: tuple[int, ...]
    blind: int
    #: Decided suggestions that were in sight, and those that were answered otherwise; in first versions, as others start with answers.
    suggested: int
    overridden: int


class Covered(NamedTuple):
    """An agent's scorecards."""

    agent: str | None
    scorecards: int
    queued: int
    done: int


class Workload(Repository):
    """Sums by reviewer and by agent."""

    def due(self, *, now: datetime, reviewers: Iterable[str]) -> dict[str, Due]:
        """Open items; reviewers without any are missing."""
        both = core(QueueItemRow).outerjoin(core(ScorecardRow), _SAME & _CARDS.is_latest)
        undone = _CARDS.status.is_(None) | _CARDS.status.not_in(_FINISHED)
        where = (_ITEMS.state == ItemState.OPEN.value, undone, _ITEMS.assigned_to.in_(list(reviewers)))
        late = sa.func.sum(sa.case((_ITEMS.due_at < now, 1), else_=0))
        chosen = sa.select(_ITEMS.assigned_to, sa.func.count(), late).select_from(both).where(*where).group_by(_ITEMS.assigned_to)
        return {row[0]: Due(row[1], int(row[2])) for row in self._session.execute(chosen)}

    def done(self, *, since: datetime | None, until: datetime | None, reviewers: Iterable[str]) -> dict[str, Done]:
        """What people finalised in a period (by the time of finalising); reviewers without any are missing. A version that the decision
        of a dispute made is nobody's review: its answers are somebody else's."""
        people = list(reviewers)
        where = (
            _CARDS.reviewer.in_(people), _CARDS.status.in_(_FINISHED), ~_CARDS.automatic, (_CARDS.version == 1) | (_CARDS.active_ms > 0),
            *given((since, _CARDS.finalized_at.__ge__), (until, _CARDS.finalized_at.__lt__)),
        )
        took: dict[str, list[int]] = {}
        blind: dict[str, int] = {}
        chosen = sa.select(_CARDS.reviewer, _CARDS.active_ms, _CARDS.blind).where(*where)
        for reviewer, milliseconds, unseen in self._session.execute(chosen):
            took.setdefault(reviewer, []).append(milliseconds)
            blind[reviewer] = blind.get(reviewer, 0) + bool(unseen)
        seen = self._overridden(where)
        return {one: Done(tuple(took[one]), blind[one], *seen.get(one, (0, 0))) for one in took}

    def _overridden(self, where: Iterable[sa.ColumnElement[bool]]) -> dict[str, tuple[int, int]]:
        decided = _CRITERIA.suggestion_answer.is_not(None) & (_CRITERIA.suggestion_answer != "undecided") & _CRITERIA.answer.is_not(None)
        otherwise = sa.func.sum(sa.case((_CRITERIA.answer != _CRITERIA.suggestion_answer, 1), else_=0))
        both = core(ScorecardRow).join(core(ScorecardCriterionRow), _CRITERIA.scorecard_id == _CARDS.id)
        seen = (~_CARDS.blind, _CARDS.version == 1, decided)
        chosen = sa.select(_CARDS.reviewer, sa.func.count(), otherwise).select_from(both).where(*where, *seen)
        return {row[0]: (row[1], int(row[2])) for row in self._session.execute(chosen.group_by(_CARDS.reviewer))}

    def skipped(self, *, since: datetime | None, until: datetime | None, reviewers: Iterable[str]) -> dict[str, int]:
        """Skips of a period."""
        where = (_SKIPS.user_id.in_(list(reviewers)), *given((since, _SKIPS.at.__ge__), (until, _SKIPS.at.__lt__)))
        chosen = sa.select(_SKIPS.user_id, sa.func.count()).where(*where).group_by(_SKIPS.user_id)
        return {row[0]: row[1] for row in self._session.execute(chosen)}

    def covered(
        self, *, since: datetime | None, until: datetime | None, team: str | None = None, channel: Channel | None = None,
        purpose: Purpose | None = Purpose.LIVE, within: Scope | None = None,
    ) -> tuple[Covered, ...]:
        """Counted scorecards of contacts in a period by agent, and how many of them are queued and done; agents by id, nobody last."""
        both = core(ScorecardRow).outerjoin(core(QueueItemRow), _SAME & (_ITEMS.state != ItemState.WITHDRAWN.value))
        finished: Any = _ITEMS.id.is_not(None) & _CARDS.status.in_(_FINISHED)
        where = given(
            (since, _CARDS.happened_at.__ge__), (until, _CARDS.happened_at.__lt__), (team, _CARDS.team.__eq__),
            (channel, _CARDS.channel.__eq__), (purpose, _CARDS.purpose.__eq__),
        )
        sums = (sa.func.count(), sa.func.count(_ITEMS.id), sa.func.sum(sa.case((finished, 1), else_=0)))
        chosen = sa.select(_CARDS.agent_id, *sums).select_from(both).where(
            _CARDS.is_latest, *where, *scorecards_within(within)
        ).group_by(_CARDS.agent_id)
        found = (Covered(row[0], row[1], row[2], int(row[3])) for row in self._session.execute(chosen))
        return tuple(sorted(found, key=lambda one: (one.agent is None, one.agent or "")))
