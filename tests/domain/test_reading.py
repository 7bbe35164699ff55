"""Readings: Welch's difference beside the peers, told apart by whose doing it is."""

from __future__ import annotations

import pytest

from qa_service.domain.control import Better, Control
from qa_service.domain.reading import Summed, signals
from qa_service.domain.standing import Standing


def summed(*values: float) -> Summed:
    return Summed(len(values), sum(values), sum(value * value for value in values))


def test_means_and_their_differences() -> None:
    (found,) = signals({"interruptions.agent": summed(4, 6, 5, 5, 4, 6)}, {"interruptions.agent": summed(*[1, 2, 1, 2, 0, 0] * 5)})
    assert (found.n, found.value, found.others_n, found.others) == (6, 5.0, 30, 1.0)
    # s^2 = 0.8 and 20/29; se = sqrt(0.8 / 6 + 20 / 29 / 30) = 0.3954; Welch's freedom 6.8, rounded down, t = 2.4469: 4 +- 0.9675
    assert found.effect == 4.0
    assert (found.effect_low, found.effect_high) == pytest.approx((3.0325, 4.9675), abs=2e-3)
    assert (found.differs, found.standing, found.control) == (Better.HIGHER, Standing.WEAKNESS, Control.AGENT)


def test_less_of_what_is_bad_is_a_strength_and_waits_of_systems_are_neither() -> None:
    few, many = summed(*[1.0, 1.2, 0.8] * 4), summed(*[5.0, 5.5, 4.5] * 4)
    mine, others = {"conduct.dismissal": few, "queue.wait": few}, {"conduct.dismissal": many, "queue.wait": many}
    found = {one.name: one for one in signals(mine, others)}
    assert (found["conduct.dismissal"].standing, found["conduct.dismissal"].differs) == (Standing.STRENGTH, Better.LOWER)
    assert (found["queue.wait"].standing, found["queue.wait"].differs) == (Standing.CANNOT_TELL, Better.LOWER)
    assert [one.control for one in found.values()] == [Control.AGENT, Control.SYSTEM], "the agent's own doing first"


@pytest.mark.parametrize("others", [{}, {"ring.seconds": summed(4.0)}, {"ring.seconds": Summed(0, 0.0, 0.0)}])
def test_nothing_is_compared_without_others(others: dict[str, Summed]) -> None:
    (found,) = signals({"ring.seconds": summed(3.0, 5.0)}, others)
    assert (found.value, found.effect, found.q, found.differs) == (4.0, None, None, None)


def test_one_contact_has_no_interval_and_an_unknown_signal_is_not_shown() -> None:
    (found,) = signals({"ring.seconds": summed(3.0), "no.such": summed(1.0)}, {"ring.seconds": summed(1.0, 2.0)})
    assert (found.n, found.value, found.low, found.high, found.effect) == (1, 3.0, None, None, None)
    assert signals({}, {"ring.seconds": summed(1.0, 2.0)}) == ()


def test_equal_values_everywhere_are_no_difference() -> None:
    (found,) = signals({"ring.seconds": summed(2.0, 2.0, 2.0)}, {"ring.seconds": summed(2.0, 2.0)})
    assert (found.effect, found.q, found.differs) == (0.0, 1.0, None)
