"""FLAC: samples written as files that are lossless at 16 bits, play in every browser, and tell their length and a checksum."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import OutputContainer

#: Ending of such files.
SUFFIX = ".flac"
#: Digital rates that FLAC holds; odd ones above go to the highest.
HIGHEST_RATE = 48_000
#: Samples of a frame: the most that every player takes at telephone rates; the encoder's own choice is seven times as slow to write.
_FRAME = 4096
Samples = NDArray[np.int16]


def write_flac(target: Path, samples: Iterator[Samples], *, rate: int, channels: int) -> None:
    """Write blocks of shape (n, channels) to ``target``; the same samples give the same bytes with the same libraries."""
    import av

    with av.open(str(target), "w", format="flac", options={"fflags": "+bitexact"}) as out:
        stream = out.add_stream("flac", rate=rate, layout=_layout(channels))
        stream.codec_context.flags |= av.codec.context.Flags.bitexact
        stream.codec_context.format = "s16"
        stream.codec_context.options = {"frame_size": str(_FRAME)}
        _encode(out, stream, samples, rate=rate, channels=channels)


def sized(pieces: Iterator[Samples], size: int) -> Iterator[Samples]:
    """The same samples in blocks of ``size``; the last one may be shorter."""
    rest = np.empty(0, dtype=np.int16)
    for piece in pieces:
        rest = np.concatenate([rest, piece])
        whole = len(rest) // size * size
        yield from rest[:whole].reshape(-1, size)
        rest = rest[whole:]
    if len(rest):
        yield rest


def _layout(channels: int) -> str:
    return "stereo" if channels == 2 else "mono"


def _encode(out: OutputContainer, stream: AudioStream, samples: Iterator[Samples], *, rate: int, channels: int) -> None:
    """FLAC takes frames of one size, but for the last."""
    import av

    stream.codec_context.open()
    size, at = stream.codec_context.frame_size or rate, 0
    for block in sized((block.reshape(-1) for block in samples), channels * size):
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block).reshape(1, -1), format="s16", layout=_layout(channels))
        frame.sample_rate, frame.pts, frame.time_base = rate, at, Fraction(1, rate)
        at += len(block) // channels
        out.mux(stream.encode(frame))
    out.mux(stream.encode(None))
