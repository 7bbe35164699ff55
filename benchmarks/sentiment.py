"""Trains ``qa_service/analysis/sentiment_weights.npz`` and tells how well it holds.

    python -m benchmarks.sentiment [--keep]

``--keep``: only measure the weights that are there. Learned from the turns marked ``tuned`` in ``tests/analysis/sentiment/LANGUAGE.tsv``;
how surely the weights may speak is fitted on turns that were left out in turn. Those marked ``locked``, and ``pool.tsv``, are only
measured. The same files give the same numbers.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from qa_service.analysis.logistic import fit_scale, softmax
from qa_service.analysis.sentiment_features import LEXICAL, WORDY, Features, features
from qa_service.analysis.sentiment_model import Matrix, Said, SentimentModel, SentimentWeights

ROOT = Path(__file__).parents[1]
TURNS = ROOT / "tests/analysis/sentiment"
WEIGHTS = ROOT / "qa_service/analysis/sentiment_weights.npz"
LANGUAGES = ("en", "fa", "ar")
MOODS = ("negative", "neutral", "positive")
#: Strengths of the penalty that are tried; between 5e-5 and 2e-4 the figures hardly change.
PENALTIES = (1e-4,)
FOLDS = 3
STEPS = 500
#: Classes of chances in which they are compared with what is right.
BINS = 10


class Labelled(NamedTuple):
    """A turn and the mood that a person felt in it."""

    part: str
    agent: bool
    said: Said
    mood: int


class Held(NamedTuple):
    """How well chances hold on turns."""

    turns: int
    accuracy: float
    #: Mean over the moods.
    f1: float
    #: Expected calibration error.
    ece: float


def read_turns(folder: Path = TURNS) -> list[Labelled]:
    """Everything that is labelled: part, speaker, mood and text a line; in ``pool.tsv`` the language stands for the part."""
    rows = [(name, *line.split("\t")) for name in (*LANGUAGES, "pool") for line in _lines(folder / f"{name}.tsv")]
    return [
        Labelled("pool" if name == "pool" else part, speaker == "agent", Said(text, part if name == "pool" else name), MOODS.index(mood))
        for name, part, speaker, mood, text in rows
    ]


def held(chances: Matrix, right: Any) -> Held:
    """Accuracy, macro F1 and calibration error of chances, shape ``(n, 3)``."""
    told, true, sure = chances.argmax(axis=1), np.asarray(right), chances.max(axis=1)
    correct = told == true
    scores = [2 * ((told == one) & (true == one)).sum() / max((told == one).sum() + (true == one).sum(), 1) for one in range(3)]
    classes = np.minimum((sure * BINS).astype(int), BINS - 1)
    gaps = [abs(sure[classes == one].mean() - correct[classes == one].mean()) * (classes == one).mean() for one in set(classes.tolist())]
    return Held(len(true), float(correct.mean()), float(np.mean(scores)), float(np.sum(gaps)))


def train(turns: Sequence[Labelled]) -> SentimentWeights:
    """Weights from turns; the penalty, and how surely they may speak, from turns left out in turn."""
    right = np.array([turn.mood for turn in turns])
    rows = _Sparse([features(turn.said.text, turn.said.language, agent=turn.agent) for turn in turns])
    fold = np.array([zlib.crc32(turn.said.text.encode()) % FOLDS for turn in turns])
    points = {penalty: _left_out(rows, right, fold, penalty) for penalty in PENALTIES}
    scales = {penalty: fit_scale(points[penalty], right) for penalty in PENALTIES}
    best = min(PENALTIES, key=lambda penalty: _loss(points[penalty] * scales[penalty], right))
    print(f"penalty {best}, scale {scales[best]}, left out: {held(softmax(points[best] * scales[best]), right)}", file=sys.stderr)
    found = _fit(rows, right, best)
    return SentimentWeights(features=found[:-1].astype(np.float32), start=found[-1], scale=scales[best])


class _Sparse:
    """Rows of features, with a constant 1 as the last column."""

    def __init__(self, rows: Sequence[Features]) -> None:
        self._rows = rows
        self._numbers = np.concatenate([[*row.numbers, LEXICAL + WORDY] for row in rows]).astype(np.int64)
        self._values = np.concatenate([[*row.values, 1.0] for row in rows])
        sizes = [len(row.numbers) + 1 for row in rows]
        self._starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
        self._owners = np.repeat(np.arange(len(rows)), sizes)

    def at(self, indexes: Iterable[int]) -> _Sparse:
        """Some of the rows."""
        return _Sparse([self._rows[index] for index in indexes])

    def __len__(self) -> int:
        return len(self._rows)

    def __matmul__(self, weights: Matrix) -> Matrix:
        found: Matrix = np.add.reduceat(weights[self._numbers] * self._values[:, None], self._starts)
        return found

    def turned(self, points: Matrix) -> Matrix:
        """The transposed rows times ``points``, shape ``(n, 3)``."""
        spread = points[self._owners] * self._values[:, None]
        return np.stack([np.bincount(self._numbers, spread[:, one], LEXICAL + WORDY + 1) for one in range(points.shape[1])], axis=1)


def _fit(rows: _Sparse, right: Any, penalty: float) -> Matrix:
    """Logistic regression with ridge by accelerated gradients (Nesterov 1983; the constant pays no penalty)."""
    weights = np.zeros((LEXICAL + WORDY + 1, 3))
    ahead, momentum = weights, 1.0
    target, free = np.eye(3)[right], np.r_[np.full(LEXICAL + WORDY, penalty), 0.0][:, None]
    step = 1 / (0.5 * _largest(rows) / len(rows) + penalty)
    for _ in range(STEPS):
        slope = rows.turned(softmax(rows @ ahead) - target) / len(rows) + free * ahead
        further, onward = ahead - step * slope, (1 + np.sqrt(1 + 4 * momentum * momentum)) / 2
        ahead = further + (momentum - 1) / onward * (further - weights)
        weights, momentum = further, onward
    return weights


def _largest(rows: _Sparse) -> float:
    """Largest eigenvalue of the rows times themselves, by power iteration."""
    vector = np.ones((len(rows), 1))
    for _ in range(30):
        vector = rows @ rows.turned(vector)
        vector /= np.linalg.norm(vector)
    return float(np.linalg.norm(rows @ rows.turned(vector))) * 1.02


def _left_out(rows: _Sparse, right: Any, fold: Any, penalty: float) -> Matrix:
    """Log odds of every turn by weights that never saw it."""
    points = np.zeros((len(fold), 3))
    for one in range(FOLDS):
        kept, out = np.flatnonzero(fold != one), np.flatnonzero(fold == one)
        points[out] = rows.at(out) @ _fit(rows.at(kept), right[kept], penalty)
    return points


def _loss(points: Matrix, right: Any) -> float:
    return float(-np.log(np.maximum(softmax(points)[np.arange(len(right)), right], 1e-12)).mean())


def save(parties: dict[str, SentimentWeights], path: Path) -> None:
    """As whole numbers of 8 bits."""
    kept: dict[str, Any] = {}
    for party, weights in parties.items():
        unit = float(np.abs(weights.features).max()) / 127
        kept[f"{party}_features"] = np.round(weights.features / unit).astype(np.int8)
        kept[f"{party}_unit"], kept[f"{party}_start"], kept[f"{party}_scale"] = np.float32(unit), weights.start, weights.scale
    np.savez_compressed(path, **kept)


def measure(turns: Sequence[Labelled]) -> Iterator[tuple[str, str, str, Held]]:
    """Part, speaker and language, and how well the shipped weights hold there."""
    models = {agent: SentimentModel(agent=agent) for agent in (False, True)}
    for part, agent, language in product(("tuned", "locked", "pool"), (False, True), (*LANGUAGES, "all")):
        mine = [one for one in turns if one.part == part and one.agent is agent and language in (one.said.language, "all")]
        if mine:
            chances = models[agent].chances([one.said for one in mine])
            yield part, "agent" if agent else "customer", language, held(chances, [one.mood for one in mine])


def _lines(path: Path) -> list[str]:
    return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def main() -> None:
    """Train, save, measure."""
    asked = argparse.ArgumentParser(description="Train the weights of sentiment, and tell how well they hold.")
    asked.add_argument("--keep", action="store_true", help="measure the weights that are there")
    turns = read_turns()
    if not asked.parse_args().keep:
        tuned = [one for one in turns if one.part == "tuned"]
        save({"customer": train([one for one in tuned if not one.agent]), "agent": train(tuned)}, WEIGHTS)
    for part, speaker, language, how in measure(turns):
        figures = f"accuracy {how.accuracy:.3f}  F1 {how.f1:.3f}  ECE {how.ece:.3f}"
        print(f"{part:7} {speaker:9} {language:4} {how.turns:5}  {figures}")


if __name__ == "__main__":
    main()
