"""The default engine: faster-whisper with the bundled multilingual base weights, int8, beam search, word times.

Pieces are decoded several at once (about 0.65 of the CPU time of one after the other) and without timestamp tokens; a piece
whose text repeats itself or is improbable is decoded again, alone, with time marks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.metadata import version
from itertools import chain, pairwise
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from qa_service.errors import ConfigurationError, EngineError, WeightsError
from qa_service.speech.base import Audio, EngineOptions, RecognisedPiece, RecognisedWord, Recognition
from qa_service.speech.cores import usable_cores
from qa_service.speech.decoding import Told, decode
from qa_service.speech.device import Placement, place
from qa_service.speech.hints import fitting, hint, marks, may_echo
from qa_service.speech.spoken_language import detected
from qa_service.speech.weights import bundled, file_sha256

if TYPE_CHECKING:
    from faster_whisper import WhisperModel
    from faster_whisper.transcribe import Segment

NAME = "faster-whisper"
#: Whisper's own limits for a decoding that went wrong.
_REPEATS, _IMPROBABLE, _SILENCE = 2.4, -1.0, 0.6
#: Tokens of a phrase that may not come again in a second attempt.
_NO_PHRASE_TWICE = 6
#: Batches decoded at the same time: threads that each have their own beat threads that wait for each other at every step.
_WORKERS = 4
#: Numbers to compute in, best first: a CPU is quickest in int8, a GPU in halves.
_USUAL = {"cpu": ("int8", "int8_float32"), "cuda": ("float16", "int8_float16", "int8")}
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

    @property
    def version(self) -> str:
        """Library, model, weights, numeric type and hints; the same string means the same words."""
        label, sha256 = self._weights
        made = f"{NAME} {version(NAME)} {label} {sha256[:12]} {self._placement.compute_type} beam {self._options.beam_size}"
        return made + marks(self._options)

    def recognise(self, pieces: Sequence[Audio], *, language: str | None) -> Recognition:
        """See :class:`qa_service.speech.base.Engine`."""
        language = language or self._options.language or None
        if not pieces:
            return Recognition(language=language or "en", language_confidence=1.0 if language else 0.0)
        spoken, confidence = (self._known(language), 1.0) if language else self._detect(pieces)
        batches = split(pieces, at_most=self._options.batch_size, workers=self._running.workers)
        found = self._running.pool.map(lambda batch: self._batch(batch, spoken), batches)
        return Recognition(pieces=tuple(chain.from_iterable(found)), language=spoken, language_confidence=confidence)

    def _known(self, language: str) -> str:
        if language not in self._model.supported_languages:
            raise ConfigurationError(f"the model does not know language {language!r}", field="language")
        return language

    def _detect(self, pieces: Sequence[Audio]) -> tuple[str, float]:
        if not self._model.model.is_multilingual:
            return "en", 1.0
        return detected(pieces, shares=lambda audio: dict(self._model.detect_language(audio=audio)[2]), among=self._options.languages)

    def _batch(self, pieces: Sequence[Audio], language: str) -> list[RecognisedPiece]:
        told = Told(language, self._options.beam_size, self._hint, whole=not self._placement.compute_type.startswith("int8"))
        heard = self._decoded(pieces, told)
        if doubtful := [index for index, one in enumerate(heard) if may_echo(one, told.hint)]:
            plain = self._decoded([pieces[index] for index in doubtful], told._replace(hint=None))
            heard = [plain[doubtful.index(index)] if index in doubtful else one for index, one in enumerate(heard)]
        return [self._settled(one, piece, language) for one, piece in zip(heard, pieces, strict=True)]

    def _decoded(self, pieces: Sequence[Audio], told: Told) -> list[RecognisedPiece]:
        try:
            return decode(self._model, pieces, told)
        except RuntimeError as error:
            raise EngineError(f"{NAME} gave up: {error}") from error

    def _settled(self, heard: RecognisedPiece, piece: Audio, language: str) -> RecognisedPiece:
        """What was heard, or the second attempt at a piece that went wrong: with time marks, no phrase twice in a row, and no hints.

        Whisper's own remedy draws words at random; then the same recording would not give the same words again.
        """
        if heard.compression <= _REPEATS and (heard.avg_logprob >= _IMPROBABLE or heard.no_speech > _SILENCE):
            return heard
        segments, _ = self._model.transcribe(
            piece, language=language, beam_size=self._options.beam_size, vad_filter=False, word_timestamps=True,
            condition_on_previous_text=False, temperature=0.0, no_repeat_ngram_size=_NO_PHRASE_TWICE,
        )  # fmt: skip
        return _piece(list(_checked(segments)), offset_ms=0)

    @cached_property
    def _hint(self) -> str | None:
        return fitting(hint(self._options), tokens=lambda text: len(self._model.hf_tokenizer.encode(text, add_special_tokens=False).ids))

    @cached_property
    def _weights(self) -> tuple[str, str]:
        """Label and SHA-256 of the weights."""
        if not self._options.model:
            _, source = bundled(self._options.cache_dir)
            return source.model, source.sha256
        file = self._folder / "model.bin"
        return _label(self._options.model), self._options.loaded.get(("sha256", file.resolve()), lambda: file_sha256(file))

    @cached_property
    def _folder(self) -> Path:
        if not self._options.model:
            return bundled(self._options.cache_dir)[0]
        folder = Path(self._options.model)
        return _checked_folder(folder) if folder.is_dir() else _fetched(self._options.model)

    @cached_property
    def _placement(self) -> Placement:
        from ctranslate2 import get_cuda_device_count, get_supported_compute_types

        return place(
            self._options.device, self._options.compute_type, gpus=get_cuda_device_count(), types=get_supported_compute_types, usual=_USUAL
        )

    @property
    def _model(self) -> WhisperModel:
        return self._running.model

    @property
    def _running(self) -> _Running:
        """Shared by all engines with the same weights in the same numbers."""
        key = (NAME, self._folder.resolve(), self._placement, self._options.threads)
        return self._options.loaded.get(key, self._load)

    def _load(self) -> _Running:
        from faster_whisper import WhisperModel

        device, compute_type = self._placement
        cores = self._options.threads or usable_cores()
        workers = min(cores, _WORKERS) if device == "cpu" else 1
        try:
            model = WhisperModel(
                str(self._folder), device=device, compute_type=compute_type, cpu_threads=max(1, cores // workers), num_workers=workers,
                local_files_only=True,
            )  # fmt: skip
        except (RuntimeError, ValueError) as error:
            raise ConfigurationError(f"the speech model cannot be loaded: {error}", file=self._folder, field="model") from error
        self._check_bands(model)
        return _Running(model, ThreadPoolExecutor(workers, thread_name_prefix=NAME), workers)


    def _check_bands(self, model: WhisperModel) -> None:
        """The large models hear 128 bands, which only a file says that conversion easily leaves behind."""
        bands = len(model.feature_extractor.mel_filters)
        if bands != model.model.n_mels:
            raise WeightsError(
                f"the model hears {model.model.n_mels} bands, and would be given {bands}", file=self._folder, field="model",
                hint="copy preprocessor_config.json of this very model into the folder",
            )  # fmt: skip


class _Running(NamedTuple):
    """A loaded model and the threads that feed it: all calls in flight share them, so that cores are never oversubscribed."""

    model: WhisperModel
    pool: ThreadPoolExecutor
    workers: int


def split(pieces: Sequence[Audio], *, at_most: int, workers: int) -> list[Sequence[Audio]]:
    """Batches of nearly equal size in order, none above ``at_most``, as many for each worker as for the others where there are enough."""
    rounds = -(-len(pieces) // (at_most * workers))
    count = min(len(pieces), rounds * workers)
    edges = [len(pieces) * index // count for index in range(count + 1)]
    return [pieces[low:high] for low, high in pairwise(edges)]


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
