"""Promises as data, and what later contacts tell about them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Scope
from qa_service.domain.promise import Commitment, Promiser, PromiseStatus, Verdict
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import rows_within
from qa_service.store.tables import PromiseRow, core

_IT = core(PromiseRow).c
_COMMITMENT = tuple(Commitment.model_fields)


class StoredPromise(Commitment):
    """A promise, who took part, and what became of it."""

    #: Unique id.
    id: str
    #: Where it was made.
    interaction: str
    #: To whom.
    customer: str | None = None
    #: The agent who spoke.
    agent: str | None = None
    #: The agent's team at the time.
    team: str | None = None
    #: The channel.
    channel: Channel
    #: When (when received, if the source does not tell).
    made_at: AwareDatetime
    #: What a later contact tells; null while none does.
    verdict: Verdict | None = None

    @property
    def commitment(self) -> Commitment:
        """What was promised."""
        return Commitment(**{name: getattr(self, name) for name in _COMMITMENT})


class Promises(Repository):
    """Promises by interaction, customer and time."""

    def replace(self, interactions: Iterable[str], promises: Iterable[StoredPromise]) -> None:
        """All promises of those interactions, in the place of what was known of them."""
        for ids in chunks(interactions):
            self._execute(sa.delete(core(PromiseRow)).where(_IT.interaction_id.in_(ids)))
        self._insert(PromiseRow, [_values(one) for one in promises])

    def of_customers(self, customers: Iterable[str]) -> dict[str, list[StoredPromise]]:
        """All, by customer, the first made first."""
        found: dict[str, list[StoredPromise]] = {}
        for ids in chunks(sorted(set(customers))):
            for row in sorted(self._all(PromiseRow, _IT.customer_id.in_(ids)), key=lambda row: (row.made_at, row.id)):
                found.setdefault(row.customer_id or "", []).append(_stored(row))
        return found

    def of_interaction(self, interaction: str) -> tuple[StoredPromise, ...]:
        """In order of the text."""
        return tuple(_stored(row) for row in sorted(self._all(PromiseRow, _IT.interaction_id == interaction), key=lambda row: row.position))

    def settle_many(self, verdicts: Mapping[str, Verdict | None]) -> None:
        """Write what became of promises."""
        for promise, verdict in sorted(verdicts.items()):
            self._update(PromiseRow, _IT.id == promise, values=_told(verdict))

    def list(
        self, *, now: datetime, patience: timedelta, status: PromiseStatus | None = None, due_before: datetime | None = None,
        agent: str | None = None, team: str | None = None, customer: str | None = None, within: Scope | None = None,
        cursor: str | None = None, limit: int = 50,
    ) -> Page[StoredPromise]:
        """The last made first; ``patience``: how long after its time one waits for word (see :func:`qa_service.domain.promise.status`)."""
        where = given(
            (due_before, _IT.due_until.__lt__), (agent, _IT.agent_id.__eq__), (team, _IT.team.__eq__), (customer, _IT.customer_id.__eq__),
        )
        state = () if status is None else (_in_state(status, now=now, patience=patience),)
        mine = rows_within(within, interaction=_IT.interaction_id, agent=_IT.agent_id, team=_IT.team)
        page = self._page(PromiseRow, *where, *state, *mine, by="made_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_stored(row) for row in rows])


    def counted(
        self, *, now: datetime, patience: timedelta, since: datetime | None = None, until: datetime | None = None,
        agent: str | None = None, team: str | None = None, within: Scope | None = None,
    ) -> dict[str | None, dict[PromiseStatus, int]]:
        """Promises that were made in a period, by team and by what became of them."""
        states = {one: _in_state(one, now=now, patience=patience) for one in PromiseStatus}
        sums = [sa.func.sum(sa.case((condition, 1), else_=0)) for condition in states.values()]
        where = given((since, _IT.made_at.__ge__), (until, _IT.made_at.__lt__), (agent, _IT.agent_id.__eq__), (team, _IT.team.__eq__))
        mine = rows_within(within, interaction=_IT.interaction_id, agent=_IT.agent_id, team=_IT.team)
        rows = self._session.execute(sa.select(_IT.team, *sums).where(*where, *mine).group_by(_IT.team))
        return {row[0]: {one: int(number) for one, number in zip(states, row[1:], strict=True)} for row in rows}


def _in_state(status: PromiseStatus, *, now: datetime, patience: timedelta) -> sa.ColumnElement[bool]:
    untold, oldest = _IT.kept.is_(None), now - patience
    return {
        PromiseStatus.KEPT: _IT.kept.is_(True),
        PromiseStatus.BROKEN: _IT.kept.is_(False),
        PromiseStatus.OPEN: untold & (_IT.due_until >= now),
        PromiseStatus.DUE: untold & (_IT.due_until < now) & (_IT.due_until >= oldest),
        PromiseStatus.UNKNOWN: untold & (_IT.due_until.is_(None) | (_IT.due_until < oldest)),
    }[status]


def _told(verdict: Verdict | None) -> dict[str, Any]:
    return {"kept": None if verdict is None else verdict.kept, "verdict": None if verdict is None else verdict.model_dump_json()}


def _values(one: StoredPromise) -> dict[str, Any]:
    return {
        "id": one.id, "interaction_id": one.interaction, "position": one.position, "customer_id": one.customer, "agent_id": one.agent,
        "team": one.team, "channel": one.channel.value, "made_at": one.made_at, "turn": one.turn, "start": one.start, "end": one.end,
        "who": one.who.value, "what": one.what, "contact": one.contact, "due_from": one.due_from, "due_until": one.due_until,
        "confidence": one.confidence, **_told(one.verdict),
    }


def _stored(row: PromiseRow) -> StoredPromise:
    return StoredPromise(
        id=row.id, interaction=row.interaction_id, position=row.position, customer=row.customer_id, agent=row.agent_id, team=row.team,
        channel=Channel(row.channel), made_at=row.made_at, turn=row.turn, start=row.start, end=row.end, who=Promiser(row.who),
        what=row.what, contact=row.contact, due_from=row.due_from, due_until=row.due_until, confidence=row.confidence,
        verdict=None if row.verdict is None else Verdict.model_validate_json(row.verdict),
    )
