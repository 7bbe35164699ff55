"""The outcome of a detection: a three-valued verdict (Kleene's strong logic) with evidence and confidence."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import NamedTuple

from qa_service.domain.evidence import Evidence


class Verdict(StrEnum):
    """Unknown stays unknown unless the others decide."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


class Outcome(NamedTuple):
    """What a detection found."""

    #: Yes, no or undecided.
    verdict: Verdict
    #: How sure, 0 to 1; of an undecided outcome: how sure it could at best have been.
    confidence: float
    #: The rule in words.
    why: str
    #: Quotes, most telling first.
    evidence: tuple[Evidence, ...] = ()
    #: Turn and character at which it came true; ``None`` where that has no place (an absence, a share of the whole).
    place: tuple[int, int] | None = None
    #: Option id or ``not_applicable``, where a detection answers more than yes or no; to all but its criterion that is undecided.
    answer: str | None = None


def undecided(why: str) -> Outcome:
    """An outcome that nobody can hold against the agent."""
    return Outcome(Verdict.UNDECIDED, 0.0, why)


_OPPOSITE = {Verdict.YES: Verdict.NO, Verdict.NO: Verdict.YES, Verdict.UNDECIDED: Verdict.UNDECIDED}


def negate(outcome: Outcome, *, why: str | None = None) -> Outcome:
    """Swap yes and no; the evidence stays, it is what decided."""
    return outcome._replace(verdict=_OPPOSITE[outcome.verdict], why=outcome.why if why is None else why)


def at_least(count: int, outcomes: Sequence[Outcome]) -> Outcome:
    """Yes when ``count`` are yes, no when that cannot happen any more, else undecided.

    The confidence is that of the weakest outcome that the verdict needs: of a yes, the ``count``-th best yes; of a no, the
    least sure among the noes that make it impossible. The evidence is that of all outcomes with the verdict, the needed ones first.
    """
    yes = sorted((o for o in outcomes if o.verdict is Verdict.YES), key=lambda o: -o.confidence)
    no = sorted((o for o in outcomes if o.verdict is Verdict.NO), key=lambda o: -o.confidence)
    if len(yes) >= count:
        return _decided(yes, count)._replace(place=_place(yes, count))
    needed = len(outcomes) - count + 1
    if len(no) >= needed:
        return _decided(no, needed)
    open_ones = [o for o in outcomes if o.verdict is Verdict.UNDECIDED]
    return Outcome(Verdict.UNDECIDED, 0.0, "; ".join(dict.fromkeys(o.why for o in open_ones)))


def _decided(alike: list[Outcome], needed: int) -> Outcome:
    evidence = tuple(dict.fromkeys(piece for outcome in alike for piece in outcome.evidence))
    why = "; ".join(dict.fromkeys(o.why for o in alike[:needed]))
    return Outcome(alike[0].verdict, alike[needed - 1].confidence, why, evidence)


def _place(yes: list[Outcome], count: int) -> tuple[int, int] | None:
    """Where the ``count``-th came true; what has no place holds from the start and delays nothing."""
    known = sorted(o.place for o in yes if o.place is not None)
    return known[max(0, count - 1 - (len(yes) - len(known)))] if known else None
