"""Transcription: one recording in, the transcript of a two-party call out. The one entry that services use.

::

    decode -> voice activity per channel -> cross-channel gate -> packing -> engine -> times restored -> turns -> roles
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.recording import ChannelMap
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import AudioError
from qa_service.speech.audio import Sound, decode
from qa_service.speech.base import RATE, Audio, Engine, Reader, RecognisedPiece, Recognition
from qa_service.speech.gate import leaked_frames
from qa_service.speech.packing import Span, Window, pack
from qa_service.speech.roles import SURE, agent_party
from qa_service.speech.suspect import why_suspect
from qa_service.speech.turns import HeardWord, Talk, build_turns
from qa_service.speech.vad import FRAME_MS, speech_probabilities, speech_spans
from qa_service.speech.voices import assign_voices

#: A stretch of speech of this length that came back without a word is tried again by itself, ms.
_DROPPED_MS = 1_000
#: Windows handed to the engine at once: enough for its batches, 30 MB of sound.
_AT_ONCE = 16
#: Word times at the edges of a stretch of speech are put right by voice activity up to this much, ms.
_SNAP_MS = 500


@dataclass(frozen=True, kw_only=True)
class _Heard:
    """What voice activity found: spans to recognise, and the probabilities behind them."""

    sound: Sound
    #: Probability of speech a frame, one array a channel.
    voice: tuple[NDArray[np.float32], ...]
    #: Frames that hold only the other party, one array a channel; they are muted where a span is padded with them.
    leaked: tuple[NDArray[np.bool_], ...]
    spans: tuple[Span, ...]


def transcribe(path: Path, *, engine: Engine | Reader, channel_map: ChannelMap, language: str | None, max_seconds: float) -> Transcript:
    """The transcript of a recording.

    ``language`` is an ISO code, or ``None`` to detect it. Two channels with a known map are recognised each by itself; without a
    map the agent is found by what is said (:mod:`.roles`), and ``speakers_known`` is false unless that is sure. One channel, or two
    with the same sound, holds both parties: ``speakers_known`` is false and the parties are told apart as :mod:`.voices` says.

    Raises ``AudioError`` (also for a channel map that does not fit the file), ``EngineError``, ``ConfigurationError``, and
    ``ConversationError`` when a ``Reader`` finds no transcript.
    """
    sound = decode(path, max_seconds=max_seconds)
    _check_map(path, sound, channel_map)
    if isinstance(engine, Reader):
        return _read(path, sound, engine=engine, language=language)
    if sound.has_identical_channels():
        sound = sound.mixed()
    heard = _listen(sound)
    words, recognition = _recognise(heard, engine=engine, language=language)
    if sound.channels == 1:
        words = assign_voices(words, cut=lambda start, end: sound.cut(0, start, end))
    talks = build_turns(words)
    agent, known = _agent(talks, sound=sound, channel_map=channel_map)
    return Transcript(
        turns=tuple(talk.as_turn(Speaker.AGENT if talk.party == agent else Speaker.CUSTOMER) for talk in talks),
        language=recognition.language if words or language else None,
        language_confidence=round(recognition.language_confidence, 4),
        duration_ms=sound.duration_ms,
        engine=engine.version,
        speakers_known=known,
    )


def _check_map(path: Path, sound: Sound, channel_map: ChannelMap) -> None:
    if channel_map.known and sound.channels == 1:
        raise AudioError(
            "the channel map names a left and a right party, but the recording has one channel", file=path, field="channels",
            hint='say "mono"',
        )  # fmt: skip
    if channel_map.mono and sound.channels == 2 and not sound.has_identical_channels():
        raise AudioError(
            'the channel map says "mono", but the recording has two different channels', file=path, field="channels",
            hint='name them, as in {"left": "agent", "right": "customer"}',
        )  # fmt: skip


def _read(path: Path, sound: Sound, *, engine: Reader, language: str | None) -> Transcript:
    found = engine.read(path)
    return Transcript(
        turns=found.turns, language=language or found.language, duration_ms=sound.duration_ms, engine=engine.version, speakers_known=True
    )


def _listen(sound: Sound) -> _Heard:
    with ThreadPoolExecutor(sound.channels) as pool:
        voice = list(pool.map(lambda channel: speech_probabilities(sound.stream(channel)), range(sound.channels)))
    leaked = [np.zeros(len(probabilities), dtype=np.bool_) for probabilities in voice]
    if sound.channels == 2:
        leaked = list(leaked_frames(sound.samples, frame=sound.rate * FRAME_MS / 1000, frames=len(voice[0])))
        voice = [np.where(mask, np.float32(0), probabilities) for mask, probabilities in zip(leaked, voice, strict=True)]
    spans = tuple(
        Span(channel=channel, **stretch._asdict())
        for channel, probabilities in enumerate(voice)
        for stretch in speech_spans(probabilities, duration_ms=sound.duration_ms)
    )
    return _Heard(sound=sound, voice=tuple(voice), leaked=tuple(leaked), spans=spans)


def _recognise(heard: _Heard, *, engine: Engine, language: str | None) -> tuple[list[HeardWord], Recognition]:
    """Words of all spans; spans that came back empty get a second chance by themselves."""
    windows = pack(heard.spans)
    recognition = _engine_words(windows, heard, engine=engine, language=language)
    words, silent = _restored(windows, recognition.pieces, heard)
    again = [Window(spans=(span,)) for span in silent if span.length_ms >= _DROPPED_MS]
    second = _engine_words(again, heard, engine=engine, language=recognition.language)
    return words + _restored(again, second.pieces, heard)[0], recognition


def _engine_words(windows: Sequence[Window], heard: _Heard, *, engine: Engine, language: str | None) -> Recognition:
    """All windows recognised, some at a time so that their sound is never in memory as a whole; the first ones decide the language."""
    first = engine.recognise([_audio(window, heard) for window in windows[:_AT_ONCE]], language=language)
    pieces = [*first.pieces]
    for low in range(_AT_ONCE, len(windows), _AT_ONCE):
        batch = [_audio(window, heard) for window in windows[low : low + _AT_ONCE]]
        pieces += engine.recognise(batch, language=first.language).pieces
    return replace(first, pieces=tuple(pieces))


def _audio(window: Window, heard: _Heard) -> Audio:
    audio = np.zeros(window.length_ms * RATE // 1000 + RATE, dtype=np.float32)
    end = 0
    for span, offset in zip(window.spans, window.offsets, strict=True):
        cut, start = _cut(span, heard), offset * RATE // 1000
        end = start + len(cut)
        audio[start:end] = cut
    return audio[:end]


def _cut(span: Span, heard: _Heard) -> Audio:
    """The sound of a span, with leaked frames faded out."""
    audio = heard.sound.cut(span.channel, span.start_ms, span.end_ms)
    first, last = span.start_ms // FRAME_MS, -(-span.end_ms // FRAME_MS) + 1
    mask = heard.leaked[span.channel][first:last]
    if not mask.any():
        return audio
    centres = (np.arange(len(mask)) + 0.5) * FRAME_MS + first * FRAME_MS
    times = span.start_ms + np.arange(len(audio)) * (1000 / RATE)
    return np.asarray(audio * np.interp(times, centres, (~mask).astype(np.float32)), dtype=np.float32)


def _restored(windows: Sequence[Window], pieces: Sequence[RecognisedPiece], heard: _Heard) -> tuple[list[HeardWord], list[Span]]:
    """All words with times of the recording, and the spans without any."""
    words: list[HeardWord] = []
    silent: list[Span] = []
    for window, piece in zip(windows, pieces, strict=True):
        for span, spoken in zip(window.spans, _by_span(window, piece), strict=True):
            words.extend(_judged(_snapped(spoken, span), piece, heard))
            silent.extend([] if spoken else [span])
    return words, silent


def _by_span(window: Window, piece: RecognisedPiece) -> list[list[HeardWord]]:
    found: list[list[HeardWord]] = [[] for _ in window.spans]
    for word in piece.words:
        index, start, end = window.restore(word.start_ms, word.end_ms)
        found[index].append(HeardWord(party=window.spans[index].channel, text=word.text, start_ms=start, end_ms=end, confidence=word.confidence))
    return found


def _snapped(words: list[HeardWord], span: Span) -> list[HeardWord]:
    """The words of a span; its first and last one begin and end with the voice, where a recogniser is off by up to ``_SNAP_MS``."""
    if not words:
        return words
    first, last = words[0], words[-1]
    if abs(first.start_ms - span.voice_start_ms) <= _SNAP_MS and span.voice_start_ms < first.end_ms:
        words[0] = replace(first, start_ms=span.voice_start_ms)
    if abs(last.end_ms - span.voice_end_ms) <= _SNAP_MS and span.voice_end_ms > words[-1].start_ms:
        words[-1] = replace(words[-1], end_ms=span.voice_end_ms)
    return words


def _judged(words: Sequence[HeardWord], piece: RecognisedPiece, heard: _Heard) -> Iterator[HeardWord]:
    """The words of a span, marked when they look invented."""
    voice = _mean_voice(words, heard)
    suspect = why_suspect(words, no_speech=piece.no_speech, avg_logprob=piece.avg_logprob, voice=voice) is not None
    yield from (replace(word, suspect=suspect) for word in words)


def _mean_voice(words: Sequence[HeardWord], heard: _Heard) -> float | None:
    if not words:
        return None
    frames = heard.voice[words[0].party][words[0].start_ms // FRAME_MS : words[-1].end_ms // FRAME_MS + 1]
    return float(frames.mean()) if len(frames) else None


def _agent(talks: Sequence[Talk], *, sound: Sound, channel_map: ChannelMap) -> tuple[int, bool]:
    """The agent's party, and whether that is known rather than guessed."""
    if sound.channels == 2 and channel_map.known:
        return (0 if channel_map.left is Speaker.AGENT else 1), True
    agent, confidence = agent_party(talks)
    return agent, sound.channels == 2 and confidence >= SURE
