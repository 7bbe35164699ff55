"""Transcription: one recording in, the transcript of a two-party call out. The one entry that services use.

::

    decode -> listen (voice activity, cross-channel gate, sounds of the line) -> packing -> engine -> times restored -> turns
           -> prompts of machines -> roles
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from qa_service.domain.recording import ChannelMap
from qa_service.domain.roles import SURE, agent_party
from qa_service.domain.transcript import Speaker, Transcript
from qa_service.errors import AudioError
from qa_service.speech.audio import Sound, decode
from qa_service.speech.base import Engine, Reader, RecognisedPiece, Recognition
from qa_service.speech.ear import BUILT_IN, Ear
from qa_service.speech.listening import Heard, listen
from qa_service.speech.packing import Span, Window, pack
from qa_service.speech.prompts import prompt_stretches, tell_prompts
from qa_service.speech.suspect import why_suspect
from qa_service.speech.turns import HeardWord, Talk, build_turns
from qa_service.speech.voices import assign_voices

#: A stretch of speech of this length that came back without a word is tried again by itself, ms.
_DROPPED_MS = 1_000
#: Windows handed to the engine at once: enough for its batches, 30 MB of sound.
_AT_ONCE = 16
#: Word times at the edges of a stretch of speech are put right by voice activity up to this much, ms.
_SNAP_MS = 500


def transcribe(
    path: Path, *, engine: Engine | Reader, channel_map: ChannelMap, language: str | None, max_seconds: float, ear: Ear = BUILT_IN
) -> Transcript:
    """The transcript of a recording.

    ``language`` is an ISO code, or ``None`` to detect it. Two channels with a known map are recognised each by itself; without a
    map the agent is found by what is said (:mod:`qa_service.domain.roles`), and ``speakers_known`` is false unless that is sure. One
    channel, or two with the same sound, holds both parties: ``speakers_known`` is false and ``ear`` tells them apart (:mod:`.voices`).

    Raises ``AudioError`` (also for a channel map that does not fit the file), ``EngineError``, ``ConfigurationError``, and
    ``ConversationError`` when a ``Reader`` finds no transcript.
    """
    sound = decode(path, max_seconds=max_seconds)
    _check_map(path, sound, channel_map)
    if isinstance(engine, Reader):
        return _read(path, sound, engine=engine, language=language)
    if sound.has_identical_channels():
        sound = sound.mixed()
    heard = listen(sound)
    words, recognition = _recognise(heard, engine=engine, language=language)
    if sound.channels == 1:
        words = assign_voices(words, cut=lambda start, end: sound.cut(0, start, end), ear=ear)
    told = tell_prompts(build_turns(words), heard.line, own_channels=sound.channels == 2)
    agent, known = _agent([one.talk for one in told if one.kind is None], sound=sound, channel_map=channel_map)

    def speaker(party: int) -> Speaker:
        return Speaker.AGENT if party == agent else Speaker.CUSTOMER

    return Transcript(
        turns=tuple(one.talk.as_turn(speaker(one.talk.party) if one.kind is None else Speaker.BOT) for one in told),
        language=recognition.language if words or language else None,
        language_confidence=round(recognition.language_confidence, 4),
        duration_ms=sound.duration_ms,
        engine=engine.version,
        speakers_known=known,
        acoustics=heard.acoustics(speaker, prompts=prompt_stretches(told)),
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


def _recognise(heard: Heard, *, engine: Engine, language: str | None) -> tuple[list[HeardWord], Recognition]:
    """Words of all spans; spans that came back empty get a second chance by themselves."""
    windows = pack(heard.spans)
    recognition = _engine_words(windows, heard, engine=engine, language=language)
    words, silent = _restored(windows, recognition.pieces, heard)
    again = [Window(spans=(span,)) for span in silent if span.length_ms >= _DROPPED_MS]
    second = _engine_words(again, heard, engine=engine, language=recognition.language)
    return words + _restored(again, second.pieces, heard)[0], recognition


def _engine_words(windows: Sequence[Window], heard: Heard, *, engine: Engine, language: str | None) -> Recognition:
    """All windows recognised, some at a time so that their sound is never in memory as a whole; the first ones decide the language."""
    first = engine.recognise([heard.audio(window) for window in windows[:_AT_ONCE]], language=language)
    pieces = [*first.pieces]
    for low in range(_AT_ONCE, len(windows), _AT_ONCE):
        batch = [heard.audio(window) for window in windows[low : low + _AT_ONCE]]
        pieces += engine.recognise(batch, language=first.language).pieces
    return replace(first, pieces=tuple(pieces))


def _restored(windows: Sequence[Window], pieces: Sequence[RecognisedPiece], heard: Heard) -> tuple[list[HeardWord], list[Span]]:
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
        party = window.spans[index].channel
        found[index].append(HeardWord(party=party, text=word.text, start_ms=start, end_ms=end, confidence=word.confidence))
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


def _judged(words: Sequence[HeardWord], piece: RecognisedPiece, heard: Heard) -> Iterator[HeardWord]:
    """The words of a span, marked when they look invented."""
    voice = heard.mean_voice(words[0].party, words[0].start_ms, words[-1].end_ms) if words else None
    suspect = why_suspect(words, no_speech=piece.no_speech, avg_logprob=piece.avg_logprob, voice=voice) is not None
    yield from (replace(word, suspect=suspect) for word in words)


def _agent(talks: Sequence[Talk], *, sound: Sound, channel_map: ChannelMap) -> tuple[int, bool]:
    """The agent's party, and whether that is known rather than guessed."""
    if sound.channels == 2 and channel_map.known:
        return (0 if channel_map.left is Speaker.AGENT else 1), True
    agent, confidence = agent_party(talks)
    return agent, sound.channels == 2 and confidence >= SURE
