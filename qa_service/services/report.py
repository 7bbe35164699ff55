"""Reports: asked for, made by the workflow engine, fetched by who asked or leads, and gone after their time."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from datetime import timedelta
from typing import NamedTuple

from qa_service.domain.permission import SYSTEM, Actor, Right
from qa_service.domain.report import Report, ReportKind
from qa_service.domain.report_order import NAMED, ReportState, ReportWanted, StoredReport
from qa_service.errors import ConflictError, NotFoundError, QaError
from qa_service.rendering.formats import FORMATS
from qa_service.rendering.locale import Locale
from qa_service.services.clock import Clock
from qa_service.services.reporting.desk import ReportDesk
from qa_service.services.workflow import REPORTS, Workflows
from qa_service.settings import Settings
from qa_service.store.blobs import Blob
from qa_service.store.pages import Page
from qa_service.store.report_files import ReportFiles
from qa_service.store.reports import Made, file_of
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
_WORKFLOW = "make_report"
#: Letters of a file name that every file system and header takes.
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_LONGEST_NAME = 60


class ReportFile(NamedTuple):
    """A report as a file."""

    name: str
    media_type: str
    content: bytes


class Reports:
    """Makes reports."""

    def __init__(
        self, *, database: Database, desk: ReportDesk, files: ReportFiles, settings: Settings, clock: Clock, workflows: Workflows
    ) -> None:
        self._database = database
        self._desk = desk
        self._files = files
        self._settings = settings
        self._clock = clock
        self._workflows = workflows
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self._attend)

    def tell(self, wanted: ReportWanted, *, by: Actor) -> Report:
        """What a report tells, as data. Raises :class:`PermissionDeniedError`, :class:`NotFoundError` and :class:`InputError`."""
        return self._desk.tell(wanted, by=by)

    def kinds(self, *, by: Actor) -> tuple[ReportKind, ...]:
        """What the actor may have reports of."""
        return self._desk.kinds(by=by)

    def check(self, wanted: ReportWanted, *, by: Actor) -> None:
        """Raises as :meth:`tell`, without telling anything."""
        self._desk.check(wanted, by=by)

    def file(self, wanted: ReportWanted, *, by: Actor) -> ReportFile:
        """The report at once, kept nowhere; noted in the ledger. Raises as :meth:`tell`."""
        name, report = uuid.uuid4().hex, self._desk.tell(wanted, by=by)
        content = self._render(report, wanted)
        with self._database.unit() as unit:
            self._note(unit, name, "made", wanted, by=by)
        return ReportFile(file_name(wanted), FORMATS[wanted.format].media_type, content)

    def make(self, wanted: ReportWanted, *, by: Actor, name: str | None = None) -> StoredReport:
        """Have a report made in the background, with what the actor may read now; noted in the ledger. ``name``: its id; one of that id
        that is there already is not made again. Raises as :meth:`tell`."""
        by.check(Right.MAKE_REPORTS)
        self._desk.check(wanted, by=by)
        at = self._clock()
        report = StoredReport(
            id=name or uuid.uuid4().hex, wanted=wanted, owner=by.id, state=ReportState.QUEUED, file_name=file_name(wanted), created_at=at,
            expires_at=at + timedelta(days=self._settings.report_days),
        )
        with self._database.unit() as unit:
            if not unit.reports.add(report, by=by):
                return unit.reports.get(report.id)
            self._note(unit, report.id, "made", wanted, by=by)
        self._queue(report.id)
        return report

    def list(
        self, *, by: Actor, kind: ReportKind | None = None, state: ReportState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[StoredReport]:
        """The last asked for first: one's own, for leads everybody's."""
        owner = None if by.may(Right.MANAGE_REPORTS) else by.id
        with self._database.reading() as unit:
            return unit.reports.list(owner=owner, kind=kind, state=state, cursor=cursor, limit=limit)

    def get(self, report: str, *, by: Actor) -> StoredReport:
        """One; raises :class:`NotFoundError`, for that of somebody else, too, unless a lead asks."""
        with self._database.reading() as unit:
            found = unit.reports.get(report)
        if found.owner != by.id and not by.may(Right.MANAGE_REPORTS):
            raise NotFoundError(f"no report {report!r}", field="report")
        return found

    def content(self, report: str, *, by: Actor) -> tuple[StoredReport, Blob]:
        """One with its file. Raises as :meth:`get`, :class:`ConflictError` where there is no file yet, and whatever keeps the actor from
        reading what it tells by now: coaches change teams."""
        found = self.get(report, by=by)
        self._desk.check(found.wanted, by=by)
        if found.state is not ReportState.READY:
            raise ConflictError(f"the report is {found.state.value}", field="state", hint=found.error or "ask again in a moment")
        kept = self._files.get(file_of(found))
        if kept is None:
            raise NotFoundError("the file of this report is gone", field="report", hint="have it made again")
        return found, kept

    def delete(self, report: str, *, by: Actor) -> None:
        """Take it away; noted in the ledger. Raises as :meth:`get`."""
        found = self.get(report, by=by)
        with self._database.unit() as unit:
            unit.reports.delete(report)
            self._note(unit, report, "deleted", found.wanted, by=by)
        self._files.delete(file_of(found))

    def resume(self) -> int:
        """Queue again what no workflow holds; how many there were."""
        with self._database.reading() as unit:
            open_ = unit.reports.open()
        for report in open_:
            self._queue(report)
        return len(open_)

    def build(self, report: str) -> bool:
        """Step, safe to repeat: tell, render, write the file, whole; false where nobody waits for it any more. Raises where one of those
        fails, and where an interaction that it quotes was erased meanwhile."""
        with self._database.reading() as unit:
            if report not in unit.reports.open():
                return False
            found, by = unit.reports.get(report), unit.reports.actor(report)
        told = self._desk.tell(found.wanted, by=by)
        content = self._render(told, found.wanted)
        sha256, kept = self._files.write(file_of(found), content), False
        try:
            with self._database.unit() as unit:
                unit.reports.finish(report, Made(sha256, len(content), told.interactions), at=self._clock())
                self._told(unit, report, "ready", {"sha256": sha256, "size": len(content)})
            kept = True
        finally:
            if not kept:
                self._files.delete(file_of(found))
        return True

    def sweep(self) -> int:
        """Take away what has had its time; how many."""
        with self._database.reading() as unit:
            expired = unit.reports.expired(now=self._clock())
        for one in expired:
            with self._database.unit() as unit:
                unit.reports.delete(one.id)
            self._files.delete(file_of(one))
        return len(expired)

    def _render(self, report: Report, wanted: ReportWanted) -> bytes:
        return FORMATS[wanted.format].render(report, Locale(wanted.language, wanted.digits, self._settings.zone))

    def _queue(self, report: str) -> None:
        if self._workflows.running:
            self._workflows.enqueue(REPORTS, _WORKFLOW, workflow_id=f"report-{report}", arguments=[report])

    def _work(self, report: str) -> None:
        try:
            self._workflows.step("build", self.build, report)
        except Exception as error:
            if not self._workflows.running:
                raise
            _LOG.exception("a report gave up")
            self._workflows.step("give_up", self._give_up, report, _why(error))

    def _give_up(self, report: str, why: str) -> None:
        with self._database.unit() as unit:
            unit.reports.fail(report, why, at=self._clock())
            self._told(unit, report, "failed", {"error": why})

    def _attend(self) -> None:
        """Called every few seconds while workflows run."""
        self.sweep()

    def _note(self, unit: Unit, report: str, action: str, wanted: ReportWanted, *, by: Actor) -> None:
        content = wanted.model_dump(mode="json", exclude_none=True)
        unit.ledger.append(at=self._clock(), actor=by.id, action=f"report.{action}", subject=f"report/{report}", content=content)

    def _told(self, unit: Unit, report: str, action: str, content: Mapping[str, object]) -> None:
        """What became of it, which nobody did; others wait to be told (:mod:`qa_service.services.webhooks`)."""
        unit.ledger.append(at=self._clock(), actor=SYSTEM.id, action=f"report.{action}", subject=f"report/{report}", content=content)


def file_name(wanted: ReportWanted) -> str:
    """``report-agent-a17-2026-11.fa.pdf``, of letters that every system takes."""
    days = [one.date().isoformat() for one in (wanted.since, wanted.until) if one is not None]
    named = [wanted.subject] if wanted.kind in NAMED and wanted.subject else []
    told = "-".join(["report", wanted.kind.value, *named, *([wanted.month] if wanted.month else days)])
    plain = "".join(letter if letter in _PLAIN else "_" for letter in told)[:_LONGEST_NAME]
    return f"{plain}.{wanted.language.value}.{wanted.format.value}"


def _why(error: Exception) -> str:
    """For whoever waits for it: no paths of this machine."""
    if isinstance(error, QaError):
        return str(error)
    return (error.strerror or "the file could not be written") if isinstance(error, OSError) else type(error).__name__
