"""Gain: the score points that an agent is expected to win by practising one criterion, and whether the figures carry that."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from statistics import median
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.rubric import AutoFail, Rubric, Section, Severity, Skill

#: Share that is expected of everybody where there are too few peers to look at.
TARGET = 0.8
#: Peers from which on their upper half tells what can be reached.
LEAST_PEERS = 4
#: Reviewed contacts with the opportunity, below which nothing becomes a priority.
LEAST_REVIEWED = 8
#: Probability that the gap is real, from which on it may become a priority.
SURE = 0.9
#: A gap that is smaller is none.
CLOSE = 0.02
#: Score points, below which practising is not worth a priority.
LEAST_POINTS = 0.5
#: One-sided normal quantile of :data:`SURE`.
_Z_SURE = 1.2815515655446004
#: Quantiles of a two-sided 5 % test and of 80 % power (Cohen 1988).
_Z_TEST, _Z_POWER = 1.959963984540054, 0.8416212335729143
_MOST_REVIEWS = 10_000


class GoalBasis(StrEnum):
    """What a goal is taken from."""

    #: The mean of the upper half of comparable peers.
    PEERS = "peers"
    #: What is expected of everybody.
    TARGET = "target"


class GainVerdict(StrEnum):
    """What becomes of a criterion."""

    #: It can be a priority.
    PRIORITY = "priority"
    #: The goal is reached, or as good as.
    REACHED = "reached"
    #: There is a gap, and little to win by closing it.
    SMALL = "small"
    #: The numbers do not carry it yet.
    CANNOT_TELL = "cannot_tell"


class Believed(NamedTuple):
    """What is believed of a share, after shrinking it towards the group."""

    #: 0 to 1.
    share: float
    #: Standard deviation of that belief.
    deviation: float
    #: Contacts with the opportunity that people reviewed.
    reviewed: int
    #: Share as observed, not shrunk.
    observed: float | None = None


class Subject(NamedTuple):
    """The criterion that a gain is of."""

    rubric: str
    criterion: str
    severity: Severity = Severity.MINOR
    skill: Skill | None = None


class Gain(Record):
    """``points = stake * gap * probability``."""

    #: Rubric id.
    rubric: str
    #: Criterion id.
    criterion: str
    #: What a miss harms.
    severity: Severity
    #: What a coach would practise.
    skill: Skill | None = None
    #: Reviewed contacts with the opportunity.
    reviewed: int = Field(ge=0)
    #: Share met as observed; null without any.
    observed: float | None = None
    #: Share met, shrunk towards the peers, 0 to 1; null without any.
    share: float | None = None
    #: Share to reach.
    goal: float
    #: What that is taken from.
    basis: GoalBasis
    #: Points of the total that missing it takes from a contact on which all else is done, times how often there is the opportunity.
    stake: float = Field(ge=0, le=100)
    #: ``goal - share``, never below 0.
    gap: float = Field(ge=0, le=1)
    #: That the share lies below the goal, 0 to 1.
    probability: float = Field(ge=0, le=1)
    #: Points of the mean total to be won.
    points: float = Field(ge=0)
    #: What becomes of it.
    verdict: GainVerdict
    #: About how many more reviewed contacts it takes to tell; null where that does not apply.
    more: int | None = None


def reachable(peers: Sequence[float]) -> tuple[float, GoalBasis]:
    """The share to reach: the mean of the upper half of the peers (of shares shrunk already, so that the lucky do not set it).

    The upper half are all at or above the median. With fewer than :data:`LEAST_PEERS`, :data:`TARGET`.
    """
    if len(peers) < LEAST_PEERS:
        return TARGET, GoalBasis.TARGET
    middle = median(peers)
    upper = [one for one in peers if one >= middle]
    return math.fsum(upper) / len(upper), GoalBasis.PEERS


def stakes(rubric: Rubric, asked: Mapping[str, float]) -> dict[str, float]:
    """Points of the total (0 to 100) at stake by criterion; ``asked``: how often there was the opportunity, 0 to 1.

    What missing it takes from a contact on which all else is done, times ``asked``. A criterion's part of its section is its weight among
    those that are asked, a section's part of the total likewise; a critical miss takes what the form's ``auto_fail`` says. A bonus is
    nobody's duty and has no stake.
    """
    open_ = {one.id: 0.0 if one.bonus else min(1.0, max(0.0, asked.get(one.id, 0.0))) for one in rubric.criteria}
    # As often as its most frequent criterion: a section leaves the total where nothing in it is asked.
    weights = {section.id: section.weight * max(open_[one.id] for one in section.criteria) for section in rubric.sections}
    total = math.fsum(weights.values())
    found: dict[str, float] = {}
    for section in rubric.sections:
        part = section.weight / (total - weights[section.id] + section.weight) if total else 0.0
        found.update((one, 100 * open_[one] * lost) for one, lost in _lost(rubric, section, open_, part).items())
    return found


def _lost(rubric: Rubric, section: Section, open_: Mapping[str, float], part: float) -> dict[str, float]:
    """Share of the total that a miss takes, by criterion, given that it was asked; ``part``: the section's."""
    whole = math.fsum(one.weight * open_[one.id] for one in section.criteria)
    found = {}
    for one in section.criteria:
        # Where it is asked, it is there as a whole, the others as often as they are.
        share = one.weight / (whole - one.weight * open_[one.id] + one.weight)
        lost = part * share
        if one.severity.critical:
            lost = max(lost, part * _taken(section.auto_fail, rubric), _taken(rubric.settings.auto_fail, rubric))
        found[one.id] = lost
    return found


