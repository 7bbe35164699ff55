"""Report orders: what report somebody wants, and what has become of it."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.report import Digits, ReportFormat, ReportKind, ReportLanguage
from qa_service.errors import InputError

#: Kinds that are about somebody or something, which has to be named.
NAMED = (ReportKind.AGENT, ReportKind.TEAM, ReportKind.CALIBRATION)


class ReportWanted(Record):
    """What is to be told, and how."""

    #: What it is about.
    kind: ReportKind
    #: Id of the agent, name of the team, or id of the calibration session; nothing for the whole house.
    subject: str | None = Field(default=None, min_length=1, max_length=200)
    #: Contacts from then on; left out: from the first.
    since: AwareDatetime | None = None
    #: Contacts before then; left out: to the last.
    until: AwareDatetime | None = None
    #: A calendar month instead, in the time zone of the service: ``2026-11``, or of the Solar Hijri calendar: ``1405-08``.
    month: str | None = Field(default=None, min_length=1, max_length=20)
    #: What kind of file it becomes.
    format: ReportFormat = ReportFormat.HTML
    #: What language it is written in.
    language: ReportLanguage = ReportLanguage.EN
    #: What figures are written with.
    digits: Digits = Digits.LATIN

    def check(self) -> None:
        """Raises :class:`InputError` for a subject or period that the kind does not go with."""
        kind = self.kind.value
        if self.kind in NAMED and self.subject is None:
            raise InputError(f"a report of the kind {kind} is about somebody: name them", field="subject")
        if self.kind not in NAMED and self.subject is not None:
            raise InputError(f"a report of the kind {kind} is about the whole house", field="subject", hint="leave it out")
        if self.kind is ReportKind.MONTH and self.month is None:
            raise InputError("name the month", field="month", hint="it is written as 2026-11, or 1405-08 by the Solar Hijri calendar")
        if self.kind is ReportKind.CALIBRATION and (self.month or self.since or self.until):
            raise InputError("a calibration session has its own time", field="month", hint="leave the period out")
        if self.month is not None and (self.since is not None or self.until is not None):
            raise InputError("a month says from when to when", field="month", hint="leave out the one or the other")
        if self.since is not None and self.until is not None and self.until <= self.since:
            raise InputError("the period ends before it starts", field="until")


class ReportState(StrEnum):
    """How far it is."""

    #: Waits, or is being made.
    QUEUED = "queued"
    #: Can be fetched.
    READY = "ready"
    #: Could not be made; ``error`` says why.
    FAILED = "failed"


class StoredReport(Record):
    """A report that somebody asked for."""

    #: Id.
    id: str
    #: What was asked for.
    wanted: ReportWanted
    #: User id of whoever asked for it.
    owner: str
    #: How far it is.
    state: ReportState
    #: Why it could not be made.
    error: str | None = None
    #: Name to keep it under.
    file_name: str
    #: SHA-256 of the file, hexadecimal; null until it is ready.
    sha256: str | None = None
    #: Bytes of the file; null until it is ready.
    size: int | None = None
    #: When it was asked for.
    created_at: AwareDatetime
    #: When it was ready, or given up.
    done_at: AwareDatetime | None = None
    #: When it goes.
    expires_at: AwareDatetime
