"""Rollups: moments by item, of agents, teams, channels and months, from their sums; of any period, from the facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from qa_service.domain.interaction import Channel, Purpose
from qa_service.domain.moments import Cell, Item, Moments
from qa_service.domain.permission import Scope
from qa_service.errors import InputError
from qa_service.store.facts import Facts, facts_within, of_rubric, of_teams, unread_by
from qa_service.store.folding import Folding
from qa_service.store.moment_sums import added, as_moments, of_outcomes, packed
from qa_service.store.repository import given
from qa_service.store.tables import AgentRow, FactRow, RollupRow, core

_SUMS, _FACTS, _AGENTS = (core(row).c for row in (RollupRow, FactRow, AgentRow))
#: What cells can be made by.
BY = ("agent", "team", "channel", "month")


class Rollups(Folding):
    """Cells of rollups, and what keeps them up."""

    def cells(
        self, *, agents: Iterable[str] | None = None, team: str | None = None, months: Sequence[str] | None = None,
        channel: Channel | None = None, rubric: str | None = None, purpose: Purpose | None = Purpose.LIVE, within: Scope | None = None,
        by: Iterable[str] = ("agent",), first: str | None = None, last: str | None = None,
    ) -> tuple[Cell, ...]:
        """Moments by item and by what ``by`` names (of :data:`BY`), in a stable order; only items that any scorecard has.

        ``months``: only these; ``first`` and ``last``: months from and to, both included. ``team``: the one at the time, or the agent's of
        now where none was told. ``purpose=None``: whatever they took place for. Contacts of nobody are a cell whose agent is ``None``. In
        the scope of one agent nothing is found: sums do not tell finished scorecards from drafts; see :meth:`exact`.
        """
        names = _by(by)
        where = given(
            (channel, _SUMS.channel.__eq__), (purpose, _SUMS.purpose.__eq__), (team, lambda one: of_teams(_SUMS, [one])),
            (rubric, of_rubric(_SUMS)),
            (agents, lambda some: _SUMS.agent_id.in_(sorted(set(some)))), (months, lambda some: _SUMS.month.in_(sorted(set(some)))),
            (first, _SUMS.month.__ge__), (last, _SUMS.month.__le__),
        )
        found = self._session.execute(_chosen(core(RollupRow), names, _SUMS.sums).where(*where, *_within(within)))
        return self._cells(names, ((tuple(row[:-2]), row[-2], row[-1]) for row in found))

    def exact(
        self, *, agents: Iterable[str] | None = None, team: str | None = None, since: datetime | None = None,
        until: datetime | None = None, channel: Channel | None = None, rubric: str | None = None,
        purpose: Purpose | None = Purpose.LIVE, within: Scope | None = None, by: Iterable[str] = ("agent",),
        months: Sequence[str] | None = None, reader: str | None = None,
    ) -> tuple[Cell, ...]:
        """As :meth:`cells`, for contacts with ``since <= contact < until``, from the facts; of an agent's own scope, what was finished.
        ``reader``: without what that user is to answer blind in a calibration session."""
        names = _by(by)
        where = given(
            (channel, _FACTS.channel.__eq__), (purpose, _FACTS.purpose.__eq__), (team, lambda one: of_teams(_FACTS, [one])),
            (rubric, of_rubric(_FACTS)),
            (agents, lambda some: _FACTS.agent_id.in_(sorted(set(some)))), (since, _FACTS.happened_at.__ge__),
            (until, _FACTS.happened_at.__lt__), (months, lambda some: _FACTS.month.in_(sorted(set(some)))), (reader, unread_by),
        )
        chosen = _chosen(core(FactRow), names, _FACTS.weight, _FACTS.outcomes).where(*where, *facts_within(within))
        found = self._session.execute(chosen.order_by(_FACTS.scorecard_id))
        forms = Facts(self._session).forms()
        groups: dict[tuple[tuple[str | None, ...], int], tuple[list[bytes], list[float]]] = {}
        for *group, form, weight, outcomes in found:
            outcomes_, weights = groups.setdefault((tuple(group), form), ([], []))
            outcomes_.append(outcomes)
            weights.append(weight)
        sums = ((group, form, of_outcomes(*some, len(forms[form])).sum(axis=0)) for (group, form), some in groups.items())
        return self._cells(names, ((group, form, packed(one)) for group, form, one in sums))

    def _cells(self, names: Sequence[str], rows: Iterable[tuple[tuple[str | None, ...], int, bytes]]) -> tuple[Cell, ...]:
        forms = Facts(self._session).forms()
        parts: dict[tuple[tuple[str | None, ...], int], list[bytes]] = {}
        for group, form, sums in rows:
            parts.setdefault((group, form), []).append(sums)
        found: dict[tuple[tuple[str | None, ...], Item], Moments] = {}
        for (group, form), some in sorted(parts.items(), key=lambda pair: (_order(pair[0][0]), pair[0][1])):
            for item, moments in zip(forms[form], as_moments(added(some, len(forms[form]))), strict=True):
                if moments.all:
                    before = found.get((group, item))
                    found[group, item] = moments if before is None else before.plus(moments)
        return tuple(_cell(names, group, item, moments) for (group, item), moments in found.items())


def _by(names: Iterable[str]) -> tuple[str, ...]:
    told = frozenset(names)
    if strange := sorted(told - set(BY)):
        raise InputError(f"figures are not kept by {strange[0]!r}", field="by", hint=f"one of: {', '.join(BY)}")
    return tuple(name for name in BY if name in told)


def _chosen(table: sa.Table, names: Sequence[str], *more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """What rows are grouped by, their form, and more."""
    columns: dict[str, sa.ColumnElement[Any]] = {
        "agent": sa.func.nullif(table.c.agent_id, ""), "channel": table.c.channel, "month": table.c.month,
        "team": sa.func.coalesce(sa.func.nullif(table.c.team, ""), _AGENTS.team),
    }
    chosen: sa.Select[Any] = sa.select(*(columns[name] for name in names), table.c.form, *more)
    return chosen.join_from(table, core(AgentRow), _AGENTS.id == table.c.agent_id, isouter=True) if "team" in names else chosen


def _within(scope: Scope | None) -> tuple[sa.ColumnElement[bool], ...]:
    if scope is None or scope.whole:
        return ()
    # Sums do not keep drafts apart, which agents must not see.
    return (sa.false(),) if scope.agent is not None else (of_teams(_SUMS, sorted(scope.teams or ())),)


def _order(group: tuple[str | None, ...]) -> tuple[tuple[bool, str], ...]:
    return tuple((one is None, one or "") for one in group)


def _cell(names: Sequence[str], group: tuple[str | None, ...], item: Item, moments: Moments) -> Cell:
    told = dict(zip(names, group, strict=True))
    channel = told.get("channel")
    return Cell(item, moments, told.get("agent"), told.get("team"), None if channel is None else Channel(channel), told.get("month"))
