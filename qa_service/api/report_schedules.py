"""Report schedules: reports that are made of every period once it is over."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from qa_service.api.deps import LINE, ActorDep, Cursor, Id, IfMatch, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.period import PeriodKind
from qa_service.domain.report import Digits, ReportFormat, ReportKind, ReportLanguage
from qa_service.domain.report_order import ReportWanted
from qa_service.domain.report_schedule import ReportSchedule

router = APIRouter(prefix="/report-schedules", route_class=Door)
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_EXAMPLE: JsonDict = {
    "name": "Sara, every month", "kind": "agent", "subject": "a17", "format": "pdf", "language": "fa", "digits": "native",
    "period": "month",
}


class ReportScheduleIn(BaseModel):
    """What is to be made, and how often."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    #: What people call it.
    name: str = Field(min_length=1, max_length=200, pattern=LINE)
    #: What it is about: an `agent`, a `team`, the whole house in a `month`, or an `audit`.
    kind: ReportKind
    #: Id of the agent or name of the team; null for the other kinds.
    subject: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)
    #: What kind of file it becomes.
    format: ReportFormat = ReportFormat.PDF
    #: What language it is written in.
    language: ReportLanguage = ReportLanguage.EN
    #: What figures are written with.
    digits: Digits = Digits.LATIN
    #: Of every day, week or month that is over.
    period: PeriodKind = PeriodKind.MONTH
    #: Hours to wait behind its end, for what comes in late.
    wait_hours: int = Field(default=6, ge=0, le=240)

    @property
    def wanted(self) -> ReportWanted:
        """Without a period."""
        return ReportWanted(
            kind=self.kind, subject=self.subject, format=self.format, language=self.language, digits=self.digits
        )


class ReportScheduleChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"active": False}})

    #: What people call it.
    name: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)
    #: Hours to wait behind the end of a period.
    wait_hours: int | None = Field(default=None, ge=0, le=240)
    #: Whether reports are made; switched on again, it goes on with the next period that ends.
    active: bool | None = Field(default=None, strict=True)


class ReportSchedulePage(PageOf[ReportSchedule]):
    """A page of schedules."""


@router.get("", response_model=ReportSchedulePage, responses=documented(401, 403, 422), summary="List report schedules")
def list_report_schedules(services: ServicesDep, who: ActorDep, cursor: Cursor = None, limit: Limit = 50) -> ReportSchedulePage:
    """The last made first: your own, for leads everybody's."""
    return ReportSchedulePage.of(services.report_schedules.list(by=who, cursor=cursor, limit=limit))


@router.post(
    "", status_code=201, response_model=ReportSchedule, summary="Have reports made by themselves",
    responses={201: _TAGGED, **documented(401, 403, 404, 413, 422)},
)
def add_report_schedule(services: ServicesDep, who: ActorDep, once: OnceDep, body: ReportScheduleIn) -> Response:
    """From now on, of every period that ends; with what you may read by then. They lie among your reports, and webhooks are told
    (`report.ready`)."""

    def add() -> tuple[int, ReportSchedule]:
        made = services.report_schedules.add(body.name, body.wanted, period=body.period, wait_hours=body.wait_hours, by=who)
        return 201, made

    return once.run(add, request=body.model_dump_json(), headers=lambda made: {"ETag": etag(made["revision"])})


@router.get(
    "/{schedule}", response_model=ReportSchedule, summary="Read a report schedule",
    responses={200: _TAGGED, **documented(401, 403, 404, 422)},
)
def get_report_schedule(services: ServicesDep, who: ActorDep, response: Response, schedule: Id) -> ReportSchedule:
    """What it makes, and what became of the last period."""
    found = services.report_schedules.get(schedule, by=who)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.patch(
    "/{schedule}", response_model=ReportSchedule, summary="Change a report schedule",
    responses={200: _TAGGED, **documented(401, 403, 404, 412, 413, 422)},
)
def change_report_schedule(
    services: ServicesDep, who: ActorDep, response: Response, schedule: Id, body: ReportScheduleChange, if_match: IfMatch = None
) -> ReportSchedule:
    """With `If-Match` only if nobody changed it meanwhile."""
    changes = {name: value for name, value in body.model_dump().items() if value is not None}
    saved = services.report_schedules.change(schedule, changes, expected=expected(if_match), by=who)
    response.headers["ETag"] = etag(saved.revision)
    return saved


@router.delete("/{schedule}", status_code=204, responses=documented(401, 403, 404, 422), summary="Remove a report schedule")
def remove_report_schedule(services: ServicesDep, who: ActorDep, schedule: Id) -> None:
    """Reports that it made stay until they go."""
    services.report_schedules.remove(schedule, by=who)
