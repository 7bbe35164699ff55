"""Coaching: what an agent is good at, what to practise, and the quotes to listen to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from qa_service.domain.agent import FINISHED, AgentProfile, Basis, CriterionStanding, Example, ScorePoint, Standing, Tally, judge, profile
from qa_service.domain.interaction import AgentRef, Channel
from qa_service.domain.rubric import NO, NOT_APPLICABLE, UNDECIDED, YES
from qa_service.domain.scorecard import Status
from qa_service.errors import InputError
from qa_service.store import results
from qa_service.store.pages import Page
from qa_service.store.results import AgentTotal
from qa_service.store.session import Database
from qa_service.store.unit import Unit

#: Examples shown for a criterion.
_EXAMPLES = 3


class Coaching:
    """Profiles of agents."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def agents(self, *, team: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[AgentRef]:
        """All agents, newest first."""
        with self._database.reading() as unit:
            return unit.agents.list(team=team, cursor=cursor, limit=limit)

    def agent(self, agent: str) -> AgentRef:
        """One agent; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            return unit.agents.get(agent)

    def totals(self, *, basis: Basis = Basis.ALL, team: str | None = None) -> tuple[AgentTotal, ...]:
        """Scores of all agents at a glance."""
        with self._database.reading() as unit:
            return unit.results.agents(team=team, statuses=_statuses(basis))

    def profile(
        self, agent: str, *, basis: Basis = Basis.FINAL, since: datetime | None = None, until: datetime | None = None
    ) -> AgentProfile:
        """Strengths and weaknesses of an agent in a period (``since <= contact < until``).

        Raises :class:`NotFoundError` for an agent nobody knows and :class:`InputError` for a period that ends before it starts.
        """
        if since is not None and until is not None and until <= since:
            raise InputError("the period ends before it starts", field="until")
        with self._database.reading() as unit:
            who = unit.agents.get(agent)
            statuses = _statuses(basis)
            mine = unit.results.tallies(agent=agent, since=since, until=until, statuses=statuses)
            everyone = unit.results.tallies(since=since, until=until, statuses=statuses)
            scores = unit.results.scores(agent=agent, since=since, until=until)
            channels = {rubric.rubric: rubric.channel for rubric in unit.rubrics.list()}
            tallies = [_tally(one, channels) for one in mine]
            standings = judge(tallies, _without(mine, everyone, channels))
            shown = [self._with_examples(unit, agent, one, since=since, until=until, statuses=statuses) for one in standings]
        points = tuple(ScorePoint(**one.model_dump()) for one in reversed(scores))
        return profile(who, basis=basis, criteria=shown, scores=points)

    def _with_examples(
        self, unit: Unit, agent: str, one: CriterionStanding, *, since: datetime | None, until: datetime | None, statuses: Sequence[Status]
    ) -> CriterionStanding:
        wanted = YES if one.standing is Standing.STRENGTH or one.share.value == 1 else NO
        found = unit.results.evidence(
            one.criterion, wanted, agent=agent, rubric=one.rubric, since=since, until=until, statuses=statuses, limit=_EXAMPLES,
            quoted=False,
        )
        examples = tuple(Example(interaction=e.interaction, scorecard=e.scorecard, answer=e.answer, evidence=e.evidence) for e in found)
        return one.model_copy(update={"examples": examples})


def _statuses(basis: Basis) -> Sequence[Status]:
    return FINISHED if basis is Basis.FINAL else tuple(Status)


def _tally(one: results.Tally, channels: Mapping[str, Channel]) -> Tally:
    decided = sum(count for answer, count in one.effective.items() if answer not in (NOT_APPLICABLE, UNDECIDED))
    met = decided * one.points / one.weight if one.weight else 0.0
    return Tally(
        rubric=one.rubric, criterion=one.criterion, channel=channels[one.rubric], severity=one.severity, skill=one.skill, n=decided,
        met=min(met, decided), not_applicable=one.effective.get(NOT_APPLICABLE, 0), undecided=one.effective.get(UNDECIDED, 0),
    )


def _without(mine: Sequence[results.Tally], everyone: Sequence[results.Tally], channels: Mapping[str, Channel]) -> list[Tally]:
    """What everybody else did: all less one's own."""
    own = {(one.rubric, one.criterion): one for one in mine}
    return [_tally(_less(one, own.get((one.rubric, one.criterion))), channels) for one in everyone]


def _less(all_: results.Tally, own: results.Tally | None) -> results.Tally:
    """In counts and points, which add up; shares do not where versions of a rubric weigh differently."""
    if own is None:
        return all_
    effective = {answer: count - own.effective.get(answer, 0) for answer, count in all_.effective.items()}
    return all_.model_copy(update={"effective": effective, "points": all_.points - own.points, "weight": all_.weight - own.weight})
