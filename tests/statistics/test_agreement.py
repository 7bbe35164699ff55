"""Agreement on criteria: which coefficients there are, their intervals, and why some cannot be told."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest

from qa_service.domain.coefficient import Coefficient, CriterionAgreement, Untold
from qa_service.domain.rubric import Criterion
from qa_service.statistics.agreement import Agreements, Rows
from qa_service.statistics.resampling import Resampling

YES_NO = Criterion.model_validate({"id": "greeting", "question": "Greeted?", "weight": 1})
SCALE = Criterion.model_validate(
    {
        "id": "tone", "question": "Tone?", "weight": 1,
        "options": [{"id": name, "title": name, "value": value} for name, value in (("good", 1.0), ("fair", 0.5), ("poor", 0.0))],
    }
)  # fmt: skip
NAMES = ("agreement", "kappa", "fleiss", "ac1", "alpha", "weighted_kappa", "ac2", "alpha_ordinal")


def measured(rows: Rows, form: Criterion = YES_NO, *, seed: int = 1) -> CriterionAgreement:
    reviewers = [f"r{number}" for number in range(len(rows[0]) if rows else 0)]
    return Agreements(len(rows), reviewers, seed=seed, resamples=400).criterion(form, rows)


def drawn(seed: int, form: Criterion, *, items: int = 10, raters: int = 5, sure: float = 0.7, missing: float = 0.15) -> Rows:
    chance = random.Random(seed)
    options = [option.id for option in form.options]
    rows = []
    for _ in range(items):
        meant = chance.choice(options)
        said = [meant if chance.random() < sure else chance.choice(options) for _ in range(raters)]
        rows.append([None if chance.random() < missing else one for one in said])
    return rows


def told(found: CriterionAgreement) -> dict[str, Coefficient]:
    return {name: getattr(found, name) for name in NAMES if getattr(found, name) is not None}


@pytest.mark.parametrize("form", [YES_NO, SCALE], ids=["two options", "scale"])
@pytest.mark.parametrize("seed", range(4))
def test_every_estimate_lies_in_its_interval(form: Criterion, seed: int) -> None:
    found = told(measured(drawn(seed, form), form))
    assert set(found) == set(NAMES if form is SCALE else NAMES[:5])
    for one in found.values():
        assert one.untold is None
        assert one.low is not None
        assert one.value is not None
        assert one.high is not None
        assert -1.5 <= one.low <= one.value <= one.high <= 1
        assert one.high - one.low > 0.05


def test_a_seed_gives_the_same_figures_again_and_another_one_others() -> None:
    rows = drawn(9, SCALE)
    assert measured(rows, SCALE, seed=4) == measured(rows, SCALE, seed=4)
    first, other = measured(rows, SCALE, seed=4).alpha, measured(rows, SCALE, seed=5).alpha
    assert first.value == other.value
    assert first.low != other.low


def test_all_alike_is_no_proof_for_what_was_not_seen() -> None:
    """Chance cannot be told from kappa; AC1 can, and its bound is Wilson's for ten of ten: 10 / (10 + 1.96**2) = .7225."""
    found = measured([["yes"] * 3] * 10)
    assert (found.agreement.value, found.agreement.low, found.agreement.high) == (1.0, pytest.approx(0.7225, abs=5e-5), 1.0)
    assert (found.ac1.value, found.ac1.low) == (1.0, pytest.approx(0.7225, abs=5e-5))
    for one in (found.kappa, found.fleiss, found.alpha):
        assert one == Coefficient(n=10, untold=Untold.ONE_ANSWER)


@pytest.mark.parametrize(
    ("rows", "n", "untold"),
    [
        ([], 0, Untold.NO_PAIRS),
        ([["yes"], ["no"]], 0, Untold.NO_PAIRS),
        ([["yes", None], [None, "no"], ["no", None]], 0, Untold.NO_PAIRS),
        ([["yes", "no"], ["no", "no"]], 2, Untold.FEW_INTERACTIONS),
        ([["yes", "no"], ["yes", "yes"], ["no", None], ["no", None]], 2, Untold.FEW_INTERACTIONS),
    ],
)
def test_what_cannot_be_told_says_why(rows: Rows, n: int, untold: Untold) -> None:
    for one in told(measured(rows)).values():
        assert (one.n, one.untold, one.low, one.high) == (n, untold, None, None)
        assert (one.value is None) is (untold is Untold.NO_PAIRS)


