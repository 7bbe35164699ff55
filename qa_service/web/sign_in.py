"""Signing in and out: by password, or with the provider that the operator named."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep, address_of, slowly
from qa_service.api.sign_in import drop_cookie, is_secure, set_cookie
from qa_service.domain.identity import relative
from qa_service.domain.report import ReportLanguage
from qa_service.errors import AuthenticationError, TooManyTriesError
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import VisitorDep, check_origin, known_visitor

router = APIRouter(route_class=PageRoute, include_in_schema=False)
#: What is told of a sign-in that the provider, or we, refused: by the field that was wrong, else by the code of the error.
_REFUSALS = {
    "error": "provider_said_no", "user": "provider_unknown", "email": "provider_email", "authentication": "switched_off",
    "too_many_tries": "too_many", "provider": "provider_down", "state": "provider_again", "nonce": "provider_again",
    "code": "provider_again", "cookie": "provider_again",
}
_Next = Annotated[str, Query(alias="next", max_length=2000)]


@router.get("/sign-in")
async def sign_in_page(
    request: Request, services: ServicesDep, wanted: _Next = "/", refused: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Where whoever is not signed in lands, and whoever the provider did not vouch for; ``refused``: what was wrong."""
    if await known_visitor(request) is not None:
        return RedirectResponse(_inside(wanted), status_code=303)
    failed = _failure(refused, services.settings.oidc_role_claim) if refused else None
    return render(request, "sign_in.html", wanted=_inside(wanted), login="", failed=failed, provider=services.oidc is not None)


@router.post("/sign-in", dependencies=[Depends(check_origin)])
async def sign_in_act(
    request: Request, services: ServicesDep, login: Annotated[str, Form(max_length=200)] = "",
    password: Annotated[str, Form(max_length=1000)] = "", wanted: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """A session for a login and a password; whatever is wrong is answered alike."""
    client, address = request.headers.get("user-agent"), address_of(request)
    try:
        opened = await slowly(request, lambda: services.sessions.sign_in(login, password, address=address, client=client))
    except (AuthenticationError, TooManyTriesError) as error:
        failed, status = ("wrong", 401) if isinstance(error, AuthenticationError) else ("too_many", 429)
        told = {"wanted": _inside(wanted), "login": login, "failed": failed, "provider": services.oidc is not None}
        return render(request, "sign_in.html", status=status, **told)
    answer = RedirectResponse("/account/password" if opened.newcomer else _inside(wanted), status_code=303)
    set_cookie(answer, request, opened, settings=services.settings)
    return answer


@router.post("/sign-out")
async def sign_out_page(request: Request, services: ServicesDep, who: VisitorDep) -> Response:
    """The session ends."""
    if who.session is not None:
        services.sessions.end(who.session, by=who.actor)
    answer = RedirectResponse("/sign-in", status_code=303)
    drop_cookie(answer, request, settings=services.settings)
    return answer


@router.post("/language", dependencies=[Depends(check_origin)])
async def language_act(
    request: Request, services: ServicesDep, language: Annotated[ReportLanguage, Form()], back: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Another language, before anybody is signed in."""
    answer = RedirectResponse(_inside(back), status_code=303)
    Preferences.of(request)._replace(language=language).keep(answer, secure=is_secure(request, services.settings))
    return answer


def _failure(refused: str, role_claim: str) -> str:
    return "provider_no_role" if refused == role_claim else _REFUSALS.get(refused, "provider_refused")


def _inside(wanted: str) -> str:
    """A path of this service, else its start."""
    return wanted if relative(wanted) and not wanted.startswith("/v1/") else "/"
