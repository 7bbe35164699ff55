"""Agents: who they are, and what they are good at, with the quotes to listen to."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from qa_service.api.deps import ActorDep, Cursor, Filter, Id, Limit, PageOf, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.agent import Basis
from qa_service.domain.interaction import AgentRef, Purpose
from qa_service.domain.profile import AgentProfile, Span
from qa_service.domain.swot import Swot
from qa_service.errors import InputError

router = APIRouter(prefix="/agents", route_class=Door)


class AgentPage(PageOf[AgentRef]):
    """A page of agents."""


def span(
    services: ServicesDep, period: PeriodDep,
    month: Annotated[str | None, Query(max_length=20, description="A month such as `2026-11`, instead of `from` and `to`.")] = None,
) -> Span:
    """The period of a profile; raises :class:`InputError` for what is no month, and for a month beside a period."""
    if month is None:
        return Span(since=period.since, until=period.until)
    told: tuple[datetime | None, ...] = (period.since, period.until)
    if any(one is not None for one in told):
        raise InputError("a month and a period at once", field="month", hint="give `month`, or `from` and `to`")
    return services.profiles.month(month)


SpanDep = Annotated[Span, Depends(span)]
Told = Annotated[Basis, Query(description="`final`: what people finalised; `all`: drafts too, provisional.")]
For = Annotated[Purpose, Query(description="Mystery, training and test contacts are reported apart.")]


@router.get("", response_model=AgentPage, responses=documented(401, 422), summary="List agents")
def list_agents(
    services: ServicesDep, within: ScopeDep, team: Filter = None, cursor: Cursor = None, limit: Limit = 50
) -> AgentPage:
    """The last taken in first: coaches see those of their teams, agents themselves."""
    return AgentPage.of(services.profiles.agents(team=team, within=within, cursor=cursor, limit=limit))


@router.get("/{agent}", response_model=AgentRef, responses=documented(401, 404, 422), summary="Read an agent")
def get_agent(services: ServicesDep, within: ScopeDep, agent: Id) -> AgentRef:
    """Name and team as last told by the source."""
    return services.profiles.agent(agent, within=within)


@router.get(
    "/{agent}/profile", response_model=AgentProfile, responses=documented(401, 404, 422), summary="Read an agent's strengths and weaknesses"
)
def get_agent_profile(
    services: ServicesDep, within: ScopeDep, who: ActorDep, agent: Id, period: SpanDep, basis: Told = Basis.FINAL,
    purpose: For = Purpose.LIVE,
) -> AgentProfile:
    """Strengths and weaknesses by criterion, section and skill, against comparable peers and the agent's own past, each with its interval
    and with places to listen to; nothing is claimed that the numbers do not carry, and what cannot be told says why and how many more
    reviews it takes. What systems and policy cause stands apart. Scorecards out of your reach, and those that are just being reviewed
    blindly, are in no figure; agents see what is final, whatever the `basis`. Figures of others have no names."""
    return services.profiles.profile(
        agent, basis=basis, since=period.since, until=period.until, purpose=purpose, within=within, reader=who.id
    )


@router.get("/{agent}/swot", response_model=Swot, responses=documented(401, 404, 422), summary="Read an agent's chances and risks")
def get_agent_swot(
    services: ServicesDep, within: ScopeDep, who: ActorDep, agent: Id, period: SpanDep, purpose: For = Purpose.LIVE
) -> Swot:
    """Strengths and weaknesses from criteria and skills; opportunities and threats from contact reasons, customers who may leave and those
    who came back. Every entry has its numbers and tells where they are from."""
    return services.swots.agent(agent, since=period.since, until=period.until, purpose=purpose, within=within, reader=who.id)
