"""Places: told only as far as intervals allow, and right for all at once."""

from __future__ import annotations

import random

import pytest

from qa_service.domain.moments import Moments, Outcome
from qa_service.domain.places import places
from qa_service.domain.powered import Figure, by_people


def figure(met: int, n: int) -> Figure:
    whole = Moments()
    for number in range(n):
        whole = whole.plus(Moments.of(Outcome(expected=0.0, open=0.0, met=float(number < met), asked=1.0)))
    return by_people(whole)


def test_those_who_cannot_be_told_apart_share_their_places() -> None:
    found = places({"a": figure(95, 100), "b": figure(93, 100), "c": figure(30, 100), "d": figure(0, 0)})
    assert (found["a"].first, found["a"].last, found["a"].group) == (1, 2, 1)
    assert (found["b"].first, found["b"].last, found["b"].group) == (1, 2, 1)
    assert (found["c"].first, found["c"].last, found["c"].group) == (3, 3, 2)
    assert "d" not in found, "who has no figure has no place"


@pytest.mark.parametrize("figures", [{}, {"a": figure(0, 0)}])
def test_nobody_has_a_place_without_figures(figures: dict[str, Figure]) -> None:
    assert places(figures) == {}


def test_alone_one_is_first_and_last() -> None:
    assert places({"a": figure(3, 9)}) == {"a": (1, 1, 1)}


def test_five_reviews_rank_nobody() -> None:
    found = places({name: figure(met, 5) for name, met in zip("abcd", (5, 4, 4, 3), strict=True)})
    assert {(one.first, one.last, one.group) for one in found.values()} == {(1, 4, 1)}


def test_one_in_between_ties_two_groups_together() -> None:
    found = places({"best": figure(98, 100), "between": figure(8, 10), "worst": figure(60, 100)})
    assert (found["best"].first, found["worst"].first) == (1, 2), "these two are told apart"
    assert {one.group for one in found.values()} == {1}, "and yet nobody knows where the third belongs"


def test_intervals_of_places_hold_the_truth_for_all_at_once() -> None:
    """In 95 of 100 teams at least; Sidak's widening is exact for independent agents and never too narrow for places."""
    chance, wrong, teams = random.Random(7), 0, 300
    for _ in range(teams):
        rates = [chance.uniform(0.5, 0.95) for _ in range(8)]
        found = places({str(k): figure(sum(chance.random() < rate for _ in range(40)), 40) for k, rate in enumerate(rates)})
        for k, rate in enumerate(rates):
            truth = 1 + sum(other > rate for other in rates)
            if not found[str(k)].first <= truth <= found[str(k)].last:
                wrong += 1
                break
    assert wrong <= 0.05 * teams
