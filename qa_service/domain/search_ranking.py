"""Ranking of hits: Okapi BM25 (Robertson and Zaragoza 2009, formula 3.15) over those that were found, and the fusion of two rankings."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from math import log
from typing import TypeVar

from qa_service.domain.search import Phrase

K = TypeVar("K", bound=Hashable)
_K1, _B = 1.2, 0.75
#: Reciprocal rank fusion (Cormack, Clarke and Büttcher 2009): places weigh 1 / (60 + place).
_FUSION = 60


def bm25(texts: Mapping[K, str], phrases: Sequence[Phrase]) -> dict[K, float]:
    """The score of each text, folded words with single blanks around each.

    How rare a phrase is, is told by the texts that were found, so that the order is the same on every database and costs no look at the
    rest of the archive.
    """
    if not texts:
        return {}
    needles = [_needle(one) for one in dict.fromkeys(phrases)]
    counts = {key: [len(needle.findall(text)) for needle in needles] for key, text in texts.items()}
    lengths = {key: text.count(" ") for key, text in texts.items()}
    mean = sum(lengths.values()) / len(lengths) or 1.0
    seen = [sum(1 for some in counts.values() if some[at]) for at in range(len(needles))]
    weights = [log(1 + (len(texts) - one + 0.5) / (one + 0.5)) for one in seen]
    return {key: sum(map(_weighed, some, weights, [lengths[key] / mean] * len(some))) for key, some in counts.items()}


def fused(rankings: Iterable[Sequence[K]]) -> dict[K, float]:
    """Scores of what stands in one ranking or several, by its places in them."""
    scores: dict[K, float] = {}
    for ranking in rankings:
        for place, key in enumerate(ranking, 1):
            scores[key] = scores.get(key, 0.0) + 1 / (_FUSION + place)
    return scores


def _needle(phrase: Phrase) -> re.Pattern[str]:
    return re.compile(rf"(?<= ){re.escape(' '.join(phrase.words))}{'' if phrase.prefix else '(?= )'}")


def _weighed(count: int, weight: float, length: float) -> float:
    return weight * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length))
