"""Recordings: what a file is, and its samples, decoded without ever holding more than its speech needs.

Everything is decoded by PyAV. libsndfile would be quicker on plain wav (0.4 s instead of 1.8 s for three stereo hours), but it
pads a truncated mp3 with silence up to the declared length, which would be scored as if it were whole.

Samples stay 16-bit at the rate of the file (at most 16 kHz); engines get float32 at 16 kHz piece by piece. Those of a long recording
lie in a temporary file (:mod:`.paged`), so that three hours need no more memory than one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import soxr
from numpy.typing import NDArray

from qa_service.domain.recording import ChannelMap, Recording
from qa_service.errors import AudioError
from qa_service.speech import paged
from qa_service.speech.base import RATE, Audio
from qa_service.speech.decoder import Facts
from qa_service.speech.paged import Sink
from qa_service.speech.sandbox import blocks, ends_properly, read_facts
from qa_service.speech.weights import file_sha256

#: Share of the declared length that must decode: containers round, and a recorder may lose its last packet.
WHOLE = 0.95
#: Samples no louder than this are digital silence (a-law has no zero; its silence is 8).
_SILENT = 8
#: Two channels whose difference is this far below their sum hold the same sound, dB. A studio recording of one speaker measured
#: -37; parties on channels of their own are at 0, and at -1 with crosstalk at -25 dB.
_IDENTICAL_DB = -20.0
_BLOCK_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Sound:
    """Decoded samples of a recording."""

    #: Shape (n, channels).
    samples: NDArray[np.int16]
    #: Samples a second, at most ``RATE``.
    rate: int

    @property
    def duration_ms(self) -> int:
        """Length, ms."""
        return round(len(self.samples) * 1000 / self.rate)

    @property
    def channels(self) -> int:
        """1 or 2."""
        return int(self.samples.shape[1])

    def cut(self, channel: int, start_ms: int, end_ms: int) -> Audio:
        """The stretch of a channel as float32 at ``RATE``."""
        low, high = (max(0, ms * self.rate // 1000) for ms in (start_ms, end_ms))
        return _to_engine_rate(_to_float(self.samples[low:high, channel]), self.rate)

    def stream(self, channel: int) -> Iterator[Audio]:
        """The whole channel as float32 at ``RATE``, a minute at a time."""
        resampler = soxr.ResampleStream(self.rate, RATE, 1, dtype="float32") if self.rate != RATE else None
        size = self.rate * _BLOCK_SECONDS
        for start in range(0, len(self.samples), size):
            block = _to_float(self.samples[start : start + size, channel])
            last = start + size >= len(self.samples)
            yield block if resampler is None else cast(Audio, resampler.resample_chunk(block, last=last))

    def mixed(self) -> Sound:
        """Its channels as one; itself when it has one."""
        if self.channels == 1:
            return self
        sink = Sink(channels=1)
        for block in paged.blocks(self.samples):
            sink.write((block.astype(np.int32).sum(axis=1, keepdims=True) // 2).astype(np.int16))
        return Sound(samples=sink.samples(), rate=self.rate)

    def has_identical_channels(self) -> bool:
        """Whether both channels hold the same sound, up to the noise of a codec."""
        if self.channels == 1:
            return False
        total = difference = 0.0
        for block in (piece.astype(np.float32) for piece in paged.blocks(self.samples)):
            total += float(np.sum(np.square(block[:, 0] + block[:, 1]), dtype=np.float64))
            difference += float(np.sum(np.square(block[:, 0] - block[:, 1]), dtype=np.float64))
        return difference <= total * 10 ** (_IDENTICAL_DB / 10)


def probe(path: Path, *, channel_map: ChannelMap | None = None) -> Recording:
    """Facts of a recording without keeping its samples; raises :class:`AudioError` when it is none."""
    facts = _checked_facts(path)
    seconds = facts.seconds if facts.seconds is not None else sum(len(block) for block in blocks(path, facts)) / facts.rate
    return Recording(
        sha256=file_sha256(path),
        file_name=path.name,
        size=path.stat().st_size,
        duration_ms=round(seconds * 1000),
        sample_rate=facts.rate,
        channels=facts.channels,
        codec=facts.codec,
        channel_map=channel_map or ChannelMap(),
    )


def decode(path: Path, *, max_seconds: float) -> Sound:
    """All samples of a recording.

    Raises :class:`AudioError` when the file is empty, no recording, has more than two channels, is longer than
    ``max_seconds``, breaks off before ``WHOLE`` of its declared length, or holds only digital silence.
    """
    facts = _checked_facts(path)
    if facts.seconds is not None and facts.seconds > max_seconds:
        raise _too_long(path, facts.seconds, max_seconds)
    rate = min(facts.rate, RATE)
    samples = _collect(path, facts, rate=rate, max_seconds=max_seconds)
    sound = Sound(samples=samples, rate=rate)
    _check_whole(path, facts, sound)
    _check_heard(path, sound)
    return sound


def _checked_facts(path: Path) -> Facts:
    if not path.is_file():
        raise AudioError("no such recording", file=path)
    if path.stat().st_size == 0:
        raise AudioError("the file is empty (0 bytes)", file=path)
    facts = read_facts(path)
    if facts.channels > 2:
        raise AudioError(
            f"the recording has {facts.channels} channels", file=path, hint="one channel, or one for each of the two parties"
        )
    return facts


def _collect(path: Path, facts: Facts, *, rate: int, max_seconds: float) -> NDArray[np.int16]:
    """All samples; blocks above ``rate`` are resampled on the way."""
    resampler = soxr.ResampleStream(facts.rate, rate, facts.channels, dtype="int16") if facts.rate != rate else None
    sink = Sink(channels=facts.channels)
    for block in blocks(path, facts):
        sink.write(block if resampler is None else resampler.resample_chunk(block))
        if sink.length > max_seconds * rate:
            raise _too_long(path, sink.length / rate, max_seconds)
    if resampler is not None:
        sink.write(resampler.resample_chunk(np.empty((0, facts.channels), dtype=np.int16), last=True))
    return sink.samples()


def _check_whole(path: Path, facts: Facts, sound: Sound) -> None:
    decoded = sound.duration_ms / 1000
    if facts.seconds is not None and decoded < WHOLE * facts.seconds:
        raise AudioError(
            f"the recording breaks off: {decoded:.1f} s can be decoded of {facts.seconds:.1f} s", file=path, hint="export it again"
        )
    if len(sound.samples) == 0:
        raise AudioError("the recording holds no sound (0 seconds)", file=path)
    if not ends_properly(path, facts):
        raise AudioError(
            f"the recording breaks off after {decoded:.1f} s: its end-of-stream mark is missing", file=path, hint="export it again"
        )


def _check_heard(path: Path, sound: Sound) -> None:
    loudest = max(max(int(block.max()), -int(block.min())) for block in paged.blocks(sound.samples))
    if loudest <= _SILENT:
        raise AudioError(f"the recording is silent throughout ({sound.duration_ms / 1000:.1f} s of digital silence)", file=path)


def _too_long(path: Path, seconds: float, max_seconds: float) -> AudioError:
    return AudioError(
        f"the recording is longer than allowed ({seconds:.0f} s, at most {max_seconds:.0f} s)", file=path, hint="see QA_MAX_AUDIO_SECONDS"
    )


def _to_float(samples: NDArray[np.int16]) -> Audio:
    return samples.astype(np.float32) / np.float32(32768)


def _to_engine_rate(audio: Audio, rate: int) -> Audio:
    return audio if rate == RATE else cast(Audio, soxr.resample(audio, rate, RATE))
