"""The peers of the speech benchmark, as their own documentation says to use them: each channel by itself, beam 5, word times."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soxr

from benchmarks.conditions import Call
from qa_service.domain.transcript import Speaker, Transcript, Turn, Word
from qa_service.speech.base import RATE

#: A channel's samples at 16 kHz to its segments: (start s, end s, [(word, start s, end s)]).
Listen = Callable[[Any], list[tuple[float, float, list[tuple[str, float, float]]]]]


def faster_whisper(cache: Path) -> Listen:
    """The same weights and numeric type, the library's own voice filter."""
    from faster_whisper import WhisperModel

    from qa_service.speech.weights import bundled

    folder, _ = bundled(cache)
    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=len(os.sched_getaffinity(0)))

    def listen(audio: Any) -> list[tuple[float, float, list[tuple[str, float, float]]]]:
        segments, _ = model.transcribe(audio, beam_size=5, vad_filter=True, word_timestamps=True, language="en")
        return [(s.start, s.end, [(w.word, w.start, w.end) for w in s.words or ()]) for s in segments]

    return listen


def openai_whisper(cache: Path) -> Listen:
    """The reference implementation with the same weights in float32."""
    import torch
    import whisper

    from qa_service.speech.base import EngineOptions
    from qa_service.speech.openai_weights import find_weights, load_model

    model = load_model(find_weights(EngineOptions(cache_dir=cache)), cache_dir=cache, device="cpu")
    torch.set_num_threads(len(os.sched_getaffinity(0)))

    def listen(audio: Any) -> list[tuple[float, float, list[tuple[str, float, float]]]]:
        found: Any = whisper.transcribe(model, audio, language="en", beam_size=5, word_timestamps=True, fp16=False)
        return [(s["start"], s["end"], [(w["word"], w["start"], w["end"]) for w in s["words"]]) for s in found["segments"]]

    return listen


def transcribed(call: Call, listen: Listen) -> Transcript:
    """All channels, one after the other."""
    parties = (call.channel_map.left or Speaker.AGENT, call.channel_map.right or Speaker.CUSTOMER)
    columns = call.samples.T
    heard = [(who, listen(_at_16k(column, call.rate))) for who, column in zip(parties[: len(columns)], columns, strict=True)]
    turns = [turn for who, segments in heard for turn in _turns(who, segments)]
    return Transcript(turns=tuple(sorted(turns, key=lambda turn: turn.start_ms or 0)))


def _at_16k(samples: Any, rate: int) -> Any:
    return np.ascontiguousarray(samples if rate == RATE else soxr.resample(samples, rate, RATE), dtype=np.float32)


def _turns(who: Speaker, segments: Sequence[tuple[float, float, list[tuple[str, float, float]]]]) -> list[Turn]:
    return [
        Turn(
            speaker=who, text="".join(word for word, _, _ in words).strip(), start_ms=_ms(start), end_ms=_ms(max(start, end)),
            words=tuple(Word(text=word, start_ms=_ms(a), end_ms=_ms(max(a, b)), confidence=1.0) for word, a, b in words),
        )
        for start, end, words in segments
    ]  # fmt: skip


def _ms(seconds: float) -> int:
    return round(seconds * 1000)
