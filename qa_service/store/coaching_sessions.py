"""Coaching sessions: those of a plan in order of their days, and all within somebody's reach, the last written down first."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from qa_service.domain.coaching_session import CoachingSession
from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Acknowledgement
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.coaching_plans import agents_of
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import CoachingSessionRow, core

_IT = core(CoachingSessionRow).c


class CoachingSessions(Repository):
    """Sessions by id."""

    def add(self, session: CoachingSession) -> CoachingSession:
        """Keep a new one."""
        self._insert(CoachingSessionRow, [_values(session)])
        return session

    def get(self, session: str, *, within: Scope | None = None) -> CoachingSession:
        """Raises :class:`NotFoundError`, for one outside ``within``, too."""
        row = self._first(CoachingSessionRow, _IT.id == session, *agents_of(within, _IT.agent_id))
        if row is None:
            raise NotFoundError(f"no coaching session {session!r}", field="session")
        return _session(row)

    def save(self, session: CoachingSession) -> CoachingSession:
        """Keep a change of the revision that the session bears; the session as it is now, one revision on.

        Raises :class:`NotFoundError`, and :class:`StaleVersionError` when somebody else was quicker.
        """
        made = session.model_copy(update={"revision": session.revision + 1})
        if not self._update(CoachingSessionRow, _IT.id == session.id, _IT.revision == session.revision, values=_values(made)):
            now = self.get(session.id).revision
            message = f"coaching session {session.id!r} was changed meanwhile: it has revision {now}, not {session.revision}"
            raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
        return made

    def of_plan(self, plan: str) -> tuple[CoachingSession, ...]:
        """All of a plan, the first held first."""
        chosen = sa.select(CoachingSessionRow).where(_IT.plan_id == plan).order_by(_IT.held_on, _IT.created_at, _IT.id)
        return tuple(map(_session, self._session.scalars(chosen)))

    def list(
        self, *, within: Scope | None = None, plan: str | None = None, agent: str | None = None, coach: str | None = None,
        acknowledged: bool | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[CoachingSession]:
        """The last written down first; ``acknowledged``: only those that the agent has confirmed to have read, or has not."""
        where = given(
            (plan, _IT.plan_id.__eq__), (agent, _IT.agent_id.__eq__), (coach, _IT.coach.__eq__),
            (acknowledged, lambda read: _IT.acknowledged.is_not(None) if read else _IT.acknowledged.is_(None)),
        )
        page = self._page(CoachingSessionRow, *where, *agents_of(within, _IT.agent_id), by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_session(row) for row in rows])


def _values(it: CoachingSession) -> dict[str, Any]:
    return {
        "id": it.id, "plan_id": it.plan, "agent_id": it.agent, "coach": it.coach, "held_on": it.held_on,
        "practised": json.dumps(it.practised), "notes": it.notes, "private": it.private, "follow_up": it.follow_up,
        "created_at": it.created_at, "acknowledged": None if it.acknowledged is None else it.acknowledged.model_dump_json(),
        "revision": it.revision,
    }


def _session(row: CoachingSessionRow) -> CoachingSession:
    return CoachingSession(
        id=row.id, plan=row.plan_id, agent=row.agent_id, coach=row.coach, held_on=row.held_on, practised=tuple(json.loads(row.practised)),
        notes=row.notes, private=row.private, follow_up=row.follow_up, created_at=row.created_at,
        acknowledged=None if row.acknowledged is None else Acknowledgement.model_validate_json(row.acknowledged), revision=row.revision,
    )
