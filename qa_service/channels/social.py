"""Social: posts that everybody reads and messages that one person reads; every turn says which it is."""

from __future__ import annotations

from dataclasses import dataclass

from qa_service.channels.base import Conversation, Where
from qa_service.channels.written import check_written
from qa_service.domain.interaction import Channel


@dataclass(frozen=True)
class Social:
    """Rules of social threads."""

    channel: Channel = Channel.SOCIAL
    spoken: bool = False
    continuous: bool = False

    def check(self, conversation: Conversation, where: Where) -> None:
        """Refuses spoken words and turns that do not say whether they are public."""
        check_written(conversation, where, may_be_public=True)
        for index, turn in enumerate(conversation.transcript.turns):
            if turn.public is None:
                raise where.fault("required on social turns", field=f"turns[{index}].public", hint="true for a post, false for a message")
