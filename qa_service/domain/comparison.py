"""Comparison: what an agent does better or worse than comparable peers, or than before, beyond luck.

**Peers.** The agent's rate is compared with the mean of the peers' rates, weighted as they are known and as they differ
(:mod:`qa_service.domain.shrinkage`); that peers differ makes their mean less sure. The interval is the one whose ends the score test does
not refuse: rates ``r`` with ``(figure - r)**2 <= z**2 (r (1 - r) / effective + variance of the mean)`` (Wilson 1927, with a second source
of doubt), which is a quadratic equation. The p value is that of the same test, or of the likelihood ratio's where that is larger: the score
test finds two misses of ten where .98 is usual a hundred times as unlikely as they are.

**Past.** Agresti and Caffo's (2000) interval of a difference, one answer more of each kind on both sides, and its p value.

Chance finds something in every list: q values (:mod:`qa_service.domain.false_discovery`) are worked out over everything that is looked at
together. A weakness or strength is a difference with ``q`` up to :data:`FALSE` and of at least the size that matters.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.chance import deviance, normal_chance
from qa_service.domain.estimation import Z95
from qa_service.domain.false_discovery import adjusted
from qa_service.domain.moments import Item, Moments
from qa_service.domain.powered import Figure, estimate, figure
from qa_service.domain.shrinkage import Estimated, Group, Known, Sums, knowns
from qa_service.domain.standing import Standing

#: Smallest difference that matters, as a share: five points.
MATTERS = 0.05
#: Share of the differences told that may be none.
FALSE = 0.05
#: Fewer answers of people carry no claim.
LEAST_ANSWERS = 5
#: Fewer peers with answers are no group, and a mean of two would tell one the other's figure.
LEAST_PEERS = 3
#: Normal quantile of the power at which reviews are said to show a difference: 4 times of 5.
_POWER = 0.8416212335729143
_NONE = 1e-12


class Reason(StrEnum):
    """Why nothing can be told."""

    #: No contact gave the opportunity.
    NO_OPPORTUNITY = "no_opportunity"
    #: Too few answers of people.
    TOO_FEW = "too_few"
    #: Too few peers with answers, or no past.
    NO_PEERS = "no_peers"
    #: The interval holds no difference, and one that matters as well.
    NO_DIFFERENCE_SEEN = "no_difference_seen"
    #: If there is a difference, it is smaller than what matters.
    TOO_SMALL = "too_small"


class Comparison(Record):
    """One item of an agent against comparable peers, or against the agent's own past."""

    item: Item
    #: The agent's.
    figure: Figure
    #: What it is compared with: the mean of the peers' rates, or the agent's own past; ``None`` where there is none.
    other: float | None
    #: Peers that have answers, or 1 for a past that has.
    peers: int = Field(ge=0)
    #: Standard deviation of the peers' underlying rates, 0 to 1; 0 for a past.
    spread: float
    #: The agent's less the others', -1 to 1; ``None`` where either is unknown.
    effect: float | None
    #: Its 95 % interval.
    low: float | None
    #: Upper bound.
    high: float | None
    #: Chance of such a difference, or a larger one, where there is none.
    p: float | None
    #: The same after false discovery control over everything that was looked at together; ``None`` where answers are too few to look.
    q: float | None
    #: What that carries.
    standing: Standing
    #: Why nothing can be told; ``None`` where something can.
    reason: Reason | None
    #: Whether the difference is larger than the peers differ among each other: fewer than 1 in 20 of them would lie as far out. Always
    #: false for a past.
    unusual: bool = False
    #: About how many more reviews of this agent would show (4 times of 5) a difference as large as the one seen, or of the size that
    #: matters if that is larger; ``None`` where something is told already, where no number of them would (too little is known of the
    #: peers), or where nothing is known yet.
    more: int | None = None
    #: Smallest difference that the reviews at hand show 4 times of 5; ``None`` as the effect.
    visible: float | None = None


