"""Training of concepts: a direction among sentence vectors from labelled sentences, and from conversations whose answers people gave.

A conversation says only that some sentence of a part meant it, or none did: multiple-instance learning (Dietterich et al. 1997), with the
smooth maximum over the sentences as the conversation's log odds and one constant for how such a maximum lies. Full-batch Adam with a fixed
number of steps from a fixed start: equal input, equal directions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from qa_service.analysis.probe import Matrix

#: Rows are multiplied by this while learning, so that one penalty fits direction and constant.
_ROW = 4.0
_SHARP = 2.0
_PENALTY, _PENALTY_ALONE = 2.0, 4.0
_STEPS, _RATE = 120, 0.03
_SHARE_OF_BAGS = 1.0
_SMALL = 1e-8


class Bag(NamedTuple):
    """The sentences of a part of one conversation."""

    #: Shape ``(sentences, width)``, at least one.
    rows: Matrix
    #: Whether some sentence means it.
    yes: bool
    weight: float = 1.0


class BagSource(NamedTuple):
    """Which answers tell that some sentence meant it."""

    criterion: str
    party: str
    part: str
    #: Answers by which some sentence means it, and by which none does; others tell nothing.
    yes: tuple[str, ...]
    no: tuple[str, ...]


class Source(NamedTuple):
    """What a concept is learned from."""

    #: Name of a file of labelled sentences.
    sentences: str | None
    bags: tuple[BagSource, ...] = ()


def _done(criterion: str, party: str, part: str) -> BagSource:
    return BagSource(criterion, party, part, ("yes",), ("no",))


def _missed(criterion: str, party: str, part: str) -> BagSource:
    return BagSource(criterion, party, part, ("no",), ("yes",))


def _arose(criterion: str, party: str, part: str) -> BagSource:
    return BagSource(criterion, party, part, ("yes", "no"), ("not_applicable",))


#: Every concept of the plan.
SOURCES: Mapping[str, Source] = MappingProxyType({
    "professional": Source("professional", (_missed("professional_language", "agent", "all"), _missed("public_tone", "agent", "all"))),
    "empathy": Source("empathy", (_done("empathy", "agent", "all"),)),
    "trouble": Source("trouble", (_arose("empathy", "customer", "all"),)),
    "promise": Source("promise", (_arose("promise_complete", "agent", "all"),)),
    "promise_complete": Source("promise_complete"),
    "vague_promise": Source(None, (BagSource("promise_complete", "agent", "all", ("no",), ("yes", "not_applicable")),)),
    "further_help": Source("further_help", (_done("further_help", "agent", "half"),)),
    "closing": Source("closing", (_done("closing", "agent", "last"), _done("sign_off", "agent", "last1"))),
    "offer_help": Source("offer_help", (_done("offer_help", "agent", "first"),)),
    "greeting": Source("greeting", (_done("greeting", "agent", "first"),)),
    "outcome_done": Source("outcome_done", (_done("resolution", "agent", "half"),)),
    "next_step": Source(
        "next_step", (_done("outcome_stated", "agent", "half"), _done("next_steps", "agent", "all"), _done("follow_up", "agent", "all")),
    ),
    "evasive": Source(None, (_missed("resolution", "agent", "half"), _missed("outcome_stated", "agent", "half"))),
    "customer_end": Source("customer_end", (_done("resolution", "customer", "last"),)),
    "discloses": Source("discloses", (_arose("identity_check", "agent", "all"),)),
    "asks_identity": Source("asks_identity", (_done("identity_check", "agent", "all"),)),
    "gives_identity": Source(None, (_done("identity_check", "customer", "all"),)),
    "acknowledgement": Source(
        "acknowledgement", (_done("acknowledgement", "agent", "first1"), _done("public_acknowledgement", "agent", "first1")),
    ),
    "cold": Source(None, (_missed("closing", "agent", "last"), _missed("empathy", "agent", "all"))),
    "salutation": Source(None, (_done("salutation", "agent", "first1"),)),
    "sign_off": Source(None, (_done("sign_off", "agent", "last1"),)),
    "messy": Source(None, (_missed("clear_structure", "agent", "all"),)),
    "clarifies": Source(None, (_done("understanding", "agent", "all"),)),
    "private": Source(None, (_done("moves_to_private", "agent", "all"),)),
    "exposes": Source(None, (_missed("no_personal_data_in_public", "agent", "all"),)),
    "sensitive": Source(None, (_missed("no_sensitive_data", "agent", "all"),)),
    "leaves_open": Source(None, (_missed("answers_questions", "agent", "all"),)),
    "confirm_details": Source("confirm_details"),
    "answers_question": Source("answers_question"),
})  # fmt: skip


def fit_sentences(rows: Matrix, yes: Sequence[bool]) -> Matrix:
    """Ridge logistic regression on labelled sentences, by Newton's method; the last number is the constant."""
    scaled = _with_constant(rows)
    target = np.asarray(yes, dtype=np.float64)
    penalty = np.full(scaled.shape[1], 1.0)
    penalty[-1] = 1e-3
    found = np.zeros(scaled.shape[1])
    for _ in range(30):
        chance = _chances(scaled @ found)
        slope = scaled.T @ (chance - target) + penalty * found
        step = np.linalg.solve((scaled * (chance * (1 - chance))[:, None]).T @ scaled + np.diag(penalty), slope)
        longest = float(np.abs(step).max())
        found = found - step * min(1.0, 5.0 / max(longest, _SMALL))
        if longest < 1e-6:
            break
    return _plain(found)


