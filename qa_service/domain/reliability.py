"""Reliability: whether answers of a stated confidence are right that often."""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa_service.domain.base import Record
from qa_service.domain.estimation import Share, wilson

#: Bins of equal count.
BINS = 10


class Bin(Record):
    """Answers of like confidence."""

    #: Least and highest confidence among them.
    low: float
    high: float
    #: Their mean confidence.
    confidence: float
    #: The share that was right, with its interval.
    right: Share


class Reliability(Record):
    """How far stated confidence can be trusted."""

    #: Decided answers.
    n: int
    #: Expected calibration error, 0 to 1: mean distance of confidence and share of right answers, bins weighed by their answers;
    #: ``None`` without answers.
    error: float | None
    #: What that error would be by chance alone if every stated confidence were exactly right: a small sample shows no less.
    by_chance: float | None
    #: Mean confidence less share of right answers: above 0 it boasts, below it is too modest.
    bias: float | None
    #: From the least sure to the surest.
    bins: tuple[Bin, ...]


def reliability(answers: Sequence[tuple[float, bool]], *, bins: int = BINS) -> Reliability:
    """Reliability of answers ``(confidence, right)``.

    Expected calibration error after Naeini, Cooper and Hauskrecht 2015, in bins of equal count (Nguyen and O'Connor 2015), which are not
    empty where confidences crowd together. Fewer answers than bins make a bin each. Answers of equal confidence may fall into two bins, and
    each counts as right to the share in which all of them are, so that their order does not matter. ``by_chance`` is the mean over the bins
    of ``sqrt(2 / pi * sum p (1 - p)) / m``, the expected distance in the normal approximation of a bin of ``m`` answers with chances ``p``.
    """
    alike: dict[float, list[bool]] = {}
    for confidence, right in answers:
        alike.setdefault(confidence, []).append(right)
    ranked = [(confidence, sum(rights) / len(rights)) for confidence, rights in sorted(alike.items()) for _ in rights]
    total = len(ranked)
    count = min(bins, total)
    parts = [ranked[total * index // count : total * (index + 1) // count] for index in range(count)] if count else []
    made = tuple(_bin(part) for part in parts)
    error = sum(one.right.n * abs(one.confidence - (one.right.value or 0)) for one in made)
    chance = sum(math.sqrt(2 / math.pi * sum(p * (1 - p) for p, _ in part)) for part in parts)
    gap = sum(confidence - right for confidence, right in ranked)
    return Reliability(
        n=total, error=round(error / total, 6) if total else None, by_chance=round(chance / total, 6) if total else None,
        bias=round(gap / total, 6) if total else None, bins=made,
    )


def _bin(part: Sequence[tuple[float, float]]) -> Bin:
    mean = sum(confidence for confidence, _ in part) / len(part)
    # rounded, because shares of a group may add up to a little more than its answers
    right = wilson(min(len(part), round(sum(right for _, right in part), 9)), len(part))
    return Bin(low=part[0][0], high=part[-1][0], confidence=round(mean, 6), right=right)
