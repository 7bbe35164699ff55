"""Exports: what every scorecard gives to the figures, in one file for other programs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from starlette.responses import Response, StreamingResponse

from qa_service.api.agents import SpanDep
from qa_service.api.deps import TEXT, ActorDep, ServicesDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.domain.interaction import Channel, Purpose
from qa_service.services.exports import ExportFormat

router = APIRouter(prefix="/exports", route_class=Door)

#: Media types of files.
TYPES: Mapping[ExportFormat, str] = {
    ExportFormat.PARQUET: "application/vnd.apache.parquet", ExportFormat.CSV: "text/csv; charset=utf-8",
}
#: The same for documentation.
FILES: dict[str, Any] = {kind: {"schema": {"type": "string", "format": "binary"}} for kind in TYPES.values()}
_Name = Annotated[str | None, Query(max_length=200, pattern=TEXT)]


@router.get(
    "/figures", response_class=Response, summary="Export figures",
    responses={200: {"description": "The file", "content": FILES}, **documented(401, 403, 422)},
)
def export_figures(
    services: ServicesDep, who: ActorDep, period: SpanDep,
    format_: Annotated[ExportFormat, Query(alias="format")] = ExportFormat.PARQUET,
    team: _Name = None, channel: Annotated[Channel | None, Query()] = None, rubric: _Name = None,
    purpose: Annotated[Purpose | None, Query()] = None,
) -> Response:
    """One row for each scorecard that counts and each item of its form (total, section, criterion): what the machine says, what people say,
    and for how many contacts it stands. The earliest contact comes first. The act is written to the ledger."""
    pieces = services.exports.sent(
        by=who, format_=format_, since=period.since, until=period.until, team=team, channel=channel, rubric=rubric, purpose=purpose
    )
    headers = {"Content-Disposition": f'attachment; filename="figures.{format_.value}"', "Cache-Control": "no-store"}
    return StreamingResponse(pieces, media_type=TYPES[format_], headers=headers)
