"""Contacts: what the interactions of a customer tell about each other, and the figures of repeats."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.history import Contact, Horizon, Link, Said
from qa_service.domain.interaction import Channel, Direction, Purpose
from qa_service.domain.permission import Scope
from qa_service.domain.topic import TopicAssigned
from qa_service.errors import NotFoundError
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import Conditions, rows_within
from qa_service.store.tables import ContactRow, InteractionRow, core

_IT = core(ContactRow).c
_NONE = "[]"
_SAID = ("says_repeat", "says_broken", "says_kept")


class NewContact(Record):
    """What one interaction tells the others of its customer."""

    #: The interaction.
    interaction: str
    #: The customer; null where nobody told.
    customer: str | None = None
    #: Start; null where nobody told.
    started_at: AwareDatetime | None = None
    #: The channel.
    channel: Channel
    #: Who started it.
    direction: Direction
    #: The agent.
    agent: str | None = None
    #: The agent's team at the time.
    team: str | None = None
    #: Language of the request.
    language: str | None = None
    #: Why the customer is in contact, masked.
    request: str | None = None
    #: The customer says that it is not the first contact.
    says_repeat: Said | None = None
    #: The customer says that something awaited did not happen.
    says_broken: Said | None = None
    #: The customer says that it did.
    says_kept: Said | None = None


class StoredContact(NewContact):
    """A contact with its topic and its links."""

    #: Version of the topics that it was assigned by.
    topic_version: int | None = None
    #: Its topic; null with a version: far from every topic.
    topic: str | None = None
    #: How sure.
    topic_confidence: float | None = Field(default=None, ge=0, le=1)
    #: Earlier contacts for the same reason, the nearest first.
    earlier: tuple[str, ...] = ()
    #: The next one for the same reason.
    later: str | None = None

    @property
    def link(self) -> Link | None:
        """Its links; ``None`` where it can have none."""
        linked = self.customer is not None and self.started_at is not None and self.direction is Direction.INBOUND
        return Link(self.earlier, self.later) if linked else None

    def as_contact(self, topic: str | None) -> Contact | None:
        """For the rules; ``None`` without a start."""
        if self.started_at is None:
            return None
        return Contact(
            interaction=self.interaction, at=self.started_at, channel=self.channel, direction=self.direction, request=self.request,
            language=self.language, topic=topic, says_repeat=self.says_repeat, says_broken=self.says_broken, says_kept=self.says_kept,
        )


class Counted(NamedTuple):
    """Contacts by what is known of them."""

    channel: Channel
    #: All.
    contacts: int
    #: The company started them.
    outbound: int
    #: No customer id or no start.
    unlinked: int
    #: Repeats are known: yes, or no.
    repeat_known: int
    repeats: int
    #: First contacts of which it is known whether they stayed the only one.
    first_known: int
    first_resolved: int


class Contacts(Repository):
    """Contacts by interaction and by customer."""

    def save_many(self, contacts: Iterable[NewContact], *, at: datetime) -> None:
        """Keep them, without links and topics, which are worked out again; those of the same interactions are replaced."""
        self._replace(ContactRow, [_values(one, at) for one in contacts])

    def lock(self, customers: Iterable[str]) -> None:
        """Make other units of work wait that link contacts of the same customers (SQLite has one writer anyway)."""
        if self._dialect != "postgresql":
            return
        keys = sorted({int.from_bytes(hashlib.sha256(f"customer {one}".encode()).digest()[:8], signed=True) for one in customers})
        for key in keys:
            self._session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))

    def get(self, interaction: str) -> StoredContact:
        """One; raises :class:`NotFoundError` while it was not analysed."""
        found = self.some([interaction]).get(interaction)
        if found is None:
            raise NotFoundError(f"interaction {interaction!r} was not analysed yet", field="interaction")
        return found

    def some(self, interactions: Iterable[str]) -> dict[str, StoredContact]:
        """Those of the interactions that were analysed."""
        rows = (row for ids in chunks(interactions) for row in self._all(ContactRow, _IT.interaction_id.in_(ids)))
        return {row.interaction_id: _stored(row) for row in rows}

    def of_customers(self, customers: Iterable[str]) -> dict[str, list[StoredContact]]:
        """All contacts with a start, by customer, in order of start."""
        found: dict[str, list[StoredContact]] = {}
        for ids in chunks(sorted(set(customers))):
            rows = self._all(ContactRow, _IT.customer_id.in_(ids), _IT.started_at.is_not(None))
            for row in sorted(rows, key=lambda row: (row.started_at, row.interaction_id)):
                found.setdefault(row.customer_id or "", []).append(_stored(row))
        return found

    def customers(self) -> list[str]:
        """Every customer who has a contact."""
        chosen = sa.select(_IT.customer_id).where(_IT.customer_id.is_not(None)).distinct().order_by(_IT.customer_id)
        return list(self._session.scalars(chosen))

    def link_many(self, links: Mapping[str, Link]) -> None:
        """Write how contacts hang together."""
        self._each({key: {"earlier": json.dumps(link.earlier), "later_id": link.later} for key, link in links.items()})

    def assign_many(self, assigned: Mapping[str, TopicAssigned], *, version: int) -> None:
        """Write the topics of interactions."""
        values = {"topic_version": version}
        self._each({key: {**values, "topic": one.topic, "topic_confidence": one.confidence} for key, one in assigned.items()})

    def _each(self, changes: Mapping[str, Mapping[str, Any]]) -> None:
        if not changes:
            return
        values: dict[str, Any] = {one: sa.bindparam(f"new_{one}") for one in next(iter(changes.values()))}
        statement = sa.update(core(ContactRow)).where(_IT.interaction_id == sa.bindparam("key")).values(values)
        rows = [{"key": key, **{f"new_{one}": value for one, value in some.items()}} for key, some in sorted(changes.items())]
        self._execute(statement, rows)

    def horizon(self) -> Horizon | None:
        """The first and the last start of any contact; ``None`` without any."""
        first, last = self._session.execute(sa.select(sa.func.min(_IT.started_at), sa.func.max(_IT.started_at))).one()
        return None if first is None else Horizon(first, last)

    def requests(self, *, most: int) -> list[StoredContact]:
        """Those that tell why, the newest ``most``, in order of the interaction's id."""
        newest = (_IT.started_at.desc().nulls_last(), _IT.interaction_id)
        rows = self._session.scalars(sa.select(ContactRow).where(_IT.request.is_not(None)).order_by(*newest).limit(most)).all()
        return sorted(map(_stored, rows), key=lambda one: one.interaction)

    def topic_counts(
        self, *, version: int, since: datetime | None = None, until: datetime | None = None, channel: Channel | None = None,
        within: Scope | None = None,
    ) -> dict[str | None, int]:
        """Interactions by topic; ``None`` counts those that are far from all."""
        where = given((since, _IT.started_at.__ge__), (until, _IT.started_at.__lt__), (channel, _IT.channel.__eq__))
        chosen = sa.select(_IT.topic, sa.func.count()).where(_IT.topic_version == version, *where, *_within(within)).group_by(_IT.topic)
        return dict(iter(self._session.execute(chosen)))

    def of_topic(
        self, topics: Sequence[str | None], *, version: int, most: int, since: datetime | None = None, until: datetime | None = None,
        channel: Channel | None = None, within: Scope | None = None,
    ) -> list[StoredContact]:
        """Those that belong to one of the topics most surely, with what they ask for (``None``: far from all)."""
        named = [one for one in topics if one is not None]
        meant = _IT.topic.in_(named) | (_IT.topic.is_(None) if None in topics else sa.false())
        where = given((since, _IT.started_at.__ge__), (until, _IT.started_at.__lt__), (channel, _IT.channel.__eq__))
        chosen = sa.select(ContactRow).where(_IT.topic_version == version, _IT.request.is_not(None), meant, *where, *_within(within))
        surest = (_IT.topic_confidence.desc().nulls_last(), _IT.started_at.desc().nulls_last(), _IT.interaction_id)
        return list(map(_stored, self._session.scalars(chosen.order_by(*surest).limit(most))))

    def counted(
        self, *, window: timedelta, horizon: Horizon, since: datetime | None = None, until: datetime | None = None,
        channel: Channel | None = None, agent: str | None = None, team: str | None = None, topics: Sequence[str] | None = None,
        purpose: Purpose | None = Purpose.LIVE, within: Scope | None = None,
    ) -> tuple[Counted, ...]:
        """Contacts by channel and by what is known of them; the rules are those of :mod:`qa_service.domain.history`.

        ``purpose=None``: whatever they took place for.
        """
        columns = known_of(window, horizon)
        where = given(
            (since, _IT.started_at.__ge__), (until, _IT.started_at.__lt__), (channel, _IT.channel.__eq__), (agent, _IT.agent_id.__eq__),
            (team, _IT.team.__eq__), (topics, _IT.topic.in_), (purpose, _took_place_for),
        )
        sums = [sa.func.sum(sa.case((column, 1), else_=0)) for column in columns]
        chosen = sa.select(_IT.channel, *sums).where(*where, *_within(within))
        rows = self._session.execute(chosen.group_by(_IT.channel).order_by(_IT.channel))
        return tuple(Counted(Channel(channel), *map(int, counts)) for channel, *counts in rows)


