"""Report schedules: which periods are due, and what cannot be one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qa_service.domain.period import PeriodKind
from qa_service.domain.report import ReportKind
from qa_service.domain.report_order import ReportWanted
from qa_service.domain.report_schedule import CATCH_UP, ReportSchedule
from qa_service.errors import InputError

AT = datetime(2026, 3, 10, 12, tzinfo=UTC)


def schedule(kind: ReportKind = ReportKind.TEAM, subject: str | None = "billing", **changes: Any) -> ReportSchedule:
    told = {"period": PeriodKind.MONTH, "wait_hours": 6, "active_since": AT, **changes}
    wanted = told.pop("wanted", None) or ReportWanted(kind=kind, subject=subject)
    return ReportSchedule(id="s1", name="x", wanted=wanted, owner="lea", created_at=AT, **told)


def names(one: ReportSchedule, now: datetime, zone: str = "UTC") -> list[str]:
    return [period.name for period in one.due(now, zone=ZoneInfo(zone))]


def test_a_period_is_due_once_it_is_over_and_late_ones_were_waited_for() -> None:
    one = schedule()
    assert names(one, datetime(2026, 4, 1, 5, tzinfo=UTC)) == []
    assert names(one, datetime(2026, 4, 1, 6, tzinfo=UTC)) == ["2026-03"]
    assert names(one.model_copy(update={"last_period": "2026-03"}), datetime(2026, 4, 20, tzinfo=UTC)) == []


def test_periods_end_where_the_service_lives() -> None:
    assert names(schedule(wait_hours=0), datetime(2026, 3, 31, 20, 30, tzinfo=UTC), "Asia/Tehran") == ["2026-03"]
    assert names(schedule(wait_hours=0), datetime(2026, 3, 31, 20, 29, tzinfo=UTC), "Asia/Tehran") == []


def test_what_was_missed_is_made_up_for_the_first_first_and_not_for_ever() -> None:
    late = AT + timedelta(days=300)
    assert names(schedule(), late) == ["2026-10", "2026-11", "2026-12"]
    assert len(names(schedule(period=PeriodKind.DAY), late)) == CATCH_UP
    assert names(schedule(period=PeriodKind.WEEK), AT) == [], "what ended before it was made is none of it"


def test_a_report_of_a_period_has_one_id() -> None:
    one = schedule()
    (march,) = one.due(datetime(2026, 4, 2, tzinfo=UTC), zone=UTC)
    assert one.report_of(march) == one.model_copy(update={"name": "y"}).report_of(march)
    assert one.report_of(march) != one.model_copy(update={"id": "s2"}).report_of(march)
    assert one.of(march).month == "2026-03"
    week = next(schedule(period=PeriodKind.WEEK).due(AT + timedelta(days=7), zone=UTC))
    wanted = schedule(period=PeriodKind.WEEK).of(week)
    assert (wanted.since, wanted.until, wanted.month) == (week.since, week.until, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": ReportKind.CALIBRATION, "subject": "c1"}, "wanted.kind"),
        ({"wanted": ReportWanted(kind=ReportKind.TEAM, subject="billing", month="2026-03")}, "wanted.month"),
        ({"wanted": ReportWanted(kind=ReportKind.TEAM, subject="billing", since=AT)}, "wanted.month"),
        ({"kind": ReportKind.MONTH, "subject": None, "period": PeriodKind.WEEK}, "period"),
    ],
)
def test_what_cannot_be_a_schedule(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as raised:
        schedule(**changes).check()
    assert raised.value.field == field
