"""Audited accuracy: weighted shares, verdicts, and what anchoring does to the figure that everybody else calls accuracy."""

from __future__ import annotations

import random
from typing import Any

import pytest

from qa_service.domain.accuracy import (
    Acceptance,
    Beside,
    Estimate,
    Sums,
    anchoring,
    asked_answers,
    audit,
    estimate,
    refusal,
    refusals,
    reliable,
    verdict,
)
from qa_service.domain.estimation import wilson
from qa_service.domain.policy import Policy
from qa_service.domain.rubric import Rubric


def answers(*, alike: int, unlike: int, abstained: int = 0, **fields: Any) -> list[Beside]:
    """Blind answers: the machine says yes, or nothing."""
    told = [*["yes"] * alike, *["no"] * unlike]
    decided = [Beside("empathy", "yes", 0.8, answer, **fields) for answer in told]
    return decided + [Beside("empathy", "undecided", 0.2, "no", **fields)] * abstained


def of(alike: int, n: int) -> Estimate:
    return estimate(Sums(n, n, alike, n, n, alike, alike))


def test_equal_weights_are_wilsons_interval() -> None:
    told = wilson(37, 45)
    for weight in (1.0, 12.5):
        found = Sums.of(answers(alike=37, unlike=8, weight=weight)).estimate
        assert (found.n, found.effective) == (45, 45)
        assert (found.value, found.low, found.high) == pytest.approx((told.value, told.low, told.high), abs=2e-6)


def test_what_was_drawn_seldom_counts_for_more() -> None:
    """Three answers of weight 1 that are right, one of weight 3 that is wrong: 3/6 right; (3 + 3)² / (3 + 9) = 3 effective answers, and as
    many by the linearised variance: (3 * 0.25 + 9 * 0.25) / 36 = 1/12, and 0.25 / (1/12) = 3."""
    found = Sums.of([*answers(alike=3, unlike=0), *answers(alike=0, unlike=1, weight=3.0)])
    assert (found.estimate.value, found.estimate.effective, found.estimate.n) == (0.5, 3.0, 4)
    # Wilson with n = 3: (0.5 + z²/6) / (1 + z²/3) = 0.5, half = z / (1 + z²/3) * sqrt(1/12 + z²/36) = 0.374666.
    assert (found.estimate.low, found.estimate.high) == pytest.approx((0.125334, 0.874666), abs=2e-6)
    assert (found.unweighted.value, found.unweighted.effective) == (0.75, 4.0)


def test_nothing_is_known_without_answers() -> None:
    found = audit([])
    assert (found.answers, found.accuracy.value, found.accuracy.low, found.accuracy.high) == (0, None, 0.0, 1.0)
    assert found.reliability.n == 0


def test_an_audit_tells_by_answer_by_language_and_abstentions_apart() -> None:
    found = audit([
        *answers(alike=6, unlike=2, abstained=1, language="fa"), *answers(alike=1, unlike=1, language=None),
        Beside("empathy", "no", 0.9, "no", "en"),
    ])
    assert (found.answers, found.abstained, found.accuracy.n) == (12, 1, 11)
    assert found.accuracy.value == pytest.approx(8 / 11, abs=1e-6)
    assert [(one.suggestion, one.accuracy.n, one.accuracy.value) for one in found.by_answer] == [("yes", 10, 0.7), ("no", 1, 1.0)]
    assert [(one.language, one.abstained, one.accuracy.value) for one in found.by_language] == [
        ("fa", 1, 0.75), (None, 0, 0.5), ("en", 0, 1.0),
    ]
    assert found.reliability.n == 11
    assert found.reliability.bias is not None


@pytest.mark.parametrize(
    ("alike", "n", "said"),
    [
        (9, 19, Acceptance.TOO_FEW), (0, 0, Acceptance.TOO_FEW), (18, 20, Acceptance.ACCEPTED), (17, 20, Acceptance.NEEDS_A_PERSON),
        (20, 20, Acceptance.ACCEPTED),
    ],
)
def test_verdicts_of_the_policy(alike: int, n: int, said: Acceptance) -> None:
    assert verdict(of(alike, n), Policy(accept_at=0.9, accept_least=20)) is said


@pytest.mark.parametrize(
    ("alike", "n", "policy", "told"),
    [
        (37, 45, Policy(), "audited accuracy .82 (.69 to .91) on 45 blind answers is below .90"),
        (0, 1, Policy(accept_least=1), "audited accuracy .00 (.00 to .79) on 1 blind answer is below .90"),
        (899, 1000, Policy(), "audited accuracy .899 (.88 to .92) on 1000 blind answers is below .90"),
        (99, 100, Policy(accept_at=1, auto_at=1), "audited accuracy .99 (.95 to 1.00) on 100 blind answers is below 1.00"),
        (41, 45, Policy(), None), (3, 4, Policy(), None),
    ],
)
def test_a_refusal_says_why(alike: int, n: int, policy: Policy, told: str | None) -> None:
    assert refusal(of(alike, n), policy) == told
    assert refusals({"empathy": of(alike, n)}, policy) == ({} if told is None else {"empathy": told})


@pytest.mark.parametrize(
    ("alike", "n", "so"),
    [(19, 20, False), (60, 60, False), (80, 80, True), (198, 200, True), (195, 200, False), (0, 0, False)],
    ids=["19 of 20", "all of 60: no less than .94", "all of 80: no less than .954", "198 of 200", "195 of 200", "none"],
)
def test_nobody_need_look_where_even_the_lower_bound_is_high(alike: int, n: int, so: bool) -> None:
    assert reliable(of(alike, n), Policy()) is so
    assert not reliable(of(alike, n), Policy(accept_least=1000))
    assert not reliable(None, Policy())


