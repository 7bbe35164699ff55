"""Survey answers as survey tools and help desks export them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import ValidationError

from qa_service.channels.records import cells
from qa_service.channels.records.call_details import missing_column
from qa_service.channels.records.columns import Column, Columns, Mapped, mapped
from qa_service.channels.records.row import SHARED, RecordOptions, Row, sha256
from qa_service.channels.records.table import TableRow, read_table
from qa_service.domain.survey_answer import SurveyAnswer, lowest
from qa_service.errors import TableError

#: Every field, with its names in common exports.
COLUMNS: tuple[Column, ...] = (
    Column("id", ("survey id", "response id", "answer id", "id", "شناسه پاسخ", "شناسه نظرسنجی", "معرف الاستبيان")),
    Column("contact", (
        "contact id", "call id", "interaction id", "conversation id", "interaction", "contact", "ticket id", "ticket", "شناسه تماس",
        "معرف المكالمة", "رقم المكالمة",
    )),
    Column("answered_at", (
        "answered at", "submitted at", "response date", "recorded date", "end date", "completed at", "date submitted", "submission date",
        "survey date", "timestamp", "date", "time", "created at", "تاریخ پاسخ", "تاریخ", "تاريخ الإجابة", "التاريخ",
    )),
    Column("contact_at", (
        "contact started at", "contact date", "call date", "call start", "started at", "start time", "زمان تماس", "وقت المكالمة",
    )),
    Column("csat", (
        "csat", "csat score", "satisfaction", "satisfaction score", "customer satisfaction", "overall satisfaction", "satisfaction rating",
        "rating", "رضایت", "امتیاز رضایت", "رضایت مشتری", "الرضا", "درجة الرضا", "رضا العميل",
    )),
    Column("csat_scale", ("csat scale", "scale", "satisfaction scale", "max score", "out of")),
    Column("nps", (
        "nps", "nps score", "net promoter score", "likelihood to recommend", "would recommend", "recommend", "recommendation", "توصیه",
        "احتمال توصیه", "التوصية",
    )),
    Column("ease", (
        "ces", "ces score", "customer effort score", "customer effort", "effort score", "effort", "ease", "ease score", "سهولت",
        "تلاش مشتری", "سهولة", "جهد العميل",
    )),
    Column("ease_scale", ("ces scale", "effort scale", "ease scale")),
    Column("resolved", (
        "resolved", "issue resolved", "problem resolved", "first contact resolution", "fcr", "was your issue resolved", "حل شد",
        "مشکل حل شد", "تم الحل", "هل تم حل المشكلة",
    )),
    Column("comment", (
        "comment", "comments", "verbatim", "feedback", "free text", "remarks", "open answer", "نظر", "توضیحات", "ملاحظات", "تعليق",
    )),
    Column("language", ("language", "survey language", "زبان", "اللغة")),
    *SHARED,
)  # fmt: skip
_ANSWERS = ("csat", "nps", "ease", "resolved", "comment")
_LANGUAGES = (
    ("en", ("english", "انگلیسی", "الإنجليزية")), ("fa", ("persian", "farsi", "فارسی", "الفارسية")), ("ar", ("arabic", "عربی", "العربية")),
)  # fmt: skip


class ReadSurveyAnswer(NamedTuple):
    """A good row."""

    #: Its comment is as it was written: it is masked before it is stored.
    answer: SurveyAnswer
    #: When the contact was that it is about, where the survey tells.
    contact_at: datetime | None
    line: int
    #: SHA-256 of what it says, hex.
    content_sha256: str


class SurveyFile(NamedTuple):
    """A file of survey answers that is just being read."""

    columns: Columns
    encoding: str
    delimiter: str
    #: In order; a faulty row as what is wrong with it.
    rows: Iterator[ReadSurveyAnswer | TableError]


def read_surveys(path: Path, *, options: RecordOptions) -> SurveyFile:
    """Rows as they are asked for; raises :class:`TableError` for a file without the columns that it takes, :class:`InputError` for
    ``options.columns`` that name no field."""
    table = read_table(path)
    columns = mapped(table.columns, COLUMNS, told=options.columns, file=path)
    if not any(field in columns.fields for field in (*_ANSWERS, "churned", "churned_at")):
        raise missing_column("csat", f"an answer ({', '.join(_ANSWERS)})", columns, file=path)
    if "answered_at" not in columns.fields and "contact_at" not in columns.fields:
        raise missing_column("answered_at", "the time of the answer", columns, file=path)
    rows = _rows(table.rows, columns.fields, file=path, options=options)
    return SurveyFile(columns, table.encoding, table.delimiter, rows)


def _rows(
    rows: Iterator[TableRow | TableError], fields: Mapping[str, Mapped], *, file: Path, options: RecordOptions
) -> Iterator[ReadSurveyAnswer | TableError]:
    seen: dict[str, int] = {}
    for row in rows:
        if isinstance(row, TableError):
            yield row
            continue
        try:
            yield _read(Row(row, fields, file=file, options=options), seen, options)
        except TableError as error:
            yield error


def _read(row: Row, seen: dict[str, int], options: RecordOptions) -> ReadSurveyAnswer:
    contact_at = row.moment("contact_at")
    answered_at = row.moment("answered_at") or contact_at
    if answered_at is None:
        raise row.fault("required, but missing", field="answered_at")
    if contact_at is not None and answered_at < contact_at:
        raise row.fault("the answer is older than its contact", field="answered_at")
    csat, csat_scale = _scaled(row, "csat", options.csat_scale)
    ease, ease_scale = _scaled(row, "ease", options.ces_scale)
    if ease is not None and options.effort:
        ease = lowest(ease_scale) + ease_scale - ease
    facts = row.facts()
    values: dict[str, Any] = {
        "contact": row.identifier("contact"), "channel": row.channel(), "answered_at": answered_at, "agent": row.agent(),
        "queue": row.text("queue"), "customer": row.customer(), "language": _language(row), "csat": csat,
        "csat_scale": None if csat is None else csat_scale, "nps": row.whole("nps", least=0, most=10), "ease": ease,
        "ease_scale": None if ease is None else ease_scale, "resolved": row.flag("resolved"), "comment": row.raw("comment"),
        "facts": facts,
    }
    if all(values[name] is None for name in _ANSWERS) and facts.churned is None:
        raise row.fault("answers nothing", field="csat", hint=f"at least one of: {', '.join(_ANSWERS)}")
    identifier = row.identifier("id")
    try:
        answer = SurveyAnswer.model_validate({**values, "id": identifier or "?"})
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise row.fault(str(first["msg"]), field=str(first["loc"][0]) if first["loc"] else "row") from error
    digest = sha256(f"{answer.model_dump_json()} {contact_at}")
    if identifier is None:
        # Rows without an id are told apart by what they say; two that say the same, by their order.
        seen[digest] = seen.get(digest, 0) + 1
        answer = answer.model_copy(update={"id": f"row-{sha256(f'{digest} {seen[digest]}')[:24]}"})
    return ReadSurveyAnswer(answer, contact_at, row.line, digest)


def _scaled(row: Row, field: str, scale: int) -> tuple[float | None, int]:
    """An answer and its scale: ``4``, or ``4/5``; raises :class:`TableError` for one that lies outside."""
    scale = row.whole(f"{field}_scale", least=2, most=100) or scale
    told = row.raw(field)
    if told is not None and cells.plain(told).count("/") == 1:
        told, _, best = cells.plain(told).partition("/")
        if best.strip().isdecimal() and 2 <= int(best.strip()[:4]) <= 100:
            scale = int(best)
        try:
            return cells.number(told, least=0, most=scale), scale
        except TableError as error:
            raise row.fault(error.message, field=field, hint=error.hint) from error
    option = "--csat-scale" if field == "csat" else "--ces-scale"
    found = row.number(field, least=-1e9, most=1e9)
    if found is not None and not 0 <= found <= scale:
        hint = f"another scale is told by a column {field}_scale, by {option}, or as 7/10"
        raise row.fault(f"{found:g} does not lie on the scale, {lowest(scale)} to {scale}", field=field, hint=hint)
    return found, scale


def _language(row: Row) -> str | None:
    told = row.text("language")
    if told is None:
        return None
    named = cells.one_of(told, _LANGUAGES)
    code = named or told[:2].casefold()
    if named is None and not (told.isascii() and told[:2].isalpha() and (len(told) == 2 or told[2] in "-_")):
        raise row.fault(f"{told[:40]!r} is no language", field="language", hint="en, fa, ar ...")
    return code
