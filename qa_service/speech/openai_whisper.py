"""The engine ``openai-whisper``: the reference implementation, on torch; same weights, same decoding, same words, more time.

It takes a ``.pt`` checkpoint, an official name, a CTranslate2 folder, or, when nothing is named, the bundled weights. The last two
are converted once (:mod:`.checkpoint`). Numbers are float32, on a GPU float16.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from importlib.metadata import version
from threading import Lock
from typing import TYPE_CHECKING, Any, NamedTuple

from qa_service.errors import ConfigurationError, EngineError
from qa_service.speech.base import Audio, EngineOptions, RecognisedPiece, RecognisedWord, Recognition
from qa_service.speech.cores import usable_cores
from qa_service.speech.device import Placement, place
from qa_service.speech.hints import fitting, hint, marks, may_echo
from qa_service.speech.openai_weights import Weights, find_weights, load_model
from qa_service.speech.spoken_language import detected

if TYPE_CHECKING:
    from torch import Tensor
    from whisper.decoding import DecodingResult
    from whisper.model import Whisper

NAME = "openai-whisper"
#: Whisper's own limits for a decoding that went wrong.
_REPEATS, _IMPROBABLE, _SILENCE = 2.4, -1.0, 0.6
#: Numbers that the library computes in, and those to take, best first.
_TYPES, _USUAL = {"cpu": ("float32",), "cuda": ("float16", "float32")}, {"cpu": ("float32",), "cuda": ("float16",)}
#: Frames of the spectrogram a second.
_FRAMES = 100
#: Punctuation that belongs to the word after it, and to the word before it; the library's own lists.
_BEFORE, _AFTER = "\"'“¿([{-", "\"'.。,，!！?？:：”)]}、"


def create(options: EngineOptions) -> OpenaiWhisperEngine:
    """The engine; weights are found, converted and loaded at first use."""
    return OpenaiWhisperEngine(options)


class _Running(NamedTuple):
    """A loaded model; one call at a time, since the library hangs hooks into the model while it decodes."""

    model: Whisper
    lock: Lock


class OpenaiWhisperEngine:
    """Shares its model with all engines that have the same weights in the same numbers."""

    name = NAME

    def __init__(self, options: EngineOptions) -> None:
        self._options = options

    @property
    def version(self) -> str:
        """Library, model, weights, numeric type and hints; the same string means the same words."""
        weights, kind = self._weights, self._placement.compute_type
        made = f"{NAME} {version(NAME)} {weights.label} {weights.sha256[:12]} {kind} beam {self._options.beam_size}"
        return made + marks(self._options)

    def recognise(self, pieces: Sequence[Audio], *, language: str | None) -> Recognition:
        """See :class:`qa_service.speech.base.Engine`."""
        language = language or self._options.language or None
        if not pieces:
            return Recognition(language=language or "en", language_confidence=1.0 if language else 0.0)
        # The library shares one encoding among all beams and so cannot search several pieces at once; without beams it can.
        size = self._options.batch_size if self._beams is None else 1
        with self._running.lock, _quiet(), _failing_clearly():
            spoken, confidence = (self._known(language), 1.0) if language else self._detect(pieces)
            found = [piece for at in range(0, len(pieces), size) for piece in self._batch(pieces[at : at + size], spoken)]
        return Recognition(pieces=tuple(found), language=spoken, language_confidence=confidence)

    def _known(self, language: str) -> str:
        from whisper.tokenizer import LANGUAGES

        known = list(LANGUAGES)[: self._model.num_languages] if self._model.is_multilingual else ["en"]
        if language not in known:
            raise ConfigurationError(f"the model does not know language {language!r}", field="language")
        return language

    def _detect(self, pieces: Sequence[Audio]) -> tuple[str, float]:
        if not self._model.is_multilingual:
            return "en", 1.0
        return detected(pieces, shares=self._shares, among=self._options.languages)

    def _shares(self, speech: Audio) -> dict[str, float]:
        """Probabilities of all languages for up to 30 s."""
        _, (shares,) = self._model.detect_language(self._mel(speech)[0][None])
        return dict(shares)

    def _mel(self, piece: Audio) -> tuple[Tensor, int]:
        """The spectrogram on the device of the model, shape (bands, frames of a window), and how many of its frames are sound."""
        import torch
        import whisper

        # The library's own way: silence after the piece for the edge of the transform, and zeros instead of it for the model.
        mel = whisper.log_mel_spectrogram(torch.tensor(piece), self._model.dims.n_mels, padding=whisper.audio.N_SAMPLES)
        frames = max(2, min(whisper.audio.N_FRAMES, mel.shape[-1] - whisper.audio.N_FRAMES))
        kind = torch.float16 if self._halves else torch.float32
        return whisper.pad_or_trim(mel[:, :frames], whisper.audio.N_FRAMES).to(self._model.device, kind), frames

    def _batch(self, pieces: Sequence[Audio], language: str) -> list[RecognisedPiece]:
        heard = self._decoded(pieces, language, self._hint)
        doubtful = [may_echo(one, self._hint) for one in heard]
        return [
            self._decoded([piece], language, None)[0] if doubt else one for piece, one, doubt in zip(pieces, heard, doubtful, strict=True)
        ]

    def _decoded(self, pieces: Sequence[Audio], language: str, prompt: str | None) -> list[RecognisedPiece]:
        import torch
        from whisper.decoding import DecodingOptions

        mels = [self._mel(piece) for piece in pieces]
        options = DecodingOptions(language=language, beam_size=self._beams, without_timestamps=True, fp16=self._halves, prompt=prompt)
        results = self._model.decode(torch.stack([mel for mel, _ in mels]), options)
        return [
            self._again(piece, language) if _went_wrong(result) else self._timed(result, frames, language)
            for piece, result, (_, frames) in zip(pieces, results, mels, strict=True)
        ]

    def _timed(self, result: DecodingResult, frames: int, language: str) -> RecognisedPiece:
        """A result with the times of its words, from where the decoder's attention lay."""
        from whisper.timing import add_word_timestamps
        from whisper.tokenizer import get_tokenizer

        segment: dict[str, Any] = {
            "seek": 0, "start": 0.0, "end": frames / _FRAMES, "tokens": result.tokens, "no_speech_prob": result.no_speech_prob,
            "avg_logprob": result.avg_logprob, "compression_ratio": result.compression_ratio,
        }  # fmt: skip
        tokenizer = get_tokenizer(
            self._model.is_multilingual, num_languages=self._model.num_languages, language=language, task="transcribe"
        )
        add_word_timestamps(
            segments=[segment], model=_Heard(self._model), tokenizer=tokenizer, mel=result.audio_features, num_frames=frames,
            prepend_punctuations=_BEFORE, append_punctuations=_AFTER, last_speech_timestamp=0.0,
        )  # fmt: skip
        return _piece([segment])

    def _again(self, piece: Audio, language: str) -> RecognisedPiece:
        """The second attempt at a piece that went wrong: alone, with times and Whisper's temperatures, without hints; always the same."""
        import torch
        import whisper

        with torch.random.fork_rng():
            torch.manual_seed(0)
            heard = whisper.transcribe(
                self._model, torch.tensor(piece), language=language, beam_size=self._beams, fp16=self._halves,
                word_timestamps=True, condition_on_previous_text=False,
            )  # fmt: skip
        return _piece(heard["segments"])

    @property
    def _beams(self) -> int | None:
        return self._options.beam_size if self._options.beam_size > 1 else None

    @cached_property
    def _hint(self) -> str | None:
        from whisper.tokenizer import get_tokenizer

        model = self._model
        tokenizer = get_tokenizer(model.is_multilingual, num_languages=model.num_languages)
        return fitting(hint(self._options), tokens=lambda text: len(tokenizer.encode(text)))

    @cached_property
    def _placement(self) -> Placement:
        import torch

        return place(
            self._options.device, self._options.compute_type, gpus=torch.cuda.device_count(), types=_TYPES.__getitem__, usual=_USUAL
        )

    @property
    def _device(self) -> str:
        return self._placement.device

    @property
    def _halves(self) -> bool:
        return self._placement.compute_type == "float16"

    @cached_property
    def _weights(self) -> Weights:
        def find() -> Weights:
            with _quiet():
                return find_weights(self._options)

        return self._options.loaded.get((NAME, "weights", self._options.model), find)

    @property
    def _model(self) -> Whisper:
        return self._running.model

    @property
    def _running(self) -> _Running:
        key = (NAME, self._weights, self._placement, self._options.threads)
        return self._options.loaded.get(key, self._load)

    def _load(self) -> _Running:
        import torch
        from whisper.tokenizer import get_tokenizer

        with _quiet(), _failing_clearly():
            torch.set_num_threads(self._options.threads or usable_cores())
            model = load_model(self._weights, cache_dir=self._options.cache_dir, device=self._device)
            get_tokenizer(model.is_multilingual, num_languages=model.num_languages)  # kept by the library, which leaves its file open
            return _Running(model, Lock())


