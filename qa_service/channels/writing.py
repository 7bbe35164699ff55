"""Conversations written out: what is stored of an interaction as conversation JSON, which :mod:`.conversation` reads back."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

from qa_service.domain.interaction import Interaction
from qa_service.domain.transcript import Transcript, Turn, Word


def conversation_json(interaction: Interaction, transcript: Transcript) -> bytes:
    """The conversation as it is stored, masked where it was masked: header and turns, without names, metadata and turns that the speech
    engine probably invented. The sound itself is not in it."""
    header = interaction.model_dump(mode="json", exclude_none=True, exclude={"metadata": True, "agent": {"name"}, "purpose": True})
    turns = [turn for turn in transcript.turns if not turn.suspect]
    sent = all(turn.sent_at is not None for turn in turns)
    timed = not sent and all(turn.start_ms is not None for turn in turns)
    told = {**header, "language": transcript.language or interaction.language}
    content = {key: value for key, value in told.items() if value is not None}
    content["turns"] = [_turn(turn, sent=sent, timed=timed) for turn in turns]
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def _turn(turn: Turn, *, sent: bool, timed: bool) -> dict[str, Any]:
    times: dict[str, Any] = {}
    if sent and turn.sent_at is not None:
        times = {"sent_at": turn.sent_at.isoformat().replace("+00:00", "Z")}
    elif timed and turn.start_ms is not None:
        end = turn.start_ms if turn.end_ms is None else turn.end_ms
        times = {"start": turn.start_ms / 1000, "end": end / 1000}
        if turn.words and _in_order(turn.words):
            times["words"] = [_word(word) for word in turn.words]
    more = {"public": turn.public, "language": turn.language}
    return {"speaker": turn.speaker.value, "text": turn.text, **times, **{key: value for key, value in more.items() if value is not None}}


def _word(word: Word) -> dict[str, Any]:
    return {"text": word.text, "start": word.start_ms / 1000, "end": word.end_ms / 1000, "confidence": word.confidence}


def _in_order(words: tuple[Word, ...]) -> bool:
    return all(one.end_ms >= one.start_ms for one in words) and all(one.start_ms <= other.start_ms for one, other in pairwise(words))
