"""Placing: which channel of a recording carries the turns of a transcript that was made before anybody told. Nothing is recognised."""

from __future__ import annotations

from pathlib import Path
from statistics import median

import numpy as np

from qa_service.domain.transcript import Speaker, Transcript, Turn
from qa_service.errors import AudioError
from qa_service.speech.audio import Sound, decode

#: The channels must differ by this much in the turns of a party, dB; crosstalk that is closer to its source than this tells nothing.
_LEAST_DB = 3.0
_QUIET = 1.0


def agent_channel(path: Path, transcript: Transcript, *, max_seconds: float) -> int | None:
    """The channel (0 or 1) on which the agent's turns are louder than the customer's are; ``None`` where that cannot be told.

    Raises :class:`AudioError` for a recording with one channel, or with the same sound on both.
    """
    sound = decode(path, max_seconds=max_seconds)
    if sound.channels == 1:
        raise AudioError("the recording has one channel, so no channel is the agent's", file=path, field="channels")
    if sound.has_identical_channels():
        raise AudioError("both channels hold the same sound, so neither is the agent's", file=path, field="channels")
    return _louder(sound, transcript)


def likely_channel(path: Path, transcript: Transcript, *, max_seconds: float) -> int | None:
    """As :func:`agent_channel`, and ``None`` too where both parties are on every channel; raises :class:`AudioError` for no recording."""
    sound = decode(path, max_seconds=max_seconds)
    return None if sound.channels == 1 or sound.has_identical_channels() else _louder(sound, transcript)


def _louder(sound: Sound, transcript: Transcript) -> int | None:
    ahead = {speaker: _ahead(sound, transcript, speaker) for speaker in (Speaker.AGENT, Speaker.CUSTOMER)}
    known = [value if speaker is Speaker.AGENT else -value for speaker, value in ahead.items() if value is not None]
    if not known or abs(sum(known)) < _LEAST_DB * len(known):
        return None
    return 0 if sum(known) > 0 else 1


def _ahead(sound: Sound, transcript: Transcript, speaker: Speaker) -> float | None:
    """By how much the left channel is louder than the right one in the turns of a party, dB: the median over them."""
    found = [_difference(sound, turn) for turn in transcript.turns if turn.speaker is speaker and turn.end_ms and not turn.suspect]
    return median(found) if found else None


def _difference(sound: Sound, turn: Turn) -> float:
    low, high = ((ms or 0) * sound.rate // 1000 for ms in (turn.start_ms, turn.end_ms))
    energy = np.square(sound.samples[low:high].astype(np.float32)).mean(axis=0) if high > low else np.zeros(2)
    left, right = (float(10 * np.log10(max(value, _QUIET))) for value in energy)
    return left - right
