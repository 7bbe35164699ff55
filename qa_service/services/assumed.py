"""What holds for everything of an upload that does not tell it of itself: side-cars, manifests and the files' own words come first."""

from __future__ import annotations

from typing import Any

from pydantic import Field

from qa_service.channels import Conversation, Header
from qa_service.channels.pairs import NOT_TOLD
from qa_service.domain.base import Record
from qa_service.domain.interaction import AgentRef, Identifier, Interaction, LanguageCode, Purpose
from qa_service.domain.recording import ChannelMap

_TWO = 2
_NAME = Field(default=None, min_length=1, max_length=200)


class Assumed(Record):
    """What whoever uploads knows about all of it."""

    #: Main language.
    language: LanguageCode | None = None
    #: Queue or line.
    queue: str | None = _NAME
    #: Id of the agent.
    agent: Identifier | None = None
    #: What they are called.
    agent_name: str | None = _NAME
    #: Their team.
    team: str | None = _NAME
    #: What it took place for; ``live`` leaves what files say.
    purpose: Purpose = Purpose.LIVE
    #: Parties of recordings with two channels.
    channel_map: ChannelMap = NOT_TOLD

    def header(self, header: Header, *, channels: int | None = None) -> Header:
        """A recording's header with what it lacks; ``channels``: how many it has, where somebody looked."""
        told: dict[str, Any] = {"interaction": self.interaction(header.interaction)}
        if header.channel_map == NOT_TOLD and (channels == _TWO or self.channel_map.mono):
            told["channel_map"] = self.channel_map
        return header.model_copy(update=told)

    def conversation(self, one: Conversation) -> Conversation:
        """A conversation with what it lacks."""
        return one.model_copy(update={"interaction": self.interaction(one.interaction)})

    def interaction(self, one: Interaction) -> Interaction:
        """A contact with what is not told of it."""
        told: dict[str, Any] = {name: getattr(one, name) or getattr(self, name) for name in ("language", "queue")}
        if one.purpose is Purpose.LIVE:
            told["purpose"] = self.purpose
        return one.model_copy(update={**told, "agent": self._agent(one.agent)})

    def _agent(self, one: AgentRef | None) -> AgentRef | None:
        if one is not None:
            return one.model_copy(update={"team": one.team or self.team})
        return None if self.agent is None else AgentRef(id=self.agent, name=self.agent_name, team=self.team)