def fit_concept(*, rows: Matrix, yes: Sequence[bool], bags: Sequence[Bag]) -> Matrix | None:
    """A direction with its constant last, from sentences (may be none) and conversations (may be none); ``None`` without either."""
    if not bags or len({bag.yes for bag in bags}) < 2:
        return fit_sentences(rows, yes) if len(rows) else None
    start = np.zeros(bags[0].rows.shape[1] + 1)
    if len(rows):
        start = _scaled(fit_sentences(rows, yes))
    sentences = _with_constant(rows).astype(np.float32) if len(rows) else np.zeros((0, len(start)), np.float32)
    return _plain(_descend(start, sentences, np.asarray(yes, np.float64), _Bags(bags), _PENALTY if len(rows) else _PENALTY_ALONE))


class _Bags:
    """Bags laid end to end."""

    def __init__(self, bags: Sequence[Bag]) -> None:
        self.rows: NDArray[np.float32] = _with_constant(np.concatenate([bag.rows for bag in bags])).astype(np.float32)
        sizes = [len(bag.rows) for bag in bags]
        self.starts = np.cumsum([0, *sizes[:-1]])
        self.owner = np.repeat(np.arange(len(bags)), sizes)
        self.yes = np.array([float(bag.yes) for bag in bags])
        weight = np.array([bag.weight for bag in bags])
        sides = np.where(self.yes == 1, (weight * self.yes).sum(), (weight * (1 - self.yes)).sum())
        # Both answers weigh alike, however rare one is.
        self.weight = weight * len(bags) * 0.5 / sides

    def slope(self, weights: Matrix, constant: float) -> tuple[Matrix, float]:
        """Of the loss, by the weights and by the constant."""
        points = (self.rows @ weights.astype(np.float32)).astype(np.float64)
        highest = np.maximum.reduceat(points, self.starts)
        powers = np.exp(_SHARP * (points - highest[self.owner]))
        whole = np.add.reduceat(powers, self.starts)
        off = self.weight * (_chances(highest + np.log(whole) / _SHARP + constant) - self.yes) * _SHARE_OF_BAGS
        pull = (powers / whole[self.owner] * off[self.owner]).astype(np.float32)
        return (self.rows.T @ pull).astype(np.float64), float(off.sum())


def _descend(start: Matrix, sentences: NDArray[np.float32], yes: Matrix, bags: _Bags, penalty: float) -> Matrix:
    weights = np.append(start, 0.0)
    costs = np.full(len(weights), penalty)
    costs[-2], costs[-1] = 1e-2, 1.0
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    for step in range(1, _STEPS + 1):
        slope, constant = bags.slope(weights[:-1], float(weights[-1]))
        if len(sentences):
            off = _chances((sentences @ weights[:-1].astype(np.float32)).astype(np.float64)) - yes
            slope = slope + (sentences.T @ off.astype(np.float32)).astype(np.float64)
        whole = np.append(slope, constant) + costs * weights
        mean, square = 0.9 * mean + 0.1 * whole, 0.99 * square + 0.01 * whole**2
        weights = weights - _RATE * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + _SMALL)
    return weights[:-1]


def _chances(points: Matrix) -> Matrix:
    found: Matrix = 1 / (1 + np.exp(-np.clip(points, -35, 35)))
    return found


def _with_constant(rows: Matrix) -> Matrix:
    return np.concatenate([rows * _ROW, np.ones((len(rows), 1))], axis=1)


def _plain(weights: Matrix) -> Matrix:
    """For rows of length 1."""
    return np.append(weights[:-1] * _ROW, weights[-1])


def _scaled(weights: Matrix) -> Matrix:
    return np.append(weights[:-1] / _ROW, weights[-1])
