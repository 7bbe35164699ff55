"""Fitting: answered cases to a learned model with thresholds, and honest figures from folds that were left out."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from qa_service.analysis.logistic import fit_logistic, fit_scale
from qa_service.analysis.probe import Matrix
from qa_service.domain.learned.held_out import HeldOut, Judged
from qa_service.domain.learned.model import Weights
from qa_service.domain.rubric import UNDECIDED

#: What a feature's weight costs, by family: what the rules say is trusted first, languages last.
_PENALTY = {"rule": 0.3, "tuned": 0.5, "concept": 1.0, "before": 1.0, "signal": 2.0, "channel": 3.0, "language": 4.0}
_START = 0.01
#: What was learned before from hundreds of answers is left for fewer only at this price.
_AGAIN = 5.0
#: Before anything is learned, the rules' answer is this many log odds more likely than the others.
_TRUST = 2.0
#: Weight of a case that the rules were tuned on: it says how sentences sound, and nothing about how far rules can be trusted.
_TUNED = 0.5
_SURE = (0.9, 0.95, 0.97, 0.99, 1.01)
#: What deciding without vectors may cost in agreement.
_PRICE = 0.002
_NEVER = -50.0


@dataclass(frozen=True, kw_only=True)
class Example:
    """One criterion of one conversation that a person answered."""

    #: Conversation: its examples are learned from, or left out, together.
    group: str
    channel: str
    language: str
    criterion: str
    #: The person's answer.
    person: str
    #: What the rules said, and how sure they were.
    rules: str
    confidence: float
    #: Features by name.
    values: Mapping[str, float]
    #: The rules were written with this conversation at hand, so that they look better on it than they are.
    tuned: bool = False


class Prior(NamedTuple):
    """Weights that were learned before."""

    answers: tuple[str, ...]
    weights: Weights

    def row(self, name: str, answers: Sequence[str]) -> Matrix | None:
        """What a feature (or ``start``) adds to each of those answers; ``None`` where that is not known."""
        if name == "start":
            row = self.weights.start
        elif name in self.weights.features:
            row = self.weights.rows[self.weights.features.index(name)]
        else:
            return None
        known = dict(zip(self.answers, row, strict=True))
        return np.array([known.get(answer, 0.0) for answer in answers]) * self.weights.scale


class Learnt(NamedTuple):
    """Weights of one criterion for every channel it was learned on."""

    answers: tuple[str, ...]
    features: tuple[str, ...]
    matrix: Matrix
    channels: tuple[str, ...]

    def weights(self, channel: str, *, scale: float = 1.0) -> Weights:
        """For one channel: what the channel adds is part of the start."""
        start = self.matrix[-1].copy()
        if channel in self.channels:
            start += self.matrix[len(self.features) + self.channels.index(channel)]
        rows = tuple(tuple(round(float(value), 4) for value in row) for row in self.matrix[: len(self.features)])
        kept = [index for index, row in enumerate(rows) if any(row)]
        return Weights(
            features=tuple(self.features[index] for index in kept), rows=tuple(rows[index] for index in kept),
            start=tuple(round(float(value), 4) for value in start), scale=scale,
        )


def learn(
    examples: Sequence[Example], features: Sequence[str], *, answers: Sequence[str] | None = None, towards: Prior | None = None
) -> Learnt:
    """Weights of one criterion; ``examples`` holds at least one. ``towards``: weights to stay near to where there are few examples."""
    given = tuple(answers) if answers is not None else answers_of(examples)
    channels = tuple(sorted({one.channel for one in examples}))
    tuned = tuple(f"tuned.{answer}" for answer in (*given, UNDECIDED))
    names = (*features, *(f"channel.{one}" for one in channels), *tuned, "start")
    rows = np.array([[_value(one, name) for name in names] for one in examples])
    target = np.array([[float(one.person == answer) for answer in given] for one in examples])
    weight = np.array([_TUNED if one.tuned else 1.0 for one in examples])
    penalty = np.array([_PENALTY.get(name.partition(".")[0], _START) for name in names])
    if towards is not None:
        penalty = _AGAIN * np.maximum(penalty, _PENALTY["rule"])
    before = _before(names, given, towards)
    moves = (rows != 0).any(axis=0)
    matrix = before.copy()
    matrix[moves] = fit_logistic(rows[:, moves], target, weight=weight, penalty=penalty[moves], towards=before[moves])
    kept = np.concatenate([matrix[: len(features) + len(channels)], matrix[-1:]])
    return Learnt(given, tuple(features), kept, channels)


def answers_of(examples: Iterable[Example]) -> tuple[str, ...]:
    """The answers that people gave, the most frequent first."""
    return tuple(answer for answer, _ in sorted(Counter(one.person for one in examples).items(), key=lambda one: (-one[1], one[0])))


def _value(one: Example, name: str) -> float:
    family, _, rest = name.partition(".")
    if family == "start":
        return 1.0
    if family == "channel":
        return float(one.channel == rest)
    if family == "tuned":
        return float(one.tuned and one.rules == rest)
    return one.values.get(name, 0.0)


def _before(names: Sequence[str], answers: Sequence[str], towards: Prior | None) -> Matrix:
    """What the weights are pulled towards."""
    found = np.zeros((len(names), len(answers)))
    for index, name in enumerate(names):
        if towards is not None:
            known = towards.row(name, answers)
            found[index] = found[index] if known is None else known
        elif name.startswith("rule.") and name.removeprefix("rule.") in answers:
            found[index, answers.index(name.removeprefix("rule."))] = _TRUST
    return found


@dataclass(frozen=True, kw_only=True)
class Prediction:
    """What was made of an example that was left out."""

    example: Example
    #: Chance of each answer, from rules and signals; and with meanings, where the criterion has any.
    plain: Mapping[str, float]
    meaning: Mapping[str, float] | None


def predict(learnt: Learnt, one: Example) -> dict[str, float]:
    """Chances by answer."""
    chances = learnt.weights(one.channel).chances(one.values)
    return dict(zip(learnt.answers, chances, strict=True))


@dataclass(frozen=True, kw_only=True)
class Thresholds:
    """What turns chances into answers, the same for every criterion: a calibrated chance means the same everywhere."""

    scale_plain: float = 1.0
    scale_meaning: float = 1.0
    #: From this chance on, rules and signals decide alone.
    sure: float = 1.01
    #: Least chance that decides, with vectors and without.
    decide_at: float = 0.5
    decide_plain_at: float = 0.5

    def judged(self, one: Prediction, *, vectors: bool = True) -> Judged:
        """The answer beside the person's."""
        plain = _scaled(one.plain, self.scale_plain)
        if one.meaning is None or max(plain.values()) >= self.sure or not vectors:
            chances = plain
        else:
            chances = _scaled(one.meaning, self.scale_meaning)
        answer = max(chances, key=lambda answer: chances[answer])
        alone = not vectors or one.meaning is None
        decided = chances[answer] >= (self.decide_plain_at if alone else self.decide_at)
        return Judged(one.example.person, answer if decided else UNDECIDED, chances[answer])


