"""PyAV, reduced to what the audio file needs: facts of a file, and its samples in 16-bit blocks."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from qa_service.errors import AudioError

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.resampler import AudioResampler
    from av.container import InputContainer

#: Files without any header, by suffix: format of the decoder, and its options. All telephony ones are 8 kHz mono.
_HEADERLESS: dict[str, tuple[str, dict[str, str]]] = {
    ".ul": ("mulaw", {"sample_rate": "8000"}),
    ".ulaw": ("mulaw", {"sample_rate": "8000"}),
    ".pcmu": ("mulaw", {"sample_rate": "8000"}),
    ".al": ("alaw", {"sample_rate": "8000"}),
    ".alaw": ("alaw", {"sample_rate": "8000"}),
    ".pcma": ("alaw", {"sample_rate": "8000"}),
    ".sln": ("s16le", {"sample_rate": "8000"}),
    ".g722": ("g722", {}),
    ".gsm": ("gsm", {}),
}
#: How files with a header begin.
_MAGIC = (b"RIFF", b"RIFX", b"RF64", b"OggS", b"fLaC", b"ID3", b"FORM", b".snd", b"#!AMR", b"\x1aE\xdf\xa3", b"caff")
#: Nothing but printable ASCII; raw samples are loud only for a moment in this range.
_PROSE = re.compile(rb"[\t\n\r\x20-\x7e]{8,}")
_OGG_LAST_PAGE = 4
_OGG_TAIL = 1 << 17
#: The chunks before the data are looked for in this many bytes.
_WAV_HEAD = 1 << 16
_UNKNOWN_SIZE = 0x7FFFF000
#: Least size of the chunk that tells the format.
_WAV_FORMAT = 16


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the headers of a recording say."""

    #: Container format.
    container: str
    #: Codec.
    codec: str
    #: Samples a second.
    rate: int
    channels: int
    #: Declared length; ``None`` where the container does not tell.
    seconds: float | None


def read_facts(path: Path) -> Facts:
    """Facts of the first audio stream; raises :class:`AudioError` when there is none."""
    with _opened(path) as container:
        if not container.streams.audio:
            raise AudioError("the file holds no audio", file=path)
        # A stream in a codec that nobody here knows has no context, whatever the types say.
        context = cast("AudioCodecContext | None", container.streams.audio[0].codec_context)
        if context is None or not context.sample_rate or not context.channels:
            raise AudioError("the file holds no audio that can be decoded", file=path)
        return Facts(
            container=container.format.name,
            codec=context.name.removesuffix("float"),
            rate=context.sample_rate,
            channels=context.channels,
            seconds=_seconds(container) if (cut := _cut_wav_seconds(path)) is None else cut,
        )


def blocks(path: Path, facts: Facts) -> Iterator[NDArray[np.int16]]:
    """Samples in order, shape (n, channels); stops at the first packet that cannot be decoded.

    A stream that changes its rate or channels on the way (recordings put end to end) goes on as it began.
    """
    import av  # here and below: the decoder loads with the first recording, not with the package

    with _opened(path) as container:
        converter = _Converter(facts)
        frames = container.decode(container.streams.audio[0])
        while True:
            try:
                frame = next(frames, None)
            except av.error.MemoryError:
                raise
            except av.error.FFmpegError:
                return  # the caller compares what came with what was declared
            yield from converter.converted(frame)
            if frame is None:
                return


class _Converter:
    """Frames of any sort as 16-bit samples of one rate and number of channels."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts
        self._wanted = ("s16", facts.channels, facts.rate)
        self._sort: tuple[str, str, int] | None = None
        self._resampler: AudioResampler | None = None

    def converted(self, frame: AudioFrame | None) -> Iterator[NDArray[np.int16]]:
        """The samples of a frame, or what is left when there is no more."""
        from av.audio.resampler import AudioResampler

        sort = None if frame is None else (frame.format.name, frame.layout.name, frame.sample_rate)
        if sort != self._sort:
            yield from self._samples(None)
            layout = "stereo" if self._facts.channels == 2 else "mono"
            self._sort, self._resampler = sort, AudioResampler(format="s16", layout=layout, rate=self._facts.rate)
            if frame is not None and (frame.format.name, frame.layout.nb_channels, frame.sample_rate) == self._wanted:
                self._resampler = None  # most telephone codecs decode to what is wanted
        if frame is not None:
            yield from self._samples(frame)

    def _samples(self, frame: AudioFrame | None) -> Iterator[NDArray[np.int16]]:
        as_they_are = [] if frame is None else [frame]
        for one in as_they_are if self._resampler is None else self._resampler.resample(frame):
            yield np.asarray(one.to_ndarray(), dtype=np.int16).reshape(-1, self._facts.channels)


def ends_properly(path: Path, facts: Facts) -> bool:
    """Whether the last page of an Ogg file carries the end mark; other containers are judged by their declared length."""
    if facts.container != "ogg":
        return True
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _OGG_TAIL))
        tail = stream.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and len(tail) > page + 5 and bool(tail[page + 5] & _OGG_LAST_PAGE)


def _head(path: Path) -> bytes:
    with path.open("rb") as stream:
        return stream.read(512)


def _cut_wav_seconds(path: Path) -> float | None:
    """Declared length of a wav file that holds less data than its header says; the decoder takes such a file for shorter, but whole."""
    with path.open("rb") as stream:
        head = stream.read(_WAV_HEAD)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    chunks = dict(_chunks(head))
    if b"data" not in chunks or chunks.get(b"fmt ", (0, 0))[1] < _WAV_FORMAT:
        return None
    (byte_rate,) = struct.unpack_from("<I", head, chunks[b"fmt "][0] + 8)
    start, size = chunks[b"data"]
    # A recorder that was never closed leaves the largest size; that says nothing of the length.
    if not byte_rate or size <= path.stat().st_size - start or size >= _UNKNOWN_SIZE:
        return None
    return float(size) / float(byte_rate)


def _chunks(head: bytes) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """(id, (start of the content, size)) of each RIFF chunk whose header lies in ``head``, up to the data."""
    at = 12
    while at + 8 <= len(head):
        (size,) = struct.unpack_from("<I", head, at + 4)
        yield head[at : at + 4], (at + 8, size)
        if head[at : at + 4] == b"data":
            return
        at += 8 + size + size % 2


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    import av

    kind, options = _HEADERLESS.get(path.suffix.lower(), (None, {}))
    if kind is not None:
        head = _head(path)
        if head.startswith(_MAGIC):
            kind, options = None, {}  # a file with a header under the name of one without
        elif _PROSE.fullmatch(head):
            raise AudioError("not a recording: the file holds text", file=path)
    try:
        container = av.open(str(path), mode="r", format=kind, options=options)
    except (av.error.FFmpegError, ValueError) as error:
        raise AudioError("not a recording in a format that can be decoded", file=path) from error
    with container:
        yield container


def _seconds(container: InputContainer) -> float | None:
    stream = container.streams.audio[0]
    if stream.duration is not None and stream.time_base is not None:
        return float(stream.duration * stream.time_base)
    return container.duration / 1_000_000 if container.duration is not None else None
