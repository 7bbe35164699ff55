"""Readings: the few signals that profiles show, by interaction, and their sums by agent and month, kept as readings come and go."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.reading import Summed
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import Conditions
from qa_service.store.tables import AgentRow, ReadingRow, ReadingSumRow, core

_IT, _SUMS, _AGENTS = core(ReadingRow).c, core(ReadingSumRow).c, core(AgentRow).c
_KEY = ("agent_id", "month", "team", "channel", "purpose")


class Reading(NamedTuple):
    """What one interaction measures."""

    interaction: str
    agent: str | None
    #: The agent's team at the time.
    team: str | None
    channel: Channel
    #: ``2026-11``, in the service's time zone.
    month: str
    purpose: Purpose
    #: Signal to value, of what could be measured.
    values: Mapping[str, float]


class Readings(Repository):
    """Readings by interaction; every change of one changes the sums it is counted in, in the same unit of work."""

    def save_many(self, readings: Iterable[Reading]) -> None:
        """Keep what the last analysis measured, instead of what one before did."""
        found = {one.interaction: one for one in readings}
        self._fold(found, -1)
        self._replace(ReadingRow, [_values(one) for _, one in sorted(found.items())])
        self._fold(found, 1)

    def move(self, interaction: str, agent: str | None, team: str | None) -> None:
        """Count it as that agent's."""
        self._change(interaction, {"agent_id": agent, "team": team})

    def mark(self, interaction: str, purpose: Purpose) -> None:
        """Count it as taken place for that."""
        self._change(interaction, {"purpose": purpose.value})

    def sums(
        self, *, agent: str | None = None, but: str | None = None, team: str | None = None, channels: Sequence[Channel] | None = None,
        first: str | None = None, last: str | None = None, purpose: Purpose = Purpose.LIVE, within: Scope | None = None,
    ) -> dict[str, Summed]:
        """Sums by signal, of the months from ``first`` to ``last``, both included; ``but``: of everybody but that agent. What a scope of
        one agent holds is in :meth:`of`."""
        where = given(
            (agent, _SUMS.agent_id.__eq__), (but, _SUMS.agent_id.__ne__), (team, _SUMS.team.__eq__),
            (first, _SUMS.month.__ge__), (last, _SUMS.month.__le__),
            (None if channels is None else [one.value for one in channels], _SUMS.channel.in_),
        )
        columns = (sa.func.sum(_SUMS.n), sa.func.sum(_SUMS.total), sa.func.sum(_SUMS.squares))
        chosen = sa.select(_SUMS.name, *columns).where(*where, _SUMS.purpose == purpose.value, *_within(within)).group_by(_SUMS.name)
        found = self._session.connection().execute(chosen)
        return {name: Summed(int(n), float(total), max(0.0, float(squares))) for name, n, total, squares in found if n > 0}

    def of(self, interactions: Iterable[str]) -> dict[str, Summed]:
        """Sums by signal over those interactions."""
        sums: dict[str, tuple[int, float, float]] = {}
        for some in chunks(sorted(set(interactions))):
            for data in self._session.scalars(sa.select(_IT.data).where(_IT.interaction_id.in_(some))):
                for name, value in json.loads(data).items():
                    n, total, squares = sums.get(name, (0, 0.0, 0.0))
                    sums[name] = n + 1, total + value, squares + value * value
        return {name: Summed(*one) for name, one in sums.items()}

    def _change(self, interaction: str, values: Mapping[str, Any]) -> None:
        self._fold([interaction], -1)
        self._update(ReadingRow, _IT.interaction_id == interaction, values=values)
        self._fold([interaction], 1)

    def _fold(self, interactions: Iterable[str], sign: int) -> None:
        """Add them to the sums, or (-1) take them out."""
        sums: dict[tuple[str, ...], list[float]] = {}
        for some in chunks(sorted(interactions)):
            rows = self._session.connection().execute(sa.select(core(ReadingRow)).where(_IT.interaction_id.in_(some)).with_for_update())
            for row in rows:
                place = (row.agent_id or "", row.month, row.team or "", row.channel, row.purpose)
                for name, value in json.loads(row.data).items():
                    one = sums.setdefault((*place, name), [0, 0.0, 0.0])
                    for index, more in enumerate((1, value, value * value)):
                        one[index] += sign * more
        names = (*_KEY, "name")
        # Sorted, so that two writers on PostgreSQL never wait for each other in a circle.
        sums_ = [
            dict(zip(names, key, strict=True)) | {"n": int(n), "total": total, "squares": squares}
            for key, (n, total, squares) in sorted(sums.items())
        ]
        self._increase(ReadingSumRow, sums_, by=Summed._fields)


def _within(scope: Scope | None) -> Conditions:
    """Sums within teams: of the team told at the time, else the agent's of now."""
    if scope is None or scope.whole:
        return ()
    if scope.agent is not None:
        return (sa.false(),)
    teams = sorted(scope.teams or ())
    now = sa.select(_AGENTS.id).where(_AGENTS.team.in_(teams))
    return (_SUMS.team.in_(teams) | ((_SUMS.team == "") & _SUMS.agent_id.in_(now)),)


def _values(one: Reading) -> dict[str, Any]:
    return {
        "interaction_id": one.interaction, "agent_id": one.agent, "team": one.team, "channel": one.channel.value, "month": one.month,
        "purpose": one.purpose.value, "data": json.dumps(dict(sorted(one.values.items()))),
    }
