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
    least sure among the noes that make it impossible.
    """
    yes = sorted((o for o in outcomes if o.verdict is Verdict.YES), key=lambda o: -o.confidence)
    no = sorted((o for o in outcomes if o.verdict is Verdict.NO), key=lambda o: -o.confidence)
    if len(yes) >= count:
        return _decided(Verdict.YES, yes[:count] if count else list(outcomes))
    needed = len(outcomes) - count + 1
    if len(no) >= needed:
        return _decided(Verdict.NO, no[:needed])
    open_ones = [o for o in outcomes if o.verdict is Verdict.UNDECIDED]
    return Outcome(Verdict.UNDECIDED, 0.0, "; ".join(dict.fromkeys(o.why for o in open_ones)))


def _decided(verdict: Verdict, by: list[Outcome]) -> Outcome:
    evidence = tuple(dict.fromkeys(piece for outcome in by for piece in outcome.evidence))
    confidence = min((o.confidence for o in by), default=1.0)
    return Outcome(verdict, confidence, "; ".join(dict.fromkeys(o.why for o in by)), evidence)
