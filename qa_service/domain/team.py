"""A team's profile: everybody's total as far as it is known, places as far as they can be told, and in what the team stands out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import AgentRef, Channel
from qa_service.domain.moments import Moments
from qa_service.domain.places import places
from qa_service.domain.powered import Figure, figure
from qa_service.domain.profile import (
    Compared,
    Course,
    CriterionStanding,
    DisputeCounts,
    FamilyAccuracy,
    Peers,
    SectionStanding,
    SkillStanding,
    Span,
)
from qa_service.domain.remark import Remark
from qa_service.domain.shrinkage import shrunk

#: In a team with fewer members who have figures, one could guess whose they are: agents then read only their own.
LEAST_UNNAMED = 5


class TeamRef(Record):
    """A team as it is now."""

    #: Its name, as the sources of interactions tell it.
    team: str
    #: Agents in it now.
    agents: int = Field(ge=0)


class ReviewCoverage(Record):
    """How much of what was scored people have reviewed."""

    #: Scorecards.
    scorecards: int = Field(ge=0)
    #: Those that people finished.
    reviewed: int = Field(ge=0)

    @classmethod
    def of(cls, m: Moments) -> ReviewCoverage:
        """Of the moments of a total."""
        return cls(scorecards=round(m.all), reviewed=round(m.people))


class TeamMember(Record):
    """One agent on the board of a form."""

    #: ``None`` where whoever reads it may not know whose it is.
    agent: AgentRef | None
    #: Whether it is whoever reads it.
    you: bool = False
    #: Score as a share, as it was found.
    figure: Figure
    #: Drawn towards the team as far as it is unsure, 0 to 1; ``None`` without a figure.
    shrunk: float | None
    #: Lower bound.
    low: float | None
    #: Upper bound.
    high: float | None
    #: Best and worst place that the intervals allow, from 1; ``None`` without a figure.
    place_first: int | None = None
    #: Worst place.
    place_last: int | None = None
    #: Those of one group cannot all be told apart; every group is better than the next. ``None`` without a figure.
    group: int | None = None
    #: How much of it people have reviewed.
    coverage: ReviewCoverage


class Board(Compared):
    """A team on one form: the team's total, beside other teams' and its own past, and everybody's."""

    #: Id of the form.
    rubric: str
    #: Its channel.
    channel: Channel
    #: How much of it people have reviewed.
    coverage: ReviewCoverage
    #: By group, then by the shrunk figure; those without a figure last.
    members: tuple[TeamMember, ...]
    #: Whether any two can be told apart.
    ranked: bool


class TeamProfile(Record):
    """What coaches and leads see of a team."""

    #: Its name.
    team: str
    #: The period that it is of.
    period: Span
    #: ``None`` where the period is open.
    past: Span | None
    #: Agents with scorecards in the period.
    agents: int
    #: Those whom people have reviewed.
    reviewed_agents: int
    #: How much of it people have reviewed.
    coverage: ReviewCoverage
    #: The other teams.
    peers: Peers
    #: Form by form, the most reviewed first.
    boards: tuple[Board, ...] = ()
    #: The score of each section.
    sections: tuple[SectionStanding, ...] = ()
    #: What a coach would practise.
    skills: tuple[SkillStanding, ...] = ()
    #: In what the team stands out beside other teams, the most marked first.
    strengths: tuple[CriterionStanding, ...] = ()
    #: As the strengths; what harms most first.
    weaknesses: tuple[CriterionStanding, ...] = ()
    #: Every criterion that people have answered, weakest first.
    criteria: tuple[CriterionStanding, ...] = ()
    #: How often no critical error of a family was made.
    families: tuple[FamilyAccuracy, ...] = ()
    #: The score by month.
    courses: tuple[Course, ...] = ()
    #: Disagreement with final scorecards.
    disputes: DisputeCounts = DisputeCounts()
    #: What to keep in mind when reading this.
    notes: tuple[str, ...] = ()
    #: The same as codes with values.
    remarks: tuple[Remark, ...] = ()


def members(totals: Mapping[str, Moments], names: Mapping[str, AgentRef], *, reader: str | None = None) -> tuple[TeamMember, ...]:
    """Everybody on one form; ``reader``: the agent who reads it, who learns no name but the own, and of a small team no figure but the
    own."""
    figures = {agent: figure(m) for agent, m in totals.items()}
    drawn, placed = shrunk(figures), places(figures)
    known = sum(one.value is not None for one in figures.values())
    seen = [agent for agent in totals if reader is None or agent == reader or (known >= LEAST_UNNAMED and figures[agent].value is not None)]
    told = []
    for agent in seen:
        place, own = placed.get(agent), drawn[agent]
        told.append(
            TeamMember.trusted(
                agent=names.get(agent, AgentRef(id=agent)) if reader is None or agent == reader else None, you=agent == reader,
                figure=figures[agent], shrunk=own.value, low=own.low, high=own.high,
                place_first=None if place is None else place.first, place_last=None if place is None else place.last,
                group=None if place is None else place.group, coverage=ReviewCoverage.of(totals[agent]),
            )
        )
    return tuple(sorted(told, key=_order))


def _order(one: TeamMember) -> tuple[int, float, str]:
    return (1_000_000 if one.group is None else one.group, -(one.shrunk or 0.0), "" if one.agent is None else one.agent.id)


def ranked(some: Iterable[TeamMember]) -> bool:
    """Whether any two of them can be told apart: then somebody has fewer places than all have together."""
    told = [(one.place_first, one.place_last) for one in some if one.place_first is not None and one.place_last is not None]
    return len(set(told)) > 1 or any(first == last for first, last in told if len(told) > 1)
