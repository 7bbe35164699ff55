"""Periods by name and by moment, in zones with and without summer time."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qa_service.domain.period import Period, PeriodKind, last_over
from qa_service.errors import InputError

TEHRAN, BERLIN = ZoneInfo("Asia/Tehran"), ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "kind", "zone", "since", "until"),
    [
        ("2026-11-22", "day", UTC, "2026-11-22T00:00", "2026-11-23T00:00"),
        ("2026-11-22", "day", TEHRAN, "2026-11-21T20:30", "2026-11-22T20:30"),
        # The day on which clocks go forward has 23 hours.
        ("2026-03-29", "day", BERLIN, "2026-03-28T23:00", "2026-03-29T22:00"),
        ("2026-W47", "week", UTC, "2026-11-16T00:00", "2026-11-23T00:00"),
        # The first week of 2027 begins in 2027; that of 2026 begins in 2025.
        ("2026-W01", "week", UTC, "2025-12-29T00:00", "2026-01-05T00:00"),
        ("2026-W53", "week", UTC, "2026-12-28T00:00", "2027-01-04T00:00"),
        ("2026-02", "month", UTC, "2026-02-01T00:00", "2026-03-01T00:00"),
        ("2026-12", "month", TEHRAN, "2026-11-30T20:30", "2026-12-31T20:30"),
    ],
)
def test_a_named_period_has_its_bounds(name: str, kind: str, zone: ZoneInfo, since: str, until: str) -> None:
    found = Period.named(name, PeriodKind(kind), zone=zone)
    assert (found.since, found.until) == tuple(datetime.fromisoformat(f"{one}+00:00") for one in (since, until))
    assert found.name == name


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("2026-11", "day", "no day"), ("2026-11-31", "day", "no day '2026-11-31'"), ("2026-13-01", "day", "there is no day"),
        ("2025-W53", "week", "there is no week"), ("2026-W00", "week", "there is no week"), ("2026-47", "week", "is no week"),
        ("2026-00", "month", "there is no month"), ("0000-01", "month", "is no month"), ("2026-1", "month", "is no month"),
        ("", "day", "is no day"), ("٢٠٢٦-١١-٢٢", "day", "is no day"),
    ],
)
def test_what_is_no_period_is_refused_by_name(name: str, kind: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        Period.named(name, PeriodKind(kind), zone=UTC)
    assert message in caught.value.message
    assert caught.value.field == "period"
    assert "is written as" in str(caught.value.hint)


@given(
    moment=st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), kind=st.sampled_from(PeriodKind),
    zone=st.sampled_from([UTC, TEHRAN, BERLIN]),
)
def test_a_moment_lies_in_its_period_which_is_found_by_its_name(moment: datetime, kind: PeriodKind, zone: ZoneInfo) -> None:
    found = Period.of(moment, kind, zone=zone)
    assert found.since <= moment < found.until
    assert Period.named(found.name, kind, zone=zone) == found
    before = found.before(zone=zone)
    assert before.until == found.since
    assert last_over(moment, kind, zone=zone) == before
