"""Peaks: how loud each channel of a recording is in the course of time, for its picture; worked out once and remembered for a while."""

from __future__ import annotations

import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from qa_service.domain.base import Record
from qa_service.domain.permission import Scope
from qa_service.services.interactions import InteractionShelf
from qa_service.speech.audio import decode
from qa_service.speech.base import RATE

#: Values a second; fewer for long recordings, so that there are never more than :data:`_MOST` of one channel.
_RATE = 20
_MOST = 40_000
#: Pictures that are remembered.
_KEPT = 32


class RecordingPeaks(Record):
    """The picture of a recording."""

    #: Length, seconds.
    duration: float
    #: For each channel the greatest loudness of each stretch, percent of the greatest there can be.
    channels: tuple[tuple[int, ...], ...]


class Peaks:
    """Draws recordings."""

    def __init__(self, *, interactions: InteractionShelf, max_seconds: float) -> None:
        self._interactions = interactions
        self._longest = max_seconds
        self._known: OrderedDict[str, RecordingPeaks] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, interaction: str, *, within: Scope | None = None) -> tuple[str, RecordingPeaks]:
        """Of the recording as it may be heard, with the SHA-256 of its file; raises as :meth:`InteractionShelf.recording`."""
        recording, blob = self._interactions.recording(interaction, within=within)
        with self._lock:
            found = self._known.get(recording.kept_sha256)
        if found is None:
            with blob.local() as path:
                found = _drawn(path, max_seconds=self._longest)
            with self._lock:
                self._known[recording.kept_sha256] = found
                while len(self._known) > _KEPT:
                    self._known.popitem(last=False)
        return recording.kept_sha256, found


def _drawn(path: Path, *, max_seconds: float) -> RecordingPeaks:
    sound = decode(path, max_seconds=max_seconds)
    seconds = sound.duration_ms / 1000
    step = max(RATE // _RATE, int(seconds * RATE) // _MOST + 1)
    channels = []
    for channel in range(sound.channels):
        values: list[int] = []
        rest = np.zeros(0, dtype=np.float32)
        for block in sound.stream(channel):
            whole = np.concatenate([rest, block])
            used = len(whole) // step * step
            rest = whole[used:]
            values += np.minimum(100, np.abs(whole[:used].reshape(-1, step)).max(axis=1) * 100).astype(int).tolist()
        channels.append(tuple(values))
    return RecordingPeaks(duration=seconds, channels=tuple(channels))
