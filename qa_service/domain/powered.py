"""Powered: the share of its points that a criterion, a section or a whole form earns, by people's answers and with the machine's help.

**By people.** Hajek's ratio ``R = sum(w u) / sum(w a)`` (Hajek 1971). Its interval is Wilson's (1927) on an effective number of answers:
for answers of yes and no the smaller of Kish's (1965) ``sum(w a)**2 / sum(w**2 a)`` and ``R (1 - R) / v`` with the linearised variance ``v
= sum(w**2 (u - R a)**2) / sum(w a)**2``; for shares (totals, sections) the latter with Student's quantile, as ``v`` is a guess there.

**Powered.** With ``z = u - R a`` of people and ``h = g - R b`` of the machine, the estimate solves ``mean over all of L h + mean over
people's of (z - L h) = 0`` (prediction-powered inference: Angelopoulos et al. 2023, Science 382:669), with ``L`` the regression of ``z`` on
``h``, kept between 0 and 1 (power tuning: Angelopoulos, Duchi and Zrnic 2023, arXiv:2311.01453): a machine that is of no use gets no
weight, one that is wrong in a constant direction is corrected. Its variance is that of people alone times ``f + (1 - f) s``: ``f`` the
share of contacts that people answered, ``s`` the share of the variance that the machine leaves unexplained (two-phase sampling: Sarndal,
Swensson and Wretman 1992, chapter 9). The effective number of answers grows by as much.

Both tell of the agent's underlying rate, of which the contacts that happened are a sample too: their intervals do not shrink to nothing
when people answer everything.
"""

from __future__ import annotations

import math
from enum import StrEnum
from typing import NamedTuple

from pydantic import Field

from qa_service.domain.base import Record
from qa_service.domain.estimation import Z95, score_interval, student95
from qa_service.domain.moments import Moments

#: Fewer answers of people than this carry no machine: how far it goes along with them would be a guess. Simulated: with 10 answers the
#: estimate is drawn up by a point, since nothing is corrected where all ten happen to be met; with 15 by less than half a point.
LEAST_POWERED = 15
#: Differences between people and machine that are taken to have been seen beside those that were: without them, few answers that happen to
#: agree would make the machine seem perfect (compare Agresti and Min 2005). Simulated: a machine that errs in one direction in 7 of 100 has
#: its interval hold the truth in 90 of 100 with 20 answers without it, in 93 with it.
_UNSEEN = 0.4
_NONE = 1e-9


class FigureMethod(StrEnum):
    """What an estimate is made of."""

    #: People's answers alone.
    PEOPLE = "people"
    #: The machine's answers to all contacts, corrected by what people answered to some of them.
    POWERED = "powered"
    #: No answer of people, so no estimate.
    NONE = "none"


class Figure(Record):
    """A share with the 95 % interval that its sample allows: of the agent's underlying rate, not of the contacts that happened."""

    #: Estimate, 0 to 1; ``None`` without people's answers.
    value: float | None
    #: Lower bound, 0 to 1; ``None`` as the estimate.
    low: float | None
    #: Upper bound.
    high: float | None
    #: People's answers where there was an opportunity.
    n: int = Field(ge=0)
    #: As many answers of yes or no, drawn evenly, would tell as much.
    effective: float = Field(ge=0)
    #: Scorecards that people finished, with an opportunity or without.
    reviews: int = Field(ge=0, default=0)
    #: Scorecards that the machine answered.
    machine: int = Field(ge=0)
    #: What it is made of.
    method: FigureMethod
    #: How much of the machine is in it, 0 to 1: what a point of its figure moves the estimate (PPI++'s lambda).
    machine_weight: float = 0.0
    #: What the machine alone says, 0 to 1: provisional, never an estimate; ``None`` where it sees no opportunity anywhere.
    expected: float | None = None


class Estimate(NamedTuple):
    """What a figure is built on, without its bounds and counts: for groups of hundreds."""

    #: 0 to 1.
    value: float
    #: As many answers of yes or no, drawn evenly, would tell as much.
    effective: float
    #: How much of the machine is in it.
    weight: float = 0.0


def by_people(m: Moments) -> Figure:
    """The estimate from people's answers alone."""
    return _told(m, _by_people(_base(m)))


def powered(m: Moments) -> Figure:
    """The prediction-powered estimate; people's alone where the machine is of no use, or answered nothing beyond what people did."""
    return _told(m, _powered(m))


def figure(m: Moments) -> Figure:
    """The better one of both: powered from :data:`LEAST_POWERED` answers on, else by people, else none. Never the machine alone."""
    return _told(m, estimate(m))


def estimate(m: Moments) -> Estimate | None:
    """What :func:`figure` is built on; ``None`` where there is none."""
    return _powered(m) if m.a >= LEAST_POWERED else _by_people(_base(m))


