"""Chat: written live; the time between messages is a fact about the agent."""

from __future__ import annotations

from dataclasses import dataclass

from qa_service.channels.base import Conversation, Where
from qa_service.channels.written import check_written
from qa_service.domain.interaction import Channel


@dataclass(frozen=True)
class Chat:
    """Rules of chats."""

    channel: Channel = Channel.CHAT
    spoken: bool = False
    continuous: bool = True

    def check(self, conversation: Conversation, where: Where) -> None:
        """Refuses spoken words and public marks."""
        check_written(conversation, where)
