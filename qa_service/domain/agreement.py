"""Agreement of two answerers: how often, and how much more than by chance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from qa_service.domain.base import Record
from qa_service.domain.estimation import Z95, Share, wilson
from qa_service.domain.rubric import NO, UNDECIDED

_MISS = frozenset({NO})
#: A standard error below it is none.
_NONE = 1e-6


class Kappa(Record):
    """Cohen's kappa with its 95 % interval."""

    #: Pairs of answers.
    n: int
    #: Estimate, at most 1; ``None`` when chance alone explains everything (one category only), or without pairs.
    value: float | None
    #: Lower bound.
    low: float
    #: Upper bound.
    high: float


class Agreement(Record):
    """The machine's answers to one criterion against people's."""

    #: Criterion, or a heading for a sum of criteria.
    name: str
    #: Pairs of answers.
    n: int
    #: Pairs in which the machine did not abstain, and the share of them that agree, with its interval.
    agreement: Share
    #: Share of pairs in which the machine abstained.
    abstention: float
    #: Of the misses (``no``, or an option that earns nothing) the machine claimed, the share that people saw too; ``None`` when it
    #: claimed none.
    precision: float | None
    #: Of the misses people saw, the share the machine claimed (abstentions count as not claimed); ``None`` without any.
    recall: float | None
    #: Cohen's kappa over decided pairs; ``None`` when chance alone explains everything (one category only).
    kappa: float | None
    #: The last three with their intervals.
    precision_interval: Share
    recall_interval: Share
    kappa_interval: Kappa


def agreement(name: str, pairs: Sequence[tuple[str, str]], *, misses: AbstractSet[str] = _MISS) -> Agreement:
    """Compare pairs ``(person, machine)``; answers are option ids, ``not_applicable`` or ``undecided`` (machine only).

    ``misses``: the answers that precision and recall are about. Intervals take the pairs as independent of each other.
    """
    decided = [pair for pair in pairs if pair[1] != UNDECIDED]
    precision = _share([person in misses for person, machine in decided if machine in misses])
    recall = _share([machine in misses for person, machine in pairs if person in misses])
    found = kappa_with_interval(decided)
    return Agreement(
        name=name, n=len(pairs), agreement=wilson(sum(person == machine for person, machine in decided), len(decided)),
        abstention=round(1 - len(decided) / len(pairs), 6) if pairs else 0.0,
        precision=precision.value, recall=recall.value, kappa=found.value,
        precision_interval=precision, recall_interval=recall, kappa_interval=found,
    )


def _share(hits: Sequence[bool]) -> Share:
    return wilson(sum(hits), len(hits))


def cohen_kappa(pairs: Iterable[tuple[str, str]]) -> float | None:
    """Cohen's kappa (Cohen 1960): (observed - expected) / (1 - expected) over nominal answers; ``None`` when expected is 1 or no pairs."""
    pairs = list(pairs)
    if not pairs:
        return None
    observed, expected = _shares(pairs)
    return None if expected == 1 else round((observed - expected) / (1 - expected), 6)


def kappa_with_interval(pairs: Sequence[tuple[str, str]]) -> Kappa:
    """Cohen's kappa with the large-sample interval of Fleiss, Cohen and Everitt 1969 (:func:`kappa_error`).

    Where that error is 0 (every pair agrees, or one of the two gave one answer only) it says nothing about what was not seen: there the
    bounds are the kappas at Wilson's bounds of the agreement, with the same chance agreement.
    """
    value = cohen_kappa(pairs)
    if value is None:
        return Kappa(n=len(pairs), value=None, low=-1.0, high=1.0)
    _, expected = _shares(pairs)
    error = kappa_error(pairs)
    low, high = value - Z95 * error, value + Z95 * error
    if error < _NONE:
        share = wilson(sum(first == second for first, second in pairs), len(pairs))
        low, high = (share.low - expected) / (1 - expected), (share.high - expected) / (1 - expected)
    return Kappa(n=len(pairs), value=value, low=round(max(-1.0, low), 6), high=round(min(1.0, high), 6))


def kappa_error(pairs: Sequence[tuple[str, str]]) -> float:
    """Standard error of Cohen's kappa that is not presumed to be 0 (Fleiss, Cohen and Everitt 1969, formula 13).

    ``sqrt(A + B - C) / ((1 - pe) * sqrt(n))`` with ``A = sum p_ii * (1 - (p_i. + p_.i) * (1 - k))**2``,
    ``B = (1 - k)**2 * sum over i != j of p_ij * (p_.i + p_j.)**2`` and ``C = (k - pe * (1 - k))**2``. ``pairs`` must have two categories.
    """
    n = len(pairs)
    rows, columns = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    observed, expected = _shares(pairs)
    kappa = (observed - expected) / (1 - expected)
    spread = 0.0
    for (first, second), count in Counter(pairs).items():
        if first == second:
            spread += count / n * (1 - (rows[first] + columns[first]) / n * (1 - kappa)) ** 2
        else:
            spread += count / n * ((1 - kappa) * (columns[first] + rows[second]) / n) ** 2
    spread -= (kappa - expected * (1 - kappa)) ** 2
    return math.sqrt(max(0.0, spread)) / ((1 - expected) * math.sqrt(n))


def _shares(pairs: Sequence[tuple[str, str]]) -> tuple[float, float]:
    """Observed agreement and the agreement by chance."""
    total = len(pairs)
    one, other = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    observed = sum(first == second for first, second in pairs) / total
    return observed, sum(one[answer] * other[answer] for answer in one) / total**2
