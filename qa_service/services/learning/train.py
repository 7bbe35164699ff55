"""Training: cases of one or several rubrics to a learned model of each, with figures of folds that were left out."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from qa_service.analysis.analysis import VERSION
from qa_service.domain.learned.held_out import HeldOut
from qa_service.domain.learned.model import LearnedCriterion, LearnedModel, fingerprints
from qa_service.domain.learned.plan import meaning_features, plain_features
from qa_service.domain.rubric import Criterion, Rubric
from qa_service.services.learning.fit import (
    Example,
    Figures,
    Learnt,
    Prediction,
    Prior,
    Thresholds,
    answers_of,
    figures,
    learn,
    predict,
    rules_judged,
    thresholds,
)

#: What weights of a criterion are pulled towards, without and with meanings.
Towards = Callable[[str, bool], Prior | None]
#: Parts of the cases, each of which is left out once.
FOLDS = 5
#: Share of the answers that may be left undecided.
BUDGET = 0.1
#: A criterion with fewer answers teaches nothing of its own.
LEAST = 20


class Fold(NamedTuple):
    """What is learned from, and what is left out."""

    learned: Sequence[Example]
    left_out: Sequence[Example]


class Sorts(NamedTuple):
    """Features of one criterion, by what they need."""

    plain: tuple[str, ...]
    meaning: tuple[str, ...]

    @classmethod
    def of(cls, criterion: Criterion, signals: Iterable[str]) -> Sorts:
        """By the plan."""
        return cls(plain_features(criterion, signals), meaning_features(criterion))

    @property
    def all(self) -> tuple[str, ...]:
        """Everything."""
        return (*self.plain, *self.meaning)


def fold_of(group: str, *, folds: int = FOLDS) -> int:
    """The same conversation always falls into the same part."""
    return int.from_bytes(hashlib.sha256(group.encode()).digest()[:8]) % folds


def folded(examples: Sequence[Example], *, folds: int = FOLDS) -> list[Fold]:
    """Each part left out once; what the rules were tuned on is only learned from."""
    return [
        Fold(
            [one for one in examples if one.tuned or fold_of(one.group, folds=folds) != part],
            [one for one in examples if not one.tuned and fold_of(one.group, folds=folds) == part],
        )
        for part in range(folds)
    ]


def predictions(folds: Iterable[Fold], sorts: Mapping[str, Sorts], towards: Towards) -> list[Prediction]:
    """What each left-out example would be answered with by what was learned from the others."""
    found: list[Prediction] = []
    for fold in folds:
        for criterion, left_out in _by_criterion(fold.left_out).items():
            known = [one for one in fold.learned if one.criterion == criterion]
            if not known:
                continue
            plain = learn(known, sorts[criterion].plain, towards=towards(criterion, False))
            meaning = _with_meaning(known, sorts[criterion], towards(criterion, True))
            found += [
                Prediction(example=one, plain=predict(plain, one), meaning=None if meaning is None else predict(meaning, one))
                for one in left_out
            ]
    return found


def _with_meaning(known: Sequence[Example], sorts: Sorts, towards: Prior | None) -> Learnt | None:
    looked_up = any(name in one.values for one in known for name in sorts.meaning)
    return learn(known, sorts.all, answers=answers_of(known), towards=towards) if looked_up else None


def train(
    rubric: Rubric, *, examples: Sequence[Example], predicted: Sequence[Prediction], found: Thresholds, sorts: Mapping[str, Sorts],
    version: int, sources: Mapping[str, int], meanings: str | None, towards: Towards,
    base: LearnedModel | None = None,
) -> LearnedModel:
    """The model of one rubric. ``examples`` may come from other channels too, where they ask the same; ``predicted``: what was left out;
    ``base``: an older model whose criteria stay where there is too little to learn."""
    channel = rubric.channel.value
    own = [one for one in predicted if one.example.channel == channel]
    by_criterion, prints = _by_criterion(examples), fingerprints(rubric)
    criteria = {
        form.id: _criterion(form.id, by_criterion[form.id], own, found, sorts[form.id], prints[form.id], channel, towards)
        for form in rubric.criteria
        if len([one for one in by_criterion.get(form.id, ()) if one.channel == channel]) >= LEAST
    }
    criteria = {**_kept(base, rubric, meanings), **criteria}
    told: Figures = figures([one for one in own if one.example.criterion in criteria], found)
    uses_meaning = any(one.meaning is not None for one in criteria.values())
    return LearnedModel(
        rubric=rubric.rubric, version=version, analysis=VERSION, meanings=meanings if uses_meaning else None, sources=dict(sources),
        before=told.before, after=told.after, plain=told.plain, languages=dict(told.languages), criteria=criteria,
    )


def _kept(base: LearnedModel | None, rubric: Rubric, meanings: str | None) -> dict[str, LearnedCriterion]:
    """What an older model knows of criteria that are still decided alike; without meanings where those were other directions."""
    if base is None:
        return {}
    fitting = {form.id: one for form in rubric.criteria if (one := base.fits(rubric, form)) is not None}
    if base.meanings == meanings:
        return fitting
    return {name: one.model_copy(update={"meaning": None, "decide_at": one.decide_plain_at}) for name, one in fitting.items()}


def _criterion(
    name: str, examples: Sequence[Example], predicted: Sequence[Prediction], found: Thresholds, sorts: Sorts, fingerprint: str,
    channel: str, towards: Towards,
) -> LearnedCriterion:
    answers = answers_of(examples)
    plain = learn(examples, sorts.plain, answers=answers, towards=towards(name, False))
    meaning = _with_meaning(examples, sorts, towards(name, True))
    own = [one for one in predicted if one.example.criterion == name]
    return LearnedCriterion(
        fingerprint=fingerprint, answers=answers, plain=plain.weights(channel, scale=found.scale_plain),
        meaning=None if meaning is None else meaning.weights(channel, scale=found.scale_meaning),
        sure=found.sure, decide_at=found.decide_at if meaning is not None else found.decide_plain_at, decide_plain_at=found.decide_plain_at,
        counts=dict(sorted(Counter(one.person for one in examples).items())),
        before=HeldOut.of([rules_judged(one) for one in own]), after=HeldOut.of([found.judged(one) for one in own]),
    )


def _by_criterion(examples: Iterable[Example]) -> dict[str, list[Example]]:
    found: dict[str, list[Example]] = {}
    for one in examples:
        found.setdefault(one.criterion, []).append(one)
    return found


def untrained(_criterion: str, _meaning: bool) -> Prior | None:
    """Nothing learned before to stay near to: the rules are trusted."""
    return None


def towards_of(model: LearnedModel | None, rubric: Rubric) -> Towards:
    """The weights of an older model, where they still fit."""
    prints = fingerprints(rubric)

    def before(criterion: str, meaning: bool) -> Prior | None:
        known = None if model is None else model.criteria.get(criterion)
        if known is None or known.fingerprint != prints[criterion]:
            return None
        weights = known.meaning if meaning else known.plain
        return None if weights is None else Prior(known.answers, weights)

    return before


def thresholds_of(predicted: Sequence[Prediction], *, budget: float = BUDGET) -> Thresholds:
    """As :func:`~qa_service.services.learning.fit.thresholds`, with the budget of the house."""
    return thresholds(predicted, budget=budget)
