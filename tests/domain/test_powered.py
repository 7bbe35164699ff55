"""The share that people's answers carry, alone and with the machine's help."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.estimation import mean, wilson
from qa_service.domain.moments import ABSTAINED, Moments, Outcome
from qa_service.domain.powered import LEAST_POWERED, Figure, FigureMethod, by_people, figure, powered

ORACLE: dict[str, list[dict[str, Any]]] = json.loads((Path(__file__).parent / "estimates_oracle.json").read_text(encoding="utf-8"))


def total(outcomes: Iterable[Outcome]) -> Moments:
    whole = Moments()
    for one in outcomes:
        whole = whole.plus(Moments.of(one))
    return whole


def answered(met: float, *, expected: float = 1.0, weight: float = 1.0) -> Outcome:
    return Outcome(expected, 1.0, met=met, asked=1.0, weight=weight)


#: Nothing, one contact that only the machine saw, one on which it abstains, one without an opportunity, all of that.
UNTOLD = (
    Moments(), Moments.of(Outcome(1.0, 1.0)), Moments.of(Outcome(ABSTAINED, 1.0, abstains=1.0)),
    Moments.of(Outcome(0.0, 0.0, met=0.0, asked=0.0)), total([Outcome(0.0, 0.0, met=0.0, asked=0.0)] * 30 + [Outcome(1.0, 1.0)] * 300),
)


@pytest.mark.parametrize("m", UNTOLD)
@pytest.mark.parametrize("estimate", [by_people, powered, figure])
def test_without_answers_of_people_there_is_no_figure(m: Moments, estimate: Any) -> None:
    found = estimate(m)
    assert (found.value, found.low, found.high, found.n, found.effective, found.method) == (None, None, None, 0, 0.0, FigureMethod.NONE)
    assert (found.machine, found.reviews) == (m.all, m.people)


@pytest.mark.parametrize(("m", "expected"), [(UNTOLD[0], None), (UNTOLD[1], 1.0), (UNTOLD[2], 0.5), (UNTOLD[3], None)])
def test_what_the_machine_alone_says_is_told_apart(m: Moments, expected: float | None) -> None:
    assert figure(m).expected == expected


@pytest.mark.parametrize(("met", "n"), [(0, 1), (1, 1), (0, 10), (10, 10), (9, 12), (37, 45)])
def test_yes_and_no_of_one_weight_are_wilsons(met: int, n: int) -> None:
    told, found = wilson(met, n), by_people(total([answered(1.0, weight=7.0)] * met + [answered(0.0, weight=7.0)] * (n - met)))
    assert (found.value, found.low, found.high) == pytest.approx((told.value, told.low, told.high), abs=2e-6)
    assert (found.n, found.effective, found.method) == (n, pytest.approx(n), FigureMethod.PEOPLE)


def test_shares_have_the_interval_of_their_own_spread() -> None:
    """.6, .7, .8, .9, 1 : R .8, v = .1/25 = .004, 1 - 1/n as the variance is a guess: R (1 - R) / v * 4/5 = 32 answers, and Student's
    t(4) = 2.776445 instead of 1.959964: 32 * (1.959964/2.776445)**2 = 15.946. Wilson: z**2/n = .240897, centre .920449/1.240897 = .741760,
    half = sqrt(.240897 (.16 + .060224))/1.240897 = .185614. Student's own interval is .8 +/- 2.776445 * sqrt(.025/5) = .6037 to .9963."""
    found = by_people(total(map(answered, (0.6, 0.7, 0.8, 0.9, 1.0))))
    assert (found.value, found.effective) == (pytest.approx(0.8), pytest.approx(15.946, abs=1e-3))
    assert (found.low, found.high) == pytest.approx((0.556146, 0.927374), abs=2e-6)


def test_many_shares_have_students_interval() -> None:
    values = [0.7 + 0.002 * step for step in range(101)]
    found, told = by_people(total(map(answered, values))), mean(values)
    assert (found.low, found.high) == pytest.approx((told.low, told.high), abs=2e-3)


def test_what_was_drawn_seldom_counts_for_more() -> None:
    """Three of weight 1 met, one of weight 3 missed: 3/6; Kish 36/12 = 3, and as many by the linearised variance."""
    found = by_people(total([answered(1.0)] * 3 + [answered(0.0, weight=3.0)]))
    assert (found.value, found.n, found.effective) == (0.5, 4, pytest.approx(3.0))
    assert (found.low, found.high) == pytest.approx((0.125334, 0.874666), abs=2e-6)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("n", [1, 2, 40])
def test_all_equal_is_not_without_doubt(value: float, n: int) -> None:
    found = figure(total([answered(value, expected=value)] * n + [Outcome(value, 1.0)] * 200))
    assert found.value == pytest.approx(value)
    assert found.low is not None
    assert found.high is not None
    assert found.high - found.low > 0.08
    assert (found.low, found.high) == pytest.approx((wilson(value * n, n).low, wilson(value * n, n).high), abs=2e-6)


