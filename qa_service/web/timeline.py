"""The timeline: what is known about the course of a recording and when each word was said, small enough to be sent whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from qa_service.bootstrap import Services
from qa_service.domain.acoustics import LineSound
from qa_service.domain.permission import Scope
from qa_service.domain.recording import Recording
from qa_service.domain.signal import Signal
from qa_service.domain.speaker import Speaker
from qa_service.domain.transcript import Transcript, Turn
from qa_service.errors import NotFoundError

#: First and last millisecond, and for some the lane.
_Span = list[int]
_LANES = (Speaker.AGENT, Speaker.CUSTOMER)
#: A stretch that belongs to no lane.
_BOTH = -1
#: Signals whose places are drawn: what the form judged is what the picture shows.
_SHOWN = {"silence": "silence.seconds", "overtalk": "overtalk.count", "hold": "hold.count"}
#: The greatest character that is one unit of a browser's text.
_ONE_UNIT = "\uffff"


def timeline(services: Services, interaction: str, *, within: Scope) -> dict[str, Any]:
    """``duration_ms``; ``lanes``: the party of each channel, empty where both share one; ``speech``: ``[start, end, lane]`` of who talks
    (0 agent, 1 customer, -1 somebody else); ``spans``: ``[start, end, lane]`` by kind; ``words``: for each turn five numbers a word (first
    character, length, start from the turn's, duration, percent of confidence). All times in ms, characters as browsers count.

    Raises :class:`NotFoundError` without a recording or transcript, :class:`ConflictError` before it may be heard.
    """
    recording, _ = services.interactions.recording(interaction, within=within)
    transcript = services.interactions.transcript(interaction, within=within)
    return {
        "duration_ms": recording.duration_ms, "lanes": _lanes(recording), "speech": _speech(transcript),
        "spans": {**_measured(services, interaction, within), "masked": _masked(recording, transcript), "line": _line(transcript)},
        "words": [_words(turn) for turn in transcript.turns],
    }


def _lanes(recording: Recording) -> list[str]:
    if recording.channels == 1:
        return []
    left = recording.channel_map.left or Speaker.AGENT
    return [one.value for one in (_LANES if left is Speaker.AGENT else _LANES[::-1])]


def _lane(speaker: Speaker | None) -> int:
    return _LANES.index(speaker) if speaker in _LANES else _BOTH


def _speech(transcript: Transcript) -> list[_Span]:
    """By voice activity where that was measured, else by turns."""
    if transcript.acoustics is not None and transcript.acoustics.activity:
        return [[one.start_ms, one.end_ms, _lane(one.speaker)] for one in transcript.acoustics.activity]
    return [
        [turn.start_ms, turn.end_ms, _lane(turn.speaker)]
        for turn in transcript.turns if turn.start_ms is not None and turn.end_ms is not None
    ]


def _measured(services: Services, interaction: str, within: Scope) -> dict[str, list[_Span]]:
    try:
        found = {one.name: one for one in services.interactions.signals(interaction, within=within)}
    except NotFoundError:
        found = {}
    return {kind: _places(found.get(name)) for kind, name in _SHOWN.items()}


def _places(signal: Signal | None) -> list[_Span]:
    places = () if signal is None else signal.places
    return sorted([one.start_ms, one.end_ms, _BOTH] for one in places if one.start_ms is not None and one.end_ms is not None)


def _masked(recording: Recording, transcript: Transcript) -> list[_Span]:
    """What is silent in the sound; where nothing of it is, what is masked in the words."""
    if recording.stretches:
        order = [_LANES.index(Speaker(one)) for one in _lanes(recording)]
        silent: dict[tuple[int, int], list[int]] = {}
        for one in recording.stretches:
            silent.setdefault((one.start_ms, one.end_ms), []).append(one.channel)
        # Silent in every lane is one stretch, not two.
        return [[*span, order[channels[0]] if order and len(channels) == 1 else _BOTH] for span, channels in sorted(silent.items())]
    return [
        [one.start_ms, one.end_ms, _lane(transcript.turns[one.turn].speaker)]
        for one in transcript.redactions or () if one.start_ms is not None and one.end_ms is not None
    ]


def _line(transcript: Transcript) -> list[_Span]:
    events = () if transcript.acoustics is None else transcript.acoustics.events
    return [[one.start_ms, one.end_ms, _lane(one.speaker)] for one in events if one.kind is not LineSound.KEYS]


def _words(turn: Turn) -> Sequence[int]:
    if not turn.words or turn.start_ms is None:
        return ()
    found: list[int] = []
    for at, word in turn.spoken():
        text = word.text.strip()
        start, length = (at, len(text)) if max(turn.text) <= _ONE_UNIT else (_units(turn.text[:at]), _units(text))
        found += (start, length, word.start_ms - turn.start_ms, word.end_ms - word.start_ms, round(100 * word.confidence))
    return found


def _units(text: Iterable[str]) -> int:
    """Length as browsers count it."""
    return sum(2 if one > _ONE_UNIT else 1 for one in text)
