"""Agents as last seen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from qa_service.domain.interaction import AgentRef
from qa_service.errors import NotFoundError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
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

    def get(self, agent: str) -> AgentRef:
        """The agent; raises :class:`NotFoundError`."""
        row = self._first(AgentRow, _AGENTS.id == agent)
        if row is None:
            raise NotFoundError(f"no agent {agent!r}", field="agent")
        return _agent(row)

    def exists(self, agent: str) -> bool:
        """Whether the agent was seen before."""
        return self._first(AgentRow, _AGENTS.id == agent) is not None

    def list(self, *, team: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[AgentRef]:
        """Agents, the last taken in first."""
        page = self._page(AgentRow, *given((team, _AGENTS.team.__eq__)), by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_agent(row) for row in rows])


def _agent(row: AgentRow) -> AgentRef:
    return AgentRef(id=row.id, name=row.name, team=row.team)


def _learn(known: AgentRef | None, told: AgentRef) -> AgentRef:
    if known is None:
        return told
    return AgentRef(id=told.id, name=told.name or known.name, team=told.team or known.team)
