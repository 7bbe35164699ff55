"""The start page: what is waiting for whoever is signed in, and the ways to everything that their role may do."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.domain.permission import Actor
from qa_service.rendering.locale import Locale
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import VisitorDep
from qa_service.web.waiting import at_once, looked_for, looks

router = APIRouter(route_class=PageRoute, include_in_schema=False)


@router.get("/")
def home_page(request: Request, services: ServicesDep, who: VisitorDep) -> Response:
    """What is known at once; what takes figures comes by itself, or by a link."""
    actor = who.actor
    found = [] if _is_limited(actor) else at_once(services, actor, _locale(request, services.settings.time_zone))
    return render(request, "home.html", waiting=found, looks=looks(actor) and not _is_limited(actor))


@router.get("/waiting")
def waiting_page(request: Request, services: ServicesDep, who: VisitorDep) -> Response:
    """The rest: a part of the start page, or a page of its own."""
    found = [] if _is_limited(who.actor) else looked_for(services, who.actor, _locale(request, services.settings.time_zone))
    return render(request, "waiting_part.html" if "HX-Request" in request.headers else "waiting.html", waiting=found)


def _is_limited(who: Actor) -> bool:
    """Whether somebody has yet to choose a password, and may do nothing else."""
    return who.rights is not None


def _locale(request: Request, time_zone: str) -> Locale:
    return Preferences.of(request).locale(time_zone)
