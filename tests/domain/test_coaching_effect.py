"""Coaching effect: intervals that hold although agents were picked because they were low, and effects found as often as told."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from qa_service.domain.coaching_effect import Change, CoachingEffect, EffectStanding, Missing, effect
from qa_service.domain.moments import Moments, Outcome

YES = Moments.of(Outcome(0.5, 1, 1, met=1, asked=1))
NO = Moments.of(Outcome(0.5, 1, 1, met=0, asked=1))


def answered(n: int, met: int) -> Moments:
    """So many reviewed contacts, on which the machine abstained."""
    return Moments(*(met * yes + (n - met) * no for yes, no in zip(YES, NO, strict=True)))


class House(NamedTuple):
    """A house of agents, of whom the lowest are coached."""

    agents: int
    #: Reviewed contacts of each, before and after, give or take two fifths.
    reviews: int
    mean: float
    #: Standard deviations of what they can do, and of how it changes by itself.
    spread: float
    wander: float = 0.0
    #: What changes for everybody, and for the coached besides.
    drift: float = 0.0
    true: float = 0.0
    picked: int = 3


def simulated(house: House, *, times: int, seed: int = 6) -> Iterator[CoachingEffect]:
    """The effect of one of the coached, each time in another house."""
    lots = random.Random(seed)
    size = house.mean * (1 - house.mean) / house.spread**2 - 1
    for _ in range(times):
        able = [lots.betavariate(house.mean * size, (1 - house.mean) * size) for _ in range(house.agents)]
        before = [drawn(lots, house.reviews, share) for share in able]
        low = sorted(range(house.agents), key=lambda one: before[one].u / before[one].a)[: house.picked]
        changes = {}
        for one, share in enumerate(able):
            now = share + house.drift + lots.gauss(0, house.wander) + (house.true if one in low else 0)
            changes[one] = Change(before[one], drawn(lots, house.reviews, min(0.99, max(0.01, now))))
        mine = lots.choice(low)
        peers = {str(one): change for one, change in changes.items() if one not in low}
        yield effect(changes[mine], peers, coached=[changes[one].before for one in low if one != mine])


def drawn(lots: random.Random, reviews: int, share: float) -> Moments:
    n = lots.randint(round(reviews * 0.6), round(reviews * 1.4))
    return answered(n, sum(lots.random() < share for _ in range(n)))


@pytest.mark.parametrize(
    "house",
    [
        House(agents=30, reviews=30, mean=0.7, spread=0.1),
        House(agents=30, reviews=30, mean=0.7, spread=0.1, wander=0.03, drift=0.05),
        House(agents=40, reviews=60, mean=0.75, spread=0.12, wander=0.03, picked=4),
        House(agents=16, reviews=20, mean=0.8, spread=0.08, wander=0.03, picked=2),
        House(agents=20, reviews=40, mean=0.85, spread=0.08),
    ],
)
def test_without_an_effect_95_percent_of_the_intervals_hold_0(house: House) -> None:
    """Told for whoever was picked because they were low: a plain before and after finds an effect in every other one of them."""
    found = list(simulated(house, times=800))
    intervals = [(one.low, one.high) for one in found if one.low is not None and one.high is not None]
    assert len(intervals) == 800
    assert 0.93 <= sum(low <= 0 <= high for low, high in intervals) / 800 <= 0.97
    assert sum(one.standing is EffectStanding.WORKED for one in found) / 800 <= 0.04
    assert abs(sum(one.effect or 0 for one in found) / 800) < 0.03
    # What the figure would have done by itself is told: up, as it was low by luck.
    assert sum(one.by_itself or 0 for one in found) / 800 > 0.03


def test_a_plain_before_and_after_would_have_been_fooled() -> None:
    house = House(agents=30, reviews=30, mean=0.7, spread=0.1)
    plain = [(one.after.value or 0) - (one.before.value or 0) for one in simulated(house, times=200)]
    assert sum(plain) / 200 > 0.06


@pytest.mark.parametrize(("reviews", "least", "most"), [(60, 0.25, 0.45), (150, 0.5, 0.7), (600, 0.85, 1.0)])
def test_15_points_are_found_as_often_as_told(reviews: int, least: float, most: float) -> None:
    """The power that the intervals promise is the one that they have."""
    wander = 0.03 if reviews < 600 else 0.0
    found = list(simulated(House(agents=30, reviews=reviews, mean=0.65, spread=0.1, wander=wander, true=0.15), times=300))
    worked = sum(one.standing is EffectStanding.WORKED for one in found) / 300
    assert least <= worked <= most
    promised = sum(power(one, 0.15) for one in found) / 300
    assert worked == pytest.approx(promised, abs=0.08)
    assert abs(sum(one.effect or 0 for one in found) / 300 - 0.15) < 0.02


def power(one: CoachingEffect, true: float) -> float:
    """That an effect is found, by its interval (normal)."""
    assert one.high is not None
    assert one.low is not None
    assert one.visible is not None
    half = (one.high - one.low) / 2
    deviation = (one.visible - half) / 0.8416212335729143
    return 0.5 * math.erfc((half - true) / deviation / math.sqrt(2))


PEERS = {f"p{number}": Change(answered(40, 28 + number % 3), answered(40, 28 + number % 3)) for number in range(12)}


def test_a_large_effect_is_told_with_all_that_led_to_it() -> None:
    found = effect(Change(answered(40, 20), answered(80, 78)), PEERS)
    assert found.standing is EffectStanding.WORKED
    assert found.missing is None
    assert found.peers == 12
    assert found.before.value == 0.5
    assert found.without is not None
    assert 0.5 < found.without < 0.75
    assert found.effect == pytest.approx(0.975 - found.without, abs=1e-5)
    assert found.by_itself is not None
    assert found.by_itself > 0


def test_getting_worse_is_told_too() -> None:
    assert effect(Change(answered(40, 28), answered(80, 10)), PEERS).standing is EffectStanding.WORSE


@pytest.mark.parametrize(
    ("mine", "peers", "missing", "more"),
    [
        (Change(answered(5, 2), answered(40, 30)), PEERS, Missing.BEFORE, None),
        (Change(Moments(), answered(40, 30)), PEERS, Missing.BEFORE, None),
        (Change(answered(40, 20), answered(3, 3)), PEERS, Missing.AFTER, 5),
        (Change(answered(40, 20), Moments()), PEERS, Missing.AFTER, 8),
        (Change(answered(40, 20), answered(40, 30)), {}, Missing.PEERS, None),
        (Change(answered(400, 200), answered(40, 30)), PEERS, Missing.PEERS, None),  # ten times their volume
    ],
)
def test_what_is_missing_is_told(mine: Change, peers: dict[str, Change], missing: Missing, more: int | None) -> None:
    found = effect(mine, peers)
    assert (found.standing, found.missing, found.more, found.effect) == (EffectStanding.CANNOT_TELL, missing, more, None)


def test_how_many_more_reviews_would_tell() -> None:
    mine = Change(answered(40, 24), answered(10, 7))
    untold = effect(mine, PEERS, aim=0.3)
    assert untold.missing is Missing.INTERVAL
    assert untold.more is not None
    assert untold.more > 0
    assert effect(mine, PEERS, aim=0.01).more is None
    assert effect(mine, PEERS).more is None


def test_peers_who_were_never_reviewed_again_do_not_count() -> None:
    some = dict(PEERS)
    some.update({f"q{number}": Change(answered(40, 2), Moments()) for number in range(20)})
    mine = Change(answered(40, 24), answered(40, 30))
    assert effect(mine, some) == effect(mine, PEERS)
