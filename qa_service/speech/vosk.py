"""The engine ``vosk``: Kaldi models that a site brings itself, small and quick, with a grammar where only certain words are expected.

There is no bundled model and nothing is ever downloaded: ``model`` names a folder. Kaldi takes no hints, so that a ``vocabulary`` is
passed over, unless ``grammar`` says that it is all that can be said: then the recogniser hears nothing but those words, most readily in
the order that a phrase has them. Whatever else is said is left out by models that know ``[unk]`` (the usual ones); the others hear the
nearest of the words in it.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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


class _Running(NamedTuple):
    """A loaded model and the threads that feed it: pieces are recognised side by side, never more at once than there are cores."""

    model: Model
    workers: ThreadPoolExecutor


class VoskEngine:
    """Shares its model with all engines on the same folder, whatever their grammars are."""

    name = NAME

    def __init__(self, options: EngineOptions) -> None:
        self._options = options
        self._folder = _checked_folder(options)
        self._grammar = options.vocabulary if options.grammar else ()

    @property
    def version(self) -> str:
        """Library, model, hash over all its files, and the grammar. Words can still differ a little: many models add noise (dither)."""
        sha256 = self._options.loaded.get(("sha256", self._folder.resolve()), lambda: folder_sha256(self._folder))
        words = hashlib.sha256(json.dumps(self._grammar).encode()).hexdigest()[:12]
        ear = f" {self._options.ear}" if self._options.ear else ""
        grammar = f" grammar {words}" if self._grammar else ""
        return f"{NAME} {version(NAME)} {self._folder.name.replace(' ', '_')} {sha256[:12]}{ear}{grammar}"

    def recognise(self, pieces: Sequence[Audio], *, language: str | None) -> Recognition:
        """See :class:`qa_service.speech.base.Engine`; a model has one language, and whoever names it tells the language."""
        language = language or self._options.language or None
        spoken = self._spoken(language)
        found = tuple(self._running.workers.map(self._piece, pieces))
        return Recognition(pieces=found, language=spoken, language_confidence=1.0)

    def readings(self, piece: Audio, *, most: int = 3) -> tuple[Reading, ...]:
        """The likeliest ways to understand a piece, best first; none where nothing was heard."""
        recognizer = self._recognizer()
        recognizer.SetMaxAlternatives(most)
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

        model = self._running.model
        with self._whole_model():
            if not self._grammar:
                return KaldiRecognizer(model, RATE)
            beside = [_OUTSIDE] if model.vosk_model_find_word(_OUTSIDE) >= 0 else []
            return KaldiRecognizer(model, RATE, json.dumps([*self._known_grammar, *beside], ensure_ascii=False))

    @cached_property
    def _running(self) -> _Running:
        return self._options.loaded.get((NAME, self._folder.resolve(), self._options.threads), self._load)

    def _load(self) -> _Running:
        import vosk

        vosk.SetLogLevel(-1)  # Kaldi writes its log to stderr
        with self._whole_model():
            model = vosk.Model(model_path=str(self._folder))
        return _Running(model, ThreadPoolExecutor(self._options.threads or usable_cores(), thread_name_prefix=NAME))

    def _whole_model(self) -> AbstractContextManager[None]:
        return _failing(WeightsError("the speech model cannot be loaded", file=self._folder, field="model", hint="unpack it again"))

    @cached_property
    def _known_grammar(self) -> tuple[str, ...]:
        """A grammar of words that the model cannot hear would leave them out without a word."""
        words = dict.fromkeys(word for phrase in self._grammar for word in phrase.split())
        unknown = [word for word in words if self._running.model.vosk_model_find_word(word) < 0]
        if unknown:
            raise ConfigurationError(f"the model does not know {', '.join(unknown)}", field="vocabulary", file=self._folder)
        return self._grammar


def is_model(folder: Path) -> bool:
    """Whether a folder looks like a model of Kaldi as vosk takes it."""
    return (folder / "am" / "final.mdl").is_file() or (folder / "final.mdl").is_file()


def folder_sha256(folder: Path) -> str:
    """Hash over the names and hashes of all files."""
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {file_sha256(path)}\n".encode())
    return digest.hexdigest()


def _checked_folder(options: EngineOptions) -> Path:
    place = f"unpack a model to {options.cache_dir / 'vosk-model-small-en-us-0.15'}, say, and name that folder (QA_MODEL)"
    if not options.model:
        raise ConfigurationError("the engine vosk has no model of its own and downloads none", field="model", hint=place)
    folder = Path(options.model)
    if not folder.is_dir():
        raise ConfigurationError(f"no such model folder: {options.model}", field="model", hint=place)
    if not is_model(folder):
        raise WeightsError("the folder holds no vosk model (am/final.mdl)", file=folder, field="model", hint="is it a folder further down?")
    if options.grammar and not any((folder / place).is_file() for place in ("graph/HCLr.fst", "HCLr.fst")):
        hint = "small models take one (graph/HCLr.fst)"
        raise ConfigurationError("the graph of this model is fixed: it takes no grammar", field="grammar", file=folder, hint=hint)
    if options.grammar and not options.vocabulary:
        raise ConfigurationError("a grammar without words hears nothing", field="vocabulary", hint="list all words that can be said")
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
