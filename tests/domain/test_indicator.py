"""Indicators: the table of definitions, and values with the intervals that hand-computed sums give."""

from __future__ import annotations

import re

import pytest

from qa_service.domain.indicator import FigureKind, Tally, estimate
from qa_service.domain.indicators import INDICATORS

PERSIAN_OR_ARABIC = re.compile("[\u0600-\u06ff]")


def test_every_indicator_is_whole() -> None:
    assert len(INDICATORS) == 24
    for name, one in INDICATORS.items():
        assert one.id == name
        assert re.fullmatch(r"[a-z_]+", name)
        assert not PERSIAN_OR_ARABIC.search(one.names.en)
        assert all(PERSIAN_OR_ARABIC.search(text) for text in (one.names.fa, one.names.ar))
        assert one.definition.endswith(".")
        assert all((one.numerator, one.denominator, one.reference, one.needs))
        assert not one.needs.endswith(".")
    for language in ("en", "fa", "ar"):
        assert len({getattr(one.names, language) for one in INDICATORS.values()}) == len(INDICATORS)


@pytest.mark.parametrize("name", INDICATORS)
def test_what_nothing_tells_is_not_zero(name: str) -> None:
    found = estimate(INDICATORS[name], Tally(unknown=7))
    assert (found.value, found.low, found.high, found.n, found.unknown) == (None, None, None, 0, 7)


def test_a_share_has_the_interval_of_wilson() -> None:
    # 45 of 50: centre (0.9 + 3.8415 / 100) / (1 + 3.8415 / 50) = 0.87146, half width 0.08509.
    found = estimate(INDICATORS["abandonment"], Tally(50, 45, 45))
    assert (found.value, found.numerator, found.n) == (0.9, 45, 50)
    assert (found.low, found.high) == pytest.approx((0.786403, 0.956523), abs=2e-4)


def test_a_mean_has_the_interval_of_student() -> None:
    # 10, 20, 30, 40: mean 25, s = sqrt(500 / 3), t(3) = 3.18245; half = 3.18245 * 12.9099 / 2 = 20.5426.
    found = estimate(INDICATORS["hold_time"], Tally(4, 100, 3000))
    assert (found.value, found.low, found.high) == pytest.approx((25, 4.4574, 45.5426), abs=1e-3)


def test_a_mean_keeps_to_what_can_be() -> None:
    found = estimate(INDICATORS["silence_share"], Tally(2, 1.0, 0.82))
    assert found.low == 0
    assert found.high == 1


def test_one_observation_tells_no_interval() -> None:
    found = estimate(INDICATORS["aht"], Tally(1, 240, 57_600))
    assert (found.value, found.low, found.high) == (240, None, None)


def test_answers_that_are_all_the_same_are_not_known_for_certain() -> None:
    # Two promoters: Wilson's interval of 2 of 2 begins at 0.34238, so up to 0.65762 of all may be detractors: 100 - 200 * 0.65762.
    found = estimate(INDICATORS["nps"], Tally(2, 2, 2))
    assert (found.value, found.low, found.high) == pytest.approx((100, -31.524, 100), abs=1e-2)
    # Ten answers of 4 of 7: from 0.72247 on, 0.27753 at either end.
    found = estimate(INDICATORS["ces"], Tally(10, 40, 160))
    assert (found.value, found.low, found.high) == pytest.approx((4, 3.16741, 4.83259), abs=1e-3)
    # Times have no greatest value.
    found = estimate(INDICATORS["hold_time"], Tally(3, 0.3, 3 * 0.1 * 0.1))
    assert (found.value, found.low, found.high) == (pytest.approx(0.1), None, None)


def test_promoters_less_detractors() -> None:
    # Six promoters, one passive, three detractors: 60 % - 30 % = 30 points.
    found = estimate(INDICATORS["nps"], Tally(10, 6 - 3, 6 + 3))
    assert found.value == 30
    assert found.low is not None
    assert found.low < 0 < 30 < 100 * 1.0
    assert found.high is not None
    assert found.high <= 100


def test_a_median_of_a_few_has_no_interval() -> None:
    assert INDICATORS["first_response"].figure is FigureKind.MEDIAN
    few, many = (estimate(INDICATORS["first_response"], Tally(n, middle=30, low=10, high=50)) for n in (5, 6))
    assert (few.value, few.low, few.high) == (30, None, None)
    assert (many.value, many.low, many.high) == (30, 10, 50)
