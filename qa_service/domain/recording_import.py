"""Recording imports: tables of calls whose recordings are fetched, one by one, from addresses or folders."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import LanguageCode

#: Who is where on recordings with two channels, or that both are in one.
Parties = Literal["agent_left", "customer_left", "mono"]


class FetchState(StrEnum):
    """How far a call is."""

    #: It is fetched as soon as its turn comes; after a fault that may pass, a while later.
    WAITING = "waiting"
    #: It is in, and its job works on it or has done so.
    TAKEN = "taken"
    #: It cannot be taken in.
    FAILED = "failed"


class ImportWishes(Record):
    """What holds for all calls of a table."""

    #: Rubric instead of the channel's own.
    rubric: str | None = None
    #: Speech engine instead of the one of the settings.
    engine: str | None = None
    #: Language that is spoken.
    language: LanguageCode | None = None
    #: Who is where on the recordings.
    channels: Parties | None = None


class RecordingImport(Record):
    """A table of calls whose recordings are fetched."""

    #: Its id.
    id: str
    #: The file, as its sender named it.
    name: str
    #: When it came.
    created_at: AwareDatetime
    #: Who brought it.
    actor: str
    #: Calls of it with a recording.
    total: int = Field(ge=0)
    #: What holds for all of them.
    wishes: ImportWishes = ImportWishes()
