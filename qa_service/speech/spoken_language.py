"""The language of a recording: the likeliest one among those that a site expects, by as much speech as it takes to be sure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

import numpy as np

from qa_service.errors import ConfigurationError
from qa_service.speech.base import PIECE_SECONDS, RATE, Audio

#: Probability at which the first 30 s of speech are enough; English calls have more than 0.9.
_SURE = 0.8
#: Most stretches of 30 s that are listened to before that.
_MOST = 4


def detected(
    pieces: Sequence[Audio], *, shares: Callable[[Audio], Mapping[str, float]], among: Collection[str]
) -> tuple[str, float]:
    """The likeliest language of the pieces and its probability.

    ``shares`` gives the probabilities of all languages for up to 30 s of sound; where the first 30 s leave doubt, the mean over up
    to 2 min decides, by length. ``among`` is empty for all languages that the model knows. The probability stays the one among all of
    them: where none of those expected was spoken, it is low and says so. Raises ``ConfigurationError`` when the model knows none of
    ``among``.
    """
    speech, window = np.concatenate(pieces), int(PIECE_SECONDS * RATE)
    heard: list[tuple[int, Mapping[str, float]]] = []
    language, share = "", 0.0
    for start in range(0, min(len(speech), _MOST * window), window):
        part = speech[start : start + window]
        heard.append((len(part), shares(part)))
        language, share = _likeliest(heard, among)
        if share >= _SURE:
            break
    return language, share


def _likeliest(heard: Sequence[tuple[int, Mapping[str, float]]], among: Collection[str]) -> tuple[str, float]:
    """By the mean of all that was heard, each with its length."""
    known = [language for language in heard[0][1] if not among or language in among]
    if not known:
        raise ConfigurationError(f"the model knows none of {', '.join(among)}", field="QA_LANGUAGES", hint="leave it empty for all")
    total = sum(length for length, _ in heard)
    means = {language: sum(length * one[language] for length, one in heard) / total for language in known}
    language = max(known, key=lambda code: means[code])
    return language, float(means[language])