def thresholds(predictions: Sequence[Prediction], *, budget: float) -> Thresholds:
    """From predictions that were left out: calibrated, and at most ``budget`` of the answers undecided in any language."""
    found = Thresholds(scale_plain=_scale([(one.plain, one.example.person) for one in predictions]), decide_at=0.0, decide_plain_at=0.0)
    told = [(one.meaning, one.example.person) for one in predictions if one.meaning is not None]
    found = _with(found, scale_meaning=_scale(told))
    found = _with(found, sure=_least_sure(predictions, found))
    decide_at = _threshold([(one, found.judged(one)) for one in predictions], budget)
    plain_at = _threshold([(one, found.judged(one, vectors=False)) for one in predictions], budget)
    return _with(found, decide_at=decide_at, decide_plain_at=plain_at)


def _with(found: Thresholds, **changes: float) -> Thresholds:
    return Thresholds(**{**found.__dict__, **changes})


def _least_sure(predictions: Sequence[Prediction], found: Thresholds) -> float:
    """The least chance from which on vectors are not asked, that costs hardly any agreement."""

    def right(sure: float) -> float:
        judged = [_with(found, sure=sure).judged(one) for one in predictions]
        return sum(one.machine == one.person for one in judged) / max(len(judged), 1)

    best = right(_SURE[-1])
    return next(sure for sure in _SURE if right(sure) >= best - _PRICE)


def _threshold(judged: Sequence[tuple[Prediction, Judged]], budget: float) -> float:
    """The chance under which ``budget`` of the answers lie in the language that has most of such."""
    languages: dict[str, list[float]] = {}
    for prediction, one in judged:
        languages.setdefault(prediction.example.language, []).append(one.confidence)
    found = [sorted(chances)[math.floor(len(chances) * budget)] for chances in languages.values()]
    return round(min(found, default=0.5) - 1e-6, 4)


def _scaled(chances: Mapping[str, float], scale: float) -> dict[str, float]:
    powers = {answer: max(chance, 1e-12) ** scale for answer, chance in chances.items()}
    whole = sum(powers.values())
    return {answer: power / whole for answer, power in powers.items()}


def _scale(told: Sequence[tuple[Mapping[str, float], str]]) -> float:
    known = [(list(chances.values()), list(chances).index(person)) for chances, person in told if person in chances]
    if not known:
        return 1.0
    width = max(len(chances) for chances, _ in known)
    points = np.array([[math.log(max(one, 1e-12)) for one in chances] + [_NEVER] * (width - len(chances)) for chances, _ in known])
    return fit_scale(points, np.array([right for _, right in known]))


def rules_judged(one: Prediction, *, decide_at: float = 0.5) -> Judged:
    """What the rules alone said."""
    example = one.example
    return Judged(example.person, example.rules if example.confidence >= decide_at else UNDECIDED, example.confidence)


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What is told of predictions that were left out."""

    before: HeldOut
    after: HeldOut
    plain: HeldOut
    languages: Mapping[str, HeldOut] = field(default_factory=dict)


def figures(predictions: Sequence[Prediction], found: Thresholds) -> Figures:
    """Of all together, and of each language."""
    languages = sorted({one.example.language for one in predictions})
    return Figures(
        before=HeldOut.of([rules_judged(one) for one in predictions]), after=HeldOut.of([found.judged(one) for one in predictions]),
        plain=HeldOut.of([found.judged(one, vectors=False) for one in predictions]),
        languages={name: HeldOut.of([found.judged(one) for one in predictions if one.example.language == name]) for name in languages},
    )


