"""Scopes as conditions: the one place where it is decided which rows lie within somebody's reach."""

from __future__ import annotations

from functools import cache
from typing import Any

import sqlalchemy as sa

from qa_service.domain.permission import Scope
from qa_service.domain.scorecard import Status
from qa_service.store.tables import AgentRow, InteractionRow, ScorecardRow, core

_CARDS, _AGENTS, _IT = core(ScorecardRow).c, core(AgentRow).c, core(InteractionRow).c
_FINISHED = (Status.FINAL.value, Status.DISPUTED.value)
Conditions = tuple[sa.ColumnElement[bool], ...]


def scorecards_within(scope: Scope | None) -> Conditions:
    """Scorecards: of teams, or of one agent and finished by a person; ``None``: all."""
    if scope is None or scope.whole:
        return ()
    if scope.agent is not None:
        return (_CARDS.agent_id == scope.agent, _CARDS.status.in_(_FINISHED))
    return (_of_teams(scope, agent=_CARDS.agent_id, team=_CARDS.team),)


def agents_within(scope: Scope | None) -> Conditions:
    """Agents: of teams as they are now, or the one."""
    if scope is None or scope.whole:
        return ()
    return (_AGENTS.id == scope.agent,) if scope.agent is not None else (_AGENTS.team.in_(_teams(scope)),)


def interactions_within(scope: Scope | None) -> Conditions:
    """Interactions: as :func:`rows_within`."""
    return rows_within(scope, interaction=_IT.id, agent=_IT.agent_id, team=_IT.agent_team)


def rows_within(
    scope: Scope | None, *, interaction: sa.ColumnElement[Any], agent: sa.ColumnElement[Any], team: sa.ColumnElement[Any]
) -> Conditions:
    """Rows about an interaction: of teams (the one told at the time, else the agent's of now), or with a finished scorecard of the agent
    that counts, whoever else took part."""
    if scope is None or scope.whole:
        return ()
    if scope.agent is not None:
        mine = (_CARDS.agent_id == scope.agent) & _CARDS.status.in_(_FINISHED) & _CARDS.is_latest
        return (interaction.in_(sa.select(_CARDS.interaction_id).where(mine)),)
    return (_of_teams(scope, agent=agent, team=team),)


def figures_within(scope: Scope | None, *, agent: sa.ColumnElement[Any], team: sa.ColumnElement[Any]) -> Conditions:
    """Rows that only figures are made of: of teams (the one told at the time, else the agent's of now), or of one agent."""
    if scope is None or scope.whole:
        return ()
    return (agent == scope.agent,) if scope.agent is not None else (_of_teams(scope, agent=agent, team=team),)


@cache
def open_to_figures() -> sa.ColumnElement[bool]:
    """Scorecards whose figures anybody may know: all but those that are just being reviewed blindly, and drafts beside one (of other
    engines, for the same rubric), which would tell nearly the same."""
    beside = core(ScorecardRow).alias("beside")
    same = (beside.c.interaction_id == _CARDS.interaction_id, beside.c.rubric_id == _CARDS.rubric_id)
    blind = sa.select(beside.c.id).where(*same, beside.c.blind, beside.c.status.not_in(_FINISHED)).correlate(core(ScorecardRow)).exists()
    return _CARDS.status.in_(_FINISHED) | (~_CARDS.blind & ~blind)


def _of_teams(scope: Scope, *, agent: sa.ColumnElement[Any], team: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    teams = _teams(scope)
    now = sa.select(_AGENTS.id).where(_AGENTS.team.in_(teams))
    return team.in_(teams) | (team.is_(None) & agent.in_(now))


def _teams(scope: Scope) -> list[str]:
    return sorted(scope.teams or ())
