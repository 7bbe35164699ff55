"""The queue: interactions that people are to review, why, by when, and who would rather not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel
from qa_service.domain.pick_reason import PickReason
from qa_service.domain.priority import Priority
from qa_service.domain.scorecard import Status

#: Skips by different people after which only leads are offered an item.
SKIPS_TO_LEAD = 3


class Lane(StrEnum):
    """How it is reviewed."""

    NORMAL = "normal"
    #: Without seeing suggestions.
    BLIND = "blind"


class ItemState(StrEnum):
    """How far it is."""

    OPEN = "open"
    #: Its scorecard is final.
    DONE = "done"
    #: A lead took it out.
    WITHDRAWN = "withdrawn"


class SkipReason(StrEnum):
    """Why somebody would rather not review it."""

    CONFLICT_OF_INTEREST = "conflict_of_interest"
    LANGUAGE = "language"
    UNUSABLE_AUDIO = "unusable_audio"
    #: In words.
    OTHER = "other"


SKIP_WORDS: Mapping[SkipReason, str] = MappingProxyType(
    {
        SkipReason.CONFLICT_OF_INTEREST: "knows who took part", SkipReason.LANGUAGE: "does not know the language",
        SkipReason.UNUSABLE_AUDIO: "it cannot be understood", SkipReason.OTHER: "something else",
    }
)


class Skip(Record):
    """That somebody would rather not."""

    by: str
    reason: SkipReason
    words: str | None = None
    at: AwareDatetime


class QueueItem(Record):
    """An interaction to be reviewed against a rubric."""

    id: str
    interaction: str
    rubric: str
    #: The scorecard that counts now; ``None`` while it is made anew.
    scorecard: str | None
    agent: str | None
    team: str | None
    channel: Channel
    language: str | None
    #: Plan and run that picked it; withheld, as the four that follow, while it is reviewed blindly.
    plan: str | None
    run: str | None
    #: Why it was picked, in words.
    reasons: tuple[str, ...]
    #: The same as codes with values; empty for what was picked before they were kept.
    why: tuple[PickReason, ...] = ()
    #: Why it is where it is.
    priority: Priority | None
    #: That it was to be picked, over all seeds.
    probability: float | None = Field(ge=0, le=1)
    lane: Lane
    #: Whom it was given to; ``None``: anybody may take it.
    assigned_to: str | None
    #: Why nobody was found for it.
    unassigned_because: str | None = None
    due_at: AwareDatetime
    state: ItemState
    #: How far the scorecard is.
    status: Status | None
    #: Who holds or finalised it.
    reviewer: str | None
    #: When it became final.
    done_at: AwareDatetime | None = None
    #: Only leads are offered it any more.
    for_lead: bool = False
    skips: tuple[Skip, ...] = ()
    created_at: AwareDatetime

    def overdue(self, now: datetime) -> bool:
        """Whether it should have been done."""
        return self.state is ItemState.OPEN and self.due_at < now

    @property
    def withheld(self) -> bool:
        """Whether what the machine thinks of it must not be seen, by anybody: while it is reviewed blindly."""
        return self.lane is Lane.BLIND and self.state is ItemState.OPEN

    def shown(self) -> QueueItem:
        """As people may see it."""
        if not self.withheld:
            return self
        return self.model_copy(update={"plan": None, "run": None, "reasons": (), "why": (), "priority": None, "probability": None})
