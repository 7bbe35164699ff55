"""Call details: contacts as telephony and help desks tell them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.call_detail import CallDetail, ContactOutcome, CustomerFacts
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Direction
from qa_service.domain.permission import Scope
from qa_service.errors import NotFoundError
from qa_service.store.imports import Imported, TakenRow
from qa_service.store.repository import chunks, given
from qa_service.store.scopes import figures_within
from qa_service.store.tables import CallDetailRow, core

_IT = core(CallDetailRow).c
#: Rows read from the database at once.
_PIECE = 1000
_SECONDS = ("wait_seconds", "talk_seconds", "hold_seconds", "wrap_seconds", "handle_seconds", "first_response_seconds")
_FACTS = tuple(CustomerFacts.model_fields)


class StoredCallDetail(Record):
    """A call-detail row, and where it is from."""

    detail: CallDetail
    #: The interaction that it is about, once that is known here.
    interaction: str | None
    #: SHA-256 of what was told.
    content_sha256: str
    #: The import that it came with last.
    import_id: str
    #: Line there.
    line: int
    imported_at: AwareDatetime


class CallDetails(Imported):
    """Call details by id; each counts in the figures whether there is a recording of it or not."""

    def save_many(self, rows: Sequence[StoredCallDetail]) -> tuple[TakenRow, ...]:
        """Take them in, in order; the same again changes nothing, another row of the same id takes the place of the old one."""
        return self._take(CallDetailRow, [_values(one) for one in rows])

    def get(self, identifier: str, *, within: Scope | None = None) -> StoredCallDetail:
        """One; raises :class:`NotFoundError`, for one out of reach, too."""
        row = self._first(CallDetailRow, _IT.id == identifier, *_within(within))
        if row is None:
            raise NotFoundError(f"no call-detail row {identifier!r}", field="call_detail")
        return _stored(row)

    def some(self, identifiers: Iterable[str]) -> dict[str, StoredCallDetail]:
        """Those that are there, by id."""
        rows = (row for ids in chunks(sorted(set(identifiers))) for row in self._all(CallDetailRow, _IT.id.in_(ids)))
        return {row.id: _stored(row) for row in rows}

    def iterate(
        self, *, since: datetime | None = None, until: datetime | None = None, agent: str | None = None, team: str | None = None,
        channel: Channel | None = None, queue: str | None = None, customer: str | None = None, within: Scope | None = None,
    ) -> Iterator[StoredCallDetail]:
        """Rows in order of their start, ``since <= start < until``; read piece by piece, in bounded memory."""
        where = given(
            (since, _IT.started_at.__ge__), (until, _IT.started_at.__lt__), (agent, _IT.agent_id.__eq__), (team, _IT.team.__eq__),
            (channel, _IT.channel.__eq__), (queue, _IT.queue.__eq__), (customer, _IT.customer_id.__eq__),
        )
        chosen = sa.select(core(CallDetailRow)).where(*where, *_within(within)).order_by(_IT.started_at, _IT.id)
        yield from map(_stored, self._session.execute(chosen, execution_options={"yield_per": _PIECE}))

    def adopt(self, interactions: Sequence[str]) -> int:
        """Link rows that came before their interaction, by its id; how many there were."""
        return self._adopt(CallDetailRow, interactions)

    def apart_of(self, customer: str) -> int:
        """How many of a customer are of contacts that are no interactions here."""
        mine = (_IT.customer_id == customer, _IT.interaction_id.is_(None))
        return int(self._session.scalar(sa.select(sa.func.count()).select_from(core(CallDetailRow)).where(*mine)) or 0)

    def forget_customer(self, customer: str) -> int:
        """Forget whose contacts they were; the figures stay.

        Only of contacts that are no interactions here: the others go with theirs, which may be held. How many there were.
        """
        return self._update(CallDetailRow, _IT.customer_id == customer, _IT.interaction_id.is_(None), values={"customer_id": None})


def _within(scope: Scope | None) -> tuple[sa.ColumnElement[bool], ...]:
    return figures_within(scope, agent=_IT.agent_id, team=_IT.team)


def _values(one: StoredCallDetail) -> dict[str, Any]:
    it = one.detail
    return {
        "id": it.id, "contact_id": it.contact, "interaction_id": one.interaction, "channel": it.channel.value,
        "direction": it.direction.value, "started_at": it.started_at, "ended_at": it.ended_at,
        "agent_id": it.agent and it.agent.id, "team": it.agent and it.agent.team, "queue": it.queue,
        "customer_id": it.customer and it.customer.id, "outcome": it.outcome and it.outcome.value,
        **{name: getattr(it, name) for name in _SECONDS}, "transferred": it.transferred,
        **{name: getattr(it.facts, name) for name in _FACTS},
        "content_sha256": one.content_sha256, "import_id": one.import_id, "line": one.line, "imported_at": one.imported_at,
    }


def _stored(row: Any) -> StoredCallDetail:
    detail = CallDetail(
        id=row.id, contact=row.contact_id, channel=Channel(row.channel), direction=Direction(row.direction), started_at=row.started_at,
        ended_at=row.ended_at, agent=AgentRef(id=row.agent_id, team=row.team) if row.agent_id else None, queue=row.queue,
        customer=CustomerRef(id=row.customer_id) if row.customer_id else None,
        outcome=ContactOutcome(row.outcome) if row.outcome else None, transferred=row.transferred,
        **{name: getattr(row, name) for name in _SECONDS}, facts=CustomerFacts(**{name: getattr(row, name) for name in _FACTS}),
    )
    return StoredCallDetail(
        detail=detail, interaction=row.interaction_id, content_sha256=row.content_sha256, import_id=row.import_id, line=row.line,
        imported_at=row.imported_at,
    )
