"""Fitting: what the rules say is believed until people say otherwise, and thresholds that keep their budget."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from qa_service.services.learning.fit import Example, Learnt, Prediction, Prior, Thresholds, figures, learn, predict, thresholds

FEATURES = ("rule.yes", "rule.no", "signal.some")


def example(person: str, rules: str, *, group: str = "g", some: float = 0.0, **changes: Any) -> Example:
    told = {"channel": "chat", "language": "en", "criterion": "c", "confidence": 0.9, **changes}
    return Example(group=group, person=person, rules=rules, values={f"rule.{rules}": 1.0, "signal.some": some}, **told)


def chances(found: Learnt, rules: str, *, some: float = 0.0, channel: str = "chat") -> Mapping[str, float]:
    return predict(found, example("yes", rules, some=some, channel=channel))


def test_with_hardly_anything_to_learn_from_the_rules_are_believed() -> None:
    found = learn([example("yes", "yes"), example("no", "no")], FEATURES)
    assert chances(found, "yes")["yes"] > 0.8
    assert chances(found, "no")["no"] > 0.8


def test_rules_that_are_often_wrong_are_believed_less() -> None:
    wrong = [example("no", "yes"), example("yes", "yes")] * 20
    found = learn([*wrong, *[example("no", "no")] * 20], FEATURES)
    assert chances(found, "yes")["yes"] == pytest.approx(0.5, abs=0.05)
    assert chances(found, "no")["no"] > 0.9


def test_what_the_rules_were_tuned_on_says_nothing_of_how_far_they_can_be_trusted() -> None:
    fresh = [example("no", "yes"), example("yes", "yes"), example("no", "no"), example("no", "no")] * 10
    flattering = [example("yes", "yes", tuned=True), example("no", "no", tuned=True)] * 40
    believed = chances(learn([*fresh, *flattering], FEATURES), "yes")["yes"]
    naive = chances(learn([*fresh, *(example(one.person, one.rules) for one in flattering)], FEATURES), "yes")["yes"]
    assert believed < 0.65 < naive


def test_a_channel_has_a_start_of_its_own() -> None:
    phone = [example("no", "yes", channel="phone"), example("no", "no", channel="phone")]
    told = [example("yes", "yes"), example("no", "no"), *phone] * 10
    found = learn(told, FEATURES)
    assert chances(found, "yes")["yes"] > chances(found, "yes", channel="phone")["yes"]


def test_new_answers_move_what_was_learned_before_and_few_move_it_little() -> None:
    before = learn([example("yes", "yes", some=1.0), example("no", "yes")] * 30, FEATURES, answers=("yes", "no"))
    prior = Prior(before.answers, before.weights("chat"))
    unmoved = learn([example("yes", "yes", some=1.0)], FEATURES, answers=("no", "yes"), towards=prior)
    assert chances(unmoved, "yes")["no"] == pytest.approx(chances(before, "yes")["no"], abs=0.1)
    moved = learn([example("no", "yes", some=1.0)] * 60, FEATURES, answers=("no", "yes"), towards=prior)
    assert chances(moved, "yes", some=1.0)["no"] > 0.9 > 0.5 > chances(before, "yes", some=1.0)["no"]


def prediction(person: str, chance: float, *, meaning: float | None = None, language: str = "en") -> Prediction:
    told = None if meaning is None else {"yes": meaning, "no": 1 - meaning}
    return Prediction(example=example(person, "yes", language=language), plain={"yes": chance, "no": 1 - chance}, meaning=told)


def test_the_budget_holds_in_every_language() -> None:
    told = [prediction("yes" if number % 4 else "no", 0.55 + number / 250, language=("en", "fa")[number % 2]) for number in range(100)]
    found = thresholds(told, budget=0.1)
    for language in ("en", "fa"):
        own = [one for one in told if one.example.language == language]
        assert figures(own, found).after.abstention <= 0.1 + 1 / len(own)
    assert figures(told, found).after.abstention > 0.05


def test_meanings_decide_where_rules_alone_are_not_sure() -> None:
    found = Thresholds(sure=0.9, decide_at=0.6, decide_plain_at=0.7)
    assert found.judged(prediction("no", 0.95, meaning=0.1)).machine == "yes"
    assert found.judged(prediction("no", 0.85, meaning=0.1)).machine == "no"
    assert found.judged(prediction("no", 0.65, meaning=0.45)).machine == "undecided"
    assert found.judged(prediction("no", 0.65, meaning=0.1), vectors=False).machine == "undecided"
    assert found.judged(prediction("no", 0.65)).machine == "undecided"
