"""E-mail: letters hours or days apart; the pause between two of them is no silence."""

from __future__ import annotations

from dataclasses import dataclass

from qa_service.channels.base import Conversation, Where
from qa_service.channels.written import check_written
from qa_service.domain.interaction import Channel


@dataclass(frozen=True)
class Email:
    """Rules of e-mail threads."""

    channel: Channel = Channel.EMAIL
    spoken: bool = False
    continuous: bool = False

    def check(self, conversation: Conversation, where: Where) -> None:
        """Refuses spoken words and public marks."""
        check_written(conversation, where)
