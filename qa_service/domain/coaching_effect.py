"""Coaching effect: what changed on a coached criterion beyond what changed for matched peers who were not coached on it.

An agent is coached because their figure was low, and a figure that was low partly by bad luck rises by itself (regression to the mean).
So the change is not counted from the figure that was seen, but from what it is expected to be without coaching: shrunk towards the peers,
as far as a figure from so few contacts is luck. From that, the same difference of matched peers is taken away (difference in differences
with matching and bias correction: Abadie and Imbens 2011; shrinkage: Efron and Morris 1975, with the spread of the group by moments:
DerSimonian and Laird 1986). Matched: the same criterion of the same form (and so the same channel), as many reviewed contacts, the nearest
levels before.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import student95
from qa_service.domain.levels import Level, group_of, level_of, own_unit, pooled, unit_of
from qa_service.domain.moments import Moments
from qa_service.domain.powered import Figure, figure

#: Reviewed contacts with the opportunity, before and after, of the agent and of a peer.
LEAST_REVIEWED = 8
#: Matched peers, at least and at most.
LEAST_PEERS, MOST_PEERS = 6, 24
#: A peer has at least this part, and at most this many times, of the agent's reviewed contacts before.
VOLUME = 3.0
_Z_POWER = 0.8416212335729143
_MOST_REVIEWS = 10_000


class Change(NamedTuple):
    """One agent on one criterion, before and after a day."""

    before: Moments
    after: Moments


class EffectStanding(StrEnum):
    """What the figures carry."""

    #: The whole interval lies above 0.
    WORKED = "worked"
    #: The whole interval lies below 0.
    WORSE = "worse"
    CANNOT_TELL = "cannot_tell"


class Missing(StrEnum):
    """Why nothing can be told yet."""

    #: Too few reviewed contacts of the agent before the plan.
    BEFORE = "before"
    #: Too few since.
    AFTER = "after"
    #: Too few peers who were not coached on it and have as many reviewed contacts.
    PEERS = "peers"
    #: Enough to measure by, and the interval holds 0.
    INTERVAL = "interval"


class CoachingEffect(Record):
    """What became of one criterion; all shares and differences 0 to 1."""

    #: The agent's figure before.
    before: Figure
    #: And since.
    after: Figure
    #: What they would have come to without coaching: the level before, shrunk, plus what changed for matched peers; null unless measured.
    without: float | None = None
    #: Of the difference seen, what was to be expected by itself because the figure before was low (or high) by luck.
    by_itself: float | None = None
    #: What changed for matched peers.
    peers_change: float | None = None
    #: Matched peers.
    peers: int = Field(ge=0)
    #: ``after - without``; null unless measured.
    effect: float | None = None
    #: Its 95 % interval.
    low: float | None = None
    #: Upper bound.
    high: float | None = None
    #: Its standard deviation; null unless measured.
    deviation: float | None = None
    #: The part of that which comes from the peers: others who are measured against the same ones have it in common.
    shared: float | None = None
    #: What that carries.
    standing: EffectStanding = EffectStanding.CANNOT_TELL
    #: Why nothing can be told; null where something can.
    missing: Missing | None = None
    #: Smallest effect that these numbers show in four of five cases; null unless measured.
    visible: float | None = None
    #: About how many more reviewed contacts since the plan began would do: to measure at all, or to show an effect of the size that the
    #: plan aims at; null: no number would, or it takes peers.
    more: int | None = None


def effect(mine: Change, peers: Mapping[str, Change], *, coached: Iterable[Moments] = (), aim: float | None = None) -> CoachingEffect:
    """The effect of coaching on one criterion.

    ``peers``: who were not coached on it. ``coached``: what was found before of others who were coached on it since; without them the
    group would look better, and more alike, than it was, as it was the low ones that went. ``aim``: the rise that the plan is for.
    """
    before, after = figure(mine.before), figure(mine.after)
    lacking = _lacking(before, after)
    if lacking is not None:
        short = LEAST_REVIEWED - (before.n if lacking is Missing.BEFORE else after.n)
        return CoachingEffect(before=before, after=after, peers=0, missing=lacking, more=short if lacking is Missing.AFTER else None)
    comparable = [pair for pair in map(_figures, peers.values()) if _is_comparable(pair, before)]
    if len(comparable) < LEAST_PEERS:
        return CoachingEffect(before=before, after=after, peers=len(comparable), missing=Missing.PEERS)
    others = [one for one in map(figure, coached) if _is_as_large(one, before)]
    return _measured(before, after, comparable, others, aim)


def _measured(
    before: Figure, after: Figure, comparable: Sequence[tuple[Figure, Figure]], others: Sequence[Figure], aim: float | None
) -> CoachingEffect:
    """``comparable``: peers before and after; ``others``: before alone."""
    firsts, lasts = [one for one, _ in comparable], [one for _, one in comparable]
    unit, unit_after = unit_of([before, *firsts, *others]), unit_of(lasts)
    start, end = level_of(before, unit), level_of(after, own_unit(after))
    group = group_of([start, *(level_of(one, unit) for one in (*firsts, *others))])
    expected = group.expected(start)
    gaps = [_gap(group.expected(level_of(first, unit)), level_of(last, unit_after)) for first, last in comparable]
    near = [gap for _, gap in sorted(gaps, key=lambda pair: abs(pair[0].value - expected.value))[:MOST_PEERS]]
    drift, wander = pooled(near)
    # How far to shrink is known only as well as so many members tell it: it matters the more, the farther the figure was drawn.
    drawn = (expected.value - start.value) ** 2 * 2 / (group.members - 1)
    found = Level(end.value - expected.value - drift.value, end.variance + expected.variance + wander + drift.variance + drawn)
    told: dict[str, Any] = {"before": before, "after": after, "peers": len(near), "peers_change": round(drift.value, 6)}
    without = min(1.0, max(0.0, expected.value + drift.value))
    told |= {"deviation": round(found.deviation, 6), "shared": round(drift.deviation, 6), "without": round(without, 6)}
    told |= {"by_itself": round(expected.value - start.value, 6)}
    return _judged(CoachingEffect(**told), found, end, quantile=student95(group.members - 1), aim=aim)


def _gap(expected: Level, last: Level) -> tuple[Level, Level]:
    """What was expected of a peer, and how far what came lies from it."""
    return expected, Level(last.value - expected.value, last.variance + expected.variance)


def _judged(made: CoachingEffect, found: Level, end: Level, *, quantile: float, aim: float | None) -> CoachingEffect:
    low, high = found.value - quantile * found.deviation, found.value + quantile * found.deviation
    standing = EffectStanding.WORKED if low > 0 else EffectStanding.WORSE if high < 0 else EffectStanding.CANNOT_TELL
    told: dict[str, Any] = {
        "effect": round(found.value, 6), "low": round(max(-1.0, low), 6), "high": round(min(1.0, high), 6), "standing": standing,
        "visible": round((quantile + _Z_POWER) * found.deviation, 6),
    }
    if standing is EffectStanding.CANNOT_TELL:
        more = None if aim is None else _more(aim / (quantile + _Z_POWER), found.variance - end.variance, end, made.after)
        told |= {"missing": Missing.INTERVAL, "more": more}
    return made.model_copy(update=told)


def _more(deviation: float, fixed: float, end: Level, after: Figure) -> int | None:
    """Contacts to review until the deviation is that small; ``fixed``: variance that they do not lessen."""
    room = deviation * deviation - fixed
    if deviation <= 0 or room <= 0:
        return None
    needed = math.ceil(after.n * end.variance / room) - after.n
    return needed if 0 < needed <= _MOST_REVIEWS else None


def _lacking(before: Figure, after: Figure) -> Missing | None:
    if before.n < LEAST_REVIEWED:
        return Missing.BEFORE
    return Missing.AFTER if after.n < LEAST_REVIEWED else None


def _figures(change: Change) -> tuple[Figure, Figure]:
    return figure(change.before), figure(change.after)


def _is_comparable(pair: tuple[Figure, Figure], before: Figure) -> bool:
    """Whether a peer has enough reviewed contacts, and about as many as the agent."""
    first, last = pair
    return last.n >= LEAST_REVIEWED and _is_as_large(first, before)


def _is_as_large(one: Figure, before: Figure) -> bool:
    return one.n >= LEAST_REVIEWED and before.effective / VOLUME <= one.effective <= before.effective * VOLUME
