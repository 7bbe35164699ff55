"""What chat and e-mail have in common: turns are sent whole, have no spoken words, and nobody else reads them."""

from __future__ import annotations

from qa_service.channels.base import Conversation, Where


def check_written(conversation: Conversation, where: Where, *, may_be_public: bool = False) -> None:
    """Refuses recognised words and, unless ``may_be_public``, public marks."""
    for index, turn in enumerate(conversation.transcript.turns):
        if turn.words:
            raise where.fault("written turns have no recognised words", field=f"turns[{index}].words", hint="is the channel phone?")
        if turn.public is not None and not may_be_public:
            raise where.fault("only social turns are public or private", field=f"turns[{index}].public")
