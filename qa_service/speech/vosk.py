"""The engine ``vosk``: Kaldi models that a site brings itself, small and quick, with a grammar where only certain words are expected.

There is no bundled model and nothing is ever downloaded: ``model`` names a folder. A ``vocabulary`` is no hint here but a grammar:
the recogniser hears nothing but those words, most readily in the order that a phrase has them. Whatever else is said is left out
by models that know ``[unk]`` (the usual ones); the others hear the nearest of the words in it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np

from qa_service.errors import ConfigurationError, EngineError, QaError, WeightsError
from qa_service.speech.base import RATE, Audio, EngineOptions, RecognisedPiece, RecognisedWord, Recognition
from qa_service.speech.cores import usable_cores
from qa_service.speech.weights import file_sha256

if TYPE_CHECKING:
    from vosk import KaldiRecognizer, Model

NAME = "vosk"
#: What the recogniser writes where a grammar does not have what was said.
_OUTSIDE = "[unk]"
#: A model's folder is named after its language: vosk-model-small-en-us-0.15.
_LANGUAGE = re.compile(r"vosk-model-(?:small-|big-)?([a-z]{2})(?:-|$)")


def create(options: EngineOptions) -> VoskEngine:
    """The engine; raises ``ConfigurationError`` when no model is named or its folder is not one."""
    return VoskEngine(options)


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One way to understand a piece of sound."""

    text: str
    #: The recogniser's score; it orders the readings of one piece and means nothing beyond that.
    score: float


class VoskEngine:
    """One model for all threads; pieces are recognised side by side, never more at once than there are cores."""

    name = NAME

    def __init__(self, options: EngineOptions, *, alternatives: int = 1) -> None:
        """``alternatives`` is the most readings that :meth:`readings` gives."""
        self._options = options
        self._alternatives = alternatives
        self._lock = Lock()
        self._folder = _checked_folder(options)
        self._workers = ThreadPoolExecutor(options.threads or usable_cores(), thread_name_prefix=NAME)

    @property
    def version(self) -> str:
        """Library, model, hash over all its files, and the grammar. Words can still differ a little: many models add noise (dither)."""
        vocabulary = self._options.vocabulary
        grammar = f" grammar {hashlib.sha256(json.dumps(vocabulary).encode()).hexdigest()[:12]}" if vocabulary else ""
        return f"{NAME} {version(NAME)} {self._folder.name.replace(' ', '_')} {self._sha256[:12]}{grammar}"

    def recognise(self, pieces: Sequence[Audio], *, language: str | None) -> Recognition:
        """See :class:`qa_service.speech.base.Engine`; a model has one language, so that none is ever detected."""
        spoken = self._spoken(language)
        found = tuple(self._workers.map(self._piece, pieces))
        return Recognition(pieces=found, language=spoken, language_confidence=1.0 if language else 0.0)

    def readings(self, piece: Audio) -> tuple[Reading, ...]:
        """The likeliest ways to understand a piece, best first; none where nothing was heard."""
        recognizer = self._recognizer()
        recognizer.SetMaxAlternatives(self._alternatives)
        heard = _heard(recognizer, piece).get("alternatives", ())
        found = (Reading(text=_plain(one["text"]), score=float(one.get("confidence", 0.0))) for one in heard)
        return tuple(reading for reading in found if reading.text)

    def _piece(self, piece: Audio) -> RecognisedPiece:
        recognizer = self._recognizer()
        recognizer.SetWords(True)
        words = tuple(_words(_heard(recognizer, piece)))
        if not words:
            return RecognisedPiece(no_speech=1.0)
        return RecognisedPiece(words=words, avg_logprob=sum(math.log(max(word.confidence, 1e-9)) for word in words) / len(words))

    def _spoken(self, language: str | None) -> str:
        named = _LANGUAGE.match(self._folder.name)
        own = named[1] if named else None
        if language and own and language != own:
            raise ConfigurationError(f"the model does not know language {language!r}, only {own!r}", field="language", file=self._folder)
        if not (language or own):
            hint = "set the language, or keep the folder's own name, as in vosk-model-small-en-us-0.15"
            raise ConfigurationError("the model does not tell its language", field="language", file=self._folder, hint=hint)
        return language or str(own)

    def _recognizer(self) -> KaldiRecognizer:
        from vosk import KaldiRecognizer

        hint = "unpack it again"
        with _failing(WeightsError("the speech model cannot be loaded", file=self._folder, field="model", hint=hint)):
            with self._lock:
                model = self._model
            if not self._options.vocabulary:
                return KaldiRecognizer(model, RATE)
            beside = [_OUTSIDE] if model.vosk_model_find_word(_OUTSIDE) >= 0 else []
            return KaldiRecognizer(model, RATE, json.dumps([*self._options.vocabulary, *beside], ensure_ascii=False))

    @cached_property
    def _model(self) -> Model:
        import vosk

        vosk.SetLogLevel(-1)  # Kaldi writes its log to stderr
        model = vosk.Model(model_path=str(self._folder))
        self._check_vocabulary(model)
        return model

    def _check_vocabulary(self, model: Model) -> None:
        """A grammar of words that the model cannot hear would leave them out without a word."""
        words = dict.fromkeys(word for phrase in self._options.vocabulary for word in phrase.split())
        unknown = [word for word in words if model.vosk_model_find_word(word) < 0]
        if unknown:
            raise ConfigurationError(f"the model does not know {', '.join(unknown)}", field="vocabulary", file=self._folder)

    @cached_property
    def _sha256(self) -> str:
        """Hash over the names and hashes of all files."""
        digest = hashlib.sha256()
        for path in sorted(path for path in self._folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(self._folder).as_posix()} {file_sha256(path)}\n".encode())
        return digest.hexdigest()


