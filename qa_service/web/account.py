"""One's own account: language, digits and colours of pages, and the password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep, address_of, slowly
from qa_service.api.sign_in import is_secure
from qa_service.domain.identity import relative
from qa_service.domain.report import Digits, ReportLanguage
from qa_service.errors import InputError, TooManyTriesError
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences, Theme
from qa_service.web.visitor import VisitorDep

router = APIRouter(prefix="/account", route_class=PageRoute, include_in_schema=False)


@router.get("")
def account_page(request: Request, services: ServicesDep, who: VisitorDep) -> Response:
    """Preferences, and where one is signed in."""
    user, sessions = services.users.get(who.actor.id), services.sessions.list(who.actor.id)
    return render(request, "account.html", user=user, sessions=sessions, current=who.session, digits=list(Digits), themes=list(Theme))


@router.post("/sessions/{session}/end")
def end_session_page(services: ServicesDep, who: VisitorDep, session: str) -> Response:
    """Sign out in another browser; one's own leads to signing in again."""
    services.sessions.end(session, by=who.actor)
    return RedirectResponse("/account", status_code=303)


@router.post("/sessions/end")
def end_other_sessions_page(services: ServicesDep, who: VisitorDep) -> Response:
    """Sign out everywhere but here."""
    services.sessions.end_all(who.actor.id, by=who.actor, but=who.session)
    return RedirectResponse("/account", status_code=303)


@router.post("/preferences")
async def save_preferences_page(
    request: Request, services: ServicesDep, who: VisitorDep, language: Annotated[ReportLanguage, Form()],
    digits: Annotated[Digits | None, Form()] = None, theme: Annotated[Theme | None, Form()] = None,
    back: Annotated[str, Form(max_length=2000)] = "/account",
) -> Response:
    """Kept in this browser."""
    now = Preferences.of(request)
    answer = RedirectResponse(back if relative(back) else "/account", status_code=303)
    Preferences(language, digits or now.digits, theme or now.theme).keep(answer, secure=is_secure(request, services.settings))
    return answer


@router.get("/password")
def password_page(request: Request, who: VisitorDep) -> Response:
    """A form; whoever came with a one-time password sees nothing else first."""
    return render(request, "password.html", failed=None, newcomer=who.actor.rights is not None)


@router.post("/password")
async def change_password_page(
    request: Request, services: ServicesDep, who: VisitorDep, old: Annotated[str, Form(max_length=1000)] = "",
    new: Annotated[str, Form(max_length=1000)] = "", again: Annotated[str, Form(max_length=1000)] = "",
) -> Response:
    """Another password; one's other sessions end."""
    newcomer, address = who.actor.rights is not None, address_of(request)
    if new != again:
        return render(request, "password.html", status=422, failed="differs", newcomer=newcomer)
    try:
        await slowly(request, lambda: services.passwords.change(old, new, by=who.actor, address=address, session=who.session))
    except InputError as error:
        return render(request, "password.html", status=422, failed="wrong" if error.field == "old" else "weak", newcomer=newcomer)
    except TooManyTriesError:
        return render(request, "password.html", status=429, failed="too_many", newcomer=newcomer)
    return RedirectResponse("/", status_code=303)
