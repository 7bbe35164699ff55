"""The default engine: faster-whisper with the bundled multilingual base weights, int8, beam search, word times.

Pieces are decoded several at once (about 0.65 of the CPU time of one after the other) and without timestamp tokens; a piece
whose text repeats itself or is improbable is decoded again, alone, with Whisper's temperature fallback.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from qa_service.errors import ConfigurationError, EngineError, WeightsError
from qa_service.speech.base import PIECE_SECONDS, RATE, Audio, EngineOptions, RecognisedPiece, RecognisedWord, Recognition
from qa_service.speech.weights import bundled, file_sha256

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

NAME = "faster-whisper"
#: Whisper's own limits for a decoding that went wrong.
_REPEATS, _IMPROBABLE, _SILENCE = 2.4, -1.0, 0.6
#: What a model folder must hold; without its tokenizer the library would ask a hub.
_FILES = ("model.bin", "config.json", "tokenizer.json")


def create(options: EngineOptions) -> FasterWhisperEngine:
    """The engine; weights are found and loaded at first use."""
    return FasterWhisperEngine(options)


class FasterWhisperEngine:
    """One model, shared by all threads: the library queues their work, so cores are never oversubscribed."""

    name = NAME

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._lock = Lock()

    @property
    def version(self) -> str:
        """Library, model, weights and numeric type; the same string means the same words."""
        label, sha256 = self._weights
        return f"{NAME} {version(NAME)} {label} {sha256[:12]} {self._options.compute_type} beam {self._options.beam_size}"

    def recognise(self, pieces: Sequence[Audio], *, language: str | None) -> Recognition:
        """See :class:`qa_service.speech.base.Engine`."""
        if not pieces:
            return Recognition(language=language or "en", language_confidence=1.0 if language else 0.0)
        spoken, confidence = (self._known(language), 1.0) if language else self._detect(pieces)
        size = self._options.batch_size
        found = [piece for at in range(0, len(pieces), size) for piece in self._batch(pieces[at : at + size], spoken)]
        return Recognition(pieces=tuple(found), language=spoken, language_confidence=confidence)

    def _known(self, language: str) -> str:
        if language not in self._model.supported_languages:
            raise ConfigurationError(f"the model does not know language {language!r}", field="language")
        return language

    def _detect(self, pieces: Sequence[Audio]) -> tuple[str, float]:
        """From the first 30 s of speech."""
        if not self._model.model.is_multilingual:
            return "en", 1.0
        language, probability, _ = self._model.detect_language(audio=_start_of(pieces))
        return language, float(probability)

    def _batch(self, pieces: Sequence[Audio], language: str) -> list[RecognisedPiece]:
        from faster_whisper import BatchedInferencePipeline

        starts = np.cumsum([0, *(len(piece) for piece in pieces)])
        clips = [{"start": low / RATE, "end": high / RATE} for low, high in pairwise(starts)]
        segments, _ = BatchedInferencePipeline(self._model).transcribe(
            np.concatenate(pieces), language=language, beam_size=self._options.beam_size, vad_filter=False, clip_timestamps=clips,
            batch_size=len(pieces), word_timestamps=True, without_timestamps=True, hotwords=self._hotwords,
        )  # fmt: skip
        by_clip: list[list[Segment]] = [[] for _ in clips]
        for segment in _checked(segments):
            by_clip[int(np.searchsorted(starts, (segment.seek + 1) * RATE // 100, side="right")) - 1].append(segment)
        return [
            self._settled(_piece(found, offset_ms=int(low) * 1000 // RATE), piece, language)
            for found, low, piece in zip(by_clip, starts[:-1], pieces, strict=True)
        ]

    def _settled(self, heard: RecognisedPiece, piece: Audio, language: str) -> RecognisedPiece:
        """What was heard, or the second attempt at a piece that went wrong."""
        if heard.compression <= _REPEATS and (heard.avg_logprob >= _IMPROBABLE or heard.no_speech > _SILENCE):
            return heard
        segments, _ = self._model.transcribe(
            piece, language=language, beam_size=self._options.beam_size, vad_filter=False, word_timestamps=True,
            condition_on_previous_text=False, hotwords=self._hotwords,
        )  # fmt: skip
        return _piece(list(_checked(segments)), offset_ms=0)

    @property
    def _hotwords(self) -> str | None:
        return ", ".join(self._options.vocabulary) or None

    @cached_property
    def _weights(self) -> tuple[str, str]:
        """Label and SHA-256 of the weights."""
        if not self._options.model:
            _, source = bundled(self._options.cache_dir)
            return source.model, source.sha256
        return _label(self._options.model), file_sha256(self._folder / "model.bin")

    @cached_property
    def _folder(self) -> Path:
        if not self._options.model:
            return bundled(self._options.cache_dir)[0]
        folder = Path(self._options.model)
        return _checked_folder(folder) if folder.is_dir() else _fetched(self._options.model)

    @property
    def _model(self) -> WhisperModel:
        with self._lock:
            return self._loaded

    @cached_property
    def _loaded(self) -> WhisperModel:
        from faster_whisper import WhisperModel

        try:
            return WhisperModel(
                str(self._folder), device=self._options.device, compute_type=self._options.compute_type,
                cpu_threads=self._options.threads or _cores(), local_files_only=True,
            )  # fmt: skip
        except (RuntimeError, ValueError) as error:
            raise ConfigurationError(f"the speech model cannot be loaded: {error}", file=self._folder, field="model") from error


def _piece(segments: Sequence[Segment], *, offset_ms: int) -> RecognisedPiece:
    if not segments:
        return RecognisedPiece(no_speech=1.0)
    return RecognisedPiece(
        words=tuple(_words(segments, offset_ms)),
        no_speech=max(float(s.no_speech_prob) for s in segments),
        avg_logprob=min(float(s.avg_logprob) for s in segments),
        compression=max(float(s.compression_ratio) for s in segments),
    )


def _words(segments: Sequence[Segment], offset_ms: int) -> Iterator[RecognisedWord]:
    for word in (word for segment in segments for word in segment.words or ()):
        if word.word.strip():
            start, end = (max(0, round(float(time) * 1000) - offset_ms) for time in (word.start, word.end))
            confidence = min(1.0, max(0.0, float(word.probability)))
            yield RecognisedWord(text=word.word, start_ms=start, end_ms=max(start, end), confidence=confidence)


def _checked(segments: Iterator[Segment]) -> Iterator[Segment]:
    """The segments; a failure of the library inside becomes an :class:`EngineError`."""
    try:
        yield from segments
    except RuntimeError as error:
        raise EngineError(f"{NAME} gave up: {error}") from error


def _start_of(pieces: Sequence[Audio]) -> Audio:
    wanted = int(PIECE_SECONDS * RATE)
    taken: list[Audio] = []
    while wanted > 0 and len(taken) < len(pieces):
        taken.append(pieces[len(taken)][:wanted])
        wanted -= len(taken[-1])
    return np.concatenate(taken)


def _checked_folder(folder: Path) -> Path:
    missing = [name for name in _FILES if not (folder / name).is_file()]
    if missing or not any(folder.glob("vocabulary.*")):
        raise WeightsError(
            f"the model folder lacks {', '.join(missing) or 'its vocabulary file'}", file=folder, field="model",
            hint="a CTranslate2 Whisper folder holds model.bin, config.json, tokenizer.json and vocabulary.txt or .json",
        )  # fmt: skip
    return folder


def _fetched(name: str) -> Path:
    """The folder of an official model, downloaded if it is not in the hub's cache yet: the user asked for it by name."""
    from faster_whisper import available_models, download_model

    if name not in available_models() and not re.fullmatch(r"[\w.-]+/[\w.-]+", name):
        raise ConfigurationError(
            f"no model folder and no official model {name!r}", field="model", hint=f"a folder, or one of: {', '.join(available_models())}"
        )
    try:
        return Path(download_model(name))
    except (OSError, RuntimeError) as error:
        raise ConfigurationError(
            f"model {name!r} is not here and cannot be fetched", field="model", hint="without a network, name the folder of the model"
        ) from error


def _label(model: str) -> str:
    return Path(model).name.replace(" ", "_")


def _cores() -> int:
    """Cores this process may use, where the system tells; else all."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
