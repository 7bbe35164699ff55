"""Schedules of reports: what is made by itself once a day, week or month is over, when next, and what became of the last."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.report_schedules import ReportScheduleIn
from qa_service.bootstrap import Services
from qa_service.domain.period import Period, PeriodKind
from qa_service.domain.permission import Actor, Right
from qa_service.domain.profile import Span
from qa_service.domain.report import ReportKind
from qa_service.domain.report_schedule import ReportSchedule
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.rendering.locale import Locale
from qa_service.web.forms import FieldsDep, checked
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import days_of, month_title
from qa_service.web.preferences import Preferences
from qa_service.web.reports import offered, titles
from qa_service.web.visitor import PageActorDep, visitor

router = APIRouter(prefix="/reports/schedules", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor)])
_FIELDS = ("name", "kind", "subject", "format", "language", "digits", "period", "wait_hours")


class Planned(NamedTuple):
    """A schedule as the page tells it."""

    one: ReportSchedule
    #: Whom or what its reports are about.
    subject: str | None
    #: When the next is made; ``None``: paused.
    next_at: datetime | None
    #: Whether that is past, so that it is just being made.
    due: bool
    #: The last period that was worked on, as people call it.
    last: str | None


@router.get("")
def report_schedules_page(request: Request, services: ServicesDep, who: PageActorDep, cursor: Cursor = None) -> Response:
    """The last made first: one's own, for leads everybody's."""
    page = services.report_schedules.list(by=who, cursor=cursor, limit=50)
    names = titles(services, who, {one.wanted.kind for one in page.items})
    locale, now = Preferences.of(request).locale(services.settings.time_zone), services.clock()
    planned = [_planned(one, names.get((one.wanted.kind, one.wanted.subject or "")), locale, now) for one in page.items]
    return render(
        request, "report_schedules.html", planned=planned, next=page.next, everybody=who.may(Right.MANAGE_REPORTS),
    )


@router.get("/new")
def new_report_schedule_page(
    request: Request, services: ServicesDep, who: PageActorDep, kind: Annotated[ReportKind | None, Query()] = None,
    subject: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What is to be made, how often."""
    return render(request, "report_schedule_new.html", **_offered(request, services, who, kind, {"subject": subject}))


@router.post("/new")
def add_report_schedule_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """From now on; what is wrong is told beside what was written."""
    try:
        told = checked(ReportScheduleIn, {name: sent[name] for name in _FIELDS if sent.get(name)})
        services.report_schedules.add(told.name, told.wanted, period=told.period, wait_hours=told.wait_hours, by=who)
    except (InputError, NotFoundError, ConflictError) as error:
        kind = next((one for one in ReportKind if one.value == sent.get("kind")), None)
        offer = _offered(request, services, who, kind, dict(sent))
        return render(request, "report_schedule_new.html", status=422, **{**offer, "refused": error})
    return RedirectResponse("/reports/schedules", status_code=303)


@router.post("/{schedule}/switch")
def switch_report_schedule_page(
    services: ServicesDep, who: PageActorDep, schedule: str, active: Annotated[bool, Form()], revision: Annotated[int, Form(ge=1)]
) -> Response:
    """Pause it, or go on."""
    services.report_schedules.change(schedule, {"active": active}, expected=revision, by=who)
    return RedirectResponse("/reports/schedules", status_code=303)


@router.post("/{schedule}/remove")
def remove_report_schedule_page(services: ServicesDep, who: PageActorDep, schedule: str) -> Response:
    """What it made stays."""
    services.report_schedules.remove(schedule, by=who)
    return RedirectResponse("/reports/schedules", status_code=303)


def _offered(request: Request, services: Services, who: Actor, kind: ReportKind | None, sent: dict[str, str]) -> dict[str, Any]:
    """A calibration session is reported once."""
    told = offered(request, services, who, None if kind is ReportKind.CALIBRATION else kind, sent)
    kinds = tuple(one for one in told["kinds"] if one is not ReportKind.CALIBRATION)
    periods = (PeriodKind.MONTH,) if kind is ReportKind.MONTH else tuple(reversed(PeriodKind))
    return {**told, "kinds": kinds, "periods": periods}


def _planned(one: ReportSchedule, title: str | None, locale: Locale, now: datetime) -> Planned:
    at = one.next_at(now, zone=locale.zone)
    last = None if one.last_period is None else _called(one.last_period, one.period, locale)
    return Planned(one, title or one.wanted.subject, at, at is not None and at <= now, last)


def _called(name: str, kind: PeriodKind, locale: Locale) -> str:
    if kind is PeriodKind.MONTH:
        return month_title(name, locale)
    period = Period.named(name, kind, zone=locale.zone)
    return locale.day(period.since) if kind is PeriodKind.DAY else days_of(Span(since=period.since, until=period.until), locale)
