"""Cells: durations, moments, numbers and flags as people and systems write them."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from qa_service.channels.records import cells
from qa_service.channels.records.cells import DateOrder
from qa_service.errors import TableError

TEHRAN = ZoneInfo("Asia/Tehran")
DAY = 86_400.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("95", 95),
        ("95.5", 95.5),
        ("0", 0),
        ("1:35", 95),
        ("75:20", 4520),
        ("0:01:35", 95),
        ("00:01:35.250", 95.25),
        ("1:00:00", 3600),
        ("PT1M35S", 95),
        ("P1DT1H", 90_000),
        ("1m 35s", 95),
        ("2h", 7200),
        ("35 sec", 35),
        ("1h 5m", 3900),
        ("۱:۳۵", 95),
        ("٩٥", 95),
        ("۹۵٫۵", 95.5),
        (" 95 ", 95),
        ("1,234", 1234),
        ("12,5", 12.5),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert cells.duration(text, seconds_in=1.0, most=DAY * 366) == seconds


@pytest.mark.parametrize(("text", "unit", "seconds"), [("95000", 0.001, 95), ("1.5", 60, 90), ("1:35", 0.001, 95)])
def test_the_unit_of_a_column_counts_for_bare_numbers_alone(text: str, unit: float, seconds: float) -> None:
    assert cells.duration(text, seconds_in=unit, most=DAY) == seconds


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-5", "less than nothing"),
        ("-1:30", "less than nothing"),
        ("−5", "less than nothing"),
        ("soon", "no duration"),
        ("1:75:20", "no duration"),
        ("3:75", "no duration"),
        ("1:2:3:4", "no duration"),
        ("99999999", "longer than 1 days"),
        ("1e9", "no duration"),
        ("5 apples", "no duration"),
        ("..", "no number"),
        ("9" * 40, "no number"),
    ],
)
def test_what_is_no_duration(text: str, message: str) -> None:
    with pytest.raises(TableError, match=message):
        cells.duration(text, seconds_in=1.0, most=DAY)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2026-11-22T14:05:09Z", "2026-11-22T14:05:09"),
        ("2026-11-22T14:05:09+03:30", "2026-11-22T10:35:09"),
        ("2026-11-22 14:05:09", "2026-11-22T10:35:09"),
        ("2026-11-22 14:05", "2026-11-22T10:35:00"),
        ("2026-11-22", "2026-11-21T20:30:00"),
        ("2026/11/22 14:05:09.250", "2026-11-22T10:35:09.250000"),
        ("22/11/2026 14:05:09", "2026-11-22T10:35:09"),
        ("11/22/2026 2:05:09 PM", "2026-11-22T10:35:09"),
        ("22.11.2026 14:05", "2026-11-22T10:35:00"),
        ("1405/09/01 14:05:09", "2026-11-22T10:35:09"),
        ("۱۴۰۵/۰۹/۰۱ ۱۴:۰۵:۰۹", "2026-11-22T10:35:09"),
        ("٢٠٢٦-١١-٢٢ ١٤:٠٥", "2026-11-22T10:35:00"),
        ("1795343709", "2026-11-22T10:35:09"),
        ("1795343709000", "2026-11-22T10:35:09"),
        ("2026-11-22 12:05 AM", "2026-11-21T20:35:00"),
        ("2026-11-22T14:05:09 -0500", "2026-11-22T19:05:09"),
        ("2026-11-22 14:05:09 UTC", "2026-11-22T14:05:09"),
        ("03/03/2026 10:00", "2026-03-03T06:30:00"),
    ],
)
def test_moments(text: str, told: str) -> None:
    assert cells.moment(text, zone=TEHRAN, order=None) == datetime.fromisoformat(told).replace(tzinfo=UTC)


@pytest.mark.parametrize(("order", "month"), [(DateOrder.DAY_FIRST, 4), (DateOrder.MONTH_FIRST, 3)])
def test_a_date_that_can_be_read_in_two_ways_is_asked_about(order: DateOrder, month: int) -> None:
    with pytest.raises(TableError, match="two days") as caught:
        cells.moment("03/04/2026 10:00", zone=UTC, order=None)
    assert caught.value.hint == "say which it is: day-first or month-first"
    assert cells.moment("03/04/2026 10:00", zone=UTC, order=order).month == month


@pytest.mark.parametrize(
    "text",
    ["yesterday", "2026-02-30", "2026-13-01", "31/02/2026", "2026-11-22 25:00", "2026-11-22 13:00 PM", "0000-01-01", "1405/13/01", "1"],
)
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(TableError):
        cells.moment(text, zone=UTC, order=None)


@pytest.mark.parametrize(
    ("text", "value"),
    [("4", 4), ("4.5", 4.5), ("4,5", 4.5), ("1,234.5", 1234.5), ("1,234", 1234), ("۴٫۵", 4.5), ("٤", 4), ("-3", -3), (".5", 0.5)],
)
def test_numbers(text: str, value: float) -> None:
    assert cells.number(text, least=-10_000, most=10_000) == value


@pytest.mark.parametrize("text", ["four", "", "1.2.3", "nan", "inf", "=1+1", "1,2,3", "-", "5%"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(TableError):
        cells.number(text, least=0, most=10)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("yes", True),
        ("No", False),
        ("TRUE", True),
        ("0", False),
        ("3", True),
        ("بله", True),
        ("خیر", False),
        ("نعم", True),
        ("لا", False),
        ("۰", False),
    ],
)
def test_flags(text: str, value: bool) -> None:
    assert cells.flag(text) is value


def test_what_is_neither_yes_nor_no() -> None:
    with pytest.raises(TableError, match="neither yes nor no"):
        cells.flag("perhaps")


@pytest.mark.parametrize(("text", "nothing"), [("", True), ("N/A", True), ("-", True), ("null", True), ("نامشخص", True), ("0", False)])
def test_nothing(text: str, nothing: bool) -> None:
    assert cells.is_nothing(text) is nothing
