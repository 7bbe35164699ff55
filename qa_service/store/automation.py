"""Automation: open drafts by what stands against their becoming final without a person, as far as their rows tell."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from qa_service.domain.automation import Obstacle
from qa_service.domain.interaction import Purpose
from qa_service.domain.scorecard import Status
from qa_service.store.repository import Repository
from qa_service.store.tables import QueueItemRow, SamplingPlanRow, SamplingRunRow, ScorecardCriterionRow, ScorecardRow, core

_CARDS, _CRITERIA, _ITEMS = core(ScorecardRow).c, core(ScorecardCriterionRow).c, core(QueueItemRow).c
_PLANS, _RUNS = core(SamplingPlanRow).c, core(SamplingRunRow).c
_OPEN = (Status.DRAFT.value, Status.IN_REVIEW.value)


class Automation(Repository):
    """Open scorecards that count; ``made_before``: only older ones have waited long enough."""

    def waiting(self, *, made_before: datetime) -> Mapping[Obstacle, int]:
        """How many wait for a person for a reason that their rows tell."""
        found = _obstacle(made_before).label("obstacle")
        counted = sa.select(found, sa.func.count().label("number")).where(*_open()).group_by(found)
        return {Obstacle(row.obstacle): int(row.number) for row in self._session.execute(counted) if row.obstacle}

    def ready(self, *, made_before: datetime, after: str = "", limit: int) -> tuple[str, ...]:
        """Ids of the others in their order, behind ``after``."""
        chosen = sa.select(_CARDS.id).where(*_open(), _CARDS.id > after, _obstacle(made_before).is_(None))
        return tuple(self._session.scalars(chosen.order_by(_CARDS.id).limit(limit)))

    def obstacle_of(self, card: str, *, made_before: datetime) -> Obstacle | None:
        """What the row of one scorecard has against it; ``BEGUN`` where it is no open one that counts any more."""
        found = self._session.execute(sa.select(_obstacle(made_before)).where(*_open(), _CARDS.id == card)).first()
        if found is None:
            return Obstacle.BEGUN
        return Obstacle(found[0]) if found[0] else None


def _open() -> tuple[sa.ColumnElement[bool], ...]:
    return _CARDS.is_latest, _CARDS.status.in_(_OPEN)


def _obstacle(made_before: datetime) -> sa.ColumnElement[str | None]:
    """The first that holds, in the order of :class:`Obstacle`."""
    answered = sa.exists().where(_CRITERIA.scorecard_id == _CARDS.id, _CRITERIA.answer.is_not(None))
    same = (_ITEMS.interaction_id == _CARDS.interaction_id, _ITEMS.rubric_id == _CARDS.rubric_id)
    queued = sa.exists().where(*same, _ITEMS.state != "withdrawn")
    reasons = {
        Obstacle.NOT_LIVE: _CARDS.purpose != Purpose.LIVE.value,
        Obstacle.ERASED: _CARDS.erased,
        Obstacle.BEGUN: (_CARDS.status != Status.DRAFT.value) | _CARDS.reviewer.is_not(None) | answered,
        Obstacle.SAMPLED: _CARDS.blind | queued,
        Obstacle.UNSAMPLED: _to_be_drawn(),
        Obstacle.REOPENED: _CARDS.version > 1,
        Obstacle.YOUNG: _CARDS.created_at > made_before,
        Obstacle.UNDECIDED: _CARDS.undecided > 0,
        Obstacle.CRITICAL: _CARDS.critical_misses != "[]",
    }
    # Words and no parameters: PostgreSQL must see that what is grouped by is what is read.
    whens = [(condition, sa.literal_column(f"'{reason.value}'", sa.String())) for reason, condition in reasons.items()]
    return sa.case(*whens, else_=sa.null())


def _to_be_drawn() -> sa.ColumnElement[bool]:
    """Whether a plan in force has not drawn from the time of the contact, and will. Whose contacts a plan is about is not looked at: one
    that is about others keeps this one waiting until it has drawn, too."""
    drawn = sa.exists().where(_RUNS.plan_id == _PLANS.id, _RUNS.since <= _CARDS.happened_at, _CARDS.happened_at < _RUNS.until)
    return sa.exists().where(_PLANS.active, _PLANS.active_since <= _CARDS.happened_at, ~drawn)