def _by_people(base: _Base | None) -> Estimate | None:
    return None if base is None else Estimate(base.share, base.effective * _known(base.freedom))


def _powered(m: Moments) -> Estimate | None:
    base = _base(m)
    gain = None if base is None else _gain(m, base)
    if base is None or gain is None:
        return _by_people(base)
    freedom = max(base.freedom - 1, min(base.freedom, 1))
    return Estimate(gain.share, base.effective / gain.variance * _known(freedom), gain.weight)


class _Base(NamedTuple):
    """People's alone."""

    share: float
    #: Before what Student's quantile takes of it.
    effective: float
    #: Degrees of freedom of the variance; 0 where it follows from the share.
    freedom: int
    #: Whether every answer earned all or nothing.
    yes_no: bool


class _Gain(NamedTuple):
    """What the machine brings."""

    share: float
    #: Its weight, above 0 and up to 1.
    weight: float
    #: Variance, as a share of people's alone, above 0 and up to 1.
    variance: float


def _base(m: Moments) -> _Base | None:
    if m.a < 1 - _NONE or m.wa <= _NONE:
        return None
    share, kish = min(1.0, max(0.0, m.wu / m.wa)), m.wa * m.wa / m.wwa
    spread = (m.wwuu - 2 * share * m.wwu + share * share * m.wwa) / (m.wa * m.wa)
    # As many degrees of freedom as answers less one where all weigh alike; unequal weights cost the variance more than the mean.
    freedom, yes_no = max(1, int(kish * math.sqrt(kish / m.a) + _NONE) - 1), m.u - m.uu <= _NONE * m.a
    if spread * m.a <= _NONE * _NONE or kish < 1 + _NONE or not 0 < share < 1:
        return _Base(share, kish, 0, yes_no)
    if yes_no:
        return _Base(share, min(kish, share * (1 - share) / spread), 0, True)
    return _Base(share, share * (1 - share) / spread * (kish - 1) / kish, freedom, False)


def _known(freedom: int) -> float:
    """What an estimated variance is worth of a known one: with it, intervals by the normal quantile are those by Student's."""
    return (Z95 / student95(freedom)) ** 2 if freedom else 1.0


def _gain(m: Moments, base: _Base) -> _Gain | None:
    """``None`` where the machine brings nothing. All sums are means over people's answers, weighted by the squares of the weights."""
    r, w, kish = base.share, m.w, m.w * m.w / m.ww
    if m.all - m.people < 1 - _NONE or m.people < 3:
        return None
    centre = (m.wg - r * m.wb) / w
    z, h = (m.wwu - r * m.wwa) / m.ww, (m.wwg - r * m.wwb) / m.ww
    zz = (m.wwuu - 2 * r * m.wwu + r * r * m.wwa) / m.ww
    hh = (m.wwgg - 2 * r * m.wwg + r * r * m.wwb) / m.ww - 2 * centre * h + centre * centre
    zh = (m.wwug - r * (m.wwub + m.wwag) + r * r * m.wwab) / m.ww - centre * z
    if hh <= _NONE or zz <= _NONE or zh <= _NONE:
        return None
    weight = min(1.0, zh / hh)
    asked = m.wa / w + weight * (m.b / m.all - m.wb / w)
    if asked <= _NONE:
        return None
    share = (m.wu / w + weight * (m.g / m.all - m.wg / w)) / asked
    unseen = _UNSEEN * (1.0 if base.yes_no else min(1.0, m.a / base.effective) ** 2)
    left = (zz - 2 * weight * zh + weight * weight * hh) * max(1.0, (kish - 1) / max(1.0, kish - 2))
    left = min(1.0, (left * m.people + unseen) / (m.people + 2 * unseen) / zz)
    answered = min(1.0, kish / m.all)
    return _Gain(min(1.0, max(0.0, share)), weight, answered + (1 - answered) * left)


def _told(m: Moments, found: Estimate | None) -> Figure:
    if found is None:
        return _none(m)
    share, effective, weight = found
    low, high = score_interval(share, effective)
    return Figure.trusted(
        value=share, low=min(low, share), high=max(high, share), n=round(m.a), effective=effective, reviews=round(m.people),
        machine=round(m.all), method=FigureMethod.POWERED if weight else FigureMethod.PEOPLE, machine_weight=weight, expected=_expected(m),
    )


def _none(m: Moments) -> Figure:
    return Figure.trusted(
        value=None, low=None, high=None, n=0, effective=0.0, reviews=round(m.people), machine=round(m.all), method=FigureMethod.NONE,
        machine_weight=0.0, expected=_expected(m),
    )


def _expected(m: Moments) -> float | None:
    return min(1.0, max(0.0, m.g / m.b)) if m.b > _NONE else None
