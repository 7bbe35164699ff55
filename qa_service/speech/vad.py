"""Voice activity: where somebody speaks on a channel (silero VAD v6, as shipped with faster-whisper)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

from qa_service.speech.base import Audio

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

#: Samples of a frame at 16 kHz; the model's own size.
FRAME = 512
#: Length of a frame, ms.
FRAME_MS = 32
_CONTEXT = 64
_BATCH = 2048


@dataclass(frozen=True, kw_only=True)
class VadOptions:
    """When a run of frames counts as speech."""

    #: Probability at which speech begins.
    on: float = 0.5
    #: Probability under which it ends.
    off: float = 0.35
    #: Pauses shorter than this do not end it, ms.
    min_silence_ms: int = 350
    #: Shorter bursts are no speech, ms; two frames above ``on`` are a word like "mhm".
    min_speech_ms: int = 96
    #: Added on both sides where there is room, ms.
    pad_ms: int = 200
    #: Longer spans are cut where speech is least likely, ms; padding comes on top.
    max_ms: int = 28_000


def speech_probabilities(blocks: Iterable[Audio]) -> NDArray[np.float32]:
    """Probability of speech for each frame of ``FRAME`` samples; the state runs on from block to block."""
    session = _session()
    state = (np.zeros((1, 1, 128), dtype=np.float32), np.zeros((1, 1, 128), dtype=np.float32))
    before = np.zeros((1, _CONTEXT), dtype=np.float32)
    found: list[NDArray[np.float32]] = [np.empty(0, dtype=np.float32)]
    for frames in _frames(blocks):
        context = np.concatenate([before, frames[:-1, -_CONTEXT:]])
        output, *state = session.run(None, {"input": np.concatenate([context, frames], axis=1), "h": state[0], "c": state[1]})
        before = frames[-1:, -_CONTEXT:]
        found.append(np.asarray(output, dtype=np.float32).ravel())
    return np.concatenate(found)


class Stretch(NamedTuple):
    """A stretch of speech, in ms: with padding, and where the voice itself begins and ends."""

    start_ms: int
    end_ms: int
    voice_start_ms: int
    voice_end_ms: int


def speech_spans(probabilities: NDArray[np.float32], *, duration_ms: int, options: VadOptions | None = None) -> list[Stretch]:
    """Each stretch of speech, in order, not overlapping, padded into the silence around it."""
    options = options or VadOptions()
    spans = [part for span in _merged(_runs(probabilities, options), options) for part in _split(span, probabilities, options.max_ms)]
    return _padded(spans, options.pad_ms, duration_ms)


def _runs(probabilities: NDArray[np.float32], options: VadOptions) -> list[tuple[int, int]]:
    """Stretches by hysteresis: from a frame above ``on`` to the last frame not under ``off``."""
    loud, alive = probabilities >= options.on, probabilities >= options.off
    edges = np.flatnonzero(np.diff(np.concatenate([[False], alive, [False]]).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2) if loud[a:b].any()]


def _merged(runs: list[tuple[int, int]], options: VadOptions) -> list[tuple[int, int]]:
    """In ms: bursts too short to be speech dropped, runs closer than ``min_silence_ms`` joined."""
    spans: list[tuple[int, int]] = []
    for start, end in ((a * FRAME_MS, b * FRAME_MS) for a, b in runs):
        if spans and start - spans[-1][1] < options.min_silence_ms:
            spans[-1] = (spans[-1][0], end)
        elif end - start >= options.min_speech_ms:
            spans.append((start, end))
    return spans


def _split(span: tuple[int, int], probabilities: NDArray[np.float32], max_ms: int) -> list[tuple[int, int]]:
    """Parts of at most ``max_ms``; each cut is at the least speech-like frame of the last third of what fits."""
    start, end = span
    if end - start <= max_ms:
        return [span]
    low, high = (start + max_ms * 2 // 3) // FRAME_MS, (start + max_ms) // FRAME_MS
    cut = (low + int(np.argmin(probabilities[low:high]))) * FRAME_MS
    return [(start, cut), *_split((cut, end), probabilities, max_ms)]


def _padded(spans: list[tuple[int, int]], pad: int, duration_ms: int) -> list[Stretch]:
    """Each span widened by ``pad``, or by half of the pause it shares with its neighbour."""
    padded: list[Stretch] = []
    for index, (start, end) in enumerate(spans):
        left = min(pad, (start - spans[index - 1][1]) // 2 if index else start)
        right = min(pad, (spans[index + 1][0] - end) // 2 if index + 1 < len(spans) else pad)
        last = min(end + right, duration_ms)
        if start - left < last:
            padded.append(Stretch(start - left, last, start, min(end, last)))
    return padded


def _frames(blocks: Iterable[Audio]) -> Iterator[Audio]:
    """The samples as arrays (n, FRAME), n at most ``_BATCH``; the last frame is filled up with zeros."""
    rest = np.empty(0, dtype=np.float32)
    for block in blocks:
        samples = np.concatenate([rest, block])
        whole = len(samples) // FRAME * FRAME
        rest = samples[whole:]
        yield from _batches(samples[:whole])
    if len(rest):
        yield np.pad(rest, (0, FRAME - len(rest))).reshape(1, FRAME)


def _batches(samples: Audio) -> Iterator[Audio]:
    frames = samples.reshape(-1, FRAME)
    for start in range(0, len(frames), _BATCH):
        yield frames[start : start + _BATCH]


def _session() -> InferenceSession:
    from faster_whisper.vad import get_vad_model  # loads onnxruntime: only when there is speech to look for

    return cast("InferenceSession", get_vad_model().session)