def _checked_folder(options: EngineOptions) -> Path:
    place = f"unpack a model to {options.cache_dir / 'vosk-model-small-en-us-0.15'}, say, and name that folder (QA_MODEL)"
    if not options.model:
        raise ConfigurationError("the engine vosk has no model of its own and downloads none", field="model", hint=place)
    folder = Path(options.model)
    if not folder.is_dir():
        raise ConfigurationError(f"no such model folder: {options.model}", field="model", hint=place)
    if not (folder / "am" / "final.mdl").is_file() and not (folder / "final.mdl").is_file():
        raise WeightsError("the folder holds no vosk model (am/final.mdl)", file=folder, field="model", hint="is it a folder further down?")
    if options.vocabulary and not any((folder / place).is_file() for place in ("graph/HCLr.fst", "HCLr.fst")):
        hint = "small models take one (graph/HCLr.fst); else leave it empty"
        raise ConfigurationError("the graph of this model is fixed: it takes no vocabulary", field="vocabulary", file=folder, hint=hint)
    return folder


def _heard(recognizer: KaldiRecognizer, piece: Audio) -> dict[str, Any]:
    """All that was heard; given at once, a piece is one utterance whatever pauses are in it."""
    with _failing(EngineError(f"{NAME} gave up")):
        recognizer.AcceptWaveform((np.clip(piece, -1, 1) * 32767).astype("<i2").tobytes())
    heard: dict[str, Any] = json.loads(recognizer.FinalResult())
    return heard


def _words(heard: dict[str, Any]) -> Iterator[RecognisedWord]:
    for word in heard.get("result", ()):
        if word["word"] != _OUTSIDE:
            start, end = (round(float(word[time]) * 1000) for time in ("start", "end"))
            yield RecognisedWord(text=f" {word['word']}", start_ms=start, end_ms=end, confidence=min(1.0, float(word["conf"])))


def _plain(text: str) -> str:
    return " ".join(word for word in text.split() if word != _OUTSIDE)


@contextmanager
def _failing(error: QaError) -> Iterator[None]:
    """Raise ``error`` where the library raises its only one, a bare ``Exception``."""
    try:
        yield
    except Exception as cause:
        if type(cause) is not Exception:
            raise
        raise error from cause
