"""Agents: who they are, and what they are good at, with the quotes to listen to."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from qa_service.api.deps import Cursor, Filter, Id, Limit, PageOf, PeriodDep, ServicesDep
from qa_service.api.problems import documented
from qa_service.domain.agent import AgentProfile, Basis
from qa_service.domain.interaction import AgentRef

router = APIRouter(prefix="/agents")


class AgentPage(PageOf[AgentRef]):
    """A page of agents."""


@router.get("", response_model=AgentPage, responses=documented(401, 422), summary="List agents")
def list_agents(services: ServicesDep, team: Filter = None, cursor: Cursor = None, limit: Limit = 50) -> AgentPage:
    """The last taken in first."""
    return AgentPage.of(services.coaching.agents(team=team, cursor=cursor, limit=limit))


@router.get("/{agent}", response_model=AgentRef, responses=documented(401, 404, 422), summary="Read an agent")
def get_agent(services: ServicesDep, agent: Id) -> AgentRef:
    """Name and team as last told by the source."""
    return services.coaching.agent(agent)


@router.get(
    "/{agent}/profile", response_model=AgentProfile, responses=documented(401, 404, 422), summary="Read an agent's strengths and weaknesses"
)
def get_agent_profile(
    services: ServicesDep, agent: Id, period: PeriodDep,
    basis: Annotated[Basis, Query(description="`final`: what people finalised; `all`: drafts too, provisional.")] = Basis.FINAL,
) -> AgentProfile:
    """Strengths and weaknesses by criterion, each with its interval and examples; nothing is claimed that the numbers do not carry."""
    return services.coaching.profile(agent, basis=basis, since=period.since, until=period.until)
