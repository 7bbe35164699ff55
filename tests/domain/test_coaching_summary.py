"""Coaching summary: many plans together tell what one cannot, and no more than that."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from qa_service.domain.coaching_effect import Change, CoachingEffect, EffectStanding, effect
from qa_service.domain.coaching_summary import LEAST_MEASURED, CoachingSummary, summary
from qa_service.domain.moments import Moments, Outcome

YES = Moments.of(Outcome(0.5, 1, 1, met=1, asked=1))
NO = Moments.of(Outcome(0.5, 1, 1, met=0, asked=1))


def drawn(lots: random.Random, reviews: int, share: float) -> Moments:
    met = sum(lots.random() < share for _ in range(reviews))
    return Moments(*(met * yes + (reviews - met) * no for yes, no in zip(YES, NO, strict=True)))


def houses(*, picked: int, true: float, times: int) -> Iterator[CoachingSummary]:
    """Forty agents with forty reviews before and after, of whom the lowest are coached."""
    lots = random.Random(9)
    for _ in range(times):
        able = [min(0.95, max(0.3, lots.gauss(0.68, 0.1))) for _ in range(40)]
        before = [drawn(lots, 40, share) for share in able]
        low = sorted(range(40), key=lambda one: before[one].u)[:picked]
        changes = [
            Change(before[one], drawn(lots, 40, min(0.99, share + lots.gauss(0, 0.03) + (true if one in low else 0))))
            for one, share in enumerate(able)
        ]
        peers = {str(one): change for one, change in enumerate(changes) if one not in low}
        rest = {one: [changes[other].before for other in low if other != one] for one in low}
        yield summary([effect(changes[one], peers, coached=rest[one]) for one in low])


def test_without_an_effect_the_interval_holds_0() -> None:
    found = list(houses(picked=10, true=0.0, times=150))
    holds = [one.low is not None and one.high is not None and one.low <= 0 <= one.high for one in found]
    assert sum(holds) / 150 >= 0.93
    assert sum(one.standing is EffectStanding.WORKED for one in found) / 150 <= 0.04
    assert abs(sum(one.effect or 0 for one in found) / 150) < 0.015


def test_15_points_that_one_agent_seldom_shows_ten_show_together() -> None:
    found = list(houses(picked=10, true=0.15, times=60))
    assert sum(one.standing is EffectStanding.WORKED for one in found) / 60 > 0.8
    assert sum(one.worked for one in found) / sum(one.measured for one in found) < 0.5
    assert sum(one.effect or 0 for one in found) / 60 == pytest.approx(0.15, abs=0.03)


def test_too_few_are_counted_and_nothing_is_told() -> None:
    (one,) = houses(picked=LEAST_MEASURED - 1, true=0.3, times=1)
    assert (one.priorities, one.measured, one.effect, one.standing) == (3, 3, None, EffectStanding.CANNOT_TELL)
    nothing: list[CoachingEffect] = [effect(Change(Moments(), Moments()), {})] * 5
    assert (summary(nothing).priorities, summary(nothing).measured) == (5, 0)
    assert summary([]).priorities == 0
