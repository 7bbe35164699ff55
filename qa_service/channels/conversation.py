"""Conversation JSON, the canonical format: one object, a list, or JSON Lines; strict, item by item."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from qa_service.channels.base import Conversation, Outcome, ReadOptions, Where
from qa_service.channels.documents import Document, documents, documents_of_file
from qa_service.channels.rules import CHANNELS
from qa_service.channels.wire import WireConversation, load, to_turns
from qa_service.domain.interaction import Channel
from qa_service.domain.transcript import Transcript, Turn
from qa_service.errors import ConversationError

#: ``Transcript.engine`` of what this file reads.
ENGINE = "import:conversation"


def read_conversations(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """The conversations of a file, lazily; a faulty one is yielded as its :class:`ConversationError`, the others go on."""
    del options  # the format says everything itself
    yield from _converted(documents_of_file(path), file=path)


def parse_conversations(data: bytes, *, file: str | Path | None = None) -> Iterator[Outcome]:
    """The conversations of an upload, as :func:`read_conversations`."""
    yield from _converted(documents(data, file=file), file=file)


def parse_conversation(data: bytes, *, file: str | Path | None = None) -> Conversation:
    """The only conversation of an upload; raises :class:`ConversationError` for a faulty one and for several."""
    found = list(parse_conversations(data, file=file))
    if len(found) > 1:
        raise ConversationError(f"holds {len(found)} conversations where one is expected", file=file, hint="send a batch")
    if isinstance(found[0], Conversation):
        return found[0]
    raise found[0]


def to_conversation(document: Document, *, file: str | Path | None = None) -> Conversation:
    """One JSON document as a conversation, checked by the rules of its channel; raises :class:`ConversationError`."""
    where = Where(file=file, line=document.line)
    wire = load(WireConversation, document, where=where)
    turns = to_turns(wire.turns, where=where)
    if wire.channel is Channel.PHONE:
        _check_ends(wire, where=where)
    interaction = wire.interaction(id=wire.id, channel=wire.channel, started_at=turns[0].sent_at, where=where)
    transcript = Transcript(turns=turns, language=wire.language, duration_ms=_duration(turns), engine=ENGINE)
    conversation = Conversation(interaction=interaction, transcript=transcript, line=document.line)
    CHANNELS[wire.channel].check(conversation, where)
    return conversation


def _converted(found: Iterable[Document | ConversationError], *, file: str | Path | None) -> Iterator[Outcome]:
    for item in found:
        if isinstance(item, ConversationError):
            yield item
            continue
        try:
            yield to_conversation(item, file=file)
        except ConversationError as error:
            yield error


def _check_ends(wire: WireConversation, *, where: Where) -> None:
    """Spoken turns last: an end must be told (the domain type cannot tell a missing end from an instant)."""
    for index, turn in enumerate(wire.turns):
        if turn.start is not None and turn.end is None:
            raise where.fault("required on every turn of a call with times", field=f"turns[{index}].end")


def _duration(turns: Iterable[Turn]) -> int | None:
    """End of the last turn in ms; ``None`` for turns that were sent or have no times."""
    return max((turn.end_ms for turn in turns if turn.end_ms is not None and turn.sent_at is None), default=None)
