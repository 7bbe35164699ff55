"""Listening: what a recording holds before any word is known: voice, crosstalk, sounds of the line, and the stretches to recognise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.acoustics import Acoustics, Activity, VoiceLevel
from qa_service.domain.speaker import Speaker
from qa_service.speech.activity import Voice, measure
from qa_service.speech.audio import Sound
from qa_service.speech.base import RATE, Audio
from qa_service.speech.gate import Gated, Leak, frame_levels, leaked_frames
from qa_service.speech.line_sounds import LineStretch, find_line_sounds, line_events
from qa_service.speech.narrow import is_narrow, telephone_band
from qa_service.speech.packing import Span, Window
from qa_service.speech.vad import FRAME_MS, Stretch, speech_probabilities, speech_spans

#: A frame is loud this far above the noise of its channel, and at most this far below the voice, dB.
_ABOVE_NOISE_DB, _BELOW_VOICE_DB = 10.0, 25.0
#: An edge is moved at most this far, over gaps of so many frames.
_REACH_MS, _GAP_FRAMES = 640, 2

Probabilities = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Heard:
    """A recording, listened to; one entry a channel where nothing else is said."""

    sound: Sound
    #: Probability of speech of the channel's own party, one a frame of ``FRAME_MS``.
    voice: tuple[Probabilities, ...]
    #: Frames that hold only the other party or a sound of the line; they are faded out where a span is padded with them.
    muted: tuple[Mask, ...]
    #: How the other party is heard on the channel.
    leaks: tuple[Leak | None, ...]
    #: Music, ringing and the like on all channels.
    line: tuple[LineStretch, ...]
    #: Where and how loud the channel's party speaks.
    parties: tuple[Voice, ...]
    #: Stretches to recognise, of all channels.
    spans: tuple[Span, ...]

    def audio(self, window: Window) -> Audio:
        """The sound of a window."""
        audio = np.zeros((window.length_ms + 1) * RATE // 1000 + RATE, dtype=np.float32)
        end = 0
        for span, offset in zip(window.spans, window.offsets, strict=True):
            cut, start = self._cut(span), offset * RATE // 1000
            end = start + len(cut)
            audio[start:end] = cut
        return audio[:end]

    def mean_voice(self, channel: int, start_ms: int, end_ms: int) -> float | None:
        """Mean probability of speech from ``start_ms`` to ``end_ms``; ``None`` beyond the end."""
        frames = self.voice[channel][start_ms // FRAME_MS : end_ms // FRAME_MS + 1]
        return float(frames.mean()) if len(frames) else None

    def acoustics(self, speaker: Callable[[int], Speaker], *, prompts: Sequence[LineStretch]) -> Acoustics:
        """What is measured on the sound; ``speaker`` tells whose a channel is, ``prompts`` what machines said.

        One channel holds both parties, so that neither voice nor level is anybody's.
        """
        own = self.sound.channels == 2
        found = [(channel, speaker(channel), party) for channel, party in enumerate(self.parties)] if own else []
        activity = [
            Activity(speaker=who, start_ms=start, end_ms=end)
            for channel, who, party in found
            for start, end in party.stretches
            if not _is_prompt(prompts, channel, start, end)
        ]
        return Acoustics(
            activity=tuple(sorted(activity, key=lambda one: (one.start_ms, one.end_ms))),
            events=line_events([*self.line, *prompts], speaker=speaker if own else _nobody),
            levels=tuple(
                VoiceLevel(speaker=who, speech_db=party.speech_db, noise_db=party.noise_db)
                for _, who, party in found
                if party.speech_db is not None
            ),
            leak_ms=self._leak_ms(),
        )

    def _leak_ms(self) -> tuple[float | None, float | None]:
        late = [None if leak is None else round(1000 * leak.delay / self.sound.rate, 2) for leak in self.leaks]
        # A leak onto a channel is the other party's: the left one's is heard on the right channel.
        return (late[1], late[0]) if len(late) == 2 else (None, None)

    def _cut(self, span: Span) -> Audio:
        audio = self.sound.cut(span.channel, span.start_ms, span.end_ms)
        first, last = span.start_ms // FRAME_MS, -(-span.end_ms // FRAME_MS) + 1
        mask = self.muted[span.channel][first:last]
        if not mask.any():
            return audio
        centres = (np.arange(len(mask)) + 0.5) * FRAME_MS + first * FRAME_MS
        times = span.start_ms + np.arange(len(audio)) * (1000 / RATE)
        return np.asarray(audio * np.interp(times, centres, (~mask).astype(np.float32)), dtype=np.float32)


def listen(sound: Sound) -> Heard:
    """Everything about a recording that its sound tells."""
    with ThreadPoolExecutor(sound.channels) as pool:
        raw = list(pool.map(lambda channel: _voice(sound, channel), range(sound.channels)))
    gated = _gate(sound, frames=len(raw[0]))
    line = find_line_sounds(sound.samples, rate=sound.rate, voice=raw, leaked=gated.leaked)
    muted = tuple(leaked | sounds for leaked, sounds in zip(gated.leaked, line.muted, strict=True))
    voice = tuple(np.where(mask, np.float32(0), probabilities) for mask, probabilities in zip(muted, raw, strict=True))
    apart = [[(one.start_ms, one.end_ms) for one in line.stretches if one.channel == channel] for channel in range(sound.channels)]
    parties = measure(sound, voice, sounds=apart)
    spans = tuple(
        Span(channel=channel, **stretch._asdict())
        for channel, probabilities in enumerate(voice)
        for stretch in _reaching(
            speech_spans(probabilities, duration_ms=sound.duration_ms), _loud(sound, channel, parties[channel]) & ~muted[channel]
        )
    )
    return Heard(
        sound=sound, voice=voice, muted=muted, leaks=gated.leaks[: sound.channels], line=line.stretches, parties=parties, spans=spans
    )


def _voice(sound: Sound, channel: int) -> Probabilities:
    """Probability of speech of each frame; what a narrow band hides is listened for once more."""
    found = speech_probabilities(sound.stream(channel))
    if not is_narrow(sound, channel):
        return found
    return np.maximum(found, speech_probabilities(telephone_band(sound.stream(channel))))


def _gate(sound: Sound, *, frames: int) -> Gated:
    if sound.channels == 2:
        return leaked_frames(sound.samples, frame=sound.rate * FRAME_MS / 1000, frames=frames)
    return Gated((np.zeros(frames, dtype=np.bool_),), (None,))


def _loud(sound: Sound, channel: int, party: Voice) -> Mask:
    """Frames of a channel that stand out of its noise and are not far below its party's voice."""
    frames = -(-sound.duration_ms // FRAME_MS)
    edges = np.minimum(np.arange(frames + 1) * FRAME_MS * sound.rate // 1000, len(sound.samples)).astype(np.int64)
    if party.speech_db is None:
        return np.zeros(frames, dtype=np.bool_)
    noise = party.speech_db if party.noise_db is None else party.noise_db
    least = max(noise + _ABOVE_NOISE_DB, party.speech_db - _BELOW_VOICE_DB)
    return np.asarray(frame_levels(sound.samples[:, channel], edges) >= least, dtype=np.bool_)


def _reaching(stretches: Sequence[Stretch], loud: Mask) -> list[Stretch]:
    """The stretches drawn out over loud frames at either edge: voice activity misses a first syllable after music or a long silence."""
    found: list[Stretch] = []
    for index, one in enumerate(stretches):
        before = found[-1].end_ms if found else 0
        after = stretches[index + 1].start_ms if index + 1 < len(stretches) else len(loud) * FRAME_MS
        start = max(before, one.start_ms - FRAME_MS * _run(loud[: one.start_ms // FRAME_MS][::-1]))
        end = min(after, one.end_ms + FRAME_MS * _run(loud[-(-one.end_ms // FRAME_MS) :]))
        found.append(one._replace(start_ms=min(one.start_ms, start), end_ms=max(one.end_ms, end)))
    return found


def _run(loud: Mask) -> int:
    """How many frames an edge moves: to the last loud one, over gaps of two frames at most, ``_REACH_MS`` far."""
    far, quiet = 0, 0
    for index in range(min(len(loud), _REACH_MS // FRAME_MS)):
        quiet = 0 if loud[index] else quiet + 1
        if quiet > _GAP_FRAMES:
            break
        far = far if quiet else index + 1
    return far


def _is_prompt(prompts: Sequence[LineStretch], channel: int, start: int, end: int) -> bool:
    """Whether most of a stretch of voice is a machine's."""
    inside = sum(max(0, min(end, one.end_ms) - max(start, one.start_ms)) for one in prompts if one.channel == channel)
    return inside * 2 > end - start


def _nobody(_: int) -> None:
    return None
