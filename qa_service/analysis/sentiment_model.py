"""The mood of turns as three chances, by logistic regression over words and lexicons.

The weights lie in ``sentiment_weights.npz``, made by ``python -m benchmarks.sentiment`` from the labelled turns of
``tests/analysis/sentiment``, which also tells how well they hold on turns that were not learned from. Sentence vectors were tried beside
them, on all turns and on the unsure ones: about one turn in a hundred came out better, at some 2 ms a sentence, so there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.analysis.logistic import softmax
from qa_service.analysis.sentiment_features import (
    AROUND,
    EDGE,
    PAIR,
    around_features,
    lexical_features,
    pair_features,
    plain_words,
    square_of,
    word_features,
)

Matrix = NDArray[np.float64]

#: Columns of chances.
NEGATIVE, NEUTRAL, POSITIVE = range(3)
#: Turns and words whose log odds are kept.
_TURNS_KEPT, _WORDS_KEPT = 8192, 50_000
_EDGE_ROW = (float(EDGE.checksum), 0.0, 0.0, 0.0, 0.0)


class Said(NamedTuple):
    """A turn to be weighed."""

    #: What its writer wrote, without quotes of others.
    text: str
    #: Its language, ``xx`` where unknown.
    language: str


class SentimentWeights(NamedTuple):
    """What was learned."""

    #: Shape ``(features, 3)``, float32.
    features: NDArray[np.float32]
    #: Shape ``(3,)``.
    start: Matrix
    #: What log odds are multiplied by, so that chances are what they say.
    scale: float


class SentimentModel:
    """Chances of turns of one party; safe to call from many threads."""

    def __init__(self, *, agent: bool) -> None:
        """The weights are read at the first turn. Agents have their own: a refusal or regret is their work and no mood."""
        self._agent = agent
        self._kept: dict[Said, Matrix] = {}
        self._word = lru_cache(maxsize=_WORDS_KEPT)(self._word_row)

    def chances(self, said: Sequence[Said]) -> Matrix:
        """Shape ``(len(said), 3)``: negative, neutral, positive."""
        return softmax(self._points(said) * self._weights.scale) if said else np.zeros((0, 3))

    @property
    def _weights(self) -> SentimentWeights:
        return shipped_weights(agent=self._agent)

    def _points(self, said: Sequence[Said]) -> Matrix:
        """Log odds by words alone, not scaled; a turn that was asked for before is known."""
        kept = self._kept
        found = {one: kept[one] for one in said if one in kept}
        fresh = [one for one in dict.fromkeys(said) if one not in found]
        if fresh:
            found.update(zip(fresh, self._worded(fresh), strict=True))
            # Never emptied in place: another thread may be reading it.
            if len(kept) + len(fresh) > _TURNS_KEPT:
                self._kept = kept = {}
            kept.update((one, found[one]) for one in fresh)
        return np.stack([found[one] for one in said])

    def _worded(self, said: Sequence[Said]) -> Matrix:
        """As the features of each turn times the weights, for all turns at once."""
        weights, words = self._weights.features, [plain_words(one.text, one.language) for one in said]
        rows: list[tuple[float, ...]] = []
        for one, mine in zip(said, words, strict=True):
            rows += [_EDGE_ROW, *[self._word(word, one.language) for word in mine], _EDGE_ROW]
        table, counts = np.array(rows), np.array([len(mine) for mine in words])
        starts = np.concatenate([[0], np.cumsum(counts + 2)[:-1]])
        checksums = table[:, 0].astype(np.uint64)
        near = np.zeros((len(table), 3))
        near[:-1] = PAIR * weights[pair_features(checksums)]
        near[starts[1:] - 1] = 0
        near[:-2] += _within(AROUND * weights[around_features(checksums)].astype(np.float64), starts)
        sums = np.add.reduceat(np.column_stack([table[:, 1:], near]), starts)
        points = (sums[:, 1:4] + sums[:, 4:]) / np.sqrt(square_of(sums[:, 0], counts))[:, None]
        found: Matrix = points + self._lexical(said, words) + self._weights.start
        return found

    def _lexical(self, said: Sequence[Said], words: Sequence[tuple[str, ...]]) -> Matrix:
        rows = [lexical_features(one.text, mine, one.language, agent=self._agent) for one, mine in zip(said, words, strict=True)]
        numbers, values = zip(*[feature for row in rows for feature in row], strict=True)
        starts = np.concatenate([[0], np.cumsum([len(row) for row in rows])[:-1]])
        found: Matrix = np.add.reduceat(self._weights.features[list(numbers)] * np.array(values)[:, None], starts)
        return found

    def _word_row(self, word: str, language: str) -> tuple[float, ...]:
        """Checksum, square and three points of a word with its pieces."""
        known = word_features(word, language)
        return (float(known.checksum), known.square, *(known.values @ self._weights.features[known.numbers]).tolist())


def _within(points: Matrix, starts: NDArray[np.int64]) -> Matrix:
    """Points of words around a third, without those that reach into the next turn."""
    points[starts[1:] - 1] = 0
    points[starts[1:] - 2] = 0
    return points


@cache
def shipped_weights(*, agent: bool) -> SentimentWeights:
    """Those of the package for turns of agents, or of customers."""
    party = "agent" if agent else "customer"
    with (files(__package__) / "sentiment_weights.npz").open("rb") as stream, np.load(stream) as kept:
        weights = kept[f"{party}_features"].astype(np.float32) * kept[f"{party}_unit"]
        return SentimentWeights(features=weights, start=kept[f"{party}_start"], scale=float(kept[f"{party}_scale"]))
