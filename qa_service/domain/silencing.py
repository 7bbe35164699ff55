"""Silencing: which stretches of which channel of a recording have to be silent, from what was masked in its transcript."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from qa_service.domain.recording import Muted
from qa_service.domain.speaker import Speaker
from qa_service.domain.transcript import Transcript

#: Word times are right to about this, ms: so much more is silenced before and behind.
PADDING_MS = 200


def silenced(transcript: Transcript, *, channels: int, agent: int | None) -> tuple[Muted, ...]:
    """Stretches to be made silent, in order; empty where nothing was masked.

    ``agent``: the channel (0 or 1) of the agent; ``None`` where both parties are on every channel, all of which are silenced then. On two
    channels the one of whoever spoke is silent throughout, and the other one wherever its party has no words, since crosstalk may carry
    the data over.
    """
    found: list[Muted] = []
    for one in transcript.redactions or ():
        if one.start_ms is None or one.end_ms is None:
            continue
        start, end = max(0, one.start_ms - PADDING_MS), one.end_ms + PADDING_MS
        if channels == 1 or agent is None:
            found += [Muted(channel=channel, start_ms=start, end_ms=end, kind=one.kind) for channel in range(channels)]
            continue
        speaker = transcript.turns[one.turn].speaker
        own = agent if speaker is not Speaker.CUSTOMER else 1 - agent
        found.append(Muted(channel=own, start_ms=start, end_ms=end, kind=one.kind))
        gaps = _without(start, end, _talk(transcript, customer=speaker is not Speaker.CUSTOMER))
        found += [Muted(channel=1 - own, start_ms=low, end_ms=high, kind=one.kind) for low, high in gaps]
    return united(found)


def united(stretches: Iterable[Muted]) -> tuple[Muted, ...]:
    """In order of channel and time, those of a kind that touch made one."""
    found: list[Muted] = []
    for one in sorted(stretches, key=lambda each: (each.channel, each.kind, each.start_ms, each.end_ms)):
        last = found[-1] if found else None
        if last is not None and (last.channel, last.kind) == (one.channel, one.kind) and one.start_ms <= last.end_ms:
            found[-1] = last.model_copy(update={"end_ms": max(last.end_ms, one.end_ms)})
        else:
            found.append(one)
    return tuple(sorted(found, key=lambda each: (each.channel, each.start_ms, each.end_ms, each.kind)))


def _talk(transcript: Transcript, *, customer: bool) -> list[tuple[int, int]]:
    """When a party has words, in order."""
    spans: list[tuple[int, int]] = []
    for turn in transcript.turns:
        if (turn.speaker is Speaker.CUSTOMER) is customer and turn.end_ms is not None:
            spans += [(word.start_ms, word.end_ms) for word in turn.words] or [(turn.start_ms or 0, turn.end_ms)]
    return sorted(spans)


def _without(start: int, end: int, spans: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    for low, high in spans:
        if high <= start or low >= end:
            continue
        if low > start:
            yield start, low
        start = max(start, high)
    if start < end:
        yield start, end
