"""Gain: what a criterion is worth, how far away the goal is, and whether that is real."""

from __future__ import annotations

import random
from collections.abc import Iterator
from statistics import fmean
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.estimation import Z95
from qa_service.domain.gain import (
    Believed,
    Gain,
    GainVerdict,
    GoalBasis,
    Subject,
    gain,
    priorities,
    reachable,
    reviews_to_see,
    stakes,
)
from qa_service.domain.interaction import Channel
from qa_service.domain.moments import Moments, Outcome
from qa_service.domain.powered import figure
from qa_service.domain.rubric import Rubric
from qa_service.domain.scorecard import Answer, Engines, InteractionRef
from qa_service.domain.scoring import draft, score
from qa_service.domain.shrinkage import Shrunk, shrunk

ONE = Subject(rubric="phone", criterion="empathy")
GOOD_PEERS = [0.9, 0.9, 0.7, 0.6]  # upper half: at or above the median of 0.8


def form(**settings: Any) -> Rubric:
    """Two sections, 1 and 3 in the total: of 4 and 1 points, and of 2 and 2."""
    return Rubric.model_validate(
        {
            "rubric": "phone", "version": 1, "channel": "phone", "title": "Phone", "settings": settings,
            "sections": [
                {"id": "opening", "title": "Opening", "weight": 1, "criteria": [question("a", 4), question("b", 1)]},
                {
                    "id": "work", "title": "Work", "weight": 3,
                    "criteria": [question("c", 2), question("d", 2, severity="compliance"), question("extra", 5, bonus=True)],
                },
            ],
        }
    )  # fmt: skip


def question(name: str, weight: float, **more: Any) -> dict[str, Any]:
    return {"id": name, "question": f"{name}?", "weight": weight, **more}


ALWAYS = dict.fromkeys("abcd", 1.0)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        # A quarter of the total in 4 of 5 and 1 of 5; three quarters in halves; nothing for the bonus.
        ({"auto_fail": "show"}, {"a": 20.0, "b": 5.0, "c": 37.5, "d": 37.5, "extra": 0.0}),
        # A critical miss takes everything.
        ({"auto_fail": "zero"}, {"a": 20.0, "b": 5.0, "c": 37.5, "d": 100.0, "extra": 0.0}),
        # Down to 40 of 100.
        ({"auto_fail": "cap", "auto_fail_cap": 40}, {"a": 20.0, "b": 5.0, "c": 37.5, "d": 60.0, "extra": 0.0}),
        # Its own part is more than the cap takes.
        ({"auto_fail": "cap", "auto_fail_cap": 90}, {"a": 20.0, "b": 5.0, "c": 37.5, "d": 37.5, "extra": 0.0}),
    ],
)
def test_stake_is_what_a_miss_takes(settings: dict[str, Any], expected: dict[str, float]) -> None:
    assert stakes(form(**settings), ALWAYS) == pytest.approx(expected)


def test_stake_falls_with_the_opportunity_and_the_others_grow() -> None:
    found = stakes(form(auto_fail="show"), {"a": 1, "b": 1, "c": 0.5, "d": 0})
    # ``c`` alone in its section where it is asked, as the section is there half the time: 3 / (1 + 3) then, and half as often.
    assert found["c"] == pytest.approx(100 * 0.5 * 0.75)
    # The other section: 1 of (1 + 3 * 0.5).
    assert found["a"] == pytest.approx(100 * 1 / 2.5 * 0.8)
    assert found["d"] == 0


def test_nothing_asked_nothing_at_stake() -> None:
    assert set(stakes(form(), {}).values()) == {0.0}


@pytest.mark.parametrize(
    ("peers", "goal", "basis"),
    [
        (GOOD_PEERS, 0.9, GoalBasis.PEERS),
        ([0.2, 0.4, 0.5, 0.6, 0.7], 0.6, GoalBasis.PEERS),
        ([0.9, 0.9, 0.9], 0.8, GoalBasis.TARGET),
        ([], 0.8, GoalBasis.TARGET),
    ],
)
def test_goal_is_the_upper_half_of_peers_or_the_target(peers: list[float], goal: float, basis: GoalBasis) -> None:
    found, told = reachable(peers)
    assert (round(found, 9), told) == (goal, basis)


def test_gain_is_stake_times_gap_times_probability() -> None:
    found = gain(ONE, Believed(share=0.7, deviation=0.1, reviewed=40, observed=0.65), GOOD_PEERS, stake=20)
    assert found.gap == pytest.approx(0.2)
    assert found.probability == pytest.approx(0.97725, abs=1e-4)  # two deviations below
    assert found.points == pytest.approx(20 * 0.2 * 0.97725, abs=1e-3)
    assert (found.verdict, found.share, found.observed, found.more) == (GainVerdict.PRIORITY, 0.7, 0.65, None)


@pytest.mark.parametrize(
    ("mine", "stake", "verdict"),
    [
        (Believed(0.5, 0.05, 7), 20, GainVerdict.CANNOT_TELL),  # however clear: too few
        (Believed(0.85, 0.1, 40), 20, GainVerdict.CANNOT_TELL),  # half a deviation
        (Believed(0.95, 0.1, 40), 20, GainVerdict.REACHED),
        (Believed(0.5, 0.05, 40), 1, GainVerdict.SMALL),  # 0.4 points
        (Believed(0.5, 0.05, 40), 20, GainVerdict.PRIORITY),
        (None, 20, GainVerdict.CANNOT_TELL),
    ],
)
def test_verdicts(mine: Believed | None, stake: float, verdict: GainVerdict) -> None:
    assert gain(ONE, mine, GOOD_PEERS, stake=stake).verdict is verdict


