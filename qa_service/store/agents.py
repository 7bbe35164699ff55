"""Agents as last seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa

from qa_service.domain.interaction import AgentRef
from qa_service.domain.permission import Scope
from qa_service.domain.team import TeamRef
from qa_service.errors import NotFoundError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import agents_within
from qa_service.store.tables import AgentRow, core

_AGENTS = core(AgentRow).c


class Agents(Repository):
    """Agents by their id in the source system."""

    def upsert(self, agent: AgentRef, *, at: datetime) -> AgentRef:
        """Take the agent in, or learn a new name or team; what the source leaves out stays as it was."""
        return self.upsert_many([agent], at=at)[agent.id]

    def upsert_many(self, agents: Iterable[AgentRef], *, at: datetime) -> dict[str, AgentRef]:
        """As :meth:`upsert`; the agents by id, as they are now. The last one of an id wins."""
        wanted: dict[str, AgentRef] = {}
        for agent in agents:
            wanted[agent.id] = _learn(wanted.get(agent.id), agent)
        # Sorted, so that two writers on PostgreSQL never wait for each other in a circle; and only where something is new,
        # so that every interaction of an agent does not queue for one row.
        known = {row.id: _agent(row) for ids in chunks(sorted(wanted)) for row in self._all(AgentRow, _AGENTS.id.in_(ids))}
        merged = {identifier: _learn(known.get(identifier), wanted[identifier]) for identifier in sorted(wanted)}
        changed = [agent for identifier, agent in merged.items() if agent != known.get(identifier)]
        fresh = [agent for agent in changed if agent.id not in known]
        self._insert_new(AgentRow, [{"id": one.id, "name": one.name, "team": one.team, "created_at": at} for one in fresh])
        for agent in changed:
            if agent.id in known:
                self._update(AgentRow, _AGENTS.id == agent.id, values={"name": agent.name, "team": agent.team})
        return merged

    def get(self, agent: str, *, within: Scope | None = None) -> AgentRef:
        """The agent; raises :class:`NotFoundError`, for one outside ``within``, too."""
        row = self._first(AgentRow, _AGENTS.id == agent, *agents_within(within))
        if row is None:
            raise NotFoundError(f"no agent {agent!r}", field="agent")
        return _agent(row)

    def exists(self, agent: str) -> bool:
        """Whether the agent was seen before."""
        return self._first(AgentRow, _AGENTS.id == agent) is not None

    def some(self, agents: Iterable[str], *, within: Scope | None = None) -> dict[str, AgentRef]:
        """Those of them that are known, and within reach."""
        mine = agents_within(within)
        return {row.id: _agent(row) for ids in chunks(sorted(set(agents))) for row in self._all(AgentRow, _AGENTS.id.in_(ids), *mine)}

    def teams(self, *, within: Scope | None = None) -> tuple[TeamRef, ...]:
        """Teams of the agents within reach, by name; for an agent the own one, with everybody in it."""
        reached = sa.select(_AGENTS.team).where(_AGENTS.team.is_not(None), *agents_within(within))
        chosen = sa.select(_AGENTS.team, sa.func.count()).where(_AGENTS.team.in_(reached)).group_by(_AGENTS.team).order_by(_AGENTS.team)
        return tuple(TeamRef(team=str(team), agents=agents) for team, agents in self._session.execute(chosen))

    def list(
        self, *, team: str | None = None, within: Scope | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[AgentRef]:
        """Agents, the last taken in first."""
        where = (*given((team, _AGENTS.team.__eq__)), *agents_within(within))
        page = self._page(AgentRow, *where, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_agent(row) for row in rows])


def _agent(row: AgentRow) -> AgentRef:
    return AgentRef(id=row.id, name=row.name, team=row.team)


def _learn(known: AgentRef | None, told: AgentRef) -> AgentRef:
    if known is None:
        return told
    return AgentRef(id=told.id, name=told.name or known.name, team=told.team or known.team)
