"""The keys of conversation JSON and side-cars as they stand in files, and the way from there to domain types."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from qa_service.channels.base import Where
from qa_service.channels.documents import Document
from qa_service.channels.faults import fault_of
from qa_service.channels.moments import Moment
from qa_service.domain.interaction import (
    AgentRef,
    Channel,
    CustomerRef,
    Direction,
    Identifier,
    Interaction,
    LanguageCode,
    Purpose,
    Survey,
)
from qa_service.domain.transcript import Speaker, Turn, Word

#: Seconds from the start; the bound (31 years) keeps milliseconds inside every database's integers.
Seconds = Annotated[float, Field(ge=0, le=1e9)]
#: Characters that show nothing: a text of only these is empty.
INVISIBLE = " \t\r\n\v\f\u00a0\u200b\u200c\u200d\u200e\u200f\u202a\u202b\u202c\u2060\ufeff"


class Wire(BaseModel):
    """A shape in a file: no unknown key, no guessing of types, no infinities."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class WireWord(Wire):
    """A recognised word."""

    text: str
    start: Seconds
    end: Seconds
    confidence: float = Field(default=1.0, ge=0, le=1)


class WireTurn(Wire):
    """A turn."""

    speaker: Speaker
    text: str
    start: Seconds | None = None
    end: Seconds | None = None
    sent_at: Moment | None = None
    public: bool | None = None
    language: LanguageCode | None = None
    words: list[WireWord] = Field(default_factory=list)


class WireSurvey(Survey):
    """A survey, its answer a number that can be stored."""

    csat: float = Field(ge=0, le=100, allow_inf_nan=False)


class WireHeader(Wire):
    """What conversation and side-car have in common."""

    id: Identifier | None = None
    channel: Channel | None = None
    direction: Direction = Direction.INBOUND
    language: LanguageCode | None = None
    started_at: Moment | None = None
    agent: AgentRef | None = None
    customer: CustomerRef | None = None
    queue: str | None = None
    wait_seconds: Seconds | None = None
    survey: WireSurvey | None = None
    subject: str | None = None
    purpose: Purpose = Purpose.LIVE
    metadata: dict[str, Any] = Field(default_factory=dict)

    def interaction(self, *, id: str, channel: Channel, started_at: datetime | None, where: Where) -> Interaction:
        """The header as a domain type; times in UTC."""
        if self.survey is not None and self.survey.csat > self.survey.scale:
            raise where.fault(f"{self.survey.csat:g} is more than the scale {self.survey.scale}", field="survey.csat")
        survey = Survey(csat=self.survey.csat, scale=self.survey.scale) if self.survey else None
        return Interaction(
            id=id, channel=channel, direction=self.direction, language=self.language, started_at=self.started_at or started_at,
            agent=self.agent, customer=self.customer, queue=self.queue, wait_seconds=self.wait_seconds, survey=survey,
            subject=self.subject, purpose=self.purpose, metadata=self.metadata,
        )  # fmt: skip


class WireConversation(WireHeader):
    """Conversation JSON."""

    id: Identifier
    channel: Channel
    turns: list[WireTurn]


class WireChannels(Wire):
    """Parties of a two-channel recording."""

    left: Literal[Speaker.AGENT, Speaker.CUSTOMER]
    right: Literal[Speaker.AGENT, Speaker.CUSTOMER]


class WireFiles(Wire):
    """The two mono files of one call, beside the side-car: by party, or by channel where the parties are told otherwise or not at all."""

    agent: str | None = Field(default=None, min_length=1)
    customer: str | None = Field(default=None, min_length=1)
    left: str | None = Field(default=None, min_length=1)
    right: str | None = Field(default=None, min_length=1)


class WireSidecar(WireHeader):
    """A side-car: of a recording (``channels``, ``files``, ``turns``), or of an imported transcript (``speakers``)."""

    channels: WireChannels | Literal["mono"] | None = None
    files: WireFiles | None = None
    turns: list[WireTurn] | None = None
    speakers: dict[str, Speaker] = Field(default_factory=dict)


_M = TypeVar("_M", bound=WireHeader)
_KEYS: Mapping[str, Sequence[str]] = {
    "turns": tuple(WireTurn.model_fields),
    "turns.words": tuple(WireWord.model_fields),
    "agent": tuple(AgentRef.model_fields),
    "customer": tuple(CustomerRef.model_fields),
    "survey": tuple(Survey.model_fields),
    "channels": tuple(WireChannels.model_fields),
    "files": tuple(WireFiles.model_fields),
}


def load(model: type[_M], document: Document, *, where: Where) -> _M:
    """``document`` as ``model``; raises :class:`ConversationError` with the field's path."""
    try:
        return model.model_validate_json(document.text.encode("utf-8", "surrogatepass"), strict=True)
    except ValidationError as error:
        raise fault_of(error, keys={"": tuple(model.model_fields), **_KEYS}, where=where) from error


