"""Report schedules: a report that is made of every day, week or month once it is over."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime, timedelta, tzinfo

from pydantic import AwareDatetime, Field

from qa_service.domain.base import Record
from qa_service.domain.period import Period, PeriodKind, last_over
from qa_service.domain.report import ReportKind
from qa_service.domain.report_order import ReportWanted
from qa_service.errors import InputError

#: Periods back that are made up for after the service was off.
CATCH_UP = 3
#: Names of reports are worked out in it, so that no period gives two.
_SPACE = uuid.UUID("6f0d3e52-6f2c-4d26-8f4e-0f7f3a1f5c11")


class ReportSchedule(Record):
    """What is made, of what, for whom."""

    id: str
    #: What people call it.
    name: str = Field(min_length=1, max_length=200)
    #: The report; its period is that which is over.
    wanted: ReportWanted
    #: How long each period is.
    period: PeriodKind
    #: Hours to wait behind the end of a period, for what comes in late.
    wait_hours: int = Field(default=6, ge=0, le=240)
    #: Whether reports are made.
    active: bool = True
    #: User whose reports they are; they tell what that user may read at the time.
    owner: str
    created_at: AwareDatetime
    #: Only of periods that end after it.
    active_since: AwareDatetime
    #: The last period that was worked on.
    last_period: str | None = None
    #: The report of it; null where it could not be made.
    last_report: str | None = None
    #: Why it could not be made.
    last_error: str | None = None
    #: Grows with every change.
    revision: int = Field(default=1, ge=1)

    def check(self) -> None:
        """Raises :class:`InputError` for what has no period, or another one."""
        if self.wanted.kind is ReportKind.CALIBRATION:
            raise InputError("a calibration session is reported once", field="wanted.kind", hint="have it made when it is revealed")
        if self.wanted.month or self.wanted.since or self.wanted.until:
            raise InputError("the period follows from the schedule", field="wanted.month", hint="leave month, since and until out")
        if self.wanted.kind is ReportKind.MONTH and self.period is not PeriodKind.MONTH:
            raise InputError("a report of the month is made every month", field="period", hint="write month")

    def of(self, period: Period) -> ReportWanted:
        """The report of a period."""
        if period.kind is PeriodKind.MONTH:
            return self.wanted.model_copy(update={"month": period.name})
        return self.wanted.model_copy(update={"since": period.since, "until": period.until})

    def report_of(self, period: Period) -> str:
        """Id of the report of a period: asked for twice, it is the same."""
        return uuid.uuid5(_SPACE, f"{self.id} {period.name}").hex

    def next_at(self, now: datetime, *, zone: tzinfo) -> datetime | None:
        """When the next report is made; past where one is due; ``None``: never, as things are."""
        wait = timedelta(hours=self.wait_hours)
        due = next(self.due(now, zone=zone), None)
        period = due or Period.of(now - wait, self.period, zone=zone)
        while due is None and period.until <= self.active_since:
            period = Period.of(period.until, self.period, zone=zone)
        return period.until + wait if self.active else None

    def due(self, now: datetime, *, zone: tzinfo) -> Iterator[Period]:
        """Periods that are over and not worked on, the first one first."""
        found: list[Period] = []
        period = last_over(now - timedelta(hours=self.wait_hours), self.period, zone=zone)
        while len(found) < CATCH_UP and period.until > self.active_since and (self.last_period is None or period.name > self.last_period):
            found.append(period)
            period = period.before(zone=zone)
        yield from reversed(found)
