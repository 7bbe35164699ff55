"""Call details: what telephony and help desks tell of a contact, whether it was recorded or not; abandoned calls have no recording."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef, Direction, Identifier

#: Longest time that a source may tell, seconds: a year, for threads of e-mails.
LONGEST = 366 * 86_400.0


class ContactOutcome(StrEnum):
    """What became of a contact that came in."""

    #: An agent took it.
    ANSWERED = "answered"
    #: The customer gave up before an agent was there.
    ABANDONED = "abandoned"
    #: Neither: voicemail, blocked, failed, sent elsewhere, answered by a machine; it counts in no figure of the queue.
    OTHER = "other"


class CustomerFacts(Record):
    """What the source knows of the customer; for churn and its segments."""

    #: Months that the customer has been one.
    loyalty_months: float | None = Field(default=None, ge=0, le=2400)
    #: What the customer is worth, in whatever the company counts: revenue a year, say.
    value: float | None = Field(default=None, ge=-1e12, le=1e12)
    #: Whether the customer left.
    churned: bool | None = None
    #: When.
    churned_at: AwareDatetime | None = None


class CallDetail(Record):
    """One contact as the source system tells it; what is ``None`` was not told, which is never the same as 0."""

    #: Unique in the source system.
    id: Identifier
    #: Id of its recording or conversation, where that is another.
    contact: Identifier
    channel: Channel = Channel.PHONE
    direction: Direction = Direction.INBOUND
    #: When the customer came in.
    started_at: AwareDatetime
    #: When it was over.
    ended_at: AwareDatetime | None = None
    agent: AgentRef | None = None
    queue: str | None = None
    customer: CustomerRef | None = None
    outcome: ContactOutcome | None = None
    #: Seconds until an agent was there, or until the customer gave up.
    wait_seconds: float | None = Field(default=None, ge=0, le=LONGEST)
    #: Seconds of talk, without hold.
    talk_seconds: float | None = Field(default=None, ge=0, le=LONGEST)
    #: Seconds on hold.
    hold_seconds: float | None = Field(default=None, ge=0, le=LONGEST)
    #: Seconds of work after the contact.
    wrap_seconds: float | None = Field(default=None, ge=0, le=LONGEST)
    #: The three together: as told, else their sum where all three are known.
    handle_seconds: float | None = Field(default=None, ge=0, le=3 * LONGEST)
    #: Seconds from the customer's first message to the first of an agent.
    first_response_seconds: float | None = Field(default=None, ge=0, le=LONGEST)
    #: Whether it was passed on to another agent or queue.
    transferred: bool | None = None
    #: What the source knows of the customer.
    facts: CustomerFacts = CustomerFacts()
