"""PyAV, reduced to what the audio file needs: facts of a file, and its samples in 16-bit blocks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qa_service.errors import AudioError

if TYPE_CHECKING:
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
_OGG_LAST_PAGE = 4
_OGG_TAIL = 1 << 17


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
        stream = container.streams.audio[0]
        if not stream.codec_context.sample_rate or not stream.codec_context.channels:
            raise AudioError("the file holds no audio that can be decoded", file=path)
        return Facts(
            container=container.format.name,
            codec=stream.codec_context.name.removesuffix("float"),
            rate=stream.codec_context.sample_rate,
            channels=stream.codec_context.channels,
            seconds=_seconds(container),
        )


def blocks(path: Path, facts: Facts) -> Iterator[NDArray[np.int16]]:
    """Samples in order, shape (n, channels); stops at the first packet that cannot be decoded."""
    import av  # here and below: the decoder loads with the first recording, not with the package
    from av.audio.resampler import AudioResampler

    layout = "stereo" if facts.channels == 2 else "mono"
    with _opened(path) as container:
        resampler = AudioResampler(format="s16", layout=layout, rate=facts.rate)
        frames = container.decode(container.streams.audio[0])
        while True:
            try:
                frame = next(frames, None)
            except av.error.InvalidDataError:
                return  # the caller compares what came with what was declared
            for ready in resampler.resample(frame):
                yield np.asarray(ready.to_ndarray(), dtype=np.int16).reshape(-1, facts.channels)
            if frame is None:
                return


def ends_properly(path: Path, facts: Facts) -> bool:
    """Whether the last page of an Ogg file carries the end mark; other containers are judged by their declared length."""
    if facts.container != "ogg":
        return True
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - _OGG_TAIL))
        tail = stream.read()
    page = tail.rfind(b"OggS")
    return page >= 0 and len(tail) > page + 5 and bool(tail[page + 5] & _OGG_LAST_PAGE)


@contextmanager
def _opened(path: Path) -> Iterator[InputContainer]:
    import av

    kind, options = _HEADERLESS.get(path.suffix.lower(), (None, {}))
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
