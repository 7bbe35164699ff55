"""Report schedules: reports of every period that is over, made for their owner with what the owner may read by then."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Mapping
from typing import Any

from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import SYSTEM, Actor, Right
from qa_service.domain.report_order import ReportWanted
from qa_service.domain.report_schedule import ReportSchedule
from qa_service.errors import NotFoundError, PermissionDeniedError, QaError
from qa_service.services.clock import Clock
from qa_service.services.report import Reports
from qa_service.services.workflow import REPORTS, Workflows
from qa_service.settings import Settings
from qa_service.store.pages import Page
from qa_service.store.session import Database
from qa_service.store.unit import Unit

_LOG = logging.getLogger(__name__)
_WORKFLOW = "report_on_schedule"


class ReportSchedules:
    """Keeps schedules of reports."""

    def __init__(self, *, database: Database, reports: Reports, workflows: Workflows, settings: Settings, clock: Clock) -> None:
        self._database = database
        self._reports = reports
        self._workflows = workflows
        self._zone = settings.zone
        self._clock = clock
        workflows.register(_WORKFLOW, self._work)
        workflows.attend(self._look)

    def add(self, name: str, wanted: ReportWanted, *, period: PeriodKind, wait_hours: int = 6, by: Actor) -> ReportSchedule:
        """A schedule of one's own, from now on. Raises :class:`InputError`, :class:`PermissionDeniedError`, :class:`NotFoundError`."""
        by.check(Right.MAKE_REPORTS)
        at = self._clock()
        made = ReportSchedule(
            id=uuid.uuid4().hex, name=name, wanted=wanted, period=period, wait_hours=wait_hours, owner=by.id, created_at=at, active_since=at
        )
        self._check(made, by=by)
        with self._database.unit() as unit:
            unit.report_schedules.add(made)
            self._note(unit, made, "added", by=by)
        return made

    def get(self, schedule: str, *, by: Actor) -> ReportSchedule:
        """One; raises :class:`NotFoundError`, for that of somebody else, too, unless a lead asks."""
        with self._database.reading() as unit:
            return _own(unit, schedule, by=by)

    def list(self, *, by: Actor, cursor: str | None = None, limit: int = 50) -> Page[ReportSchedule]:
        """The last made first: one's own, for leads everybody's."""
        owner = None if by.may(Right.MANAGE_REPORTS) else by.id
        with self._database.reading() as unit:
            return unit.report_schedules.list(owner=owner, cursor=cursor, limit=limit)

    def change(self, schedule: str, changes: Mapping[str, Any], *, expected: int | None = None, by: Actor) -> ReportSchedule:
        """What is told replaces what was; switched on again, it goes on with the next period that ends. Raises as :meth:`add`, and
        :class:`StaleVersionError`."""
        with self._database.reading() as unit:
            before = _own(unit, schedule, by=by)
        since = self._clock() if changes.get("active") and not before.active else before.active_since
        wanted = before.model_copy(update={**changes, "active_since": since})
        self._check(wanted, by=by)
        with self._database.unit() as unit:
            _own(unit, schedule, by=by)
            saved = unit.report_schedules.save(wanted, expected=expected)
            self._note(unit, saved, "changed", by=by)
        return saved

    def remove(self, schedule: str, *, by: Actor) -> None:
        """Reports that were made stay until they go. Raises :class:`NotFoundError`."""
        with self._database.unit() as unit:
            self._note(unit, _own(unit, schedule, by=by), "removed", by=by)
            unit.report_schedules.remove(schedule)

    def due(self) -> tuple[tuple[ReportSchedule, Period], ...]:
        """What is to be made by now, the first period first."""
        with self._database.reading() as unit:
            active = unit.report_schedules.active()
        now = self._clock()
        return tuple((one, period) for one in active for period in one.due(now, zone=self._zone))

    def make_due(self) -> int:
        """Step, safe to repeat: have made what is due; how many reports that were. What cannot be made is told and passed over."""
        made = 0
        for schedule, period in self.due():
            error: str | None = None
            try:
                report = self._reports.make(schedule.of(period), by=self._owner(schedule), name=schedule.report_of(period))
            except QaError as fault:
                _LOG.warning("schedule %s could not make the report of %s: %s", schedule.id, period.name, fault.code)
                error = fault.message
            with self._database.unit() as unit:
                name = None if error is not None else report.id
                unit.report_schedules.worked(schedule.id, period=period.name, report=name, error=error)
                if error is not None:
                    self._note(unit, schedule, "failed", by=SYSTEM, period=period.name, error=error)
            made += error is None
        return made

    def _look(self) -> None:
        """Called every few seconds while workflows run: queues what is due, once for all processes."""
        due = self.due()
        if due:
            slot = "-".join(sorted({f"{one.id[:8]}.{period.name}" for one, period in due})[:8])
            name = f"reports-{int(self._clock().timestamp() // 600)}-{slot}"
            self._workflows.enqueue(REPORTS, _WORKFLOW, workflow_id=name, arguments=[])

    def _work(self) -> None:
        self._workflows.step("make", self.make_due)

    def _check(self, schedule: ReportSchedule, *, by: Actor) -> None:
        """Raises for what cannot be made, or not by them."""
        schedule.check()
        self._reports.check(schedule.of(Period.of(self._clock(), schedule.period, zone=self._zone)), by=by)

    def _owner(self, schedule: ReportSchedule) -> Actor:
        """Whoever it is for, with the rights of now; raises :class:`PermissionDeniedError` for somebody who was switched off."""
        with self._database.reading() as unit:
            user = unit.users.get(schedule.owner)
        if not user.active:
            raise PermissionDeniedError(f"user {user.id!r} was switched off", field="owner")
        return user.actor()

    def _note(self, unit: Unit, schedule: ReportSchedule, action: str, *, by: Actor, **more: object) -> None:
        told = {"name", "wanted", "period", "wait_hours", "active", "owner"}
        content = {**schedule.model_dump(mode="json", exclude_none=True, include=told), **more}
        unit.ledger.append(
            at=self._clock(), actor=by.id, action=f"report_schedule.{action}", subject=f"report_schedule/{schedule.id}", content=content
        )


def _own(unit: Unit, schedule: str, *, by: Actor) -> ReportSchedule:
    found = unit.report_schedules.get(schedule)
    if found.owner != by.id and not by.may(Right.MANAGE_REPORTS):
        raise NotFoundError(f"no report schedule {schedule!r}", field="schedule")
    return found