def test_more_reviews_are_told_until_the_gap_would_be_sure() -> None:
    found = gain(ONE, Believed(0.85, 0.1, 40), GOOD_PEERS, stake=20)
    # (1.2816 * 0.1 / 0.05)^2 = 6.57 times as many.
    assert found.more == 223
    assert gain(ONE, Believed(0.5, 0.05, 5), GOOD_PEERS, stake=20).more == 3
    assert gain(ONE, None, GOOD_PEERS, stake=20).more == 8


def test_at_most_three_the_greatest_first() -> None:
    some = [
        gain(Subject("phone", name), Believed(0.5, 0.05, 40), GOOD_PEERS, stake=stake)
        for name, stake in (("a", 5), ("b", 50), ("c", 20), ("d", 10), ("e", 1))
    ]
    assert [one.criterion for one in priorities(some)] == ["b", "c", "d"]
    assert priorities(some[-1:]) == ()


def test_reviews_to_see_a_rise() -> None:
    # 0.6 to 0.8 of 100 before: (0.2 / 2.8016)^2 = 0.005096, less 0.0024: 0.16 / 0.002696 = 59.3.
    assert reviews_to_see(0.6, 0.8, before=100) == 60
    assert reviews_to_see(0.6, 0.7, before=20) is None
    assert reviews_to_see(0.8, 0.8, before=100) is None
    assert reviews_to_see(0.6, 0.8, before=0) is None
    # So great a rise shows in one review by the formula; an effect is told from eight on.
    assert reviews_to_see(0.19, 0.96, before=19) == 8


@given(
    share=st.floats(0, 1), deviation=st.floats(0, 0.5), reviewed=st.integers(0, 10_000), stake=st.floats(0, 100),
    peers=st.lists(st.floats(0, 1), max_size=30),
)  # fmt: skip
def test_gain_is_bounded_and_five_calls_make_no_priority(
    share: float, deviation: float, reviewed: int, stake: float, peers: list[float]
) -> None:
    found = gain(ONE, Believed(share, deviation, reviewed), peers, stake=stake)
    assert 0 <= found.points <= stake + 1e-4
    assert found.verdict is not GainVerdict.PRIORITY or (reviewed >= 8 and found.probability >= 0.9 and found.points >= 0.5)
    assert found.more is None or found.more > 0


def test_a_stake_is_what_scoring_takes() -> None:
    """The promise of the definition, held against the scorer itself."""
    rubric = form(auto_fail="cap", auto_fail_cap=40)
    reference = InteractionRef(id="i1", channel=Channel.PHONE, agent="a1", language="en")
    blank = draft(rubric, interaction=reference, engine=Engines(analysis="rules/1"), suggestions={})
    for name, stake in stakes(rubric, ALWAYS).items():
        answers = {one.id: Answer(answer="no" if one.id == name else "yes", by="rita") for one in rubric.criteria}
        # The bonus cannot make up for it: nobody earns it here.
        answers["extra"] = Answer(answer="no", by="rita")
        found = score(blank.answering(answers), rubric)
        assert found.score is not None
        assert found.score / 1000 == pytest.approx(100 - stake, abs=0.001)


@pytest.mark.parametrize(("agents", "reviews", "spread"), [(12, 20, 0.0), (30, 15, 0.0), (30, 40, 0.05)])
def test_luck_makes_no_priorities(agents: int, reviews: int, spread: float) -> None:
    """Of agents who are no worse than the goal fewer than one in twenty is told to practise."""
    wrong, told = 0, 0
    for found, gap in simulated(agents, reviews=reviews, spread=spread, times=60):
        told += 1
        wrong += found.verdict is GainVerdict.PRIORITY and gap < 0.02
    assert wrong / told < 0.05


def test_real_gaps_are_found() -> None:
    real = [found.verdict for found, gap in simulated(30, reviews=40, spread=0.1, times=40) if gap > 0.15]
    assert len(real) > 100
    assert real.count(GainVerdict.PRIORITY) / len(real) > 0.8


def simulated(agents: int, *, reviews: int, spread: float, times: int) -> Iterator[tuple[Gain, float]]:
    """The gain of every agent of some teams, and how far they truly are from the mean of the better half."""
    lots = random.Random(2)
    for _ in range(times):
        able = [min(1.0, max(0.0, lots.gauss(0.75, spread))) for _ in range(agents)]
        met = [sum(lots.random() < share for _ in range(reviews)) for share in able]
        figures = {str(one): figure(answered(reviews, count)) for one, count in enumerate(met)}
        drawn = {agent: one for agent, one in shrunk(figures).items() if one.value is not None}
        goal = fmean(sorted(able)[agents // 2 :])
        for one, share in enumerate(able):
            peers = [each.value for agent, each in drawn.items() if agent != str(one) and each.value is not None]
            yield gain(ONE, believed(drawn[str(one)]), peers, stake=20), goal - share


def answered(n: int, met: int) -> Moments:
    yes, no = (Moments.of(Outcome(0.5, 1, 1, met=earned, asked=1)) for earned in (1, 0))
    return Moments(*(met * one + (n - met) * other for one, other in zip(yes, no, strict=True)))


def believed(one: Shrunk) -> Believed:
    assert one.value is not None
    assert one.low is not None
    assert one.high is not None
    return Believed(one.value, (one.high - one.low) / 2 / Z95, one.figure.n, one.figure.value)
