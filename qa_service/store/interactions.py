"""Interactions: taken in once by id and by content, then followed through processing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from pydantic import AwareDatetime

from qa_service.domain.base import Record
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Direction, Interaction, Purpose, Survey
from qa_service.domain.permission import Scope
from qa_service.domain.recording import ChannelMap
from qa_service.errors import DuplicateError, NotFoundError
from qa_service.store.agents import Agents
from qa_service.store.faults import Fault
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, chunks, given
from qa_service.store.scopes import interactions_within
from qa_service.store.tables import InteractionRow, RecordingRow, ScorecardRow, TranscriptRow, core

_IT = core(InteractionRow).c
_UNTOLD = ChannelMap().model_dump_json()


class State(StrEnum):
    """How far an interaction is."""

    RECEIVED = "received"
    PROCESSING = "processing"
    SCORED = "scored"
    FAILED = "failed"
    #: Its words are gone for good; figures stay.
    ERASED = "erased"


class NewInteraction(Record):
    """An interaction to take in."""

    #: What is known of it.
    interaction: Interaction
    #: SHA-256 of what was uploaded, hex.
    content_sha256: str
    #: File or upload it came from.
    source_name: str | None = None
    #: Its recording, if it has one.
    recording_sha256: str | None = None


class StoredInteraction(NewInteraction):
    """An interaction, and how far it is."""

    #: When it was taken in.
    received_at: AwareDatetime
    #: How far it is.
    state: State = State.RECEIVED
    #: What stopped it.
    error: Fault | None = None


class Added(NamedTuple):
    """What taking in gave."""

    stored: StoredInteraction
    #: False when the same content was there before (perhaps under another id).
    created: bool


class Nearby(NamedTuple):
    """An interaction, and who took part in it."""

    id: str
    started_at: datetime
    channel: Channel
    agent: str | None
    customer: str | None


class Interactions(Repository):
    """Interactions by id."""

    def add(
        self, interaction: Interaction, *, content_sha256: str, at: datetime, source_name: str | None = None,
        recording_sha256: str | None = None,
    ) -> Added:
        """Take one in, with its agent. The same content again gives the stored one; raises :class:`DuplicateError` for the same id
        with other content."""
        new = NewInteraction(
            interaction=interaction, content_sha256=content_sha256, source_name=source_name, recording_sha256=recording_sha256
        )
        (added,) = self.add_many([new], at=at)
        if isinstance(added, DuplicateError):
            raise added
        return added

    def add_many(self, new: Sequence[NewInteraction], *, at: datetime) -> tuple[Added | DuplicateError, ...]:
        """As :meth:`add`, for each; a refusal is given back in its place, so that the others go on."""
        arrived = [StoredInteraction(**_fields(one), received_at=at) for one in new]
        known = _Known(self._like(new))
        fresh = [one for one in arrived if known.take(one)]
        Agents(self._session).upsert_many((one.interaction.agent for one in fresh if one.interaction.agent is not None), at=at)
        rows = [_values(one) for one in sorted(fresh, key=lambda one: one.interaction.id)]
        if not self._insert_new(InteractionRow, rows):
            # Another process took some of them in between our look and our write.
            known = _Known(self._like(new))
            fresh = [one for one in fresh if known.holds(one)]
        created = {one.interaction.id for one in fresh}
        return tuple(known.answer(one, created) for one in arrived)

    def get(self, interaction: str, *, within: Scope | None = None) -> StoredInteraction:
        """The interaction; raises :class:`NotFoundError`, for one outside ``within``, too."""
        row = self._first(InteractionRow, _IT.id == interaction, *interactions_within(within))
        if row is None:
            raise NotFoundError(f"no interaction {interaction!r}", field="interaction")
        return _stored(row)

    def some(self, interactions: Iterable[str], *, within: Scope | None = None) -> dict[str, StoredInteraction]:
        """Those of the interactions that are there, by id."""
        mine = interactions_within(within)
        rows = (row for ids in chunks(interactions) for row in self._all(InteractionRow, _IT.id.in_(ids), *mine))
        return {row.id: _stored(row) for row in rows}

    def nearby(self, since: datetime, until: datetime) -> tuple[Nearby, ...]:
        """Interactions that began in that time (both ends included), in order, with who took part."""
        columns = (_IT.id, _IT.started_at, _IT.channel, _IT.agent_id, _IT.customer_id)
        chosen = sa.select(*columns).where(_IT.happened_at >= since, _IT.happened_at <= until, _IT.started_at.is_not(None))
        rows = self._session.execute(chosen.order_by(_IT.started_at, _IT.id))
        return tuple(Nearby(key, at, Channel(channel), agent, customer) for key, at, channel, agent, customer in rows)

    def by_content(self, content_sha256: str) -> StoredInteraction | None:
        """The interaction with that content, if it was taken in."""
        row = self._first(InteractionRow, _IT.content_sha256 == content_sha256)
        return None if row is None else _stored(row)

    def known_contents(self, contents: Iterable[str]) -> frozenset[str]:
        """Those of the contents that were taken in."""
        column = _IT.content_sha256
        return frozenset(one for some in chunks(contents) for one in self._session.scalars(sa.select(column).where(column.in_(some))))

    def list(
        self, *, channel: Channel | None = None, agent: str | None = None, team: str | None = None, state: State | None = None,
        queue: str | None = None, customer: str | None = None, since: datetime | None = None, until: datetime | None = None,
        asks: bool | None = None, purpose: Purpose | None = None, within: Scope | None = None, cursor: str | None = None, limit: int = 50,
    ) -> Page[StoredInteraction]:
        """The last taken in first; ``since <= start of the contact < until`` (time of receipt where the start is unknown); ``asks``: whose
        recording has two channels, and nobody told which is the agent's, and the words do not tell it surely."""
        where = given(
            (channel, _IT.channel.__eq__), (agent, _IT.agent_id.__eq__), (team, _IT.agent_team.__eq__), (state, _IT.state.__eq__),
            (queue, _IT.queue.__eq__), (customer, _IT.customer_id.__eq__), (since, _IT.happened_at.__ge__),
            (until, _IT.happened_at.__lt__), (asks or None, lambda _: asking()), (purpose, _IT.purpose.__eq__),
        )
        page = self._page(InteractionRow, *where, *interactions_within(within), by="received_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_stored(row) for row in rows])

    def counts(self) -> Mapping[State, int]:
        """Interactions by state."""
        found = self._session.execute(sa.select(_IT.state, sa.func.count()).group_by(_IT.state)).all()
        return {State(state): count for state, count in found}

    def set_state(self, interaction: str, state: State, *, error: Fault | None = None) -> None:
        """Move on; an earlier error is forgotten unless told again. Raises :class:`NotFoundError`."""
        if not self.set_states([interaction], state, error=error):
            self.get(interaction)

    def set_states(self, interactions: Iterable[str], state: State, *, error: Fault | None = None) -> int:
        """Move many on; how many there were. Those that were erased stay so."""
        values = {"state": state.value, "error": Fault.write(error)}
        there = _IT.state != State.ERASED.value
        return sum(self._update(InteractionRow, _IT.id.in_(ids), there, values=values) for ids in chunks(interactions))

    def mark(self, interaction: str, purpose: Purpose) -> None:
        """Say what it took place for, on its scorecards too. Raises :class:`NotFoundError`."""
        if not self._update(InteractionRow, _IT.id == interaction, values={"purpose": purpose.value}):
            raise NotFoundError(f"no interaction {interaction!r}", field="interaction")
        self._update(ScorecardRow, core(ScorecardRow).c.interaction_id == interaction, values={"purpose": purpose.value})

    def _like(self, new: Sequence[NewInteraction]) -> Sequence[StoredInteraction]:
        def same(some: Sequence[NewInteraction]) -> sa.ColumnElement[bool]:
            return _IT.id.in_([one.interaction.id for one in some]) | _IT.content_sha256.in_([one.content_sha256 for one in some])

        return [_stored(row) for some in chunks(new) for row in self._all(InteractionRow, same(some))]


class _Known:
    """What is stored under an id or a content."""

    def __init__(self, stored: Iterable[StoredInteraction]) -> None:
        self._by_id = {one.interaction.id: one for one in stored}
        self._by_content = {one.content_sha256: one for one in self._by_id.values()}

    def holds(self, one: StoredInteraction) -> bool:
        """Whether exactly this is stored."""
        return self._by_id.get(one.interaction.id) == one

    def take(self, one: StoredInteraction) -> bool:
        """Whether it is to be stored."""
        if one.interaction.id in self._by_id or one.content_sha256 in self._by_content:
            return False
        self._by_id[one.interaction.id] = self._by_content[one.content_sha256] = one
        return True

    def answer(self, one: StoredInteraction, created: set[str]) -> Added | DuplicateError:
        """What to tell whoever brought it; of equal ones, the first has created it and is struck from ``created``."""
        holder = self._by_id.get(one.interaction.id)
        if holder is not None and holder.content_sha256 != one.content_sha256:
            return DuplicateError(
                f"interaction {one.interaction.id!r} is stored with other content", file=one.source_name, field="id",
                hint="give it another id; stored interactions are never overwritten",
            )
        holder = self._by_content[one.content_sha256]
        if holder.state is State.ERASED:
            return erased_before(one, holder)
        first = holder.interaction.id in created
        created.discard(holder.interaction.id)
        return Added(holder, first)


def erased_before(new: NewInteraction, holder: StoredInteraction) -> DuplicateError:
    """What to tell whoever brings again what was erased."""
    return DuplicateError(
        f"this content was taken in before, as {holder.interaction.id!r}, and erased for good", file=new.source_name, field="content",
        hint="whoever may erase can admit it again: qa-service retain readmit",
    )


def asking() -> sa.ColumnElement[bool]:
    """The condition of those that ask which channel is the agent's: few, and found through indexes."""
    transcripts, recordings = core(TranscriptRow).c, core(RecordingRow).c
    # As in the partial index, word for word: SQLite compares the text.
    guessed = sa.select(transcripts.interaction_id).where(sa.text("NOT speakers_known"))
    untold = (recordings.sha256 == _IT.recording_sha256) & (recordings.channels == 2) & (recordings.channel_map == _UNTOLD)
    return _IT.id.in_(guessed) & sa.select(recordings.sha256).where(untold).exists()


def _fields(new: NewInteraction) -> dict[str, Any]:
    return {name: getattr(new, name) for name in NewInteraction.model_fields}


def _values(new: StoredInteraction) -> dict[str, Any]:
    it = new.interaction
    return {
        "id": it.id, "channel": it.channel.value, "direction": it.direction.value, "language": it.language, "started_at": it.started_at,
        "happened_at": it.started_at or new.received_at, "agent_id": it.agent.id if it.agent else None,
        "agent_name": it.agent.name if it.agent else None, "agent_team": it.agent.team if it.agent else None,
        "customer_id": it.customer.id if it.customer else None, "queue": it.queue, "wait_seconds": it.wait_seconds,
        "csat": it.survey.csat if it.survey else None, "csat_scale": it.survey.scale if it.survey else None, "subject": it.subject,
        "metadata_json": json.dumps(it.metadata), "purpose": it.purpose.value, "content_sha256": new.content_sha256,
        "source_name": new.source_name,
        "recording_sha256": new.recording_sha256, "received_at": new.received_at, "state": new.state.value, "error": Fault.write(new.error),
    }


def _stored(row: InteractionRow) -> StoredInteraction:
    interaction = Interaction(
        id=row.id, channel=Channel(row.channel), direction=Direction(row.direction), language=row.language, started_at=row.started_at,
        agent=None if row.agent_id is None else AgentRef(id=row.agent_id, name=row.agent_name, team=row.agent_team),
        customer=None if row.customer_id is None else CustomerRef(id=row.customer_id), queue=row.queue, wait_seconds=row.wait_seconds,
        survey=None if row.csat is None or row.csat_scale is None else Survey(csat=row.csat, scale=row.csat_scale), subject=row.subject,
        purpose=Purpose(row.purpose), metadata=json.loads(row.metadata_json),
    )
    return StoredInteraction(
        interaction=interaction, content_sha256=row.content_sha256, source_name=row.source_name, recording_sha256=row.recording_sha256,
        received_at=row.received_at, state=State(row.state), error=Fault.read(row.error),
    )