def _taken(how: AutoFail, rubric: Rubric) -> float:
    """Share that a critical miss takes, by rule."""
    cap = 1 - rubric.settings.auto_fail_cap / 100
    return {AutoFail.ZERO: 1.0, AutoFail.CAP: cap}.get(how, 0.0)


def gain(subject: Subject, mine: Believed | None, peers: Sequence[float], *, stake: float) -> Gain:
    """What is to be won on one criterion; ``peers``: their shares, shrunk."""
    goal, basis = reachable(peers)
    told = {
        "rubric": subject.rubric, "criterion": subject.criterion, "severity": subject.severity, "skill": subject.skill,
        "goal": round(goal, 4), "basis": basis, "stake": round(stake, 4),
    }
    if mine is None:
        return Gain(**told, reviewed=0, gap=0, probability=0, points=0, verdict=GainVerdict.CANNOT_TELL, more=LEAST_REVIEWED)
    gap = max(0.0, goal - mine.share)
    probability = _below(goal, mine)
    points = stake * gap * probability
    verdict = _verdict(mine, gap, probability, points)
    return Gain(
        **told, reviewed=mine.reviewed, observed=None if mine.observed is None else round(mine.observed, 4), share=round(mine.share, 4),
        gap=round(gap, 4), probability=round(probability, 4), points=round(points, 4), verdict=verdict,
        more=_more(mine, gap) if verdict is GainVerdict.CANNOT_TELL else None,
    )


def priorities(gains: Iterable[Gain], *, most: int = 3) -> tuple[Gain, ...]:
    """Those that the figures carry, the greatest first; an empty answer is an answer."""
    carried = [one for one in gains if one.verdict is GainVerdict.PRIORITY]
    return tuple(sorted(carried, key=lambda one: (-one.points, one.rubric, one.criterion))[:most])


def reviews_to_see(share: float, goal: float, *, before: float) -> int | None:
    """Reviewed contacts that it takes to see a share rise to a goal, in four of five cases, at 95 %; ``None``: no number is enough.

    Of two proportions (Fleiss, Levin and Paik 2003, 4.14, without continuity correction), the first known from ``before`` contacts; never
    fewer than :data:`LEAST_REVIEWED`, below which no effect is told.
    """
    rise = goal - share
    if rise <= 0 or before <= 0:
        return None
    room = (rise / (_Z_TEST + _Z_POWER)) ** 2 - share * (1 - share) / before
    if room <= 0:
        return None
    # A share near 1 still varies: half an observation on each side.
    spread = max(goal * (1 - goal), 0.5 * room / (1 + room))
    found = max(LEAST_REVIEWED, math.ceil(spread / room))
    return found if found <= _MOST_REVIEWS else None


def _below(goal: float, mine: Believed) -> float:
    if mine.deviation <= 0:
        return 1.0 if mine.share < goal else 0.0
    return 0.5 * math.erfc((mine.share - goal) / mine.deviation / math.sqrt(2))


def _verdict(mine: Believed, gap: float, probability: float, points: float) -> GainVerdict:
    if mine.reviewed < LEAST_REVIEWED:
        return GainVerdict.CANNOT_TELL
    if gap < CLOSE or probability <= 0.5:
        return GainVerdict.REACHED
    if probability < SURE:
        return GainVerdict.CANNOT_TELL
    return GainVerdict.PRIORITY if points >= LEAST_POINTS else GainVerdict.SMALL


def _more(mine: Believed, gap: float) -> int | None:
    """Reviews after which a gap of this size would be told: the deviation falls with the root of their number."""
    least = max(LEAST_REVIEWED - mine.reviewed, 1)
    if gap < CLOSE:
        return least if mine.reviewed < LEAST_REVIEWED else None
    needed = mine.reviewed * (_Z_SURE * mine.deviation / gap) ** 2
    found = max(least, math.ceil(needed - mine.reviewed))
    return found if found <= _MOST_REVIEWS else None
