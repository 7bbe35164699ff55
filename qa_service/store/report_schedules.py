"""Report schedules, and how far each is."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from qa_service.domain.period import PeriodKind
from qa_service.domain.report_order import ReportWanted
from qa_service.domain.report_schedule import ReportSchedule
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import ReportScheduleRow, core

_IT = core(ReportScheduleRow).c


class ReportSchedules(Repository):
    """Schedules by id."""

    def add(self, schedule: ReportSchedule) -> None:
        """One more."""
        self._insert(ReportScheduleRow, [{**schedule.model_dump(exclude={"wanted", "period"}), **_told(schedule)}])

    def get(self, schedule: str) -> ReportSchedule:
        """Raises :class:`NotFoundError`."""
        row = self._first(ReportScheduleRow, _IT.id == schedule)
        if row is None:
            raise NotFoundError(f"no report schedule {schedule!r}", field="schedule")
        return _schedule(row)

    def list(self, *, owner: str | None = None, cursor: str | None = None, limit: int = 50) -> Page[ReportSchedule]:
        """The last made first."""
        page = self._page(ReportScheduleRow, *given((owner, _IT.owner.__eq__)), by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_schedule(row) for row in rows])

    def active(self) -> tuple[ReportSchedule, ...]:
        """Those that are on."""
        return tuple(map(_schedule, self._all(ReportScheduleRow, _IT.active)))

    def save(self, schedule: ReportSchedule, *, expected: int | None) -> ReportSchedule:
        """The next revision; raises :class:`NotFoundError` and :class:`StaleVersionError`."""
        values: dict[str, Any] = {**schedule.model_dump(include={"name", "wait_hours", "active", "active_since"}), **_told(schedule)}
        where = (_IT.id == schedule.id, *given((expected, _IT.revision.__eq__)))
        if not self._update(ReportScheduleRow, *where, values={**values, "revision": _IT.revision + 1}):
            now = self.get(schedule.id).revision
            message = f"the schedule was changed meanwhile: it has revision {now}, not {expected}"
            raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
        self._session.expire_all()
        return self.get(schedule.id)

    def worked(self, schedule: str, *, period: str, report: str | None, error: str | None) -> None:
        """A period was worked on; an earlier one never takes the place of a later one."""
        later = _IT.last_period.is_(None) | (_IT.last_period < period)
        values = {"last_period": period, "last_report": report, "last_error": error}
        self._update(ReportScheduleRow, _IT.id == schedule, later, values=values)

    def remove(self, schedule: str) -> None:
        """Its reports stay until they go; raises :class:`NotFoundError`."""
        self.get(schedule)
        self._execute(sa.delete(core(ReportScheduleRow)).where(_IT.id == schedule))


def _told(schedule: ReportSchedule) -> dict[str, str]:
    return {"wanted": schedule.wanted.model_dump_json(), "period": schedule.period.value}


def _schedule(row: ReportScheduleRow) -> ReportSchedule:
    return ReportSchedule(
        id=row.id, name=row.name, wanted=ReportWanted.model_validate_json(row.wanted), period=PeriodKind(row.period),
        wait_hours=row.wait_hours, active=row.active, owner=row.owner, created_at=row.created_at, active_since=row.active_since,
        last_period=row.last_period, last_report=row.last_report, last_error=row.last_error, revision=row.revision,
    )