def test_answers_that_follow_from_others_are_left_out() -> None:
    form = Rubric.model_validate({
        "rubric": "phone-support", "version": 1, "channel": "phone", "title": "Phone",
        "sections": [{"id": "talk", "title": "Talk", "weight": 1, "criteria": [
            {"id": "promise", "question": "Promised?", "weight": 1},
            {"id": "date", "question": "Named a date?", "weight": 1, "asked_when": {"promise": "yes"}},
        ]}],
    })
    unasked = [Beside("promise", "yes", 0.9, "no"), Beside("date", "not_applicable", 0.9, "not_applicable")]
    asked = [Beside("promise", "yes", 0.9, "yes"), Beside("date", "not_applicable", 0.9, "no"), Beside("gone", "yes", 0.9, "yes")]
    assert [one.criterion for one in asked_answers(form, unasked)] == ["promise"]
    assert [one.criterion for one in asked_answers(form, asked)] == ["promise", "date"]


@pytest.mark.parametrize(
    ("accuracy", "untouched", "words"),
    [
        (of(160, 200), of(970, 1000), "17 points are people leaning on what they are shown"),
        (of(160, 200), of(790, 1000), "no difference beyond chance"),
        (of(190, 200), of(700, 1000), "25 points less, so people override what is right"),
        (of(0, 0), of(700, 1000), "without blind answers nobody knows how right it is"),
        (of(160, 200), of(0, 0), "nobody has reviewed with it in sight"),
    ],
)
def test_the_two_figures_are_compared_in_words(accuracy: Estimate, untouched: Estimate, words: str) -> None:
    found = anchoring(accuracy, untouched)
    assert found.told.endswith(words)
    assert (found.difference is None) == (accuracy.value is None or untouched.value is None)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    """Newcombe 1998, table II, method 10, contrast (a): 56/70 - 48/80 is 0.0524 to 0.3339."""
    found = anchoring(of(48, 80), of(56, 70))
    assert found.difference == 0.2
    assert (found.low, found.high) == pytest.approx((0.0524, 0.3339), abs=5e-5)


# A machine that is right 85 times of 100, and reviewers who leave 60 of 100 wrong suggestions standing.
TRUE, LEFT, RUNS = 0.85, 0.6, 800


def simulated(seed: int, contacts: int) -> tuple[Estimate, Estimate]:
    """What blind answers and untouched suggestions say of as many contacts each."""
    draw = random.Random(seed)
    blind: list[Beside] = []
    seen: list[Beside] = []
    for _ in range(contacts):
        person = "yes" if draw.random() < TRUE else "no"
        blind.append(Beside("empathy", "yes", 0.9, person))
        person = "yes" if draw.random() < TRUE or draw.random() < LEFT else "no"
        seen.append(Beside("empathy", "yes", 0.9, person))
    return Sums.of(blind).estimate, Sums.of(seen).estimate


def covered(found: list[Estimate]) -> float:
    return sum(one.low <= TRUE <= one.high for one in found) / len(found)


def test_the_blind_figure_holds_the_truth_and_not_overridden_does_not() -> None:
    runs = [simulated(seed, 200) for seed in range(RUNS)]
    assert 0.93 <= covered([blind for blind, _ in runs]) <= 0.97
    assert covered([seen for _, seen in runs]) < 0.02
    mean = sum(seen.value or 0 for _, seen in runs) / RUNS
    assert mean == pytest.approx(TRUE + (1 - TRUE) * LEFT, abs=0.01)
    told = [anchoring(*one).told for one in runs]
    assert sum(one.endswith("people leaning on what they are shown") for one in told) > 0.7 * RUNS


@pytest.mark.parametrize(
    ("hard", "easy", "least", "most"),
    [((0.3, 0.85), (0.1, 0.85), 0.93, 0.97), ((0.5, 0.75), (0.1, 0.95), 0.93, 1.0), ((0.1, 0.75), (0.5, 0.95), 0.93, 0.97)],
    ids=["all alike", "the hard ones drawn more often", "the easy ones drawn more often"],
)
def test_weights_take_back_what_an_uneven_draw_did(
    hard: tuple[float, float], easy: tuple[float, float], least: float, most: float
) -> None:
    """Half of the contacts are hard; each kind with the probability to be drawn, and how often the machine is right on it."""
    found, flat = [], []
    for seed in range(RUNS):
        draw = random.Random(seed)
        blind: list[Beside] = []
        while len(blind) < 150:
            probability, right = hard if draw.random() < 0.5 else easy
            if draw.random() < probability:
                person = "yes" if draw.random() < right else "no"
                blind.append(Beside("empathy", "yes", 0.9, person, weight=1 / probability))
        found.append(Sums.of(blind).estimate)
        flat.append(Sums.of(blind).unweighted)
    assert least <= covered(found) <= most
    assert covered(flat) < 0.7 or hard[1] == easy[1]


def test_a_few_answers_that_stand_for_most_contacts_are_few() -> None:
    few = [*answers(alike=60, unlike=0), *answers(alike=4, unlike=0, weight=500.0)]
    assert Sums.of(few).estimate.n == 64
    assert Sums.of(few).estimate.effective < 5
    assert not reliable(Sums.of(few).estimate, Policy(auto_at=0.5, accept_at=0.5))
    assert reliable(Sums.of(few).unweighted, Policy(auto_at=0.5, accept_at=0.5))
