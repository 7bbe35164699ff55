"""A figure without what its contacts, and its reviewers, made easy or hard."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.case_mix import Adjusted, Stratum, adjusted, without_reviewers
from qa_service.domain.interaction import Channel
from qa_service.domain.moments import Moments, Outcome
from qa_service.domain.powered import Figure, by_people
from qa_service.domain.severity import Leaning, ReviewerEffect

EASY, HARD, RARE = Stratum(Channel.PHONE, "orders"), Stratum(Channel.PHONE, "complaints"), Stratum(Channel.PHONE, "vip", language="fa")


def of(met: int, n: int, *, unasked: int = 0) -> Moments:
    whole = Moments()
    for outcome, times in (
        (Outcome(1.0, 1.0, met=1.0, asked=1.0), met), (Outcome(1.0, 1.0, met=0.0, asked=1.0), n - met),
        (Outcome(0.0, 0.0, met=0.0), unasked),
    ):
        for _ in range(times):
            whole = whole.plus(Moments.of(outcome))
    return whole


EVERYONE = {EASY: of(1800, 2000), HARD: of(1200, 2000)}


def width(found: Figure) -> float:
    assert found.low is not None
    assert found.high is not None
    return found.high - found.low


def test_by_hand() -> None:
    """Everybody: .9 of the easy half, .6 of the hard one: .75. Mine is 30 hard of 40: expected .25 * .9 + .75 * .6 = .675. Met: 28 of 40,
    .7: .7 - .675 + .75 = .775. So many answers are hardly drawn together: .001 is left for that."""
    found = adjusted({EASY: of(9, 10), HARD: of(19, 30)}, EVERYONE)
    assert found.before.value == pytest.approx(0.7)
    assert (found.expected, found.overall) == pytest.approx((0.675, 0.75), abs=1e-3)
    assert (found.after.value, found.shift) == pytest.approx((0.775, 0.075), abs=1e-3)
    assert found.known == 1.0
    assert found.after.low is not None
    assert found.after.high is not None
    assert found.after.low < 0.775 < found.after.high
    assert width(found.before) <= width(found.after) < width(found.before) + 0.005


def test_the_mix_that_everybody_has_changes_nothing() -> None:
    found = adjusted({EASY: of(18, 20), HARD: of(12, 20)}, EVERYONE)
    assert found.shift == pytest.approx(0.0, abs=1e-9)
    assert found.after == found.before


def test_strata_that_are_hardly_known_count_little_and_widen_the_interval() -> None:
    """Everybody missed the only two contacts with VIPs: that is no rate of 0."""
    everyone = {**EVERYONE, RARE: of(0, 2)}
    found = adjusted({EASY: of(5, 10), RARE: of(20, 30)}, everyone)
    assert found.expected is not None
    assert 0.9 * 0.25 + 0.2 * 0.75 < found.expected < 0.9
    assert width(found.after) > 1.2 * width(found.before)
    assert found.after.effective < found.before.effective


def test_strata_that_nobody_else_has_are_taken_for_the_mean() -> None:
    found = adjusted({EASY: of(9, 10), RARE: of(10, 30)}, EVERYONE)
    assert found.known == pytest.approx(0.25)
    assert (found.expected, found.overall) == pytest.approx((0.25 * 0.9 + 0.75 * 0.75, 0.75), abs=1e-3)


@pytest.mark.parametrize(
    ("mine", "everyone"),
    [
        ({}, EVERYONE), ({EASY: of(0, 0, unasked=9)}, EVERYONE), ({EASY: of(3, 4)}, {}), ({EASY: of(3, 4)}, {EASY: of(0, 0, unasked=9)}),
        ({EASY: Moments.of(Outcome(1.0, 1.0))}, EVERYONE),
    ],
    ids=["nothing", "never asked", "nobody else", "nobody else was asked", "machine only"],
)
def test_where_nothing_can_be_adjusted(mine: Mapping[Stratum, Moments], everyone: Mapping[Stratum, Moments]) -> None:
    found = adjusted(mine, everyone)
    assert found == Adjusted(before=found.before, after=found.before)


def test_who_gets_the_hard_contacts_is_not_worse_for_it() -> None:
    """600 agents, all alike: 9 of 10 easy and 6 of 10 hard contacts are met. One agent's 40 contacts are hard with chance .2 to .8."""
    chance = random.Random(2)
    agents = []
    for _ in range(600):
        hard = chance.uniform(0.2, 0.8)
        counts = {EASY: [0, 0], HARD: [0, 0]}
        for _ in range(40):
            stratum = HARD if chance.random() < hard else EASY
            counts[stratum][0] += chance.random() < (0.6 if stratum is HARD else 0.9)
            counts[stratum][1] += 1
        agents.append((hard, {stratum: of(met, n) for stratum, (met, n) in counts.items()}))
    everyone: dict[Stratum, Moments] = {}
    for _, mine in agents[:30]:
        for stratum, m in mine.items():
            everyone[stratum] = everyone.get(stratum, Moments()).plus(m)
    found = [(hard, adjusted(mine, everyone)) for hard, mine in agents[30:]]
    burdened = [one for hard, one in found if hard > 0.65]
    assert sum(one.before.value or 0.0 for one in burdened) / len(burdened) < 0.71
    assert sum(one.after.value or 0.0 for one in burdened) / len(burdened) == pytest.approx(found[0][1].overall, abs=0.015)
    overall = found[0][1].overall or 0.0
    held = [(one.after.low or 0.0) <= overall <= (one.after.high or 0.0) for _, one in found]
    assert 0.93 <= sum(held) / len(held) <= 0.985


