"""Teams: how everybody does as far as it is known, places as far as they can be told, and what the team stands out in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict

from qa_service.api.agents import For, SpanDep
from qa_service.api.deps import ActorDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.interaction import Purpose
from qa_service.domain.swot import Swot
from qa_service.domain.team import TeamProfile, TeamRef

router = APIRouter(prefix="/teams", route_class=Door)

#: Names come from the sources of interactions, in any script, with blanks and slashes in them.
TeamName = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="As sources tell it.")]


class TeamList(BaseModel):
    """Teams within reach."""

    model_config = ConfigDict(extra="forbid")

    #: By name.
    teams: tuple[TeamRef, ...]


@router.get("", response_model=TeamList, responses=documented(401, 422), summary="List teams")
def list_teams(services: ServicesDep, within: ScopeDep) -> TeamList:
    """Teams that agents are in now: coaches see theirs, agents their own."""
    return TeamList(teams=services.teams.all(within=within))


@router.get("/{team:path}/profile", response_model=TeamProfile, responses=documented(401, 404, 422), summary="Read how a team does")
def get_team_profile(
    services: ServicesDep, within: ScopeDep, who: ActorDep, team: TeamName, period: SpanDep, purpose: For = Purpose.LIVE
) -> TeamProfile:
    """Everybody's total by what people finished, drawn towards the team as far as it is unsure; places only as far as intervals allow; the
    criteria in which the team stands out beside others; critical errors by family; how much was reviewed. Agents read their own team's,
    with no name but their own, and of a small team no figure but their own."""
    return services.teams.profile(team, since=period.since, until=period.until, purpose=purpose, within=within, reader=who.id)


@router.get("/{team:path}/swot", response_model=Swot, responses=documented(401, 404, 422), summary="Read a team's chances and risks")
def get_team_swot(
    services: ServicesDep, within: ScopeDep, who: ActorDep, team: TeamName, period: SpanDep, purpose: For = Purpose.LIVE
) -> Swot:
    """Strengths and weaknesses from criteria and skills beside other teams; opportunities and threats from contact reasons, customers who
    may leave and those who came back, each with its numbers."""
    return services.swots.team(team, since=period.since, until=period.until, purpose=purpose, within=within, reader=who.id)
