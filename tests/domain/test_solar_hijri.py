"""The Solar Hijri calendar, against published correspondences."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from qa_service.domain.solar_hijri import gregorian, is_leap, new_year, next_solar_date, solar


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ((1357, 11, 22), date(1979, 2, 11)),
        ((1399, 12, 30), date(2021, 3, 20)),
        ((1400, 1, 1), date(2021, 3, 21)),
        ((1403, 12, 30), date(2025, 3, 20)),
        ((1405, 1, 1), date(2026, 3, 21)),
        ((1405, 9, 15), date(2026, 12, 6)),
    ],
)
def test_there_and_back(told: tuple[int, int, int], expected: date) -> None:
    assert gregorian(*told) == expected
    assert solar(expected) == told


def test_every_day_of_forty_years_comes_back() -> None:
    first = date(2001, 1, 1)
    for number in range(0, 40 * 366):
        day = first + timedelta(days=number)
        assert gregorian(*solar(day)) == day


def test_leap_years_are_those_of_the_calendar() -> None:
    assert [year for year in range(1387, 1425) if is_leap(year)] == [1387, 1391, 1395, 1399, 1403, 1408, 1412, 1416, 1420, 1424]


def test_years_follow_each_other() -> None:
    for year in range(1300, 1480):
        assert new_year(year + 1) - new_year(year) == timedelta(days=366 if is_leap(year) else 365)


@pytest.mark.parametrize("day", [(1404, 12, 30), (1405, 7, 31), (1405, 13, 1), (1405, 1, 0)])
def test_days_that_are_not_there(day: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="is no day"):
        gregorian(*day)


def test_next() -> None:
    today = date(2026, 12, 6)
    assert next_solar_date(today, 9, 15) == today
    assert next_solar_date(today, 9, 14) == date(2027, 12, 5)
    assert next_solar_date(today, 12, 30) == date(2030, 3, 20)
    assert next_solar_date(today, 12, 31) is None
