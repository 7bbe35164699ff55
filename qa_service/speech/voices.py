"""Two voices in one channel told apart by how they sound: no more than a guess, and the words say how sure it is.

The words are grouped into sentences (speakers rarely change within one), long ones into pieces, and every piece is heard (:mod:`.ear`).
Two-means over the longer pieces gives two voices; the most probable sequence of voices follows, where a change costs less after a question,
a full stop or a pause. Where a second voice spares too little misfit, there is but one. Whoever uses the result marks it as not known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.speech.base import Audio
from qa_service.speech.ear import BUILT_IN, Changes, Ear, Sounds
from qa_service.speech.turns import HeardWord

#: A pause that ends a sentence even without punctuation, ms.
_PAUSE_MS = 250
_ENDS, _QUESTIONS = (".", "?", "!", "؟", "。"), ("?", "؟")
#: Pieces this long, in seconds, decide what the voices are like, at most so many; pieces beyond that length weigh no more.
_TELLING, _MOST, _FULL = 1.0, 500, 3.0
#: How many of the longest pieces are tried in pairs as first centres, and how often centres are found anew.
_BEGINNINGS, _ROUNDS = 10, 20

Floats = NDArray[np.float64]
Labels = NDArray[np.int64]


class _Pieces(NamedTuple):
    """Words that one person says in one go."""

    words: list[list[HeardWord]]
    #: Cost of a change of voice behind each piece but the last.
    changes: Floats


class _Split(NamedTuple):
    """Voices of all pieces."""

    #: 0 or 1.
    voices: Labels
    #: By how much the likelier voice of each piece fits better.
    margins: Floats
    #: What two voices spare against one, misfit a second.
    spared: float


def assign_voices(words: Sequence[HeardWord], *, cut: Callable[[int, int], Audio], ear: Ear = BUILT_IN) -> list[HeardWord]:
    """The words with ``party`` 0 or 1 by voice, in time order; 0 is the voice heard first. ``cut(start_ms, end_ms)`` gives the sound.

    The confidence of a word becomes the probability that it is right and this party's. Raises ``WeightsError``.
    """
    ordered = sorted(words, key=lambda word: (word.start_ms, word.end_ms))
    pieces = _pieces(ordered, ear)
    believed = np.array([not all(word.suspect for word in piece) for piece in pieces.words], dtype=np.bool_)
    if believed.sum() < 2:
        return [replace(word, party=0) for word in ordered]
    sounds = ear.hear(cut(piece[0].start_ms, piece[-1].end_ms) for piece in pieces.words)
    split = _split(sounds, pieces.changes, believed)
    if split.spared < ear.least or len(np.unique(split.voices)) < 2:
        return [replace(word, party=0) for word in ordered]
    sure = 1 - np.exp(-split.margins / ear.doubt) / 2
    return [
        replace(word, party=int(voice != split.voices[0]), confidence=word.confidence * float(certainty))
        for piece, voice, certainty in zip(pieces.words, split.voices, sure, strict=True)
        for word in piece
    ]


def _pieces(words: Sequence[HeardWord], ear: Ear) -> _Pieces:
    found: list[list[HeardWord]] = []
    changes: list[float] = []
    for sentence in _sentences(words):
        parts = _parts(sentence, ear.longest)
        changes += [_change(found[-1][-1], sentence[0], ear.changes)] if found else []
        changes += [ear.changes.within] * (len(parts) - 1)
        found += parts
    return _Pieces(found, np.array(changes))


def _sentences(words: Sequence[HeardWord]) -> list[list[HeardWord]]:
    sentences: list[list[HeardWord]] = []
    for word in words:
        if sentences and not _ends(sentences[-1][-1], word):
            sentences[-1].append(word)
        else:
            sentences.append([word])
    return sentences


def _ends(before: HeardWord, after: HeardWord) -> bool:
    return before.text.rstrip().endswith(_ENDS) or after.start_ms - before.end_ms > _PAUSE_MS


def _change(before: HeardWord, after: HeardWord, costs: Changes) -> float:
    if before.text.rstrip().endswith(_QUESTIONS):
        return costs.question
    return costs.end if _ends(before, after) else costs.within


def _parts(sentence: list[HeardWord], longest: float) -> list[list[HeardWord]]:
    """A sentence in pieces of about that many seconds, whole words each."""
    start, length = sentence[0].start_ms, max(1, sentence[-1].end_ms - sentence[0].start_ms)
    count = max(1, round(length / 1000 / longest))
    parts: list[list[HeardWord]] = [[] for _ in range(count)]
    for word in sentence:
        middle = (word.start_ms + word.end_ms) / 2 - start
        parts[min(count - 1, max(0, int(middle * count / length)))].append(word)
    return [part for part in parts if part]


def _split(sounds: Sounds, changes: Floats, believed: NDArray[np.bool_]) -> _Split:
    """The most probable voices. Only long pieces whose words are ``believed`` say what the voices are like."""
    points, trust = sounds.points, np.minimum(sounds.seconds, _FULL)[:, None]
    seconds = np.where(believed, sounds.seconds + 1e-3, 0)
    telling = np.argsort(-seconds, kind="stable")[: min(_MOST, max(2, int((seconds >= _TELLING).sum())))]
    centres = _centres(points[telling], seconds[telling])
    misfit = _squares(points, centres) * trust
    single = _squares(points, np.average(points, axis=0, weights=seconds)[None]) * trust
    voices = _sequence(misfit, changes)
    spared = (single.sum() - misfit[np.arange(len(voices)), voices].sum()) / max(trust.sum(), 1e-3)
    return _Split(voices, _margins(misfit, changes), float(spared))


def _squares(points: Floats, centres: Floats) -> Floats:
    """Squared distances of all points from all centres; the last axes of the centres are (centres, features)."""
    squares = np.square(points).sum(axis=1)[:, None] + np.square(centres).sum(axis=-1)[..., None, :]
    return np.asarray(np.maximum(squares - 2 * points @ centres.swapaxes(-1, -2), 0), dtype=np.float64)


def _centres(points: Floats, weights: Floats) -> Floats:
    """Two-means, longest pieces first; the best of all beginnings, shape (2, features)."""
    centres = points[np.array(list(combinations(range(min(len(points), _BEGINNINGS)), 2)))]
    nearest: Labels | None = None
    for _ in range(_ROUNDS):
        before, nearest = nearest, _squares(points, centres).argmin(axis=-1)
        if before is not None and np.array_equal(before, nearest):
            break
        shares = np.stack([nearest == 0, nearest == 1], axis=1) * weights
        sums = shares.sum(axis=-1, keepdims=True)
        centres = np.where(sums.all(axis=1, keepdims=True), shares @ points / np.maximum(sums, 1e-9), centres)
    return np.asarray(centres[(_squares(points, centres).min(axis=-1) * weights).sum(axis=-1).argmin()], dtype=np.float64)


def _sequence(misfit: Floats, changes: Floats) -> Labels:
    """The voices of all pieces with the least misfit and changes (Viterbi)."""
    cost, turned = misfit[0], []
    for step, change in zip(misfit[1:], changes, strict=True):
        other = cost[::-1] + change
        turned.append(other < cost)
        cost = np.minimum(cost, other) + step
    voices = [int(cost.argmin())]
    for turn in reversed(turned):
        voices.append(voices[-1] ^ int(turn[voices[-1]]))
    return np.array(voices[::-1], dtype=np.int64)


def _margins(misfit: Floats, changes: Floats) -> Floats:
    """How much worse the best sequence gets when a piece is given to its other voice."""
    onward, backward = _best_until(misfit, changes), _best_until(misfit[::-1], changes[::-1])[::-1]
    total = onward + backward - misfit
    return np.asarray(np.abs(total[:, 1] - total[:, 0]), dtype=np.float64)


def _best_until(misfit: Floats, changes: Floats) -> Floats:
    """Misfit of the best sequence up to each piece that ends in either voice, shape (pieces, 2)."""
    found = [misfit[0]]
    for step, change in zip(misfit[1:], changes, strict=True):
        found.append(np.minimum(found[-1], found[-1][::-1] + change) + step)
    return np.stack(found)
