"""Moments: sums of parts are sums of the whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.moments import Moments, Outcome


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    share = st.sampled_from([0.0, 0.25, 0.5, 1.0])
    opened, asked = draw(st.sampled_from([0.0, 1.0])), draw(st.sampled_from([0.0, 1.0]))
    met = draw(st.none() | share)
    return Outcome(
        draw(share) * opened, opened, abstains=draw(st.sampled_from([0.0, 1.0])), met=None if met is None else met * asked, asked=asked,
        weight=draw(st.sampled_from([1.0, 2.0, 8.0])),
    )


def total(some: list[Outcome]) -> Moments:
    whole = Moments()
    for one in some:
        whole = whole.plus(Moments.of(one))
    return whole


def test_of_one_scorecard() -> None:
    found = Moments.of(Outcome(0.5, 1.0, met=0.25, asked=1.0, weight=4.0))
    assert (found.all, found.g, found.people, found.u, found.wu, found.wwug, found.wwab) == (1, 0.5, 1, 0.25, 1.0, 2.0, 16.0)
    assert Moments.of(Outcome(0.5, 1.0, abstains=1.0)) == Moments(1.0, 0.5, 1.0, 0.25, 1.0)


@given(st.lists(outcomes(), max_size=8), st.lists(outcomes(), max_size=8))
def test_parts_add_up_and_come_off_again(some: list[Outcome], others: list[Outcome]) -> None:
    whole = total([*some, *others])
    assert whole == pytest.approx(total(some).plus(total(others)))
    assert whole.less(total(others)) == pytest.approx(total(some))


@given(st.lists(outcomes(), min_size=1, max_size=8))
def test_the_sums_that_are_left_out_follow_from_the_others(some: list[Outcome]) -> None:
    found, told = total(some), [one for one in some if one.met is not None]
    assert sum(one.weight**2 * one.met * one.asked for one in told if one.met is not None) == pytest.approx(found.wwu)
    assert sum(one.expected * one.open for one in some) == pytest.approx(found.g)
