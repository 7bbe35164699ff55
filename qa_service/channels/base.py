"""What the channel floor gives and takes: conversations, recording headers, read options, and the two protocols."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.interaction import Channel, Interaction
from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import ConversationError, InputError


class Conversation(Record):
    """A contact that came with its words: a chat, a mail thread, a post with answers, or a ready transcript."""

    #: Everything but the words.
    interaction: Interaction
    #: The words.
    transcript: Transcript
    #: Line of its file that it starts on, where the file holds several; no part of what it says.
    line: int | None = Field(default=None, exclude=True)


class Header(Record):
    """What is known about a recording or an imported transcript from beside it: a side-car or a manifest row."""

    #: The contact; its id comes from the file's name where the source gives none (``id_given`` tells).
    interaction: Interaction
    #: The source named the contact itself.
    id_given: bool = True
    #: Who is on which channel of the recording.
    channel_map: ChannelMap = ChannelMap()
    #: What was really said, where somebody wrote it down: measures engines, feeds the side-car engine.
    reference: Transcript | None = None
    #: Speaker labels of an imported transcript (``SPEAKER_00``) -> party.
    speakers: dict[str, Speaker] = Field(default_factory=dict)


#: What a reader yields for one item: the conversation, or why that item cannot be used. The others go on.
Outcome = Conversation | InputError


@dataclass(frozen=True, kw_only=True)
class MailParties:
    """Who is who in a mail thread; both empty: the first writer is taken for the customer."""

    #: Addresses of agents and shared mailboxes (``support@shop.example``), lower case.
    agent_addresses: frozenset[str] = frozenset()
    #: Domains all of whose addresses are agents'; sub-domains included, lower case.
    agent_domains: frozenset[str] = frozenset()

    @property
    def told(self) -> bool:
        """Whether the caller said anything."""
        return bool(self.agent_addresses or self.agent_domains)

    def is_agent(self, address: str) -> bool:
        """Whether ``address`` (lower case) belongs to the house."""
        domain = address.rpartition("@")[2]
        return address in self.agent_addresses or any(domain == own or domain.endswith(f".{own}") for own in self.agent_domains)


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """What a caller may tell every reader."""

    #: Who is the agent in e-mails.
    parties: MailParties = MailParties()
    #: Speaker labels of imported transcripts -> party; wins over a side-car's.
    speakers: Mapping[str, Speaker] = field(default_factory=dict)
    #: Header of an imported transcript; ``None`` looks for a side-car.
    header: Header | None = None


@dataclass(frozen=True, kw_only=True)
class Where:
    """The place an error is reported at."""

    #: Name the input came under.
    file: str | Path | None = None
    #: Line, from 1, where it helps to find the item.
    line: int | None = None

    def fault(self, message: str, *, field: str | None = None, hint: str | None = None, line: int | None = None) -> ConversationError:
        """A :class:`ConversationError` at this place."""
        return ConversationError(message, file=self.file, field=field, line=line or self.line, hint=hint)


class ChannelRules(Protocol):
    """What one channel adds to the common format; one file and one line in ``CHANNELS`` each."""

    @property
    def channel(self) -> Channel:
        """The channel."""

    @property
    def spoken(self) -> bool:
        """People spoke: recordings, words with times, recognition errors."""

    @property
    def continuous(self) -> bool:
        """Times run through one live session, so that silence between turns is a fact about the agent."""

    def check(self, conversation: Conversation, where: Where) -> None:
        """Raises :class:`ConversationError` naming the turn that this channel cannot carry."""


@dataclass(frozen=True, kw_only=True)
class FileFormat:
    """A file format that holds conversations; one line in ``IMPORTS`` each."""

    #: Name, as in ``Transcript.engine`` (``import:NAME``).
    name: str
    #: File endings that mean it where the content does not tell, lower case with the dot.
    suffixes: tuple[str, ...]
    #: Whether the first bytes of a file look like it.
    sniff: Callable[[bytes], bool]
    #: Reads a file; never raises for what a user can get wrong, but yields it.
    read: Callable[[Path, ReadOptions], Iterator[Outcome]]