@pytest.mark.parametrize(("no", "bounded"), [(1, False), (2, True)])
def test_bounds_of_kappa_need_two_interactions_with_another_main_answer(no: int, bounded: bool) -> None:
    """What hardly occurred cannot be drawn: only figures that do not correct for what each answer is worth by chance have bounds then."""
    found = measured([["yes", "yes", "yes"]] * 8 + [["yes", "yes", "no"]] + [["no", "no", "no"]] * no)
    for one in (found.kappa, found.fleiss, found.alpha, found.pairs[0].kappa):
        assert one.value is not None
        assert (one.low is not None) is bounded
        assert one.untold is (None if bounded else Untold.RARE_ANSWER)
    for one in (found.agreement, found.ac1):
        assert one.low is not None


def test_kappa_paradox() -> None:
    """Nine of ten alike, nearly all yes. By hand: kappa (.9 - .9) / .1 = 0; AC1 (.9 - .095) / .905 = .8895."""
    found = measured([["yes", "yes"]] * 9 + [["yes", "no"]])
    assert found.kappa.value == pytest.approx(0)
    assert found.ac1.value == pytest.approx(0.8895, abs=5e-5)
    assert found.agreement.value == pytest.approx(0.9)


def test_not_applicable_is_an_answer_of_its_own_but_on_no_scale() -> None:
    rows = [["good", "good"], ["fair", "poor"], ["not_applicable", "not_applicable"], ["not_applicable", "good"], ["poor", "poor"]]
    found = measured(rows, SCALE)
    assert found.counts == {"fair": 1, "good": 3, "not_applicable": 3, "poor": 3}
    assert (found.agreement.n, found.agreement.value) == (5, 0.6)
    assert found.ac2 is not None
    assert found.ac2.n == 3


def test_pairs_and_their_pool_over_criteria() -> None:
    """Pooled by hand: r0 and r1 agree on 3 of 4 and 4 of 4; by chance .5 and .625: (.875 - .5625) / .4375 = .7143."""
    greeting = [["yes", "yes", None], ["yes", "no", None], ["no", "no", None], ["no", "no", "no"]]
    tone = [["good", "good", "good"], ["good", "good", None], ["good", "good", None], ["poor", "poor", "good"]]
    agreements = Agreements(4, ["r0", "r1", "r2"], seed=1, resamples=200)
    pairs = agreements.overall({"greeting": greeting, "tone": tone}, [YES_NO, SCALE])
    assert [(one.first, one.second, one.agreement.n) for one in pairs] == [("r0", "r1", 4), ("r0", "r2", 2), ("r1", "r2", 2)]
    assert pairs[0].agreement.value == pytest.approx(0.875)
    assert pairs[0].kappa.value == pytest.approx((0.875 - 0.5625) / 0.4375, abs=1e-6)
    own = agreements.criterion(SCALE, tone).pairs[0]
    assert own.kappa.value == pytest.approx(1)
    assert own.weighted_kappa is not None


def test_interval_of_a_mean_is_the_one_that_statistics_teaches() -> None:
    """The bootstrap interval of a mean of many is near mean ± 1.96 s / sqrt(n)."""
    values = np.random.default_rng(2).normal(10, 3, 400)
    samples = Resampling(400, seed=3, resamples=4000)
    found = samples.interval((samples.weights @ values) / samples.weights.sum(axis=1))
    assert found is not None
    half = 1.96 * values.std(ddof=1) / 20
    assert tuple(found) == pytest.approx((values.mean() - half, values.mean() + half), abs=0.03)


@pytest.mark.parametrize("share", [0.4, 0.6])
def test_interval_needs_half_of_the_samples(share: float) -> None:
    samples = Resampling(6, seed=3, resamples=100)
    values: Any = samples.weights @ np.arange(6.0)
    values[7 : 7 + int(share * 100)] = np.nan
    assert (samples.interval(values) is None) is (share > 0.5)
