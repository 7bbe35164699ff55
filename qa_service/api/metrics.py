"""Metrics: what the service does and has to do, for Prometheus."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.api.problems import documented

router = APIRouter(prefix="/metrics")
#: What is told to whoever asks for nothing else.
_TEXT = {"text/plain": {"schema": {"type": "string"}}, "application/openmetrics-text": {"schema": {"type": "string"}}}


@router.get(
    "", response_class=Response, responses={200: {"description": "Figures, one a line", "content": _TEXT}, **documented(401)},
    summary="Figures for Prometheus",
)
def get_metrics(services: ServicesDep, accept: Annotated[str, Header(max_length=1000)] = "") -> Response:
    """Queues, speed, the machine's verdicts, webhooks and requests, as figures that name nobody; in the format of Prometheus, or in that
    of OpenMetrics where it is asked for."""
    told = services.metrics.expose(accept)
    return Response(told.body, headers={"Content-Type": told.media_type})
