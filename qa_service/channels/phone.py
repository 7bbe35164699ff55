"""Phone: two people speak at once and live; every turn has a start and an end, or none has."""

from __future__ import annotations

from dataclasses import dataclass

from qa_service.channels.base import Conversation, Where
from qa_service.domain.interaction import Channel


@dataclass(frozen=True)
class Phone:
    """Rules of phone transcripts."""

    channel: Channel = Channel.PHONE
    spoken: bool = True
    continuous: bool = True

    def check(self, conversation: Conversation, where: Where) -> None:
        """Refuses sending times, turns without an end, and public marks."""
        for index, turn in enumerate(conversation.transcript.turns):
            if turn.sent_at is not None:
                raise where.fault("a call has start and end in seconds, not sending times", field=f"turns[{index}].sent_at")
            if turn.public is not None:
                raise where.fault("only social turns are public or private", field=f"turns[{index}].public")