def compare(
    mine: Mapping[Item, Moments], peers: Mapping[str, Mapping[Item, Moments]], *, matters: float = MATTERS
) -> tuple[Comparison, ...]:
    """Each item of mine against the mean of the comparable peers (which hold nothing of mine), in the order of ``mine``."""
    told = [{item: estimate(m) for item, m in theirs.items() if item in mine} for theirs in peers.values()]
    known = [{item: one for item, one in theirs.items() if one is not None} for theirs in told]
    return compare_with(figures_of(mine), groups(known), matters=matters)


def compare_with(mine: Mapping[Item, Figure], peers: Mapping[Item, Group], *, matters: float = MATTERS) -> tuple[Comparison, ...]:
    """The same with figures (which may be adjusted ones) and groups (:func:`groups`, without mine) that are known already."""
    return _judged([_beside_peers(item, one, peers.get(item), matters=matters) for item, one in mine.items()], matters=matters)


def compare_past(now: Mapping[Item, Moments], past: Mapping[Item, Moments], *, matters: float = MATTERS) -> tuple[Comparison, ...]:
    """Each item of now against the same agent's past (no scorecard in both), in the order of ``now``: a strength is what got better."""
    before = figures_of(past)
    return _judged([_beside_past(item, one, before.get(item), matters=matters) for item, one in figures_of(now).items()], matters=matters)


def compare_team(team: Mapping[str, Mapping[Item, Moments]], *, matters: float = MATTERS) -> Mapping[str, tuple[Comparison, ...]]:
    """Everybody against everybody else, false discoveries controlled over all agents and items at once."""
    figures = {agent: figures_of(mine) for agent, mine in team.items()}
    known = _known(list(figures.values()))
    sums = {item: Sums.of(list(some.values())) for item, some in known.items()}
    drafts = []
    for place, mine in enumerate(figures.values()):
        for item, one in mine.items():
            rest = sums[item].less(known[item][place]) if place in known.get(item, {}) else sums.get(item)
            drafts.append(_beside_peers(item, one, rest.group if rest is not None and rest.agents else None, matters=matters))
    judged = iter(_judged(drafts, matters=matters))
    return {agent: tuple(next(judged) for _ in mine) for agent, mine in figures.items()}


def figures_of(some: Mapping[Item, Moments]) -> dict[Item, Figure]:
    """Each item's figure."""
    return {item: figure(m) for item, m in some.items()}


def groups(peers: Iterable[Mapping[Item, Estimated]]) -> dict[Item, Group]:
    """What the peers are like in each item that any of them has answers to."""
    return {item: Sums.of(list(some.values())).group for item, some in _known(list(peers)).items()}


def _known(figures: Sequence[Mapping[Item, Estimated]]) -> dict[Item, dict[int, Known]]:
    """By item, what is known of those who have answers, by their place."""
    found: dict[Item, dict[int, Estimated]] = {}
    for place, mine in enumerate(figures):
        for item, one in mine.items():
            if one.value is not None:
                found.setdefault(item, {})[place] = one
    return {item: dict(zip(some, knowns(list(some.values())), strict=True)) for item, some in found.items()}


def _beside_peers(item: Item, mine: Figure, group: Group | None, *, matters: float) -> Comparison:
    if mine.value is None or group is None or group.agents < LEAST_PEERS:
        return _untold(item, mine, group)
    centre, z2 = min(1.0, max(0.0, group.mean)), Z95 * Z95
    share, effective = mine.value, mine.effective
    # theta**2 (1 + z2/n) - 2 theta (share + z2/2n) + share**2 - z2 variance <= 0
    outer, middle, rest = 1 + z2 / effective, share + z2 / (2 * effective), share * share - z2 * group.variance
    root = math.sqrt(max(0.0, middle * middle - outer * rest))
    low, high = (middle - root) / outer - centre, (middle + root) / outer - centre
    own = max(centre * (1 - centre), _NONE) / effective
    effect, error = share - centre, math.sqrt(own + group.variance)
    surprise = min(abs(effect / error), math.sqrt(deviance(share, centre, effective * own / (own + group.variance))))
    return Comparison.trusted(
        item=item, figure=mine, other=centre, peers=group.agents, spread=group.spread, effect=effect, low=max(-1.0, min(low, effect)),
        high=min(1.0, max(high, effect)), p=normal_chance(surprise), q=None, standing=Standing.CANNOT_TELL, reason=None,
        unusual=normal_chance(effect / math.sqrt(own + group.variance + group.spread**2)) < FALSE,
        more=_more(mine, centre, group.variance, max(matters, abs(effect))), visible=(Z95 + _POWER) * error,
    )


