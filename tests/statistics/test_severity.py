"""Reviewer effects: known ones are found again in simulated centres, and their intervals hold them as often as they say."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qa_service.domain.severity import Leaning, TooLittle
from qa_service.statistics.severity import MACHINE, Scored, severity


def production(chance: Any, *, reviewers: int = 8, each: int = 40, shared: float = 0.0) -> tuple[list[Scored], Any]:
    """Reviews of a centre that gives the hard team's interactions to some reviewers more than to others, and their true effects."""
    effects = chance.normal(0, 4, reviewers)
    hard = chance.permutation(np.linspace(0.1, 0.9, reviewers))
    rows: list[Scored] = []
    for reviewer in range(reviewers):
        for number in range(each):
            team = "hard" if chance.random() < hard[reviewer] else "easy"
            machine = chance.normal(60 if team == "hard" else 75, 10)
            true = machine + chance.normal(0, 5)
            also = [int(chance.integers(reviewers))] if chance.random() < shared else []
            rows += [
                Scored(f"r{who}", f"{reviewer}-{number}", true + effects[who] + chance.normal(0, 6), machine, {"team": team})
                for who in {reviewer, *also}
            ]
    return rows, effects - effects.mean()


def calibration(chance: Any, *, reviewers: int = 5, interactions: int = 10) -> tuple[list[Scored], Any]:
    """A session in which one score in ten never came."""
    effects = chance.normal(0, 4, reviewers)
    rows = []
    for number in range(interactions):
        true = chance.normal(75, 10)
        rows += [
            Scored(f"r{who}", str(number), true + effects[who] + chance.normal(0, 6)) for who in range(reviewers) if chance.random() < 0.9
        ]
    return rows, effects - effects.mean()


@pytest.mark.parametrize(
    ("centre", "centres", "least_gain"), [(production, 400, 2.5), (calibration, 80, 1.0)], ids=["production", "calibration"]
)
def test_intervals_hold_the_truth_and_plain_differences_mislead(centre: Any, centres: int, least_gain: float) -> None:
    chance = np.random.default_rng(20261122)
    held, errors, plain, sure, wrong = [], [], [], 0, 0
    for _ in range(centres):
        rows, true = centre(chance)
        for one in severity(rows).effects:
            effect = true[int(one.reviewer[1:])]
            held.append(one.low <= effect <= one.high)
            errors.append(one.effect - effect)
            # the plain difference is to the mean of the others, the effect to the mean of all
            plain.append(one.plain * (len(true) - 1) / len(true) - effect)
            sure += one.leaning is not Leaning.CANNOT_TELL
            wrong += one.leaning is (Leaning.LENIENT if effect < 0 else Leaning.SEVERE)
    assert 0.93 <= np.mean(held) <= 0.97
    assert np.std(plain) > least_gain * np.std(errors)
    assert wrong <= 0.025 * sure, "whoever is called lenient or severe is"
    assert sure > 0.1 * len(held)


def test_two_scores_of_one_interaction_help_more_than_two_of_two() -> None:
    chance = np.random.default_rng(5)
    alone = np.mean([one.high - one.low for _ in range(15) for one in severity(production(chance)[0]).effects])
    shared = np.mean([one.high - one.low for _ in range(15) for one in severity(production(chance, shared=0.5)[0]).effects])
    assert shared < 0.9 * alone


def test_balanced_session_agrees_with_the_plain_means_but_for_shrinkage() -> None:
    """Where all have scored all, the effect is the difference of means, shrunk by one factor for all (Searle et al. 1992, section 7.4)."""
    rows = [Scored(who, str(item), 60 + 3 * item + lean + (item * 7 + len(who)) % 5) for who, lean in
            (("a", 0), ("bb", 6), ("ccc", -3)) for item in range(8)]  # fmt: skip
    found = {one.reviewer: one for one in severity(rows).effects}
    factors = [found[who].effect / (found[who].plain * 2 / 3) for who in found]
    assert max(factors) - min(factors) < 0.02
    assert 0.8 < min(factors) < 1
    assert found["bb"].leaning is Leaning.LENIENT
    assert sum(one.effect for one in found.values()) == pytest.approx(0, abs=1e-3)


def test_case_mix_that_only_one_reviewer_has_cannot_be_told_from_the_reviewer() -> None:
    chance = np.random.default_rng(3)
    rows = [
        Scored(who, f"{who}{number}", 80 - 15 * (who == "a") + chance.normal(0, 5), None, {"team": "hard" if who == "a" else "easy"})
        for who in "abcd"
        for number in range(30)
    ]
    found = severity(rows)
    assert found.adjusted_for == ("team",)
    first = next(one for one in found.effects if one.reviewer == "a")
    assert first.plain == pytest.approx(-15, abs=2)
    assert first.leaning is Leaning.CANNOT_TELL


def test_says_what_it_took_into_account_and_what_it_compared() -> None:
    rows, _ = production(np.random.default_rng(1), shared=0.2)
    found = severity([*rows, Scored("r0", "odd", 70.0, None, {"team": "easy"})])
    assert found.adjusted_for == (MACHINE, "team")
    assert (found.scores, found.interactions) == (len(rows) + 1, 321)
    assert 20 < found.shared < 100
    assert [one.effect for one in found.effects] == sorted(one.effect for one in found.effects)


@pytest.mark.parametrize(
    ("rows", "why"),
    [
        ([], TooLittle.ONE_REVIEWER),
        ([Scored("a", str(n), n) for n in range(9)], TooLittle.ONE_REVIEWER),
        ([Scored(who, str(n), 100.0) for n in range(9) for who in "ab"], TooLittle.ONE_SCORE),
        ([Scored("a", "1", 50.0), Scored("b", "1", 60.0), Scored("b", "2", 60.0)], TooLittle.FEW_SCORES),
    ],
)
def test_too_little_to_tell(rows: list[Scored], why: TooLittle) -> None:
    found = severity(rows)
    assert (found.too_little, found.effects) == (why, ())
