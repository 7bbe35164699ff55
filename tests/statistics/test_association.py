"""Association of criteria with outcomes: true ones are found, noise is not, whoever shares an agent, and what tells nothing says so."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from qa_service.domain.validity import Case, ContactEnd, ItemVerdict
from qa_service.statistics.association import validity

SEED = 20261122
SEEN = (ItemVerdict.PREDICTS, ItemVerdict.WRONG_WAY)


def centre(chance: Any, n: int = 2000, *, items: int = 40, agents: int = 40, r: float = 0.0) -> list[Case]:
    """Agents differ in what they meet and in how content their customers are; both differ by channel, too. Item 0 correlates ``r``."""
    agent, chat = chance.integers(agents, size=n), chance.random(n) < 0.5
    skill, liked = chance.normal(size=(agents, items)), chance.normal(size=agents)
    odds = 1.0 + 0.6 * skill[agent] + 0.8 * chat[:, None]
    met = (chance.random((n, items)) < 1 / (1 + np.exp(-odds))).astype(float)
    level = 0.6 + 0.1 * chat + 0.05 * liked[agent] + chance.normal(0, 0.25, n)
    level += r / math.sqrt(1 - r * r) * level.std() / met[:, 0].std() * met[:, 0]
    asked = chance.random((n, items)) < 0.9
    return [
        Case(
            f"a{agent[one]}", {("form", f"c{item}"): met[one, item] for item in range(items) if asked[one, item]},
            {ContactEnd.SATISFACTION: float(level[one])}, {"channel": "chat" if chat[one] else "phone"},
        )
        for one in range(n)
    ]  # fmt: skip


def simple(pairs: Any, *, agents: int = 0, mix: Any = None) -> list[Case]:
    """One item and one outcome."""
    return [
        Case(
            None if not agents else f"a{place % agents}", {("form", "item"): float(met)}, {ContactEnd.SATISFACTION: float(level)},
            {} if mix is None else {"queue": mix[place]},
        )
        for place, (met, level) in enumerate(pairs)
    ]  # fmt: skip


def test_forty_items_of_noise_are_hardly_ever_called_and_their_intervals_hold_zero() -> None:
    chance = np.random.default_rng(SEED)
    called, held, cases = 0, [], 12
    for _ in range(cases):
        found = validity(centre(chance)).criteria
        called += any(one.verdict in SEEN for one in found)
        held += [one.associations[0].low <= 0 <= one.associations[0].high for one in found]  # type: ignore[operator]
        assert sum(one.verdict is ItemVerdict.PREDICTS_NOTHING for one in found) > 20, "at n = 2,000 most effects above 0.1 are ruled out"
    assert called <= 2, "at most 5 % of such tables call anything"
    assert 0.93 <= np.mean(held) <= 0.99


def test_true_correlation_of_a_fifth_is_found_at_two_thousand_among_forty_items() -> None:
    """Told power: the error of r at n = 1,800 is about 0.024, so that 0.2 lies eight errors from 0."""
    chance = np.random.default_rng(SEED + 1)
    found = [validity(centre(chance, r=0.2)).criteria[0].associations[0] for _ in range(10)]
    assert [one.verdict for one in found] == [ItemVerdict.PREDICTS] * 10
    assert np.mean([one.correlation for one in found]) == pytest.approx(0.2, abs=0.03)
    assert all(one.low <= 0.2 <= one.high for one in found[:1])  # type: ignore[operator]


@pytest.mark.parametrize("agents", [4, 10])
def test_few_agents_make_intervals_wider_not_wrong(agents: int) -> None:
    chance = np.random.default_rng(SEED + agents)
    found = [one.associations[0] for _ in range(6) for one in validity(centre(chance, 400, items=20, agents=agents)).criteria]
    assert np.mean([one.low <= 0 <= one.high for one in found]) >= 0.93  # type: ignore[operator]


def test_slope_and_its_errors_by_hand() -> None:
    """Met 30 times with 24 contents, missed 30 times with 12: 0.8 - 0.4; HC1 of two groups: sqrt(60/58 (0.8*0.2 + 0.4*0.6) / 30)."""
    pairs = [(1, 1)] * 24 + [(1, 0)] * 6 + [(0, 1)] * 12 + [(0, 0)] * 18
    (one,) = validity(simple(pairs)).criteria[0].associations
    error = math.sqrt(60 / 58 * (0.8 * 0.2 + 0.4 * 0.6) / 30)
    assert one.difference == pytest.approx(0.4)
    assert one.difference_high == pytest.approx(0.4 + 2.003 * error, abs=2e-3)
    assert one.correlation == pytest.approx(0.4 * 0.5 / math.sqrt(0.6 * 0.4), abs=1e-4)
    assert one.verdict is ItemVerdict.PREDICTS


def test_outcome_that_only_the_queue_explains_is_not_put_down_to_the_item() -> None:
    """One queue meets it more often and has happier customers; within each queue nothing goes together."""
    one_queue = [(1, 1)] * 48 + [(1, 0)] * 12 + [(0, 1)] * 16 + [(0, 0)] * 4
    other = [(1, 1)] * 4 + [(1, 0)] * 16 + [(0, 1)] * 12 + [(0, 0)] * 48
    cases = simple(one_queue + other, mix=["a"] * 80 + ["b"] * 80)
    adjusted, plain = validity(cases), validity([case._replace(mix={}) for case in cases])
    assert adjusted.adjusted_for == ("queue",)
    assert adjusted.criteria[0].associations[0].correlation == pytest.approx(0, abs=1e-4)
    assert plain.criteria[0].associations[0].correlation == pytest.approx(0.3, abs=0.06)


def test_what_all_meet_tells_nothing_and_few_cases_tell_nothing_yet() -> None:
    level = [float(one % 5) / 4 for one in range(200)]
    (always,) = validity(simple([(1, one) for one in level])).criteria
    (few,) = validity(simple([(1, one) for one in level[:20]])).criteria
    (nearly,) = validity(simple([(place > 1, one) for place, one in enumerate(level)])).criteria
    assert (always.verdict, always.constant) == (ItemVerdict.TELLS_NOTHING, True)
    assert always.associations[0].correlation is None
    assert nearly.verdict is ItemVerdict.TELLS_NOTHING
    assert (few.verdict, few.constant) == (ItemVerdict.CANNOT_TELL, False)
    assert few.associations[0].more == 10


def test_all_answers_the_same_and_no_answers_at_all() -> None:
    """Everybody gave a 5: nothing can go with that; nobody answered: nothing is worked out."""
    fives = validity(simple([(place % 2, 1.0) for place in range(100)])).criteria[0]
    assert (fives.verdict, fives.associations[0].p) == (ItemVerdict.CANNOT_TELL, None)
    none = validity([Case(None, {("form", "item"): 1.0}, {})] * 50)
    assert none.known == {ContactEnd.SATISFACTION: 0, ContactEnd.FIRST_RESOLVED: 0, ContactEnd.STAYED: 0}
    assert none.criteria[0].associations == ()
    assert "satisfaction, first_resolved, stayed" in none.notes[0]
    assert validity([]).criteria == ()


def test_item_that_was_never_applicable_is_listed_and_cannot_be_told() -> None:
    table = validity(simple([(place % 2, place % 5) for place in range(100)]), items=[("form", "never")])
    never = next(one for one in table.criteria if one.criterion == "never")
    assert (never.verdict, never.met.n, never.met.value, never.constant) == (ItemVerdict.CANNOT_TELL, 0, None, False)
    assert (never.associations[0].n, never.associations[0].more) == (0, 30)


def test_item_that_goes_the_wrong_way_is_called_so() -> None:
    chance = np.random.default_rng(1)
    met = chance.random(600) < 0.5
    found = validity(simple([(one, 0.8 - 0.3 * one + chance.normal(0, 0.2)) for one in met], agents=20)).criteria[0]
    assert found.verdict is ItemVerdict.WRONG_WAY
    assert found.associations[0].agents == 20


def test_two_items_that_say_the_same_are_named() -> None:
    chance = np.random.default_rng(2)
    cases = []
    for _ in range(300):
        met = float(chance.random() < 0.6)
        twin = met if chance.random() < 0.98 else 1 - met
        answers = {("form", "one"): met, ("form", "twin"): twin, ("form", "else"): float(chance.random() < 0.5), ("other", "twin"): met}
        cases.append(Case(None, answers, {ContactEnd.SATISFACTION: float(chance.random())}))
    table = validity(cases)
    assert [(one.rubric, one.one, one.other) for one in table.redundant] == [("form", "one", "twin")]
    assert table.redundant[0].low > 0.8
    assert {one.criterion: one.same_as for one in table.criteria if one.rubric == "form"} == {
        "else": (), "one": ("twin",), "twin": ("one",),
    }  # fmt: skip


def test_more_that_it_takes_is_told_and_enough() -> None:
    """At 120 contacts 0.1 is not ruled out; as many as are told, and it is found or ruled out."""
    chance = np.random.default_rng(3)
    small = validity(simple([(chance.random() < 0.5, chance.random()) for _ in range(120)])).criteria[0].associations[0]
    assert small.verdict is ItemVerdict.CANNOT_TELL
    assert small.more == pytest.approx(785 - 120, rel=0.15), "(2.8 / 0.1)^2 contacts in all"
