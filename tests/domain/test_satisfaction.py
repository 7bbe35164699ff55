"""Satisfaction of all contacts: right whatever the errors of predictions, and never sure of what nobody answered."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.satisfaction import Caveat, Guess, Sums, estimate, level, satisfaction, satisfied, summed

SEED = 20261122


@pytest.mark.parametrize(
    ("csat", "scale", "share", "content"),
    [
        (1, 5, 0.0, False), (3, 5, 0.5, False), (4, 5, 0.75, True), (5, 5, 1.0, True), (0, 5, 0.0, False), (7, 10, 2 / 3, False),
        (8, 10, 7 / 9, True), (75, 100, 0.75, True), (74, 100, 0.74, False), (2, 2, 1.0, True), (6, 5, None, False), (11, 10, None, False),
    ],
)  # fmt: skip
def test_answers_on_any_scale(csat: float, scale: int, share: float | None, content: bool) -> None:
    found = level(csat, scale)
    assert found == (None if share is None else pytest.approx(share))
    assert (found is not None and satisfied(found)) is content


@pytest.mark.parametrize(
    ("n", "rate", "bias", "noise", "base"),
    [(400, 0.12, 0.2, 0.15, 0.6), (1000, 0.12, -0.3, 0.05, 0.85), (600, 0.15, 0.25, 0.3, 0.75), (150, 0.12, 0.1, 0.1, 0.6)],
)
def test_interval_holds_the_truth_with_biased_predictions(n: int, rate: float, bias: float, noise: float, base: float) -> None:
    """93 to 97 % of 95 % intervals, in 600 simulated groups."""
    chance = np.random.default_rng(SEED)
    moods = chance.normal(size=1_000_000)
    truth = np.clip(base + 0.15 * moods, 0.02, 0.98).mean()
    held = 0
    for _ in range(600):
        p = np.clip(base + 0.15 * chance.normal(size=n), 0.02, 0.98)
        happy, told = chance.random(n) < p, chance.random(n) < rate
        f = np.clip(p + bias + chance.normal(0, noise, n), 0, 1)
        found = estimate(_sums(f, happy.astype(float), told))
        held += found.low <= truth <= found.high
    assert 0.93 <= held / 600 <= 0.975


def _sums(f: np.ndarray, y: np.ndarray, told: np.ndarray) -> Sums:
    """As :func:`summed` with weights of 1."""
    g, h = f[told], y[told]
    n, gs, hs = float(told.sum()), float(g.sum()), float(h.sum())
    gg, gh, hh = float(g @ g), float(g @ h), float(h @ h)
    return Sums(float(len(f)), float(f.sum()), float(f @ f), n, hs, n, gs, hs, gg, gh, n, gs, hs, gg, gh, hh)


def test_good_predictions_narrow_the_interval_and_bad_ones_do_no_harm() -> None:
    chance = np.random.default_rng(SEED)
    p = chance.beta(0.5, 0.4, 3000)
    happy, told = (chance.random(3000) < p).astype(float), chance.random(3000) < 0.1
    widths = [
        (lambda found: found.high - found.low)(estimate(_sums(f, happy, told))) for f in (p, chance.random(3000), np.full(3000, 0.5))
    ]
    assert widths[0] < 0.8 * widths[2]
    assert widths[1] == pytest.approx(widths[2], rel=0.03)
    assert estimate(_sums(np.full(3000, 0.5), happy, told)).reliance == 0


def test_estimate_by_hand() -> None:
    """Predictions that are right but 0.2 too high everywhere: the mean of all predictions less 0.2, whatever the sample."""
    answers = [1.0] * 12 + [0.0] * 8
    guesses = [Guess(0.2 + 0.6 * one, one) for one in answers] + [Guess(0.8)] * 40 + [Guess(0.2)] * 40
    found = estimate(summed(guesses))
    mean_f, answered_f, answered = (12 * 0.8 + 8 * 0.2 + 40) / 100, (12 * 0.8 + 8 * 0.2) / 20, 0.6
    assert found.value == pytest.approx(answered + found.reliance * (mean_f - answered_f), abs=1e-6)
    assert found.reliance == 1.0, "as far as it may"


def test_weights_stand_for_contacts_that_never_answered() -> None:
    """Half of the contacts answer three times as often and are all satisfied: 0.75 of the answers, half of the contacts."""
    guesses = [Guess(0.5, 1.0, 1.0)] * 60 + [Guess(0.5, 0.0, 3.0)] * 20 + [Guess(0.5)] * 320
    found = satisfaction(summed(one._replace(weight=1.0) for one in guesses), summed(guesses), left_out=3, predicted=True, unasked=True)
    assert found.answers.value == found.alike.value == 0.75
    assert found.weighted.value == 0.5
    assert found.caveats == (Caveat.ANSWERERS_DIFFER, Caveat.UNASKED_CHANNELS)
    assert (found.contacts, found.answered, found.left_out) == (400, 80, 3)


@pytest.mark.parametrize("n", [0, 1, 9])
def test_few_answers_tell_nothing(n: int) -> None:
    sums = summed([Guess(0.9, 1.0)] * n + [Guess(0.9)] * 500)
    found = satisfaction(sums, sums, left_out=0, predicted=False)
    assert (found.alike.value, found.alike.low, found.alike.high) == (None, 0.0, 1.0)
    assert found.caveats == (Caveat.FEW_ANSWERS, Caveat.ANSWERS_ALONE)


def test_all_satisfied_is_not_certain() -> None:
    found = estimate(summed([Guess(0.9, 1.0)] * 30 + [Guess(0.9)] * 300))
    assert found.value == 1.0
    assert found.low == pytest.approx(0.8865, abs=1e-3), "Wilson's bound of 30 of 30"


_guesses = st.lists(
    st.builds(Guess, st.floats(0, 1), st.sampled_from([None, 0.0, 1.0]), st.floats(1, 20)), min_size=1, max_size=60,
)  # fmt: skip


@given(_guesses, _guesses)
def test_sums_of_two_parts_are_those_of_the_whole_and_figures_lie_within_bounds(one: list[Guess], other: list[Guess]) -> None:
    assert summed(one).plus(summed(other)) == pytest.approx(summed(one + other))
    found = estimate(summed(one + other))
    assert 0 <= found.low <= found.high <= 1
    assert found.value is None or found.low - 1e-6 <= found.value <= found.high + 1e-6
