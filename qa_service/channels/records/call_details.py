"""Call details as telephony, contact centres and help desks export them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from qa_service.channels.records import cells
from qa_service.channels.records.columns import Column, Columns, Mapped, mapped
from qa_service.channels.records.row import SHARED, RecordOptions, Row, sha256
from qa_service.channels.records.table import TableRow, read_table
from qa_service.domain.call_detail import LONGEST, CallDetail, ContactOutcome
from qa_service.domain.interaction import Channel, Direction
from qa_service.errors import TableError

#: Every field, with its names in common exports (Genesys Cloud, Amazon Connect, Five9, Avaya, Asterisk, help desks).
COLUMNS: tuple[Column, ...] = (
    Column("id", (
        "id", "call id", "contact id", "conversation id", "unique id", "uniqueid", "ucid", "session id", "call identifier", "ticket id",
        "interaction id", "شناسه تماس", "شناسه", "معرف المكالمة", "رقم المكالمة",
    )),
    Column("contact", ("recording id", "recording", "interaction", "شناسه ضبط", "معرف التسجيل")),
    Column("started_at", (
        "started at", "start time", "start", "start timestamp", "initiation timestamp", "conversation start", "call start",
        "call start time", "queued at", "enqueue timestamp", "offered at", "calldate", "call date", "date time", "datetime", "timestamp",
        "date", "created at",
        "زمان شروع", "تاریخ و ساعت", "تاریخ", "وقت البدء", "وقت البداية", "تاريخ المكالمة", "التاريخ",
    )),
    Column("start_clock", ("time", "time of day", "ساعت", "الوقت")),
    Column("answered_at", (
        "answered at", "answer time", "answered time", "answer timestamp", "connected at", "connect time", "connected to agent timestamp",
        "زمان پاسخ", "وقت الرد",
    )),
    Column("ended_at", (
        "ended at", "end time", "end", "end timestamp", "disconnect timestamp", "disconnect time", "conversation end", "hangup time",
        "زمان پایان", "وقت الانتهاء", "وقت النهاية",
    )),
    Column("direction", (
        "direction", "originating direction", "initiation method", "call direction", "call type", "جهت", "نوع تماس", "الاتجاه",
        "اتجاه المكالمة",
    )),
    Column("outcome", (
        "outcome", "call outcome", "call status", "status", "disposition", "call result", "result", "وضعیت", "نتیجه", "الحالة",
    )),
    Column("abandoned", ("abandoned", "is abandoned", "abandon", "رها شده", "متروكة")),
    Column("answered", ("answered", "is answered", "handled", "پاسخ داده شده", "تم الرد")),
    Column("wait_seconds", (
        "wait time", "wait", "waiting time", "queue wait time", "queue time", "time in queue", "queue duration", "speed of answer",
        "total wait", "زمان انتظار", "مدت انتظار", "وقت الانتظار", "مدة الانتظار",
    )),
    Column("talk_seconds", (
        "talk time", "talk", "talk duration", "total talk", "billsec", "agent interaction duration", "conversation time", "زمان مکالمه",
        "مدت مکالمه", "وقت المحادثة", "مدة المكالمة",
    )),
    Column("hold_seconds", (
        "hold time", "hold", "hold duration", "total hold", "customer hold duration", "مدت هولد", "زمان هولد", "زمان نگهداری",
        "مدت نگهداری", "وقت التعليق",
    )),
    Column("wrap_seconds", (
        "wrap time", "wrap", "wrap up", "wrap up time", "wrapup", "wrapup time", "acw", "acw time", "total acw", "after call work",
        "after call work time", "after call work duration", "after contact work duration", "after contact work time",
        "زمان کار پس از تماس", "کار پس از تماس", "وقت العمل بعد المكالمة", "العمل بعد المكالمة",
    )),
    Column("handle_seconds", (
        "handle time", "handle", "total handle", "handling time", "handle duration", "aht", "زمان رسیدگی", "وقت المعالجة",
    )),
    Column("first_response_seconds", (
        "first response time", "first response", "first reply time", "first reply", "frt", "زمان نخستین پاسخ", "وقت الرد الأول",
    )),
    Column("transferred", (
        "transferred", "is transferred", "transfer", "transfers", "transfer count", "number of transfers", "منتقل شده", "انتقال",
        "تم التحويل", "تحويل",
    )),
    Column("audio", (
        "recording url", "recording link", "recording path", "recording file", "recordingfile", "recording address", "recording location",
        "audio url", "audio file", "audio path", "call recording", "file path", "file name", "filename", "file", "url", "نشانی ضبط",
        "لینک ضبط", "فایل ضبط", "مسیر فایل", "رابط التسجيل", "ملف التسجيل", "مسار التسجيل", "مسار الملف",
    )),
    *SHARED,
)  # fmt: skip
_OUTCOMES: tuple[tuple[str, tuple[str, ...]], ...] = (
    (ContactOutcome.ANSWERED.value, (
        "answer", "completed", "complete", "completecaller", "completeagent", "handled", "connected", "served", "accepted", "success",
        "transferred", "پاسخ داده شده", "پاسخ داده شد", "تم الرد", "مجابة",
    )),
    (ContactOutcome.ABANDONED.value, (
        "abandon", "no answer", "missed", "unanswered", "not answered", "lost", "رها شده", "بی پاسخ", "بی‌پاسخ", "متروكة", "فائتة",
        "لم يتم الرد",
    )),
    (ContactOutcome.OTHER.value, (
        "busy", "failed", "failure", "congestion", "chanunavail", "voicemail", "voice mail", "blocked", "overflow", "redirected",
        "rejected", "cancelled", "canceled", "callback", "machine", "اشغال", "مشغول",
    )),
)  # fmt: skip
_DIRECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (Direction.OUTBOUND.value, ("out", "outgoing", "outbound call", "callback", "dialer", "manual", "خروجی", "صادرة")),
    (Direction.INBOUND.value, ("in", "incoming", "inbound call", "ورودی", "واردة")),
)
_SECONDS = ("wait_seconds", "talk_seconds", "hold_seconds", "wrap_seconds", "handle_seconds", "first_response_seconds")


class ReadCallDetail(NamedTuple):
    """A good row."""

    detail: CallDetail
    line: int
    #: SHA-256 of what it says, hex.
    content_sha256: str
    #: Address or path of its recording, as it stands there.
    audio: str | None = None


class CallDetailFile(NamedTuple):
    """A file of call details that is just being read."""

    columns: Columns
    encoding: str
    delimiter: str
    #: In order; a faulty row as what is wrong with it.
    rows: Iterator[ReadCallDetail | TableError]


def read_call_details(path: Path, *, options: RecordOptions) -> CallDetailFile:
    """Rows as they are asked for; raises :class:`TableError` for a file without the columns that it takes, :class:`InputError` for
    ``options.columns`` that name no field."""
    table = read_table(path)
    columns = mapped(table.columns, COLUMNS, told=options.columns, file=path)
    if "started_at" not in columns.fields:
        raise missing_column("started_at", "the time that the contact came in", columns, file=path)
    rows = _rows(table.rows, columns.fields, file=path, options=options)
    return CallDetailFile(columns, table.encoding, table.delimiter, rows)


def missing_column(field: str, what: str, columns: Columns, *, file: Path) -> TableError:
    """That a table lacks a column that it cannot do without."""
    shown = ", ".join(repr(name[:40]) for name in columns.unread[:8]) or "no other columns"
    hint = f"this is read as {field}: name the column, as in --column {field}=NAME; not read so far: {shown}"
    return TableError(f"no column holds {what}", file=file, line=1, field=field, hint=hint)


def _rows(
    rows: Iterator[TableRow | TableError], fields: Mapping[str, Mapped], *, file: Path, options: RecordOptions
) -> Iterator[ReadCallDetail | TableError]:
    seen: dict[str, int] = {}
    for row in rows:
        if isinstance(row, TableError):
            yield row
            continue
        try:
            yield _read(Row(row, fields, file=file, options=options), seen, options)
        except TableError as error:
            yield error


def _read(row: Row, seen: dict[str, int], options: RecordOptions) -> ReadCallDetail:
    times = {name: row.duration(name, most=LONGEST) for name in _SECONDS}
    started = row.moment("start_clock", day_in="started_at") if row.raw("start_clock") else row.moment("started_at")
    if started is None:
        raise row.fault("required, but missing", field="started_at")
    answered, ended = row.moment("answered_at"), row.moment("ended_at")
    _in_order(row, started, answered, ended)
    agent, outcome, transferred = row.agent(), _outcome(row, answered, times), row.flag("transferred")
    if options.empty_is_zero and outcome is ContactOutcome.ANSWERED:
        times |= {name: 0.0 for name in ("hold_seconds", "wrap_seconds") if times[name] is None and row.has(name)}
    values: dict[str, Any] = {
        "channel": row.channel() or Channel.PHONE, "direction": _direction(row), "started_at": started, "ended_at": ended, "agent": agent,
        "queue": row.text("queue"), "customer": row.customer(), "outcome": outcome, "transferred": transferred, "facts": row.facts(),
        **_worked_out(times, started, answered, ended, outcome),
    }
    identifier = row.identifier("id")
    try:
        detail = CallDetail.model_validate({**values, "id": identifier or "?", "contact": row.identifier("contact") or identifier or "?"})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise row.fault(str(first["msg"]), field=str(first["loc"][0]) if first["loc"] else "row") from error
    digest = sha256(detail.model_dump_json())
    if identifier is None:
        # Rows without an id are told apart by what they say; two that say the same, by their order.
        seen[digest] = seen.get(digest, 0) + 1
        made = f"row-{sha256(f'{digest} {seen[digest]}')[:24]}"
        detail = detail.model_copy(update={"id": made, "contact": row.identifier("contact") or made})
    return ReadCallDetail(detail, row.line, digest, row.raw("audio"))


def _in_order(row: Row, started: datetime, answered: datetime | None, ended: datetime | None) -> None:
    for field, moment, before in (("answered_at", answered, started), ("ended_at", ended, answered or started)):
        if moment is not None and moment < before:
            told = f"{moment:%Y-%m-%d %H:%M:%S} lies before {before:%Y-%m-%d %H:%M:%S} (UTC)"
            raise row.fault(f"the contact {'ends' if field == 'ended_at' else 'is answered'} before it starts: {told}", field=field)


def _outcome(row: Row, answered: datetime | None, times: Mapping[str, float | None]) -> ContactOutcome | None:
    """As the source tells, else as the times do: who talked, or was handled, was answered."""
    abandoned, taken = row.flag("abandoned"), row.flag("answered")
    if abandoned and taken:
        raise row.fault("both answered and abandoned", field="abandoned")
    told = row.text("outcome")
    word = None if told is None else cells.one_of(told, _OUTCOMES)
    if word is not None:
        return ContactOutcome(word)
    if abandoned:
        return ContactOutcome.ABANDONED
    if taken or abandoned is False or answered is not None or times["talk_seconds"] or times["handle_seconds"]:
        return ContactOutcome.ANSWERED
    return ContactOutcome.ABANDONED if taken is False else None


def _direction(row: Row) -> Direction:
    told = row.text("direction")
    word = None if told is None else cells.one_of(told, _DIRECTIONS)
    return Direction.INBOUND if word is None else Direction(word)


def _worked_out(
    times: Mapping[str, float | None], started: datetime, answered: datetime | None, ended: datetime | None, outcome: ContactOutcome | None
) -> dict[str, float | None]:
    """Times that follow from others."""
    found = dict(times)
    if found["wait_seconds"] is None and answered is not None:
        found["wait_seconds"] = (answered - started).total_seconds()
    if found["wait_seconds"] is None and outcome is ContactOutcome.ABANDONED and ended is not None:
        found["wait_seconds"] = (ended - started).total_seconds()
    parts = [found[name] for name in ("talk_seconds", "hold_seconds", "wrap_seconds")]
    if found["handle_seconds"] is None and None not in parts:
        found["handle_seconds"] = sum(one for one in parts if one is not None)
    return found
