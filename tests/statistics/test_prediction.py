"""Prediction of satisfaction in simulated centres: it is as right as it says, says when it is not, and never sees its own answer."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from qa_service.domain.csat_model import FOLDS, Contact, CsatModel, CsatVerdict, fold_of
from qa_service.domain.satisfaction import Guess, estimate, satisfied, summed
from qa_service.statistics.prediction import error_of, learn, predict, reasons
from tests.answering import AT, contacts

SEED = 20261122


def learned(found: Any, version: int = 1) -> CsatModel:
    return learn(found, version=version, at=AT)


@pytest.fixture(scope="module")
def centre() -> Any:
    """6,000 contacts, one in seven answered."""
    return contacts(np.random.default_rng(SEED), 6000)


@pytest.fixture(scope="module")
def model(centre: Any) -> CsatModel:
    return learned(centre[0])


def test_chances_come_true_as_often_as_they_say_among_those_who_never_answered(centre: Any, model: CsatModel) -> None:
    found, happy = centre
    made = np.array([one.chance for one in predict(model, found)])
    silent = np.array([one.level is None for one in found])
    assert model.told is CsatVerdict.USABLE
    told = model.errors[0]
    # What was told on some 900 answers holds for 5,000 who never answered.
    assert np.mean((made - happy)[silent] ** 2) == pytest.approx(told.brier, abs=0.015)
    assert told.auc_low is not None
    assert told.auc_high is not None
    ranked = np.argsort(made[silent])
    for part in np.array_split(ranked, 10):
        assert made[silent][part].mean() == pytest.approx(happy[silent][part].mean(), abs=0.07)
    assert told.calibration_slope == pytest.approx(1, abs=0.15)
    assert told.brier < told.brier_base
    assert told.level_error < told.level_error_base


def test_error_is_told_by_channel_and_language_where_there_are_answers_enough(model: CsatModel) -> None:
    assert [one.group for one in model.errors] == [
        "all", "channel=chat", "channel=phone", "language=ar", "language=en", "language=fa",
    ]  # fmt: skip
    assert sum(one.n for one in model.errors[1:3]) == model.errors[0].n == model.answers
    assert model.channels == ("chat", "phone")


def test_groups_with_few_answers_get_no_error_of_their_own() -> None:
    found, _ = contacts(np.random.default_rng(1), 2000)
    rare = [one._replace(words={**one.words, "language": "de"}) if number < 50 else one for number, one in enumerate(found)]
    model = learned(rare)
    assert "language=de" in model.too_few
    assert "language=de" not in [one.group for one in model.errors]


def test_no_answer_goes_into_its_own_prediction(centre: Any, model: CsatModel) -> None:
    """Whoever is in one part is predicted by what was learned from the others: turning all its answers round changes nothing there."""
    found, _ = centre
    part = [fold_of(one.group) == 0 for one in found]
    turned = [
        one._replace(level=1 - one.level) if mine and one.level is not None else one for one, mine in zip(found, part, strict=True)
    ]
    again = learned(turned)
    before, after = (np.array([one.chance for one in predict(which, found)]) for which in (model, again))
    mine = np.array(part)
    assert np.array_equal(before[mine], after[mine])
    assert not np.allclose(before[~mine], after[~mine])
    assert 0.1 < mine.mean() < 0.3


@pytest.mark.parametrize("seed", range(6))
def test_without_anything_to_see_it_says_so(seed: int) -> None:
    found, _ = contacts(np.random.default_rng(seed), 1500, effect=0.0, idle=20)
    model = learned(found)
    assert model.told is CsatVerdict.NO_BETTER
    assert not model.usable


def test_one_customer_is_all_in_one_part() -> None:
    assert {fold_of(f"c{number}") for number in range(100)} == set(range(FOLDS))
    assert fold_of("c1") == fold_of("c1")


def test_reasons_name_what_moved_it_with_the_usual_value(model: CsatModel) -> None:
    angry = Contact("x", "c-x", {"sentiment.end": -0.95, "effort.customer": 4.0, "hold.seconds": 30.0}, {"channel": "phone"})
    found = reasons(model, angry)
    assert [one.name for one in found[:2]] == ["effort.customer", "sentiment.end"]
    assert found[0].moved < 0
    assert found[0].words.startswith("places where the customer tells of effort: 4 (usually 0.")
    assert found[0].words.endswith("a satisfied answer is less likely")
    (made,) = predict(model, [angry])
    assert made.chance < 0.3 < model.base
    assert error_of(model, angry).group == "channel=phone"
    assert error_of(model, angry._replace(words={"channel": "email"})).group == "all"


def test_reasons_add_up_to_the_prediction(model: CsatModel, centre: Any) -> None:
    """Log odds of the chance = those of an average contact + what every reason moved."""
    one, other = centre[0][:2]
    for contact in (one, other):
        weights = model.folds[fold_of(contact.group)]
        chance = predict(model, [contact])[0].chance
        moved = sum(reason.moved for reason in reasons(model, contact, most=1000))
        expected = weights.constant + weights.slope * weights.satisfied[0] + moved
        assert np.log(chance / (1 - chance)) == pytest.approx(expected, abs=1e-4)


def test_nothing_measured_and_nothing_at_all_are_predicted_too(model: CsatModel) -> None:
    assert predict(model, []) == ()
    (made,) = predict(model, [Contact("x", "x", {})])
    assert 0 < made.chance < 1


def test_estimate_of_all_contacts_holds_the_truth_with_learned_predictions_and_those_who_answer_differ() -> None:
    """24 centres whose customers answer the more, the better their mood: answers alone mislead, weighted ones hold the truth."""
    chance = np.random.default_rng(SEED)
    held, weighted_values, alike_values, answered = [], [], [], []
    for _ in range(24):
        found, _ = contacts(chance, 1500, drawn=0.6, idle=2)
        model = learned(found)
        made = predict(model, found)
        rate = sum(one.level is not None for one in found) / len(found)
        guesses = [
            Guess(
                one.chance, None if contact.level is None else float(satisfied(contact.level)), 1 / max(one.answering, rate / 4)
            )
            for one, contact in zip(made, found, strict=True)
        ]
        weighted, alike = estimate(summed(guesses)), estimate(summed(guess._replace(weight=1.0) for guess in guesses))
        held.append((weighted.low, weighted.high))
        weighted_values.append(weighted.value)
        alike_values.append(alike.value)
        answered.append(np.mean([guess.answer for guess in guesses if guess.answer is not None]))
    truth = contacts(chance, 100_000, idle=0)[1].mean()
    assert np.mean([low <= truth <= high for low, high in held]) >= 0.9
    assert np.mean(weighted_values) == pytest.approx(truth, abs=0.015)
    assert truth + 0.02 < np.mean(alike_values) < np.mean(answered), "predictions help, weights do the rest"


def test_same_contacts_give_the_same_model(centre: Any, model: CsatModel) -> None:
    assert learned(centre[0]) == model
    assert CsatModel.model_validate_json(model.model_dump_json()) == model
