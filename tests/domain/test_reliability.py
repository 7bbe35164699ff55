"""Reliability of stated confidence, against figures worked out by hand."""

from __future__ import annotations

import math
import random

import pytest

from qa_service.domain.reliability import reliability

#: Six answers; in three bins of two: (.5 wrong, .6 right), (.7 right, .8 wrong), (.9 right, 1.0 right).
SIX = [(0.5, False), (0.6, True), (0.7, True), (0.8, False), (0.9, True), (1.0, True)]


def test_by_hand() -> None:
    """Distances |.55 - .5|, |.75 - .5|, |.95 - 1| weigh a third each: (.05 + .25 + .05) / 3 = .116667."""
    found = reliability(SIX, bins=3)
    assert [(one.low, one.high, one.confidence, one.right.value, one.right.n) for one in found.bins] == [
        (0.5, 0.6, 0.55, 0.5, 2), (0.7, 0.8, 0.75, 0.5, 2), (0.9, 1.0, 0.95, 1.0, 2),
    ]  # fmt: skip
    assert found.error == pytest.approx(0.35 / 3, abs=1e-6)
    assert found.bias == pytest.approx(0.75 - 4 / 6, abs=1e-6)
    # sqrt(2/pi * (.25 + .24)), sqrt(2/pi * (.21 + .16)), sqrt(2/pi * .09), by six answers
    chance = sum(math.sqrt(2 / math.pi * one) for one in (0.49, 0.37, 0.09)) / 6
    assert found.by_chance == pytest.approx(chance, abs=1e-6)


def test_order_does_not_matter_where_confidences_are_equal() -> None:
    """20 answers at .8, 16 of them right: every bin is right to .8, whoever comes first."""
    answers = [(0.8, index % 5 != 0) for index in range(20)]
    for found in (reliability(answers), reliability(sorted(answers)), reliability(sorted(answers, reverse=True))):
        assert (found.error, found.n, len(found.bins)) == (0.0, 20, 10)
        assert {one.right.value for one in found.bins} == {0.8}


def test_few_and_none() -> None:
    few = reliability([(0.9, True), (0.6, False)])
    assert [one.right.n for one in few.bins] == [1, 1]
    assert few.error == pytest.approx((0.1 + 0.6) / 2)
    assert reliability([]).model_dump() == {"n": 0, "error": None, "by_chance": None, "bias": None, "bins": ()}


@pytest.mark.parametrize("count", [11, 23, 100])
def test_bins_are_of_equal_count(count: int) -> None:
    sizes = [one.right.n for one in reliability([(index / count, True) for index in range(count)]).bins]
    assert len(sizes) == 10
    assert sum(sizes) == count
    assert max(sizes) - min(sizes) <= 1


def test_chance_alone_is_about_as_large_as_told() -> None:
    """A perfectly calibrated machine, 200 times 300 answers: its mean error is what ``by_chance`` says, within a tenth."""
    draw = random.Random(7)
    found = [reliability([(p, draw.random() < p) for p in (draw.uniform(0.6, 0.99) for _ in range(300))]) for _ in range(200)]
    seen = sum(one.error or 0 for one in found) / len(found)
    told = sum(one.by_chance or 0 for one in found) / len(found)
    assert seen == pytest.approx(told, rel=0.1)
