"""Sounds on the line that are nobody's talk: music and tones of a recording, and the frames to mute before recognition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.acoustics import LineEvent, LineSound
from qa_service.domain.speaker import Speaker
from qa_service.speech.music import find_music, muted_by
from qa_service.speech.spectra import FRAME_MS, spectra
from qa_service.speech.tones import covered, find_pulses, joined

#: Voice activity is never this sure of a voice in a tone.
_VOICED = 0.5
#: Sounds of a kind on both channels that overlap by this share of the shorter one are the same sound.
_SAME = 0.5

Probabilities = NDArray[np.float32]
Mask = NDArray[np.bool_]


class LineStretch(NamedTuple):
    """A stretch of a sound on one channel, in ms."""

    kind: LineSound
    channel: int
    start_ms: int
    end_ms: int
    #: 0 to 1.
    confidence: float


@dataclass(frozen=True, kw_only=True)
class LineSounds:
    """What is heard on a recording besides talk."""

    #: In order of start.
    stretches: tuple[LineStretch, ...] = ()
    #: Frames without talk because of them, one array a channel: to be taken for silence by whatever looks for speech.
    muted: tuple[Mask, ...] = ()


def find_line_sounds(samples: NDArray[np.int16], *, rate: int, voice: Sequence[Probabilities], leaked: Sequence[Mask]) -> LineSounds:
    """Music and tones of all channels.

    ``samples`` (n, channels); ``voice``: probability of speech a frame, one array a channel; ``leaked``: frames that hold only the
    other channel's sound, which is told there. Music over which somebody speaks clearly is told, but not muted.
    """
    found = [_channel(samples[:, channel], rate, channel, voice[channel], leaked[channel]) for channel in range(samples.shape[1])]
    stretches = sorted((stretch for stretches, _ in found for stretch in stretches), key=lambda stretch: stretch.start_ms)
    return LineSounds(stretches=tuple(stretches), muted=tuple(muted for _, muted in found))


def line_events(stretches: Iterable[LineStretch], *, speaker: Callable[[int], Speaker | None]) -> tuple[LineEvent, ...]:
    """The stretches as the transcript keeps them: a channel as its party, the same sound on both channels once and as nobody's."""
    events: list[LineEvent] = []
    last: dict[LineSound, tuple[LineStretch, int]] = {}
    for stretch in sorted(stretches, key=lambda one: (one.start_ms, one.channel)):
        before, index = last.get(stretch.kind, (None, 0))
        if before is not None and before.channel != stretch.channel and _overlap(before, stretch) >= _SAME:
            events[index] = _as_one(events[index], stretch)
        else:
            last[stretch.kind] = (stretch, len(events))
            events.append(
                LineEvent(
                    kind=stretch.kind,
                    speaker=speaker(stretch.channel),
                    start_ms=stretch.start_ms,
                    end_ms=stretch.end_ms,
                    confidence=stretch.confidence,
                )
            )
    return tuple(events)


def _as_one(event: LineEvent, stretch: LineStretch) -> LineEvent:
    """A sound that the other channel carries too."""
    end, sure = max(event.end_ms, stretch.end_ms), max(event.confidence, stretch.confidence)
    return event.model_copy(update={"speaker": None, "end_ms": end, "confidence": sure})


def _channel(
    samples: NDArray[np.int16], rate: int, channel: int, voice: Probabilities, leaked: Mask
) -> tuple[list[LineStretch], Mask]:
    """The sounds of one channel, and what to mute of it."""
    figures = spectra(samples, rate=rate, frames=len(voice))
    pulses = [
        pulse
        for pulse in find_pulses(figures)
        if leaked[pulse.start : pulse.end].mean() <= _SAME and voice[pulse.start : pulse.end].mean() <= _VOICED
    ]
    rhythm = covered([pulse for pulse in pulses if pulse.kind is not LineSound.BEEP], len(voice))
    music = find_music(figures, voice, other=rhythm | leaked)
    in_music = np.zeros(len(voice), dtype=np.bool_)
    for stretch in music:
        in_music[stretch.start : stretch.end] = True
    # A single note is no beep, and three in a row are no busy line.
    pulses = [pulse for pulse in pulses if not in_music[pulse.start : pulse.end].any()]
    sounds = [(LineSound.MUSIC, *stretch) for stretch in music] + joined(pulses)
    stretches = [LineStretch(kind, channel, start * FRAME_MS, end * FRAME_MS, round(sure, 3)) for kind, start, end, sure in sounds]
    return stretches, covered(pulses, len(voice)) | muted_by(music, figures, voice)


def _overlap(one: LineStretch, other: LineStretch) -> float:
    """How much they overlap, as a share of the shorter one."""
    together = min(one.end_ms, other.end_ms) - max(one.start_ms, other.start_ms)
    return together / max(1, min(one.end_ms - one.start_ms, other.end_ms - other.start_ms))