@pytest.mark.parametrize("case", ORACLE["powered"], ids=["20 of 200", "40 of 400", "60 of 300", "shares"])
def test_prediction_powered_inference_by_its_authors(case: dict[str, Any]) -> None:
    """ppi-python at the same weight of the machine; its own tuning moves the estimate by less than a tenth of a point. Its interval is the
    normal one, and takes differences that were not seen for none: this one is wider."""
    people = len(case["met"])
    outcomes = [answered(met, expected=expected) for met, expected in zip(case["met"], case["machine"][:people], strict=True)]
    found = powered(total([*outcomes, *(Outcome(expected, 1.0) for expected in case["machine"][people:])]))
    assert found.machine_weight == pytest.approx(case["weight"])
    assert found.value == pytest.approx(case["value"], abs=1e-9)
    assert found.value == pytest.approx(case["tuned"], abs=1e-3)
    assert found.low is not None
    assert found.high is not None
    assert 1.0 < (found.high - found.low) / (case["high"] - case["low"]) < 1.2


def test_a_machine_that_is_wrong_in_a_constant_direction_is_corrected() -> None:
    """20 answers: 10 met, all of which the machine sees; of the 10 missed it lets 5 pass. Of 180 more it says 135 met: 3 of 4 as here, so
    that people's half stays; with 180 of 180 met it moves up by the weight L = (10/20 - .5 * .75) / (.75 * .25) = 2/3 times .9 * .25."""
    outcomes = [answered(1.0)] * 10 + [answered(0.0)] * 5 + [answered(0.0, expected=0.0)] * 5
    alike = powered(total([*outcomes, *[Outcome(1.0, 1.0)] * 135, *[Outcome(0.0, 1.0)] * 45]))
    assert (alike.value, alike.machine_weight, alike.method) == (pytest.approx(0.5), pytest.approx(2 / 3), FigureMethod.POWERED)
    more = powered(total([*outcomes, *[Outcome(1.0, 1.0)] * 180]))
    assert more.value == pytest.approx(0.5 + 2 / 3 * 0.9 * 0.25)


def test_few_answers_carry_no_machine() -> None:
    def some(people: int) -> Figure:
        outcomes = [answered(float(step % 3 > 0), expected=float(step % 3 > 0)) for step in range(people)]
        return figure(total([*outcomes, *[Outcome(1.0, 1.0), Outcome(0.0, 1.0)] * 100]))

    assert (some(LEAST_POWERED - 1).method, some(LEAST_POWERED).method) == (FigureMethod.PEOPLE, FigureMethod.POWERED)


@pytest.mark.parametrize("expected", [0.5, 1.0, 0.0, "inverted"])
def test_a_machine_that_is_of_no_use_changes_nothing(expected: float | str) -> None:
    outcomes = [answered(met, expected=1 - met if expected == "inverted" else float(expected)) for met in (0.0, 1.0, 1.0) * 8]
    rest = [Outcome(0.5 if expected == "inverted" else float(expected), 1.0)] * 300
    assert figure(total([*outcomes, *rest])).model_copy(update={"machine": 0, "expected": None}) == by_people(total(outcomes)).model_copy(
        update={"machine": 0, "expected": None}
    )


def test_where_people_answered_everything_the_interval_does_not_collapse() -> None:
    """It is of the agent's rate, not of these contacts."""
    outcomes = [answered(met, expected=met) for met in (0.0, 1.0, 1.0) * 30]
    assert figure(total(outcomes)) == by_people(total(outcomes))
    nearly = figure(total([*outcomes, Outcome(1.0, 1.0)]))
    assert nearly.low is not None
    assert nearly.high is not None
    assert nearly.high - nearly.low > 0.95 * (wilson(60, 90).high - wilson(60, 90).low)


@st.composite
def outcomes(draw: st.DrawFn) -> Outcome:
    share = st.sampled_from([0.0, 0.25, 0.5, 1.0])
    opened, asked = draw(st.sampled_from([0.0, 1.0])), draw(st.sampled_from([0.0, 1.0]))
    met = draw(st.none() | share)
    return Outcome(
        draw(share) * opened, opened, met=None if met is None else met * asked, asked=0.0 if met is None else asked,
        weight=draw(st.sampled_from([1.0, 2.0, 8.0, 1000.0])),
    )


@given(st.lists(outcomes(), max_size=40))
def test_whatever_comes_the_answer_is_clear(some: list[Outcome]) -> None:
    m = total(some)
    for found in (by_people(m), powered(m), figure(m)):
        assert Figure.model_validate(found.model_dump()) == found
        assert (found.value is None) == (m.a == 0) == (found.method is FigureMethod.NONE)
        if found.value is not None and found.low is not None and found.high is not None:
            assert 0 <= found.low <= found.value <= found.high <= 1
            assert found.high - found.low > 0
            assert 0 <= found.machine_weight <= 1
            assert found.effective > 0
            assert (found.machine_weight > 0) == (found.method is FigureMethod.POWERED)


@given(st.lists(outcomes(), min_size=1, max_size=25), st.lists(outcomes(), max_size=25))
def test_parts_taken_off_again_leave_the_figure(some: list[Outcome], others: list[Outcome]) -> None:
    """Rollups subtract: what is left of the sums must not turn into an answer that nobody gave."""
    found, told = by_people(total([*some, *others]).less(total(others))), by_people(total(some))
    assert found.n == told.n
    assert (found.value is None) == (told.value is None)
    if found.value is not None and told.value is not None:
        assert (found.value, found.low, found.high) == pytest.approx((told.value, told.low, told.high), abs=1e-3)
