"""Rows: the fields of one row as values, each fault with file, line and column; and the options of a file."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from qa_service.channels.identifiers import pseudonym
from qa_service.channels.records import cells
from qa_service.channels.records.cells import DateOrder
from qa_service.channels.records.columns import Column, Mapped, folded
from qa_service.channels.records.table import TableRow
from qa_service.domain.call_detail import CustomerFacts
from qa_service.domain.interaction import AgentRef, Channel, CustomerRef
from qa_service.errors import TableError

T = TypeVar("T")
_LONGEST = 200
#: What somebody can be reached by is no pseudonym: addresses, and numbers that are written as one dials them.
_ADDRESS = re.compile(r".*@.*|(\+|00?)[\d\s().-]{8,20}|(?=.*[ ().-])[\d\s().-]{9,20}")
#: Columns of numbers that are dialled, however they are written.
_DIALLED = frozenset(
    map(folded, ("ani", "caller", "caller id", "calling number", "from number", "src", "phone number", "شماره تماس گیرنده"))
)
_CHANNELS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (Channel.PHONE.value, ("voice", "call", "calls", "telephone", "telephony", "inbound call", "outbound call", "تلفن", "تماس", "هاتف")),
    (Channel.CHAT.value, ("webchat", "web chat", "live chat", "messaging", "message", "messenger", "چت", "گفتگو", "محادثة", "دردشة")),
    (Channel.EMAIL.value, ("e mail", "mail", "ایمیل", "بريد", "بريد إلكتروني")),
    (Channel.SOCIAL.value, ("social media", "whatsapp", "facebook", "instagram", "twitter", "x", "telegram", "sms")),
)
#: Fields that call details and surveys share, with their names in common exports.
SHARED: tuple[Column, ...] = (
    Column("agent", (
        "agent id", "agent", "agent username", "agent login", "user id", "user", "users", "username", "operator id", "operator", "advisor",
        "advisor id", "employee id", "کارشناس", "شناسه کارشناس", "اپراتور", "کد اپراتور", "معرف الموظف", "رقم الموظف", "الموظف",
    )),
    Column("agent_name", ("agent name", "user name", "operator name", "agent full name", "نام کارشناس", "نام اپراتور", "اسم الموظف")),
    Column("team", ("team", "agent team", "team name", "agent group", "group", "department", "تیم", "گروه", "الفريق", "القسم")),
    Column("queue", (
        "queue", "queue name", "skill", "skill name", "acd group", "vdn", "service", "campaign", "صف", "نام صف", "قائمة الانتظار",
        "الطابور",
    )),
    Column("customer", (
        "customer id", "customer", "client id", "account id", "account", "external contact id", "customer number", "ani", "caller",
        "caller id", "calling number", "from number", "src", "phone number", "شناسه مشتری", "مشتری", "شماره تماس گیرنده", "معرف العميل",
        "العميل",
    )),
    Column("channel", ("channel", "media type", "media", "contact type", "کانال", "القناة")),
    Column("loyalty_months", ("loyalty months", "loyalty", "tenure months", "tenure", "customer months", "سابقه مشتری", "مدة الاشتراك")),
    Column("value", ("value", "customer value", "lifetime value", "ltv", "clv", "revenue", "arpu", "ارزش مشتری", "قيمة العميل")),
    Column("churned", ("churned", "churn", "is churned", "attrition", "left", "ریزش", "ریزش کرده", "غادر")),
    Column("churned_at", ("churned at", "churn date", "left at", "cancellation date", "تاریخ ریزش", "تاريخ المغادرة")),
)  # fmt: skip


class RecordOptions(NamedTuple):
    """What a file does not tell of itself."""

    #: Zone of moments that do not tell theirs.
    zone: tzinfo = UTC
    #: Field to column, for columns that go by names of their own.
    columns: Mapping[str, str] = MappingProxyType({})
    #: Which of the first two numbers of a date is the day; ``None``: a date that can be read in two ways is a fault.
    dates: DateOrder | None = None
    #: Best answer of questions whose scale no column tells.
    csat_scale: int = 5
    ces_scale: int = 7
    #: Whether the greatest answer to the question of effort is the greatest effort.
    effort: bool = False
    #: Whether an empty time on hold or of wrap-up is 0; else it is unknown.
    empty_is_zero: bool = False


class Row:
    """The fields of a row; every fault is a :class:`TableError` with file, line and the name of the column."""

    def __init__(self, row: TableRow, fields: Mapping[str, Mapped], *, file: Path, options: RecordOptions) -> None:
        self.line = row.line
        self._cells = row.cells
        self._fields = fields
        self._file = file
        self._options = options

    def has(self, field: str) -> bool:
        """Whether the table has a column for it."""
        return field in self._fields

    def fault(self, message: str, *, field: str, hint: str | None = None) -> TableError:
        """What is wrong with a field."""
        column = self._fields[field].name if field in self._fields else field
        return TableError(message, file=self._file, line=self.line, field=column, hint=hint)

    def raw(self, field: str) -> str | None:
        """As it stands; ``None`` where it says nothing."""
        one = self._fields.get(field)
        told = None if one is None else self._cells.get(one.name)
        return None if told is None or cells.is_nothing(told) else told

    def text(self, field: str, *, longest: int = _LONGEST) -> str | None:
        """In one line; raises :class:`TableError` for one that is too long."""
        told = self.raw(field)
        if told is None:
            return None
        line = " ".join(re.sub(r"[\x00-\x1f\x7f]+", " ", told).split())
        if len(line) > longest:
            raise self.fault(f"{len(line)} characters are more than {longest}", field=field)
        return line or None

    def identifier(self, field: str) -> str | None:
        """An id; signs that no id may have become ``_``."""
        told = self.text(field)
        return None if told is None else re.sub(r"[/\\]", "_", told)

    def number(self, field: str, *, least: float, most: float) -> float | None:
        """A number within bounds."""
        return self._read(field, lambda told, _: cells.number(told, least=least, most=most))

    def whole(self, field: str, *, least: int, most: int) -> int | None:
        """A whole number within bounds."""
        found = self.number(field, least=least, most=most)
        if found is not None and found != int(found):
            raise self.fault(f"{found:g} is no whole number", field=field, hint=f"{least} to {most}")
        return None if found is None else int(found)

    def duration(self, field: str, *, most: float) -> float | None:
        """Seconds."""
        return self._read(field, lambda told, one: cells.duration(told, seconds_in=one.seconds_in, most=most))

    def flag(self, field: str) -> bool | None:
        """Yes or no."""
        return self._read(field, lambda told, _: cells.flag(told))

    def moment(self, field: str, *, day_in: str | None = None) -> datetime | None:
        """A moment in UTC; ``day_in``: the field that holds its day, where it tells the time alone."""
        day = None if day_in is None else self.raw(day_in)

        def read(told: str, one: Mapped) -> datetime:
            whole = told if day is None else f"{day} {told}"
            return cells.moment(whole, zone=UTC if one.utc else self._options.zone, order=self._options.dates)

        return self._read(field, read)

    def agent(self) -> AgentRef | None:
        """The agent; the name stands for the id where no column tells that."""
        name = self.text("agent_name")
        identifier = self.identifier("agent") or (None if self.has("agent") or name is None else re.sub(r"[/\\]", "_", name))
        return None if identifier is None else AgentRef(id=identifier, name=name, team=self.text("team"))

    def customer(self) -> CustomerRef | None:
        """The customer: a phone number or an address becomes the pseudonym that e-mails give it, too."""
        told = self.identifier("customer")
        if told is None or told.casefold() in ("anonymous", "unknown", "private", "restricted"):
            return None
        plain = cells.plain(told)
        dialled = folded(self._fields["customer"].name) in _DIALLED and re.search(r"\d{3}", plain) is not None
        if not dialled and _ADDRESS.fullmatch(plain) is None:
            return CustomerRef(id=told)
        return CustomerRef(id=pseudonym(plain if "@" in plain else re.sub(r"[\s().-]", "", plain)))

    def channel(self) -> Channel | None:
        """The channel; raises :class:`TableError` for a word that names none."""
        told = self.text("channel")
        found = None if told is None else cells.one_of(told, _CHANNELS)
        if told is not None and found is None:
            raise self.fault(f"{told[:40]!r} is no channel", field="channel", hint=f"one of: {', '.join(Channel)}")
        return None if found is None else Channel(found)

    def facts(self) -> CustomerFacts:
        """What the source knows of the customer."""
        churned_at, churned = self.moment("churned_at"), self.flag("churned")
        if churned_at is not None and churned is False:
            raise self.fault("tells when the customer left, who has not", field="churned_at")
        return CustomerFacts(
            loyalty_months=self.number("loyalty_months", least=0, most=2400), value=self.number("value", least=-1e12, most=1e12),
            churned=True if churned_at is not None else churned, churned_at=churned_at,
        )

    def _read(self, field: str, read: Callable[[str, Mapped], T]) -> T | None:
        told = self.raw(field)
        if told is None:
            return None
        try:
            return read(told, self._fields[field])
        except TableError as error:
            raise self.fault(error.message, field=field, hint=error.hint) from error


def sha256(content: str) -> str:
    """Of what a row says, hex."""
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()