def known_of(window: timedelta, horizon: Horizon) -> tuple[sa.ColumnElement[bool], ...]:
    """Conditions of what :class:`Counted` counts, in its order; the rules are those of :mod:`qa_service.domain.history`."""
    linked = (_IT.customer_id.is_not(None)) & (_IT.started_at.is_not(None)) & (_IT.direction == Direction.INBOUND.value)
    repeat = (_IT.earlier != _NONE) | _IT.says_repeat.is_not(None)
    seen = _IT.started_at >= horizon.first + window
    first, passed = linked & ~repeat & seen, _IT.started_at <= horizon.last - window
    outbound = _IT.direction == Direction.OUTBOUND.value
    return (
        sa.true(), outbound, ~linked & ~outbound, linked & (repeat | seen), linked & repeat,
        first & (_IT.later_id.is_not(None) | passed), first & _IT.later_id.is_(None) & passed,
    )


def _took_place_for(purpose: str) -> sa.ColumnElement[bool]:
    told = core(InteractionRow).c
    return sa.select(told.id).where(told.id == _IT.interaction_id, told.purpose == purpose).exists()


def _within(scope: Scope | None) -> Conditions:
    return rows_within(scope, interaction=_IT.interaction_id, agent=_IT.agent_id, team=_IT.team)


def _values(one: NewContact, at: datetime) -> dict[str, Any]:
    said = {name: None if (quote := getattr(one, name)) is None else quote.model_dump_json() for name in _SAID}
    return {
        "interaction_id": one.interaction, "customer_id": one.customer, "started_at": one.started_at, "channel": one.channel.value,
        "direction": one.direction.value, "agent_id": one.agent, "team": one.team, "language": one.language, "request": one.request,
        **said, "topic_version": None, "topic": None, "topic_confidence": None, "earlier": _NONE, "later_id": None, "saved_at": at,
    }


def _stored(row: ContactRow) -> StoredContact:
    said = {name: None if (text := getattr(row, name)) is None else Said.model_validate_json(text) for name in _SAID}
    return StoredContact(
        interaction=row.interaction_id, customer=row.customer_id, started_at=row.started_at, channel=Channel(row.channel),
        direction=Direction(row.direction), agent=row.agent_id, team=row.team, language=row.language, request=row.request,
        topic_version=row.topic_version, topic=row.topic, topic_confidence=row.topic_confidence, earlier=tuple(json.loads(row.earlier)),
        later=row.later_id, **said,
    )
