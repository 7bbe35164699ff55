"""Columns: fields found by the names of common exports, or as told."""

from __future__ import annotations

from pathlib import Path

import pytest

from qa_service.channels.records import call_details, surveys
from qa_service.channels.records.columns import mapped
from qa_service.errors import InputError, TableError

FILE = Path("a.csv")
#: Headers as the makers' own documentation gives them, and the fields that they must be read as.
EXPORTS = {
    "genesys": (
        "Conversation ID,Users,Queue,ANI,Direction,Media Type,Date,Wait,"
        "Total Talk (ms),Total Hold (ms),Total ACW (ms),Abandoned,Transferred",
        "id agent queue customer direction channel started_at wait_seconds talk_seconds hold_seconds wrap_seconds abandoned transferred",
    ),
    "connect": (
        "ContactId,Channel,InitiationMethod,InitiationTimestamp,ConnectedToAgentTimestamp,DisconnectTimestamp,AgentInteractionDuration,"
        "CustomerHoldDuration,AfterContactWorkDuration,QueueName,Agent Username",
        "id channel direction started_at answered_at ended_at talk_seconds hold_seconds wrap_seconds queue agent",
    ),
    "five9": (
        "CALL ID,DATE,TIME,AGENT,AGENT NAME,SKILL,DISPOSITION,QUEUE WAIT TIME,TALK TIME,HOLD TIME,"
        "AFTER CALL WORK TIME,HANDLE TIME,TRANSFERS",
        "id started_at start_clock agent agent_name queue outcome wait_seconds talk_seconds hold_seconds wrap_seconds handle_seconds "
        "transferred",
    ),
    "asterisk": ("uniqueid,calldate,src,billsec,disposition", "id started_at customer talk_seconds outcome"),
    "persian": (
        "شناسه تماس,زمان شروع,کارشناس,صف,شماره تماس گیرنده,وضعیت,زمان انتظار (ثانیه),مدت مکالمه",
        "id started_at agent queue customer outcome wait_seconds talk_seconds",
    ),
    "arabic": (
        "معرف المكالمة,وقت البدء,رقم الموظف,الطابور,الحالة,وقت الانتظار,وقت المحادثة,وقت التعليق",
        "id started_at agent queue outcome wait_seconds talk_seconds hold_seconds",
    ),
}


@pytest.mark.parametrize("name", EXPORTS)
def test_headers_of_common_exports(name: str) -> None:
    head, fields = EXPORTS[name]
    found = mapped(head.split(","), call_details.COLUMNS, told={}, file=FILE)
    assert {field: one.name for field, one in found.fields.items()} == dict(zip(fields.split(), head.split(","), strict=True))
    assert not found.unread


@pytest.mark.parametrize(
    ("head", "fields"),
    [
        (
            "Response ID,RecordedDate,Call ID,CSAT Score,NPS,CES,Issue Resolved,Comment",
            "id answered_at contact csat nps ease resolved comment",
        ),
        ("survey_id;submitted_at;contactId;satisfaction;would recommend;effort", "id answered_at contact csat nps ease"),
        ("شناسه پاسخ;تاریخ;شناسه تماس;رضایت;توصیه;نظر", "id answered_at contact csat nps comment"),
        ("التاريخ;معرف المكالمة;درجة الرضا;تم الحل;ملاحظات", "answered_at contact csat resolved comment"),
    ],
)
def test_headers_of_surveys(head: str, fields: str) -> None:
    names = head.split(";" if ";" in head else ",")
    found = mapped(names, surveys.COLUMNS, told={}, file=FILE)
    assert {field: one.name for field, one in found.fields.items()} == dict(zip(fields.split(), names, strict=True))


@pytest.mark.parametrize(
    ("column", "seconds"), [("Talk", 1), ("Talk (ms)", 0.001), ("talk_time_minutes", 60), ("Talk Time in seconds", 1), ("TalkTimeSec", 1)]
)
def test_units_in_names(column: str, seconds: float) -> None:
    assert mapped([column], call_details.COLUMNS, told={}, file=FILE).fields["talk_seconds"].seconds_in == seconds


def test_what_somebody_says_goes_first() -> None:
    found = mapped(["Talk", "Duration"], call_details.COLUMNS, told={"talk_seconds": "Duration"}, file=FILE)
    assert found.fields["talk_seconds"].name == "Duration"
    assert found.unread == ("Talk",)


def test_of_two_names_the_surer_one_is_read() -> None:
    found = mapped(["Date", "Start Time"], call_details.COLUMNS, told={}, file=FILE)
    assert (found.fields["started_at"].name, found.unread) == ("Start Time", ("Date",))


@pytest.mark.parametrize(
    ("told", "kind", "hint"),
    [({"talk": "Talk"}, InputError, "talk_seconds"), ({"talk_seconds": "Tlak"}, TableError, "known: Talk")],
)
def test_what_there_is_not(told: dict[str, str], kind: type[InputError], hint: str) -> None:
    with pytest.raises(kind) as caught:
        mapped(["Talk"], call_details.COLUMNS, told=told, file=FILE)
    assert hint in str(caught.value)


@pytest.mark.parametrize("columns", [call_details.COLUMNS, surveys.COLUMNS])
def test_no_name_stands_for_two_fields(columns: tuple[call_details.Column, ...]) -> None:
    from qa_service.channels.records.columns import folded

    names = [folded(name) for one in columns for name in {folded(alias) for alias in (*one.names, one.field)}]
    assert sorted(names) == sorted(set(names))
