"""Small samples drawn towards the group."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.moments import Moments, Outcome
from qa_service.domain.powered import Figure, by_people
from qa_service.domain.shrinkage import Known, Sums, beta_bounds, knowns, shrunk

ORACLE: list[dict[str, Any]] = json.loads((Path(__file__).parent / "estimates_oracle.json").read_text(encoding="utf-8"))["groups"]


def of(met: int, n: int) -> Figure:
    whole = Moments()
    for place in range(n):
        whole = whole.plus(Moments.of(Outcome(1.0, 1.0, met=float(place < met), asked=1.0)))
    return by_people(whole)


def group(*counts: tuple[int, int]) -> dict[str, Figure]:
    return {f"a{place}": of(*one) for place, one in enumerate(counts)}


@pytest.mark.parametrize("case", ORACLE, ids=["4 agents", "8 agents", "25 agents"])
def test_the_grid_is_as_good_as_adaptive_quadrature(case: dict[str, Any]) -> None:
    some = knowns([
        of(round(value * size), size) for value, size in zip(case["values"], case["sizes"], strict=True)
    ])
    found = Sums.of(some).group
    assert found.mean == pytest.approx(case["mean"], abs=5e-4)
    assert (found.variance, found.spread) == pytest.approx((case["variance"], case["spread"]), rel=0.03)
    own = sum(weight * spread**2 / (spread**2 + some[0].variance) for weight, spread, _, _ in found.nodes)
    assert own == pytest.approx(case["own"], abs=0.01)


def test_half_an_agents_own_by_hand() -> None:
    """40 agents whose rates are known, at .7 and .9: mean .8, standard deviation .1. Of one at .6 with 16 answers the variance is at first
    .8 * .2 / 16 = .01, so half is their own: .7. With the variance there, .7 * .3 / 16 = .0131: .01 / .0231 = .43, .8 - .43 * .2 = .713."""
    sure = {f"a{place}": of(1, 1).model_copy(update={"value": 0.7 + 0.2 * (place % 2), "effective": 1e6}) for place in range(40)}
    found = shrunk({**sure, "few": of(1, 1).model_copy(update={"value": 0.6, "effective": 16.0})})
    few = found["few"]
    assert few.spread == pytest.approx(0.1, abs=0.01)
    assert few.group == pytest.approx(0.8, abs=0.005)
    assert few.own == pytest.approx(0.43, abs=0.03)
    assert few.value == pytest.approx(0.713, abs=0.01)
    assert found["a0"].value == pytest.approx(0.7, abs=1e-3)


def test_few_answers_go_further_than_many() -> None:
    found = shrunk(group((2, 5), (24, 60), (48, 60), (50, 60), (45, 60), (52, 60), (8, 10)))
    few, many = found["a0"], found["a1"]
    assert few.value is not None
    assert many.value is not None
    assert few.group is not None
    assert 0.4 < many.value < few.value < few.group
    assert few.own < 0.7 < many.own
    assert (few.agents, few.figure.n) == (7, 5)


def test_where_all_are_alike_little_is_an_agents_own() -> None:
    found = shrunk({f"a{place}": of(met, 20) for place, met in enumerate((16, 15, 17, 16, 16, 15, 17, 16, 16, 17))})
    assert all(one.own < 0.4 and one.high is not None and one.low is not None for one in found.values())
    assert all((one.high or 0) - (one.low or 0) < (one.figure.high or 0) - (one.figure.low or 0) for one in found.values())


@pytest.mark.parametrize("figures", [{}, group((0, 0)), group((3, 4)), group((0, 0), (3, 4))])
def test_alone_a_figure_stays_as_it_is(figures: dict[str, Figure]) -> None:
    for agent, one in shrunk(figures).items():
        own = figures[agent]
        assert (one.value, one.low, one.high, one.group, one.spread) == (own.value, own.low, own.high, None, 0.0)
        assert one.own == float(one.value is not None)
        assert one.agents == sum(figure.value is not None for figure in figures.values())


def test_who_has_no_answers_gets_no_figure_from_the_others() -> None:
    found = shrunk(group((3, 4), (0, 0), (5, 6)))
    assert list(found) == ["a0", "a1", "a2"]
    assert (found["a1"].value, found["a1"].low, found["a1"].own, found["a1"].agents) == (None, None, 0.0, 2)
    assert found["a0"].value != found["a0"].figure.value


@pytest.mark.parametrize(
    ("mean", "variance", "low", "high"),
    # Quantiles of Beta(76, 4), Beta(16, 4), Beta(50, 50), by scipy.stats.beta.ppf
    [(0.95, 0.95 * 0.05 / 81, 0.893009, 0.986034), (0.8, 0.16 / 21, 0.604215, 0.939475), (0.5, 0.25 / 101, 0.402698, 0.597302)],
)
def test_bounds_of_a_beta_distribution(mean: float, variance: float, low: float, high: float) -> None:
    assert beta_bounds(mean, variance) == pytest.approx((low, high), abs=0.012)


@given(st.lists(st.integers(0, 30).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), max_size=12))
def test_whatever_comes_the_answer_is_clear(counts: list[tuple[int, int]]) -> None:
    figures = group(*counts)
    found = shrunk(figures)
    assert list(found) == list(figures)
    for agent, one in found.items():
        assert one.figure == figures[agent]
        assert (one.value is None) == (figures[agent].value is None) == (one.low is None)
        if one.value is not None and one.low is not None and one.high is not None:
            assert 0 <= one.low <= one.value <= one.high <= 1
            assert one.high > one.low
            assert 0 <= one.own <= 1


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1e-4, 0.1)), min_size=2, max_size=20))
def test_without_one_is_as_if_it_had_not_been(some: list[tuple[float, float]]) -> None:
    all_of_them = [Known(*one) for one in some]
    found, told = Sums.of(all_of_them).less(all_of_them[0]).group, Sums.of(all_of_them[1:]).group
    assert found.agents == told.agents
    assert (found.mean, found.variance, found.spread) == pytest.approx((told.mean, told.variance, told.spread), rel=1e-6)