def to_ms(seconds: float) -> int:
    """Whole milliseconds, half up; the inner rounding undoes binary fractions (1.0005 s is 1001 ms)."""
    return math.floor(round(seconds * 1000, 6) + 0.5)


def to_turns(turns: Sequence[WireTurn], *, where: Where) -> tuple[Turn, ...]:
    """Domain turns, times checked and in ms; raises :class:`ConversationError` naming the turn."""
    if not turns:
        raise where.fault("holds no turn", field="turns")
    _check_texts(turns, where=where)
    clock = _clock(turns, where=where)
    if clock == "sent_at":
        return _sent(turns, where=where)
    if clock == "start":
        _check_spoken(turns, where=where)
    return tuple(_turn(turn, index=index, where=where) for index, turn in enumerate(turns))


def _check_texts(turns: Sequence[WireTurn], *, where: Where) -> None:
    for index, turn in enumerate(turns):
        if not turn.text.strip(INVISIBLE):
            raise where.fault("empty", field=f"turns[{index}].text", hint="leave the turn out")


def _clock(turns: Sequence[WireTurn], *, where: Where) -> str | None:
    """Which times the turns carry: ``start``, ``sent_at`` or none; all the same."""
    first: str | None = None
    for index, turn in enumerate(turns):
        own = "sent_at" if turn.sent_at is not None else "start" if turn.start is not None else None
        place = f"turns[{index}]"
        if turn.start is None and turn.end is not None:
            raise where.fault("has an end but no start", field=f"{place}.start")
        if own == "sent_at" and turn.start is not None:
            raise where.fault("has both start and sent_at", field=place, hint="keep one")
        if index == 0:
            first = own
        elif own != first:
            raise where.fault(f"has {own or 'no time'} where turns[0] has {first or 'no time'}", field=place, hint="all turns alike")
    return first


def _check_spoken(turns: Sequence[WireTurn], *, where: Where) -> None:
    before = 0.0
    for index, turn in enumerate(turns):
        start = turn.start or 0.0
        if start < before:
            raise where.fault(f"time runs backwards: turn {index} starts at {start:g} s, turn {index - 1} at {before:g} s",
                              field=f"turns[{index}].start")  # fmt: skip
        if turn.end is not None and turn.end < start:
            raise where.fault(f"time runs backwards: turn {index} ends at {turn.end:g} s but starts at {start:g} s",
                              field=f"turns[{index}].end")  # fmt: skip
        before = start


def _sent(turns: Sequence[WireTurn], *, where: Where) -> tuple[Turn, ...]:
    times = [turn.sent_at for turn in turns if turn.sent_at is not None]
    for index, (before, own) in enumerate(pairwise(times), start=1):
        if own < before:
            raise where.fault(f"time runs backwards: turn {index} was sent at {own.isoformat()}, turn {index - 1} at {before.isoformat()}",
                              field=f"turns[{index}].sent_at")  # fmt: skip
    return tuple(
        Turn(speaker=turn.speaker, text=turn.text, start_ms=(ms := offset_ms(at, since=times[0])), end_ms=ms, sent_at=at,
             public=turn.public, language=turn.language, words=_words(turn, index=index, where=where))
        for index, (turn, at) in enumerate(zip(turns, times, strict=True))
    )  # fmt: skip


def offset_ms(at: datetime, *, since: datetime) -> int:
    """Whole milliseconds from ``since`` to ``at``, half up."""
    gap = at - since
    return (gap.days * 86_400_000_000 + gap.seconds * 1_000_000 + gap.microseconds + 500) // 1000


def _turn(turn: WireTurn, *, index: int, where: Where) -> Turn:
    start = None if turn.start is None else to_ms(turn.start)
    end = start if turn.end is None else to_ms(turn.end)
    return Turn(speaker=turn.speaker, text=turn.text, start_ms=start, end_ms=end, public=turn.public, language=turn.language,
                words=_words(turn, index=index, where=where))  # fmt: skip


def _words(turn: WireTurn, *, index: int, where: Where) -> tuple[Word, ...]:
    if not turn.words:
        return ()
    if turn.start is None:
        raise where.fault("words have times but their turn has no start", field=f"turns[{index}].words")
    before = 0.0
    for number, word in enumerate(turn.words):
        if word.end < word.start or word.start < before:
            raise where.fault(f"time runs backwards: {word.start:g} to {word.end:g} s after {before:g} s",
                              field=f"turns[{index}].words[{number}]")  # fmt: skip
        before = word.start
    return tuple(Word(text=word.text, start_ms=to_ms(word.start), end_ms=to_ms(word.end), confidence=word.confidence)
                 for word in turn.words)  # fmt: skip
