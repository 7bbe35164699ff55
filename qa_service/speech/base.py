"""What a speech engine is: pieces of sound in, words with times and probabilities out.

There are two sorts. An :class:`Engine` recognises sound and knows nothing of calls, channels or files; everything around it
(voice activity, cross-channel gate, packing, turns) is the same for all engines. A :class:`Reader` takes the words from
beside the recording; it exists for fast tests and says so in its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from qa_service.domain.transcript import Turn
from qa_service.speech.loaded import Loaded

#: Mono samples, shape (n,), -1 to 1, RATE samples a second.
Audio = NDArray[np.float32]
#: Samples a second that every engine takes.
RATE = 16_000
#: Longest piece an engine is given, seconds: the window of Whisper.
PIECE_SECONDS = 30.0
#: Languages that are told apart, unless a site says otherwise: those that the rest of the service understands.
LANGUAGES = ("en", "fa", "ar")
#: Pieces decoded at once, unless a site says otherwise.
BATCH_SIZE = 3


@dataclass(frozen=True, kw_only=True)
class EngineOptions:
    """How an engine is built; the composition root fills it from the settings."""

    #: Folder in which bundled weights are assembled.
    cache_dir: Path
    #: Empty for the bundled weights, else a folder, or an official name (which may be fetched: the user asked for it).
    model: str = ""
    #: Where the model runs.
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    #: Numeric type of the weights at run time; ``auto`` takes the quickest that loses nothing worth hearing on the device.
    compute_type: str = "auto"
    #: Threads; 0 means every core this process may use.
    threads: int = 0
    #: Beams of the decoder.
    beam_size: int = 5
    #: Pieces decoded at once.
    batch_size: int = BATCH_SIZE
    #: Language of recordings that do not say theirs; empty to detect it.
    language: str = ""
    #: Languages that can be detected; empty for all that the model knows.
    languages: tuple[str, ...] = LANGUAGES
    #: Brand, product and people's names the recogniser should expect.
    vocabulary: tuple[str, ...] = ()
    #: A sentence as it might have been said before, in the spelling that is wanted.
    prompt: str = ""
    #: Whether the vocabulary is all that can be said (vosk only).
    grammar: bool = False
    #: How two voices in one channel are told apart, as a version says it (:attr:`.ear.Ear.mark`).
    ear: str = ""
    #: What is in memory already; engines built with the same one share their models.
    loaded: Loaded = field(default_factory=Loaded, compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class RecognisedWord:
    """One word of a piece."""

    #: With its punctuation; begins with a blank where the script parts words, so that texts join to the sentence.
    text: str
    #: Start within the piece, ms.
    start_ms: int
    #: End within the piece, ms.
    end_ms: int
    #: Probability, 0 to 1.
    confidence: float


@dataclass(frozen=True, kw_only=True)
class RecognisedPiece:
    """What was heard in one piece of sound."""

    #: In time order.
    words: tuple[RecognisedWord, ...] = ()
    #: Probability that nobody spoke, 0 to 1.
    no_speech: float = 0.0
    #: Mean log-probability of the tokens; 0 is certain.
    avg_logprob: float = 0.0
    #: Length of the text over its length compressed; above 2.4 it repeats itself.
    compression: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """What was heard in all pieces, one result a piece, in their order."""

    pieces: tuple[RecognisedPiece, ...] = field(default=())
    #: ISO 639-1 code.
    language: str
    #: How sure the language is; 1 when it was given.
    language_confidence: float


@dataclass(frozen=True, kw_only=True)
class SideCar:
    """What a :class:`Reader` found beside a recording."""

    #: In order of start.
    turns: tuple[Turn, ...]
    #: Language as the side-car names it.
    language: str | None = None


@runtime_checkable
class Engine(Protocol):
    """Recognises speech; one instance serves all threads of a process."""

    @property
    def name(self) -> str:
        """As registered in ``speech.ENGINES``."""

    @property
    def version(self) -> str:
        """Library, model, hash of the weights, numeric type and a mark of the hints; stored with every result."""

    def recognise(self, pieces: Sequence[Audio], *, language: str | None) -> Recognition:
        """Words of every piece (mono, float32, ``RATE``, at most ``PIECE_SECONDS``).

        ``language`` is an ISO code, or ``None`` to detect it. Raises ``EngineError``, ``ConfigurationError``.
        """


@runtime_checkable
class Reader(Protocol):
    """Reads the words of a recording instead of recognising them."""

    @property
    def name(self) -> str:
        """As registered in ``speech.ENGINES``."""

    @property
    def version(self) -> str:
        """Name and version; stored with every result."""

    def read(self, path: Path) -> SideCar:
        """The turns that stand beside the recording ``path``. Raises ``ConversationError``."""
