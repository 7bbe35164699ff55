"""Erasure previews: what exactly would go if an interaction, or all of a customer, were erased now; nothing is changed."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.ledger import ERASED
from qa_service.errors import NotFoundError
from qa_service.store.erasures import Hold
from qa_service.store.interactions import State
from qa_service.store.ledger import Sought
from qa_service.store.session import Database
from qa_service.store.unit import Unit


class Losable(Record):
    """An interaction, and whether it can be erased."""

    interaction: str
    channel: Channel
    #: When it took place, else when it was taken in.
    at: AwareDatetime
    #: Id and name of the agent, where they are known.
    agent: str | None
    agent_name: str | None
    #: Whether its words are gone already.
    erased: bool
    #: What keeps it.
    hold: Hold | None
    #: A job that works on it: it can be erased when that is done.
    job: str | None

    @property
    def can_go(self) -> bool:
        """Whether nothing keeps it now."""
        return self.hold is None and self.job is None


class InteractionLoss(Record):
    """What would go of one interaction."""

    of: Losable
    #: Transcripts.
    transcripts: int = Field(ge=0)
    #: Whether there is a recording that no other interaction shares.
    recording: bool
    #: Scorecards that would lose quotes, reasons and comments, and keep their figures.
    scorecards: int = Field(ge=0)
    #: Disputes that would lose their words.
    disputes: int = Field(ge=0)
    #: Promises.
    promises: int = Field(ge=0)
    #: Reports that quote it, which go as a whole.
    reports: int = Field(ge=0)
    #: Entries of the ledger whose content would go; that they were there stays, and the chain still verifies.
    entries: int = Field(ge=0)


class CustomerLoss(Record):
    """What would go of a customer."""

    customer: str
    #: Interactions that are not erased, the oldest first.
    interactions: tuple[Losable, ...]
    #: Call details and survey answers, of contacts that are no interactions here, that would no longer tell whose they are.
    records: int = Field(ge=0)


class ErasurePreviews:
    """Reads what an erasure would take."""

    def __init__(self, *, database: Database) -> None:
        self._database = database

    def interaction(self, interaction: str) -> InteractionLoss:
        """Of one; raises :class:`NotFoundError`."""
        with self._database.reading() as unit:
            found, cards = _losable(unit, interaction), unit.scorecards.for_interaction(interaction)
            entries = unit.ledger.entries(Sought(interaction=interaction))
            return InteractionLoss(
                of=found, transcripts=len(unit.transcripts.all(interaction)), recording=unit.erasures.own_recording(interaction),
                scorecards=len(cards), disputes=len(unit.disputes.of_scorecards(str(card.id) for card in cards)),
                promises=len(unit.promises.of_interaction(interaction)), reports=len(unit.reports.quoting(interaction)),
                entries=sum(one.content is not None and not one.action.endswith(ERASED) for one in entries),
            )

    def customer(self, customer: str) -> CustomerLoss:
        """Of a customer; raises :class:`NotFoundError` where nothing is here of whom it could be."""
        with self._database.reading() as unit:
            found = tuple(_losable(unit, one) for one in unit.erasures.of_customer(customer))
            records = unit.call_details.apart_of(customer) + unit.surveys.apart_of(customer)
        if not found and not records:
            raise NotFoundError("no interaction of this customer is here", field="customer", hint="or all were erased before")
        return CustomerLoss(customer=customer, interactions=found, records=records)


def _losable(unit: Unit, interaction: str) -> Losable:
    stored = unit.interactions.get(interaction)
    known = stored.interaction
    return Losable(
        interaction=interaction, channel=known.channel, at=known.started_at or stored.received_at,
        agent=known.agent.id if known.agent else None, agent_name=known.agent.name if known.agent else None,
        erased=stored.state is State.ERASED, hold=unit.erasures.held(interaction), job=unit.erasures.works_on(interaction),
    )
