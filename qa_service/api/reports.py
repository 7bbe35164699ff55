"""Reports: asked for here, made in the background, fetched as files."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from qa_service.api.deps import LINE, ActorDep, Cursor, Id, IfNoneMatch, Limit, Moment, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, unchanged
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.api.ranges import file_response
from qa_service.domain.report import Digits, ReportFormat, ReportKind, ReportLanguage
from qa_service.domain.report_order import ReportState, ReportWanted, StoredReport
from qa_service.rendering.formats import FORMATS
from qa_service.rendering.html import POLICY

router = APIRouter(prefix="/reports", route_class=Door)
_CONTENT: dict[str, dict[str, str]] = {one.media_type.partition(";")[0]: {} for one in FORMATS.values()}


class ReportIn(BaseModel):
    """What report is wanted."""

    model_config = ConfigDict(extra="forbid")

    #: What it is about: an `agent`, a `team`, the whole house in a `month`, a `calibration` session, or an `audit`.
    kind: ReportKind
    #: Id of the agent, name of the team, or id of the calibration session; null for the other kinds.
    subject: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)
    #: Contacts from this moment or day (UTC) on.
    since: Moment | None = None
    #: Contacts before this moment or day.
    until: Moment | None = None
    #: A calendar month instead, in the service's time zone: `2026-11`, or by the Solar Hijri calendar `1405-08`.
    month: str | None = Field(default=None, min_length=1, max_length=20, pattern=r"^[0-9]{4}-[0-9]{2}$")
    #: What kind of file it becomes.
    format: ReportFormat = ReportFormat.HTML
    #: What language it is written in; Persian and Arabic run from right to left, and Persian dates are Solar Hijri.
    language: ReportLanguage = ReportLanguage.EN
    #: What figures are written with.
    digits: Digits = Digits.LATIN


class ReportPage(PageOf[StoredReport]):
    """A page of reports."""


@router.post(
    "", status_code=202, response_model=StoredReport, responses=documented(401, 403, 404, 409, 413, 415, 422), summary="Have a report made"
)
def create_report(services: ServicesDep, who: ActorDep, body: ReportIn, once: OnceDep) -> Response:
    """Of what you may read yourself: agents of themselves, coaches of their teams. It is made in the background; poll it, then fetch its
    content. 409 for a calibration session that is not revealed."""
    return once.run(
        lambda: (202, services.reports.make(ReportWanted(**body.model_dump()), by=who)), request=body.model_dump_json(),
        headers=lambda made: {"Location": f"/v1/reports/{made['id']}"},
    )


@router.get("", response_model=ReportPage, responses=documented(401, 403, 422), summary="List reports")
def list_reports(
    services: ServicesDep, who: ActorDep, kind: Annotated[ReportKind | None, Query(description="Only of this kind.")] = None,
    state: Annotated[ReportState | None, Query(description="Only those that are so far.")] = None, cursor: Cursor = None, limit: Limit = 50,
) -> ReportPage:
    """The last asked for first: your own, for leads everybody's."""
    return ReportPage.of(services.reports.list(by=who, kind=kind, state=state, cursor=cursor, limit=limit))


@router.get("/{report}", response_model=StoredReport, responses=documented(401, 403, 404, 422), summary="Read how far a report is")
def get_report(services: ServicesDep, who: ActorDep, report: Id) -> StoredReport:
    """Parameters, state, and when it goes."""
    return services.reports.get(report, by=who)


@router.get(
    "/{report}/content", response_class=Response, summary="Fetch a report",
    responses={
        200: {"description": "The whole file", "content": _CONTENT},
        206: {"description": "The bytes that were asked for", "content": _CONTENT},
        304: {"description": "You have it already"}, **documented(401, 403, 404, 409, 416, 422),
    },
)
def get_report_content(
    services: ServicesDep, who: ActorDep, report: Id, if_none_match: IfNoneMatch = None,
    asked: Annotated[str | None, Header(alias="Range", max_length=200, description="One range, such as `bytes=0-65535`.")] = None,
    condition: Annotated[str | None, Header(alias="If-Range", max_length=200, description="ETag that the range is of.")] = None,
) -> Response:
    """The file, as long as you may read what it tells; 409 until it is ready. It is gone after its time, or once an interaction that it
    quotes was erased."""
    found, kept = services.reports.content(report, by=who)
    tag = etag(str(found.sha256))
    if unchanged(if_none_match, tag):
        return Response(status_code=304, headers={"ETag": tag})
    response = file_response(kept, tag=tag, media_type=FORMATS[found.wanted.format].media_type, asked=asked, condition=condition)
    response.headers.update({
        "Content-Disposition": f'attachment; filename="{found.file_name}"', "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": f"{POLICY}; sandbox",
    })  # fmt: skip
    return response


@router.delete("/{report}", status_code=204, responses=documented(401, 403, 404, 422), summary="Take a report away")
def delete_report(services: ServicesDep, who: ActorDep, report: Id) -> None:
    """Your own, or as a lead anybody's; with its file. That it was made, and taken away, stays in the ledger."""
    services.reports.delete(report, by=who)
