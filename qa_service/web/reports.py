"""Reports: asked for on a page, their state told while they are made, then read there or taken away as files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, NamedTuple

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.etags import etag
from qa_service.api.ranges import file_response
from qa_service.api.reports import ReportIn
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Right
from qa_service.domain.report import Digits, ReportFormat, ReportKind
from qa_service.domain.report_order import ReportState, ReportWanted, StoredReport
from qa_service.errors import ConflictError, InputError, NotFoundError
from qa_service.rendering.formats import FORMATS
from qa_service.rendering.html import POLICY
from qa_service.rendering.locale import Locale
from qa_service.store.blobs import Blob
from qa_service.web.filters import begin
from qa_service.web.forms import Fields, FieldsDep, checked
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import month_title, months
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep, visitor

router = APIRouter(prefix="/reports", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor)])
#: Most names to choose from; beyond them one is typed.
_MOST = 500
_DOWNLOAD = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": f"{POLICY}; sandbox"}
#: What a report may do in a page of ours: be shown, and nothing else.
_SHOWN = {
    "X-Content-Type-Options": "nosniff", "X-Frame-Options": "SAMEORIGIN",
    "Content-Security-Policy": f"{POLICY}; frame-ancestors 'self'; sandbox",
}


class Shown(NamedTuple):
    """A report as pages tell it."""

    one: StoredReport
    #: Whom or what it is about; ``None``: the whole house.
    subject: str | None
    period: str


class Choice(NamedTuple):
    """Somebody, or something, that a report can be about."""

    value: str
    title: str
    #: What tells those apart who are called alike.
    more: str = ""


@router.get("")
def reports_page(
    request: Request, services: ServicesDep, who: PageActorDep, kind: Annotated[ReportKind | Literal[""], Query()] = "",
    state: Annotated[ReportState | Literal[""], Query()] = "", cursor: Cursor = None,
) -> Response:
    """The last asked for first: one's own, for leads everybody's."""
    chosen, so_far = kind if isinstance(kind, ReportKind) else None, state if isinstance(state, ReportState) else None
    page = services.reports.list(by=who, kind=chosen, state=so_far, cursor=cursor, limit=50)
    names = titles(services, who, {one.wanted.kind for one in page.items})
    locale = _locale(request, services)
    return render(
        request, "reports.html", shown=[shown(one, names, locale) for one in page.items], next=page.next, kind=chosen, state=so_far,
        kinds=services.reports.kinds(by=who), states=list(ReportState), everybody=who.may(Right.MANAGE_REPORTS),
    )


@router.get("/new")
def new_report_page(
    request: Request, services: ServicesDep, who: PageActorDep, kind: Annotated[ReportKind | None, Query()] = None,
    subject: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """What it is to be about, and how it is told."""
    return render(request, "report_new.html", **offered(request, services, who, kind, {"subject": subject}))


@router.post("/new")
def make_report_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """Have it made; what is wrong is told beside what was written."""
    try:
        made = services.reports.make(_wanted(sent, _locale(request, services)), by=who)
    except (InputError, NotFoundError, ConflictError) as error:
        kind = next((one for one in ReportKind if one.value == sent.get("kind")), None)
        return render(request, "report_new.html", status=422, **{**offered(request, services, who, kind, sent), "refused": error})
    return RedirectResponse(f"/reports/{made.id}", status_code=303)


@router.get("/{report}")
def report_page(request: Request, services: ServicesDep, who: PageActorDep, report: str) -> Response:
    """How far it is; once it is there, to be read."""
    found = services.reports.get(report, by=who)
    told = shown(found, titles(services, who, {found.wanted.kind}), _locale(request, services))
    if "HX-Request" in request.headers:
        return render(request, "report_part.html", told=told)
    answer = render(request, "report.html", told=told)
    # The one page that has another document of this server within: the report in its frame.
    answer.headers["Content-Security-Policy"] += "; frame-src 'self'"
    return answer


@router.get("/{report}/row")
def report_row_page(request: Request, services: ServicesDep, who: PageActorDep, report: str) -> Response:
    """Its row in the list."""
    found = services.reports.get(report, by=who)
    told = shown(found, titles(services, who, {found.wanted.kind}), _locale(request, services))
    return render(request, "report_row.html", told=told, everybody=who.may(Right.MANAGE_REPORTS), news=True)


@router.get("/{report}/shown")
def report_shown_page(services: ServicesDep, who: PageActorDep, report: str) -> Response:
    """What a frame of the page shows: HTML alone, which may do nothing."""
    found, kept = services.reports.content(report, by=who)
    if found.wanted.format is not ReportFormat.HTML:
        raise NotFoundError("this report is no page", field="format", hint="download it")
    answer = _file(found, kept)
    answer.headers.update(_SHOWN)
    return answer


@router.get("/{report}/file")
def report_file_page(services: ServicesDep, who: PageActorDep, report: str) -> Response:
    """To keep."""
    found, kept = services.reports.content(report, by=who)
    answer = _file(found, kept)
    answer.headers.update({**_DOWNLOAD, "Content-Disposition": f'attachment; filename="{found.file_name}"'})
    return answer


@router.post("/{report}/delete")
def delete_report_page(services: ServicesDep, who: PageActorDep, report: str) -> Response:
    """With its file."""
    services.reports.delete(report, by=who)
    return RedirectResponse("/reports", status_code=303)


def offered(request: Request, services: Services, who: Actor, kind: ReportKind | None, sent: Mapping[str, str]) -> dict[str, Any]:
    """What can be chosen for a report of a kind, and what was."""
    locale, kinds = _locale(request, services), services.reports.kinds(by=who)
    choices = _choices(services, who, kind) if kind in kinds else ()
    return {
        "kinds": kinds, "kind": kind if kind in kinds else None, "choices": choices, "many": len(choices) >= _MOST, "sent": sent,
        "months": months(locale, services.clock(), chosen=""), "formats": list(ReportFormat), "digits": list(Digits), "refused": None,
        "native": Preferences.of(request).digits,
    }


def shown(one: StoredReport, names: Mapping[tuple[ReportKind, str], str], locale: Locale) -> Shown:
    """As pages tell it."""
    wanted = one.wanted
    subject = None if wanted.subject is None else names.get((wanted.kind, wanted.subject), wanted.subject)
    return Shown(one, subject, _period(wanted, locale))


def titles(services: Services, who: Actor, kinds: set[ReportKind]) -> dict[tuple[ReportKind, str], str]:
    """What agents and sessions are called, as far as whoever reads may know them."""
    named = kinds & {ReportKind.AGENT, ReportKind.CALIBRATION} & set(services.reports.kinds(by=who))
    return {(kind, one.value): one.title for kind in named for one in _choices(services, who, kind)}


def _choices(services: Services, who: Actor, kind: ReportKind | None) -> tuple[Choice, ...]:
    """Whom or what a report of the kind can be about."""
    if kind is ReportKind.AGENT:
        agents = services.profiles.agents(within=who.scope(Right.READ_AGENTS), limit=_MOST).items
        found = (Choice(one.id, one.name or one.id, " · ".join(filter(None, (one.name and one.id, one.team)))) for one in agents)
        return tuple(sorted(found, key=lambda one: one.title.casefold()))
    if kind is ReportKind.TEAM:
        return tuple(Choice(one.team, one.team) for one in services.teams.all(within=who.scope(Right.READ_AGENTS)))
    if kind is ReportKind.CALIBRATION:
        sessions = services.calibrating.list(by=who, limit=_MOST).items
        return tuple(Choice(one.id, one.title) for one in sessions if one.state.value != "open")
    return ()


def _file(found: StoredReport, kept: Blob) -> Response:
    kind = FORMATS[found.wanted.format].media_type
    return file_response(kept, tag=etag(str(found.sha256)), media_type=kind, asked=None, condition=None)


def _wanted(sent: Fields, locale: Locale) -> ReportWanted:
    """Days count before a month. Raises :class:`InputError`."""
    days = {
        "since": begin(sent.get("from", ""), field="from", locale=locale),
        "until": begin(sent.get("to", ""), field="to", locale=locale, after=1),
    }
    told: dict[str, Any] = {name: sent[name] for name in ("kind", "subject", "format", "language", "digits") if sent.get(name)}
    if any(days.values()):
        told |= days
    elif sent.get("month"):
        told["month"] = sent["month"]
    return ReportWanted(**checked(ReportIn, told).model_dump())


def _period(wanted: ReportWanted, locale: Locale) -> str:
    if wanted.month is not None:
        return month_title(wanted.month, locale)
    since = None if wanted.since is None else locale.day(wanted.since)
    until = None if wanted.until is None else locale.day(wanted.until - wanted.until.resolution)
    if since is not None and until is not None:
        return since if since == until else locale.written("period.between").format(since=since, until=until)
    if since is not None:
        return locale.written("period.from").format(since=since)
    return locale.written("period.all") if until is None else locale.written("period.to").format(until=until)


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)


