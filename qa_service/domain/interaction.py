"""An interaction: one contact on one channel, and who took part in it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AwareDatetime, Field, StringConstraints

from qa_service.domain.base import Record

#: Ids come from telephony and help-desk systems; anything printable without slashes or blanks at its ends.
Identifier = Annotated[
    str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\s/\\\x00-\x1f]([^/\\\x00-\x1f]*[^\s/\\\x00-\x1f])?$")
]
#: ISO 639-1 code of a language: ``en``, ``fa``, ``ar`` ...
LanguageCode = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")]


class Channel(StrEnum):
    """How the contact took place."""

    PHONE = "phone"
    CHAT = "chat"
    EMAIL = "email"
    SOCIAL = "social"


class Direction(StrEnum):
    """Who started the contact."""

    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Purpose(StrEnum):
    """What a contact took place for; all are reviewed alike, and all but live ones are reported apart."""

    LIVE = "live"
    #: A customer who was sent to see how it goes.
    MYSTERY = "mystery"
    #: Somebody practised.
    TRAINING = "training"
    #: Nobody was served: lines and systems were tried.
    TEST = "test"


class AgentRef(Record):
    """The agent as the source system names them."""

    #: Stable id in the source system.
    id: Identifier
    #: Display name, if the source tells.
    name: str | None = None
    #: Team the agent belonged to at the time.
    team: str | None = None


class CustomerRef(Record):
    """The customer, pseudonymous."""

    #: Pseudonymous id; never a name, number or address.
    id: Identifier


class Survey(Record):
    """What the customer answered afterwards."""

    #: Satisfaction, 0 (or 1) to ``scale``.
    csat: float = Field(ge=0)
    #: The best possible answer.
    scale: int = Field(default=5, ge=2, le=100)


class Interaction(Record):
    """Everything known about a contact besides what was said."""

    #: Unique id.
    id: Identifier
    #: The channel, which also chooses the rubric.
    channel: Channel
    #: Who started it.
    direction: Direction = Direction.INBOUND
    #: Main language; ``None`` lets the service detect it.
    language: LanguageCode | None = None
    #: Start in UTC; ``None`` when the source does not tell.
    started_at: AwareDatetime | None = None
    #: The agent; ``None`` when nobody told us.
    agent: AgentRef | None = None
    #: The customer.
    customer: CustomerRef | None = None
    #: Queue or line the contact came through.
    queue: str | None = None
    #: Seconds the customer waited before an agent was there.
    wait_seconds: float | None = Field(default=None, ge=0)
    #: Survey answer, if any.
    survey: Survey | None = None
    #: Subject line of an e-mail thread.
    subject: str | None = None
    #: What it took place for.
    purpose: Purpose = Purpose.LIVE
    #: Anything else the source wants kept; never used for scoring.
    metadata: dict[str, Any] = Field(default_factory=dict)
