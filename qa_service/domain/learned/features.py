"""Features: what a learned model reads of an interaction, by name.

======================================  ==========================================================================================
``rule.ANSWER``                         1 where the rules gave that answer (``undecided`` too), else 0
``signal.NAME``                         ``ln(1 + value)``; 0 where it was not measured or is negative
``language.CODE``                       1 where the interaction is in that language
``concept.NAME.PARTY.PART.HOW``         log odds, a third of them, that sentences of the party in that part mean it
``before.NAME.PARTY.NAME``              the same that the party meant the first before the agent meant the second
======================================  ==========================================================================================

``PARTY`` is ``agent`` or ``customer``; ``PART`` is ``all``, ``half`` (from 40 % of the turns on), or ``first``, ``first1``, ``last``,
``last1`` (the party's first or last two turns, or one); ``HOW`` is ``max``, ``second`` (the second likeliest), ``min`` or ``sum``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from qa_service.domain.criteria.case import Case
from qa_service.domain.criteria.scope import By
from qa_service.domain.finding import Hit
from qa_service.domain.scorecard import Suggestion
from qa_service.domain.transcript import Speaker

#: Meanings of an answer to what the other party said before: they read the other's sentences too.
ANSWERING = frozenset({"confirm_details", "answers_question"})
#: Log odds beyond this are not believed; where nobody said anything, this is what it tells.
_MOST = 6.0
#: Log odds are divided by this, so that features are of like size.
_SIZE = 3.0
_HALF = 0.4
_ENDS = {"first": (0, 2), "first1": (0, 1), "last": (-2, None), "last1": (-1, None)}
_RANK = {"max": 0, "second": 1, "min": -1}


class Sought(NamedTuple):
    """A meaning, and whose sentences in which part count."""

    concept: str
    party: Speaker
    part: str = "all"
    how: str = "max"


def concept_key(name: str) -> str:
    """Where the findings hold how likely each sentence means it."""
    return f"concept.{name}"


@lru_cache(maxsize=4096)
def sought(name: str) -> tuple[Sought, ...]:
    """The meanings that a feature reads; none for features of other families. Raises ``ValueError`` for a name outside the grammar."""
    family, *words = name.split(".")
    if family == "concept":
        concept, party, part, how = words
        if part not in (*_ENDS, "all", "half") or how not in (*_RANK, "sum"):
            raise ValueError(f"{name!r} is no feature")
        return (Sought(concept, Speaker(party), part, how),)
    if family == "before":
        first, party, then = words
        return Sought(first, Speaker(party)), Sought(then, Speaker.AGENT)
    if family not in ("rule", "signal", "language"):
        raise ValueError(f"{name!r} is no feature")
    return ()


def values(names: Iterable[str], *, case: Case, suggestion: Suggestion) -> dict[str, float]:
    """The features by name; those that are 0 may be left out. ``suggestion`` is what the rules said."""
    found = {f"rule.{suggestion.answer}": 1.0, f"language.{case.transcript.language}": 1.0}
    for name in names:
        if name.startswith("signal."):
            found[name] = _signal(case, name.partition(".")[2])
        elif name.startswith("concept."):
            found[name] = _concept(case, *sought(name))
        elif name.startswith("before."):
            found[name] = _before(case, *sought(name))
    return found


def turns_read(one: Sought, case: Case) -> frozenset[int]:
    """Turns whose sentences must be known."""
    turns = set(turns_of(case, one.party, one.part))
    if one.concept in ANSWERING:
        turns.update(turns_of(case, Speaker.CUSTOMER, "all"))
    return frozenset(turns)


def known(names: Iterable[str], case: Case) -> bool:
    """Whether everything that features of meaning read was looked up."""
    return all(concept_key(one.concept) in case.findings for name in names for one in sought(name))


def nearest(name: str, case: Case) -> Iterator[Hit]:
    """The sentence that a feature of meaning rests on, the likeliest of its part; nothing for other features."""
    for one in sought(name)[-1:]:
        choose = min if one.how == "min" else max
        hits = _hits(case, one)
        if hits:
            yield choose(hits, key=lambda hit: hit.confidence)


def _signal(case: Case, name: str) -> float:
    signal = case.signals.get(name)
    return 0.0 if signal is None or signal.value is None else math.log1p(max(0.0, signal.value))


def _concept(case: Case, one: Sought) -> float:
    chances = sorted((hit.confidence for hit in _hits(case, one)), reverse=True)
    if one.how == "sum":
        return math.log(1e-3 + sum(chances)) / _SIZE
    place = _RANK[one.how]
    return (_held(chances[place]) if len(chances) > max(place, 0) else -_MOST) / _SIZE


def _before(case: Case, first: Sought, then: Sought) -> float:
    """The surest pair in which the first stands before the second; a pair is no surer than the less likely of the two."""
    places = [(hit.turn, hit.start, 1, hit.confidence) for hit in _hits(case, first)]
    places += [(hit.turn, hit.start, 0, hit.confidence) for hit in _hits(case, then)]
    best, so_far = 0.0, 0.0
    for _, _, leads, chance in sorted(places):
        if leads:
            so_far = max(so_far, chance)
        else:
            best = max(best, min(so_far, chance))
    return _held(best) / _SIZE


def _hits(case: Case, one: Sought) -> Sequence[Hit]:
    turns = set(turns_of(case, one.party, one.part))
    return [hit for hit in case.findings.get(concept_key(one.concept), ()) if hit.turn in turns]


def turns_of(case: Case, party: Speaker, part: str) -> Sequence[int]:
    """The party's turns in a part, in order, without those that were probably invented."""
    turns = case.transcript.turns
    mine = sorted(index for index in case.scope(By(party.value), None).turns or () if not turns[index].suspect)
    if part == "half":
        return [index for index in mine if index >= len(turns) * _HALF]
    return mine if part == "all" else mine[slice(*_ENDS[part])]


def _held(chance: float) -> float:
    held = min(max(chance, 1e-9), 1 - 1e-9)
    return min(max(math.log(held / (1 - held)), -_MOST), _MOST)