def effect(reviewer: str, points: float, half: float = 1.0) -> ReviewerEffect:
    return ReviewerEffect(
        reviewer=reviewer, scores=30, plain=points, effect=points, low=points - half, high=points + half, leaning=Leaning.CANNOT_TELL
    )


def total(value: float, low: float, high: float) -> Figure:
    return by_people(of(3, 4)).model_copy(update={"value": value, "low": low, "high": high, "effective": 50.0})


def test_lenient_reviewers_are_taken_off_by_hand() -> None:
    """30 of 40 by one who gives 4 points more, 10 by one who gives 2 less: .75 * 4 - .25 * 2 = 2.5 points. Half widths 1 and 3 points: the
    leaning's is sqrt((.75 * 1)**2 + (.25 * 3)**2) = 1.060660 points, and sqrt(.06**2 + .0106066**2) = .060930."""
    found = without_reviewers(total(0.8, 0.74, 0.85), effects=[effect("a", 4.0), effect("b", -2.0, 3.0)], finals={"a": 30, "b": 10})
    assert (found.after.value, found.shift, found.known) == (pytest.approx(0.775), pytest.approx(-0.025), 1.0)
    assert (found.after.low, found.after.high) == pytest.approx((0.775 - 0.060930, 0.775 + math.hypot(0.05, 0.0106066)), abs=1e-6)
    assert found.expected is None


@pytest.mark.parametrize(
    ("effects", "finals"), [([], {"a": 30}), ([effect("a", 4.0)], {}), ([effect("a", 4.0)], {"b": 30}), ([effect("a", 4.0)], {"a": 0})]
)
def test_where_nothing_is_known_of_the_reviewers(effects: list[ReviewerEffect], finals: dict[str, float]) -> None:
    found = without_reviewers(total(0.8, 0.74, 0.85), effects=effects, finals=finals)
    assert found == Adjusted(before=found.before, after=found.before)


def test_reviewers_without_an_effect_lean_nowhere() -> None:
    found = without_reviewers(total(0.8, 0.74, 0.85), effects=[effect("a", 4.0)], finals={"a": 10, "new": 30})
    assert (found.shift, found.known) == (pytest.approx(-0.01), 0.25)


def test_without_a_figure_there_is_nothing_to_adjust() -> None:
    none = by_people(Moments())
    assert without_reviewers(none, effects=[effect("a", 4.0)], finals={"a": 3}) == Adjusted(before=none, after=none)


COUNTS = st.integers(0, 20).flatmap(lambda n: st.builds(of, st.integers(0, n), st.just(n), unasked=st.integers(0, 3)))
STRATA = st.dictionaries(st.sampled_from([EASY, HARD, RARE]), COUNTS)


@given(STRATA, STRATA, st.floats(-60, 60))
def test_whatever_comes_the_answer_is_clear(mine: dict[Stratum, Moments], everyone: dict[Stratum, Moments], points: float) -> None:
    contacts = adjusted(mine, everyone)
    for found in (contacts, without_reviewers(contacts.after, effects=[effect("a", points)], finals={"a": 2, "b": 1})):
        after = found.after
        assert (after.value is None) == (found.before.value is None)
        if after.value is not None and after.low is not None and after.high is not None and found.before.value is not None:
            assert 0 <= after.low <= after.value <= after.high <= 1
            assert found.shift == pytest.approx(after.value - found.before.value)
            assert 0 <= found.known <= 1