class _Heard:
    """The model for sound that it has encoded already, which the library would encode a second time to find the words in it."""

    def __init__(self, model: Whisper) -> None:
        self.decoder, self.dims, self.device, self.alignment_heads = model.decoder, model.dims, model.device, model.alignment_heads

    def __call__(self, encoded: Tensor, tokens: Tensor) -> Tensor:
        logits: Tensor = self.decoder(tokens, encoded)
        return logits


def _went_wrong(result: DecodingResult) -> bool:
    silent = result.no_speech_prob > _SILENCE
    return result.compression_ratio > _REPEATS or (result.avg_logprob < _IMPROBABLE and not silent)


def _piece(segments: Sequence[Mapping[str, Any]]) -> RecognisedPiece:
    if not segments:
        return RecognisedPiece(no_speech=1.0)
    return RecognisedPiece(
        words=tuple(_words(segments)),
        no_speech=max(float(s["no_speech_prob"]) for s in segments),
        avg_logprob=min(float(s["avg_logprob"]) for s in segments),
        compression=max(float(s["compression_ratio"]) for s in segments),
    )


def _words(segments: Sequence[Mapping[str, Any]]) -> Iterator[RecognisedWord]:
    for word in (word for segment in segments for word in segment["words"]):
        if word["word"].strip():
            start, end = (max(0, round(float(word[time]) * 1000)) for time in ("start", "end"))
            confidence = min(1.0, max(0.0, float(word["probability"])))
            yield RecognisedWord(text=word["word"], start_ms=start, end_ms=max(start, end), confidence=confidence)


@contextmanager
def _failing_clearly() -> Iterator[None]:
    """Turn a failure inside the library into an :class:`EngineError`."""
    try:
        yield
    except RuntimeError as error:
        raise EngineError(f"{NAME} gave up: {error}") from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what the library leaves open (its vocabulary, a file it has fetched) and its remark on a CPU chosen beside a GPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.filterwarnings("ignore", message="Performing inference on CPU when CUDA is available")
        yield
