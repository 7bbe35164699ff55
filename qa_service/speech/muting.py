"""Muting: a copy of a recording in which some stretches of some channels are silent; the rest is as it was, sample for sample.

The copy is FLAC at the rate of the recording (48 kHz at most), whatever the recording was, so that nothing is lost but what has to be;
what a container carried beside the sound (titles, names) does not come along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import soxr

from qa_service.domain.recording import Muted
from qa_service.errors import AudioError
from qa_service.speech.audio import WHOLE
from qa_service.speech.flac import HIGHEST_RATE, Samples, write_flac
from qa_service.speech.sandbox import blocks, ends_properly, read_facts

#: The sound fades out and in over this much outside of a stretch, ms, so that nothing clicks.
_FADE_MS = 5


def mute(source: Path, target: Path, stretches: Sequence[Muted]) -> None:
    """Write ``source`` to ``target`` with the stretches silent; raises :class:`AudioError` for a recording that breaks off.

    A stretch of a channel that the recording does not have is an error of the caller.
    """
    facts = read_facts(source)
    rate = min(HIGHEST_RATE, facts.rate)
    gains = [_Gain([one for one in stretches if one.channel == channel], rate=rate) for channel in range(facts.channels)]
    write_flac(target, _muted(_samples(source, rate=rate), gains), rate=rate, channels=facts.channels)


class _Gain:
    """How loud a channel is at each moment: 0 within its stretches, 1 elsewhere, straight lines between."""

    def __init__(self, stretches: Sequence[Muted], *, rate: int) -> None:
        fade = max(1, _FADE_MS * rate // 1000)
        self._ranges = [(one.start_ms * rate // 1000, -(-one.end_ms * rate // 1000), fade) for one in stretches]

    def apply(self, samples: Samples, at: int) -> Samples:
        """The samples that begin at position ``at``, as loud as they are to be."""
        near = [one for one in self._ranges if one[0] - one[2] < at + len(samples) and one[1] + one[2] > at]
        if not near:
            return samples
        places = np.arange(at, at + len(samples))
        gain = np.ones(len(samples), dtype=np.float32)
        for low, high, fade in near:
            away = np.maximum(np.maximum(low - places, places - (high - 1)), 0) / fade
            np.minimum(gain, away.astype(np.float32), out=gain)
        return np.rint(samples * np.minimum(gain, 1)).astype(np.int16)


def _muted(pieces: Iterator[Samples], gains: Sequence[_Gain]) -> Iterator[Samples]:
    at = 0
    for piece in pieces:
        yield np.stack([gain.apply(piece[:, channel], at) for channel, gain in enumerate(gains)], axis=1)
        at += len(piece)


def _samples(path: Path, *, rate: int) -> Iterator[Samples]:
    """All samples at ``rate``, shape (n, channels); raises :class:`AudioError` at its end if the recording breaks off."""
    facts = read_facts(path)
    resampler = soxr.ResampleStream(facts.rate, rate, facts.channels, dtype="int16") if facts.rate != rate else None
    count = 0
    for block in blocks(path, facts):
        count += len(block)
        yield block if resampler is None else resampler.resample_chunk(block)
    if resampler is not None:
        yield resampler.resample_chunk(np.empty((0, facts.channels), dtype=np.int16), last=True)
    if (facts.seconds is not None and count < WHOLE * facts.seconds * facts.rate) or not ends_properly(path, facts):
        raise AudioError(f"the recording breaks off after {count / facts.rate:.1f} s", file=path, hint="export it again")
