"""Rises: exact chances by hand, waves that are usual, and how often luck alone is called a rise."""

from __future__ import annotations

import random

import pytest

from qa_service.domain.rise import Movement, rises, two_sided

BEFORE = [({"lost card": 10, "parcel": 30}, 200) for _ in range(8)]


def test_a_rise_is_told_and_a_fall_and_what_is_neither() -> None:
    found = rises({"lost card": 40, "parcel": 8, "address": 3}, 200, BEFORE)
    assert {name: one.standing for name, one in found.items()} == {
        "lost card": Movement.RISING, "parcel": Movement.FALLING, "address": Movement.CANNOT_TELL,
    }  # fmt: skip
    card = found["lost card"]
    assert (card.seen, card.seen_before, card.ratio, card.now.value, card.before.value) == (40, 80, 4.0, 0.2, 0.05)
    assert card.q is not None
    assert card.p is not None
    assert card.p <= card.q < 1e-6
    assert (found["address"].p, found["address"].why) == (None, "it came 3 times in all: 10 are needed")


@pytest.mark.parametrize(
    ("seen", "before", "share", "chance"),
    [
        (3, 0, 0.5, 2 * 0.125),  # all three of three, twice
        (4, 1, 0.5, 2 * 6 / 32),  # four or five of five
        (1, 4, 0.5, 2 * 6 / 32),  # none or one of five
        (2, 2, 0.5, 1.0),
        (0, 0, 0.5, 1.0),
        (2, 1, 0.2, 2 * (3 * 0.04 * 0.8 + 0.008)),
    ],
)
def test_chances_are_those_of_the_binomial(seen: int, before: int, share: float, chance: float) -> None:
    assert two_sided(seen, before, share) == pytest.approx(chance)


@pytest.mark.parametrize(
    ("of", "before", "why"),
    [
        (0, BEFORE, "no contacts in this period"),
        (100, BEFORE[:2], "2 periods before had contacts: 3 are needed"),
        (100, [({}, 0)] * 8, "0 periods before had contacts: 3 are needed"),
    ],
)
def test_nothing_is_told_of_too_little(of: int, before: list[tuple[dict[str, int], int]], why: str) -> None:
    found = rises({"lost card": min(of, 50)}, of, before)["lost card"]
    assert (found.standing, found.why, found.q) == (Movement.CANNOT_TELL, why, None)


def test_what_always_comes_in_waves_needs_a_larger_one() -> None:
    calm = rises({"x": 32}, 1000, [({"x": 18}, 1000)] * 8)["x"]
    waves = rises({"x": 32}, 1000, [({"x": number}, 1000) for number in (2, 40, 5, 35, 3, 38, 1, 20)])["x"]
    assert (calm.standing, calm.dispersion) == (Movement.RISING, 1.0)
    assert (waves.standing, waves.seen_before) == (Movement.CANNOT_TELL, calm.seen_before)
    assert waves.dispersion > 10


def test_luck_is_seldom_called_a_rise() -> None:
    chance = random.Random(5)
    told = 0
    for _ in range(200):
        draw = [{f"t{topic}": sum(chance.random() < 0.03 for _ in range(300)) for topic in range(8)} for _ in range(9)]
        told += any(one.standing is not Movement.CANNOT_TELL for one in rises(draw[0], 300, [(one, 300) for one in draw[1:]]).values())
    # Any of eight topics, in a period without any change: at most one in twenty.
    assert told <= 10
