"""Contacts: how the interactions of one customer hang together, and how many came back."""

from __future__ import annotations

from typing import Annotated, Self

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from qa_service.api.deps import Filter, Id, PeriodDep, ScopeDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.interaction import Channel, Purpose
from qa_service.store.contacts import Counted, StoredContact

router = APIRouter(prefix="/contacts", route_class=Door)


class RepeatFigures(BaseModel):
    """Repeat contacts and first-contact resolution, each with what it is a share of."""

    model_config = ConfigDict(extra="forbid")

    #: The channel; null for all of them.
    channel: Channel | None
    #: All contacts.
    contacts: int
    #: Those that the company started; they are no repeats.
    outbound: int
    #: Those without a customer id or a start: nothing is known of them.
    unlinked: int
    #: Those of which it is known whether they are repeats; `repeat_share` is a share of these.
    repeat_known: int
    #: Repeats.
    repeats: int
    #: `repeats / repeat_known`; null without any.
    repeat_share: float | None
    #: First contacts of which it is known whether they stayed the only one; `first_resolved_share` is a share of these.
    first_known: int
    #: Those that did.
    first_resolved: int
    #: `first_resolved / first_known`; null without any.
    first_resolved_share: float | None

    @classmethod
    def of(cls, counted: Counted, channel: Channel | None) -> Self:
        """With the shares."""
        return cls(
            **(counted._asdict() | {"channel": channel}), repeat_share=_share(counted.repeats, counted.repeat_known),
            first_resolved_share=_share(counted.first_resolved, counted.first_known),
        )


class RepeatReport(BaseModel):
    """Figures of a period."""

    model_config = ConfigDict(extra="forbid")

    #: Days within which coming back for the same reason makes a repeat.
    window_days: int = Field(ge=1)
    #: All channels together.
    total: RepeatFigures
    #: By channel.
    channels: tuple[RepeatFigures, ...]


@router.get("/figures", response_model=RepeatReport, responses=documented(401, 404, 422), summary="Count repeat contacts")
def get_contact_figures(
    services: ServicesDep, within: ScopeDep, period: PeriodDep, channel: Annotated[Channel | None, Query()] = None, agent: Filter = None,
    team: Filter = None, topic: Filter = None,
    purpose: Annotated[Purpose, Query(description="Mystery, training and test contacts are reported apart.")] = Purpose.LIVE,
) -> RepeatReport:
    """Repeats and first-contact resolution with their denominators. What cannot be known (no customer id, history that does not reach back,
    a window that has not passed) is in no share. 404 for a topic nobody knows."""
    found = services.history.figures(
        since=period.since, until=period.until, channel=channel, agent=agent, team=team, topic=topic, purpose=purpose, within=within
    )
    numbers = [sum(getattr(one, name) for one in found) for name in Counted._fields[1:]]
    total = RepeatFigures.of(Counted(Channel.PHONE, *numbers), None)
    return RepeatReport(
        window_days=services.settings.repeat_days, total=total, channels=tuple(RepeatFigures.of(one, one.channel) for one in found)
    )


@router.get("/{interaction}", response_model=StoredContact, responses=documented(401, 404, 422), summary="Read how it hangs together")
def get_contact(services: ServicesDep, within: ScopeDep, interaction: Id) -> StoredContact:
    """Why the customer was in contact, what they say about contacts before, and which contacts before and behind it have the same reason.
    404 until the interaction was analysed."""
    return services.history.contact(interaction, within=within)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None
