"""The newest scorecards of several states, found state by state: each has its order in an index, all of them together have not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from qa_service.domain.scorecard import Status
from qa_service.store.tables import ScorecardRow, core

_CARDS = core(ScorecardRow).c


def newest(
    columns: Sequence[sa.Column[Any]], where: Sequence[sa.ColumnElement[bool]], statuses: Iterable[Status], *, most: sa.ColumnElement[int]
) -> sa.Subquery:
    """At most so many, of which ``happened_at`` and ``id`` are among the columns; in no order."""
    order = (_CARDS.happened_at.desc(), _CARDS.id)
    states = [
        sa.select(*columns).where(_CARDS.status == status.value, *where).order_by(*order).limit(most).subquery() for status in statuses
    ]
    some = sa.union_all(*(sa.select(state) for state in states)).subquery()
    return sa.select(some).order_by(some.c.happened_at.desc(), some.c.id).limit(most).subquery()
