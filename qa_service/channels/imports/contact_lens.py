"""Amazon Contact Lens output (schema 1.1.0): calls with offsets in ms, chats with absolute times."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from pydantic import Field

from qa_service.channels.base import Conversation, Outcome, ReadOptions, Where
from qa_service.channels.identifiers import identifier
from qa_service.channels.imports.foreign import Foreign, load_foreign, outcome
from qa_service.channels.imports.speakers import header_for, party, require_known
from qa_service.channels.moments import Moment
from qa_service.channels.rules import CHANNELS
from qa_service.channels.wire import INVISIBLE, offset_ms
from qa_service.domain.interaction import AgentRef, Channel, Interaction
from qa_service.domain.transcript import Speaker, Transcript, Turn

ENGINE = "import:contact_lens"
#: Roles of the product -> ours; a supervisor who joins speaks for the house.
_ROLES = {"AGENT": "agent", "CUSTOMER": "customer", "SUPERVISOR": "agent", "SYSTEM": "system", "CUSTOM_BOT": "bot"}
_CHANNELS = {"VOICE": Channel.PHONE, "CHAT": Channel.CHAT}
_MOST_MS = 1_000_000_000_000


class Participant(Foreign):
    """Who took part."""

    ParticipantId: str
    ParticipantRole: str
    DisplayName: str | None = None


class Metadata(Foreign):
    """What the instance knows."""

    ContactId: str | None = None


class Item(Foreign):
    """A turn of a call, or a message or event of a chat."""

    ParticipantId: str
    Content: str = ""
    BeginOffsetMillis: int | None = Field(default=None, ge=0, le=_MOST_MS)
    EndOffsetMillis: int | None = Field(default=None, ge=0, le=_MOST_MS)
    AbsoluteTime: Moment | None = None
    Type: str = "MESSAGE"


class Output(Foreign):
    """The file."""

    Channel: Literal["VOICE", "CHAT"]
    Participants: list[Participant] = Field(default_factory=list)
    CustomerMetadata: Metadata | None = None
    LanguageCode: str | None = None
    Transcript: list[Item]


def looks_like(head: bytes) -> bool:
    """Its capitalised keys give it away."""
    return any(key in head for key in (b'"ConversationCharacteristics"', b'"CustomerMetadata"')) or (
        b'"Participants"' in head and b'"Channel"' in head
    )


def read(path: Path, options: ReadOptions | None = None) -> Iterator[Outcome]:
    """The one conversation of a Contact Lens file."""
    yield from outcome(path, lambda: _read(path, options or ReadOptions()))


def _read(path: Path, options: ReadOptions) -> Conversation:
    where, header = Where(file=path), header_for(path, options)
    told = {**header.speakers, **options.speakers}
    output = load_foreign(path, Output)
    turns = _turns(output, told=told, where=where)
    interaction = _interaction(header.interaction, output, id_given=header.id_given, turns=turns)
    duration = max((turn.end_ms or 0 for turn in turns), default=0) if output.Channel == "VOICE" else None
    transcript = Transcript(turns=turns, language=interaction.language, engine=ENGINE, duration_ms=duration)
    conversation = Conversation(interaction=interaction, transcript=transcript)
    CHANNELS[interaction.channel].check(conversation, where)
    return conversation


def _interaction(known: Interaction, output: Output, *, id_given: bool, turns: tuple[Turn, ...]) -> Interaction:
    """The side-car's header, its gaps filled from the file."""
    contact = output.CustomerMetadata.ContactId if output.CustomerMetadata else None
    agent = next((one for one in output.Participants if one.ParticipantRole == "AGENT"), None)
    # In calls the agent's id is a role or a random one of this contact: only a name that the chat shows says who it was.
    named = AgentRef(id=identifier(agent.DisplayName), name=agent.DisplayName) if agent and agent.DisplayName else None
    return known.model_copy(update={
        "id": known.id if id_given or not contact else identifier(contact),
        "channel": _CHANNELS[output.Channel],
        "language": known.language or (output.LanguageCode or "").partition("-")[0].lower() or None,
        "started_at": known.started_at or turns[0].sent_at,
        "agent": known.agent or named,
    })  # fmt: skip


def _turns(output: Output, *, told: dict[str, Speaker], where: Where) -> tuple[Turn, ...]:
    roles = {one.ParticipantId: _ROLES.get(one.ParticipantRole, one.ParticipantRole) for one in output.Participants}
    items = [(index, item) for index, item in enumerate(output.Transcript) if item.Type == "MESSAGE" and item.Content.strip(INVISIBLE)]
    if not items:
        raise where.fault("holds no turn", field="Transcript")
    names = {item.ParticipantId: roles.get(item.ParticipantId, _ROLES.get(item.ParticipantId, item.ParticipantId)) for _, item in items}
    require_known(names.values(), told=told, where=where, field="Participants")
    timed = _timed(items, chat=output.Channel == "CHAT", where=where)
    return tuple(
        turn.model_copy(update={"speaker": told.get(item.ParticipantId) or party(names[item.ParticipantId], told=told)})
        for turn, item in sorted(timed, key=lambda pair: pair[0].start_ms or 0)
    )


def _timed(items: list[tuple[int, Item]], *, chat: bool, where: Where) -> Iterator[tuple[Turn, Item]]:
    times = [item.AbsoluteTime for _, item in items if item.AbsoluteTime]
    for index, item in items:
        if chat:
            if item.AbsoluteTime is None:
                raise where.fault("required on every message of a chat", field=f"Transcript[{index}].AbsoluteTime")
            at = item.AbsoluteTime
            ms = offset_ms(at, since=min(times))
            yield Turn(speaker=Speaker.SYSTEM, text=item.Content, start_ms=ms, end_ms=ms, sent_at=at), item
            continue
        if item.BeginOffsetMillis is None or item.EndOffsetMillis is None:
            raise where.fault("required on every turn of a call", field=f"Transcript[{index}].BeginOffsetMillis")
        if item.EndOffsetMillis < item.BeginOffsetMillis:
            raise where.fault(f"time runs backwards: {item.BeginOffsetMillis} to {item.EndOffsetMillis} ms", field=f"Transcript[{index}]")
        yield Turn(speaker=Speaker.SYSTEM, text=item.Content, start_ms=item.BeginOffsetMillis, end_ms=item.EndOffsetMillis), item
