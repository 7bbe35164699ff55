"""Case mix: a figure as it would be had the agent had the contacts, and the reviewers, that everybody has.

**Contacts.** Indirect standardisation, ``observed - expected + overall`` (Yule 1934; Breslow and Day 1987, chapter 2): expected is what
everybody's rates by stratum (channel, queue, contact reason, language) give on this agent's mix, overall what they give on everybody's.
Rates of strata with few answers are drawn towards the mean of all (:mod:`qa_service.domain.shrinkage`).

**Reviewers.** Less what those who reviewed the agent give more than other reviewers do (:mod:`qa_service.domain.severity`), by how many
scorecards each of them finished.

The interval grows by what is not known of either (square-and-add: Zou and Donner 2008).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from qa_service.domain.base import Record
from qa_service.domain.estimation import Z95
from qa_service.domain.interaction import Channel
from qa_service.domain.moments import Moments
from qa_service.domain.powered import Figure, figure
from qa_service.domain.severity import ReviewerEffect
from qa_service.domain.shrinkage import Shrunk, shrunk


class Stratum(NamedTuple):
    """Contacts that are alike; what they are not told apart by is ``None``."""

    channel: Channel | None = None
    queue: str | None = None
    #: Contact reason.
    reason: str | None = None
    #: Code.
    language: str | None = None


class Adjusted(Record):
    """A figure before and after."""

    before: Figure
    after: Figure
    #: What everybody's rates give on this agent's contacts, 0 to 1; ``None`` where contacts were not adjusted for.
    expected: float | None = None
    #: What everybody's rates give on everybody's contacts, 0 to 1.
    overall: float | None = None
    #: After less before, -1 to 1; 0 where nothing was adjusted.
    shift: float = 0.0
    #: Share of the agent's answers that something is known of: in strata where others have answers, by reviewers with an effect.
    known: float = 0.0


def adjusted(mine: Mapping[Stratum, Moments], everyone: Mapping[Stratum, Moments]) -> Adjusted:
    """One item's figure without what its contacts make easy or hard; unchanged where either side has no answers of people.

    ``everyone`` is the standard, best without mine: an agent who takes most of a queue would be measured by their own rate.
    """
    found = figure(_whole(mine.values()))
    strata = shrunk({stratum: figure(m) for stratum, m in everyone.items()})
    rates = {stratum: one for stratum, one in strata.items() if one.value is not None}
    if found.value is None or not rates:
        return Adjusted(before=found, after=found)
    here, there = _mix(mine, found.machine_weight), _mix(everyone, 0.0)
    group = math.fsum(there[stratum] * _rate(one) for stratum, one in rates.items())
    expected = math.fsum(share * (_rate(rates[stratum]) if stratum in rates else group) for stratum, share in here.items())
    known = {stratum: share for stratum, share in here.items() if stratum in rates}
    doubt = sum((there[stratum] - known.get(stratum, 0.0)) ** 2 * _variance(one) for stratum, one in rates.items())
    after = _shifted(found, group - expected, doubt)
    return _told(found, after, expected=expected, overall=group, known=min(1.0, math.fsum(known.values())))


def without_reviewers(found: Figure, *, effects: Iterable[ReviewerEffect], finals: Mapping[str, float]) -> Adjusted:
    """A total score without the leaning of those who gave it; unchanged where nothing is known of any of them.

    ``finals``: scorecards of the figure by the reviewer (user id) who finished them. Who has no effect is taken to lean nowhere.
    """
    told = {one.reviewer: one for one in effects if finals.get(one.reviewer, 0) > 0}
    whole = math.fsum(finals.values())
    if found.value is None or not told:
        return Adjusted(before=found, after=found)
    shares = {reviewer: finals[reviewer] / whole for reviewer in told}
    leaning = math.fsum(shares[reviewer] * one.effect for reviewer, one in told.items()) / 100
    doubt = sum((shares[reviewer] * (one.high - one.low) / (2 * Z95) / 100) ** 2 for reviewer, one in told.items())
    return _told(found, _shifted(found, -leaning, doubt), known=min(1.0, math.fsum(shares.values())))


def _told(
    before: Figure, after: Figure, *, known: float, expected: float | None = None, overall: float | None = None
) -> Adjusted:
    shift = 0.0 if before.value is None or after.value is None else after.value - before.value
    return Adjusted(before=before, after=after, expected=expected, overall=overall, shift=shift, known=known)


def _whole(parts: Iterable[Moments]) -> Moments:
    whole = Moments()
    for one in parts:
        whole = whole.plus(one)
    return whole


def _mix(parts: Mapping[Stratum, Moments], weight: float) -> dict[Stratum, float]:
    """Share of the opportunities by stratum, as the figure with this much of the machine in it counts them."""
    whole = _whole(parts.values())
    asked = {
        stratum: max(0.0, m.wa / whole.w + weight * (m.b / whole.all - m.wb / whole.w)) for stratum, m in parts.items() if m.all > 0
    }
    total = math.fsum(asked.values())
    return {stratum: one / total for stratum, one in asked.items()}


def _rate(one: Shrunk) -> float:
    return 0.0 if one.value is None else one.value


def _variance(one: Shrunk) -> float:
    return 0.0 if one.low is None or one.high is None else ((one.high - one.low) / (2 * Z95)) ** 2


def _shifted(found: Figure, shift: float, doubt: float) -> Figure:
    """The figure moved, its interval widened by a variance."""
    if found.value is None or found.low is None or found.high is None:
        return found
    value = min(1.0, max(0.0, found.value + shift))
    low = value - math.hypot(found.value - found.low, Z95 * math.sqrt(doubt))
    high = value + math.hypot(found.high - found.value, Z95 * math.sqrt(doubt))
    own = ((found.high - found.low) / (2 * Z95)) ** 2
    return found.model_copy(update={
        "value": value, "low": max(0.0, low), "high": min(1.0, high), "effective": found.effective * own / (own + doubt) if own else 0.0,
    })
