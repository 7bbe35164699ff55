"""The review workbench: sound, words and form side by side; answered with the keyboard, saved as one goes."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.api.etags import etag, unchanged
from qa_service.errors import UndecidedError
from qa_service.web.bench import bench
from qa_service.web.pages import PageRoute, render
from qa_service.web.timeline import timeline
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/review/{scorecard}")
def workbench_page(request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, scorecard: str) -> Response:
    """A scorecard with what it is about."""
    return render(request, "workbench.html", **bench(services, scorecard, who=who, within=within))


@router.post("/review/{scorecard}/claim")
def claim_page(services: ServicesDep, who: PageActorDep, scorecard: str) -> Response:
    """Hold it."""
    services.reviewing.claim(scorecard, by=who)
    return RedirectResponse(f"/review/{scorecard}", status_code=303)


@router.post("/review/{scorecard}/release")
def release_page(services: ServicesDep, who: PageActorDep, scorecard: str) -> Response:
    """Give it back; answers stay."""
    services.reviewing.release(scorecard, by=who)
    return RedirectResponse("/queue", status_code=303)


@router.post("/review/{scorecard}/finalize")
def finalize_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, scorecard: str, revision: Annotated[int, Form(ge=1)],
    onwards: Annotated[bool, Form()] = False,
) -> Response:
    """Make it final, and go on with the next; what still needs an answer is told in its place."""
    try:
        services.reviewing.finalize(scorecard, by=who, expected=revision)
    except UndecidedError as error:
        told = {**bench(services, scorecard, who=who, within=within), "refused": error.reasons}
        return render(request, "workbench.html", status=409, **told)
    if not onwards:
        return RedirectResponse(f"/review/{scorecard}", status_code=303)
    offer = services.queue.next(by=who)
    return RedirectResponse("/queue?nothing=true" if offer is None else f"/review/{offer.scorecard.id}", status_code=303)


@router.get("/interactions/{interaction}/peaks")
def recording_peaks_page(request: Request, services: ServicesDep, within: PageScopeDep, interaction: str) -> Response:
    """How loud each channel is, for the picture of the recording."""
    sha256, peaks = services.peaks.of(interaction, within=within)
    tag = etag(sha256[:32])
    headers = {"ETag": tag, "Cache-Control": "private, max-age=3600"}
    if unchanged(request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return JSONResponse(peaks.model_dump(), headers=headers)


@router.get("/interactions/{interaction}/timeline")
def recording_timeline_page(services: ServicesDep, within: PageScopeDep, interaction: str) -> Response:
    """Who talks when, what else is known about its course, and when each word was said."""
    return JSONResponse(timeline(services, interaction, within=within))
