"""The Solar Hijri calendar of Iran: the Gregorian day of a day and month, the next time they come round, and back."""

from __future__ import annotations

from datetime import date, timedelta

#: The first day of a known year; leap years follow the cycle of 33 years (exact from 1244 to 1500 S.H., Gregorian 1865 to 2121).
_KNOWN_YEAR, _KNOWN_DAY = 1400, date(2021, 3, 21)
_CYCLE, _LONG_MONTHS = 33, 6


def is_leap(year: int) -> bool:
    """Whether Esfand has 30 days."""
    return (year * 8 + 29) % _CYCLE < 8


def gregorian(year: int, month: int, day: int) -> date:
    """The Gregorian day; raises ``ValueError`` for a day that the calendar does not have."""
    if not (1 <= month <= 12 and 1 <= day <= _length(year, month)):
        raise ValueError(f"{year}/{month}/{day} is no day of the Solar Hijri calendar")
    return new_year(year) + timedelta(days=sum(_length(year, one) for one in range(1, month)) + day - 1)


def solar(day: date) -> tuple[int, int, int]:
    """Year, month and day of a Gregorian day."""
    year = day.year - 621 if day >= new_year(day.year - 621) else day.year - 622
    month, left = 1, (day - new_year(year)).days
    while left >= _length(year, month):
        left -= _length(year, month)
        month += 1
    return year, month, left + 1


def new_year(year: int) -> date:
    """The first of Farvardin."""
    first, last = sorted((year, _KNOWN_YEAR))
    days = sum(365 + is_leap(one) for one in range(first, last))
    return _KNOWN_DAY + timedelta(days=days if year >= _KNOWN_YEAR else -days)


def next_solar_date(today: date, month: int, day: int) -> date | None:
    """The next time, today included, that the day and month come round; ``None`` where there is no such day."""
    first = today.year - 622
    years = (year for year in range(first, first + 8) if 1 <= month <= 12 and 1 <= day <= _length(year, month))
    return next((found for year in years if (found := gregorian(year, month, day)) >= today), None)


def _length(year: int, month: int) -> int:
    return 31 if month <= _LONG_MONTHS else 30 if month < 12 or is_leap(year) else 29
