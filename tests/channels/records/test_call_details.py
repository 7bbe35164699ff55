"""Call details: what a row gives, and what is wrong with one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from qa_service.channels.identifiers import pseudonym
from qa_service.channels.records.call_details import ReadCallDetail, read_call_details
from qa_service.channels.records.row import RecordOptions
from qa_service.domain.call_detail import CallDetail, ContactOutcome
from qa_service.domain.interaction import Channel, Direction
from qa_service.errors import TableError

AT = datetime(2026, 11, 22, 10, 35, 9, tzinfo=UTC)


def read(tmp_path: Path, text: str, **options: Any) -> list[ReadCallDetail | TableError]:
    path = tmp_path / "calls.csv"
    path.write_text(text, encoding="utf-8")
    return list(read_call_details(path, options=RecordOptions(**options)).rows)


def one(tmp_path: Path, header: str, row: str, **options: Any) -> CallDetail:
    (found,) = read(tmp_path, f"{header}\n{row}\n", **options)
    assert isinstance(found, ReadCallDetail), found
    return found.detail


def fault(tmp_path: Path, header: str, row: str, **options: Any) -> TableError:
    (found,) = read(tmp_path, f"{header}\n{row}\n", **options)
    assert isinstance(found, TableError), found
    return found


def test_a_whole_row(tmp_path: Path) -> None:
    header = "Call ID,Start Time,Agent ID,Agent Name,Team,Queue,Customer ID,Outcome,Wait,Talk,Hold,ACW,Transferred,Tenure,Value,Churned"
    found = one(
        tmp_path,
        header,
        "c-1,2026-11-22 14:05:09,a17,Sara,billing,قبض,k-88,Answered,42,0:03:20,۱۲,30,no,18,120.5,yes",
        zone=ZoneInfo("Asia/Tehran"),
    )
    assert (found.id, found.contact, found.started_at, found.queue) == ("c-1", "c-1", AT, "قبض")
    assert found.agent is not None
    assert found.agent.model_dump() == {"id": "a17", "name": "Sara", "team": "billing"}
    assert found.customer is not None
    assert found.customer.id == "k-88"
    assert (found.outcome, found.wait_seconds, found.talk_seconds, found.hold_seconds, found.wrap_seconds, found.handle_seconds) == (
        ContactOutcome.ANSWERED,
        42,
        200,
        12,
        30,
        242,
    )
    assert (found.transferred, found.facts.loyalty_months, found.facts.value, found.facts.churned) == (False, 18, 120.5, True)
    assert (found.channel, found.direction) == (Channel.PHONE, Direction.INBOUND)


def test_what_is_not_told_is_not_zero(tmp_path: Path) -> None:
    found = one(tmp_path, "id,start,outcome,talk,hold,acw", "c-1,2026-11-22T10:35:09Z,answered,200,,30")
    assert (found.hold_seconds, found.handle_seconds, found.transferred, found.wait_seconds) == (None, None, None, None)
    found = one(tmp_path, "id,start,outcome,talk,hold,acw", "c-1,2026-11-22T10:35:09Z,answered,200,,30", empty_is_zero=True)
    assert (found.hold_seconds, found.handle_seconds) == (0, 230)


@pytest.mark.parametrize(
    ("header", "row", "outcome", "wait"),
    [
        ("outcome,wait", "NO ANSWER,40", ContactOutcome.ABANDONED, 40),
        ("disposition,wait", "ANSWERED,4", ContactOutcome.ANSWERED, 4),
        ("abandoned,wait", "1,40", ContactOutcome.ABANDONED, 40),
        ("abandoned,wait", "0,40", ContactOutcome.ANSWERED, 40),
        ("talk,wait", "12,3", ContactOutcome.ANSWERED, 3),
        ("wait,queue", "3,q", None, 3),
        ("status", "voicemail", ContactOutcome.OTHER, None),
        ("disposition,talk", "Sale,30", ContactOutcome.ANSWERED, None),
        ("answered at", "2026-11-22T10:35:49Z", ContactOutcome.ANSWERED, 40),
        ("abandoned,end", "yes,2026-11-22T10:36:09Z", ContactOutcome.ABANDONED, 60),
        ("answered", "no", ContactOutcome.ABANDONED, None),
        ("وضعیت", "رها شده", ContactOutcome.ABANDONED, None),
        ("الحالة", "تم الرد", ContactOutcome.ANSWERED, None),
    ],
)
def test_outcomes_and_waits(tmp_path: Path, header: str, row: str, outcome: ContactOutcome | None, wait: float | None) -> None:
    found = one(tmp_path, f"id,started at,{header}", f"c-1,2026-11-22T10:35:09Z,{row}")
    assert (found.outcome, found.wait_seconds) == (outcome, wait)


@pytest.mark.parametrize(
    ("header", "row", "field", "message"),
    [
        ("talk", "-5", "talk", "less than nothing"),
        ("Talk Time", "soon", "Talk Time", "no duration"),
        ("channel", "pigeon", "channel", "no channel"),
        ("end", "2026-11-22T10:00:00Z", "end", "ends before it starts"),
        ("answered at", "2026-11-22T10:00:00Z", "answered at", "before it starts"),
        ("abandoned,answered", "yes,yes", "abandoned", "both answered and abandoned"),
        ("transferred", "maybe", "transferred", "neither yes nor no"),
        ("churned,churn date", "no,2026-01-01", "churn date", "who has not"),
        ("tenure", "-3", "tenure", "out of bounds"),
        ("queue", "q" * 300, "queue", "more than 200"),
        ("customer", "k" * 300, "customer", "more than 200"),
        ("value", "1e99", "value", "no number"),
    ],
)
def test_what_is_wrong_is_told_by_column(tmp_path: Path, header: str, row: str, field: str, message: str) -> None:
    error = fault(tmp_path, f"id,started at,{header}", f"c-1,2026-11-22T10:35:09Z,{row}")
    assert (error.line, error.field) == (2, field)
    assert message in error.message
    assert error.file is not None
    assert error.file.endswith("calls.csv")


@pytest.mark.parametrize(("start", "message"), [("", "required"), ("03/04/2026", "two days"), ("noon", "no date")])
def test_a_row_needs_its_start(tmp_path: Path, start: str, message: str) -> None:
    error = fault(tmp_path, "id,Start Time", f"c-1,{start}")
    assert error.field == "Start Time"
    assert message in error.message


def test_a_table_needs_a_start(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="no column holds the time") as caught:
        read(tmp_path, "id,when it began\nc-1,2026-11-22\n")
    assert caught.value.hint is not None
    assert "'when it began'" in caught.value.hint
    (found,) = read(tmp_path, "id,when it began\nc-1,2026-11-22\n", columns={"started_at": "when it began"})
    assert isinstance(found, ReadCallDetail)


@pytest.mark.parametrize(
    ("column", "customer", "kept"),
    [
        ("customer", "k-88", "k-88"),
        ("customer", "12345678", "12345678"),
        ("customer", "+98 912 123 4567", pseudonym("+989121234567")),
        ("customer", "09121234567", pseudonym("09121234567")),
        ("customer", "Sara@Example.org", pseudonym("sara@example.org")),
        ("ANI", "5551234567", pseudonym("5551234567")),
        ("ANI", "anonymous", None),
        ("customer", "۰۹۱۲۱۲۳۴۵۶۷", pseudonym("09121234567")),
    ],
)
def test_nobody_can_be_called_by_what_is_kept(tmp_path: Path, column: str, customer: str, kept: str | None) -> None:
    found = one(tmp_path, f"id,started at,{column}", f"c-1,2026-11-22T10:35:09Z,{customer}")
    assert (found.customer and found.customer.id) == kept


def test_a_day_and_a_time_in_two_columns(tmp_path: Path) -> None:
    assert one(tmp_path, "CALL ID,DATE,TIME", "1,2026-11-22,10:35:09").started_at == AT


def test_the_zone_of_a_column_goes_before_that_of_the_settings(tmp_path: Path) -> None:
    assert one(tmp_path, "id,Start Time (UTC)", "1,2026-11-22 10:35:09", zone=ZoneInfo("Asia/Tehran")).started_at == AT
    assert one(tmp_path, "id,Start Time", "1,2026-11-22 10:35:09", zone=ZoneInfo("Asia/Tehran")).started_at == AT - timedelta(hours=3.5)


def test_rows_without_an_id_keep_theirs(tmp_path: Path) -> None:
    text = "started at,queue\n2026-11-22T10:35:09Z,a\n2026-11-22T10:35:09Z,a\n2026-11-22T10:35:09Z,b\n"
    ids = [found.detail.id for found in read(tmp_path, text) if isinstance(found, ReadCallDetail)]
    assert len(set(ids)) == 3
    assert ids == [found.detail.id for found in read(tmp_path, text) if isinstance(found, ReadCallDetail)]