def _beside_past(item: Item, mine: Figure, before: Figure | None, *, matters: float) -> Comparison:
    if mine.value is None or before is None or before.value is None:
        return _untold(item, mine, None)
    shares = [(one.effective * value + 1) / (one.effective + 2) for one, value in ((mine, mine.value), (before, before.value))]
    own, other = (one * (1 - one) / (found.effective + 2) for one, found in zip(shares, (mine, before), strict=True))
    effect, middle, error = mine.value - before.value, shares[0] - shares[1], math.sqrt(own + other)
    return Comparison.trusted(
        item=item, figure=mine, other=before.value, peers=1, spread=0.0, effect=effect, low=max(-1.0, min(effect, middle - Z95 * error)),
        high=min(1.0, max(effect, middle + Z95 * error)), p=normal_chance(middle / error), q=None, standing=Standing.CANNOT_TELL,
        reason=None, unusual=False, more=_more(mine, shares[1], other, max(matters, abs(effect))), visible=(Z95 + _POWER) * error,
    )


def _untold(item: Item, mine: Figure, group: Group | None) -> Comparison:
    if mine.value is not None:
        reason = Reason.NO_PEERS
    else:
        unasked = mine.reviews > 0 or (mine.machine > 0 and mine.expected is None)
        reason = Reason.NO_OPPORTUNITY if unasked else Reason.TOO_FEW
    return Comparison.trusted(
        item=item, figure=mine, other=None, peers=0 if group is None else group.agents, spread=0.0, effect=None, low=None, high=None,
        p=None, q=None, standing=Standing.CANNOT_TELL, reason=reason, unusual=False, more=None, visible=None,
    )


def _judged(drafts: Sequence[Comparison], *, matters: float) -> tuple[Comparison, ...]:
    looked = [one for one in drafts if one.p is not None and one.figure.n >= LEAST_ANSWERS]
    found = iter(adjusted([1.0 if one.p is None else one.p for one in looked]))
    return tuple(
        _told(one, next(found) if one.p is not None and one.figure.n >= LEAST_ANSWERS else None, matters=matters) for one in drafts
    )


def _told(one: Comparison, q: float | None, *, matters: float) -> Comparison:
    if one.effect is None or one.low is None or one.high is None:
        return one
    if q is None:
        return one.model_copy(update={"reason": Reason.TOO_FEW})
    if q <= FALSE and abs(one.effect) >= matters:
        standing = Standing.STRENGTH if one.effect > 0 else Standing.WEAKNESS
        return one.model_copy(update={"q": q, "standing": standing, "more": None})
    small = q <= FALSE or (one.low > -matters and one.high < matters)
    reason = Reason.TOO_SMALL if small else Reason.NO_DIFFERENCE_SEEN
    return one.model_copy(update={"q": q, "reason": reason, "more": None if small else one.more})


def _more(mine: Figure, centre: float, other: float, size: float) -> int | None:
    """Further reviews after which a difference of a size shows 4 times of 5, if they tell as much each as those at hand."""
    left = (size / (Z95 + _POWER)) ** 2 - other
    if left <= 0:
        return None
    share = (mine.effective * (mine.value or 0.0) + 4 * centre) / (mine.effective + 4)
    return max(1, LEAST_ANSWERS - mine.n, math.ceil(mine.reviews * (share * (1 - share) / left / mine.effective - 1)))
