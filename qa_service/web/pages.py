"""Pages: templates filled in for one visitor, with a strict policy; faults become pages, too."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.exceptions import HTTPException

from qa_service import __version__
from qa_service.api.problems import STATUSES
from qa_service.domain.report import Amount, Digits, ReportLanguage, Unit
from qa_service.errors import AuthenticationError, QaError
from qa_service.rendering.languages import LANGUAGES, said_in
from qa_service.rendering.locale import Locale
from qa_service.rendering.messages import catalogue
from qa_service.services.authentication import Caller
from qa_service.web.assets import asset
from qa_service.web.menu import menu_of
from qa_service.web.preferences import Preferences
from qa_service.web.refusals import refusal
from qa_service.web.visitor import known_visitor, token_of

_TEMPLATES = Path(__file__).parent / "templates"
#: Everything comes from this server; styles that scripts make need the page's own number.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "media-src 'self' blob:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"
)
_HTMX = "HX-Request"
#: Tags of the languages with their own digits, as browsers know them.
_NUMBERS = {ReportLanguage.EN: "en", ReportLanguage.FA: "fa-u-nu-arabext", ReportLanguage.AR: "ar-u-nu-arab"}


def render(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page, or a part of one, for whoever asks."""
    preferences = Preferences.of(request)
    locale = preferences.locale(request.app.state.settings.time_zone)
    visitor: Caller | None = getattr(request.state, "visitor", None)
    nonce = secrets.token_urlsafe(16)
    told = {
        "t": lambda key, **told: say(locale, key, **told), "locale": locale, "language": locale.language, "languages": LANGUAGES.values(),
        "preferences": preferences, "visitor": visitor, "csrf": token_of(request), "nonce": nonce, "path": request.url.path,
        "version": __version__, "menu": menu_of(visitor),
        "numbers": _NUMBERS[locale.code] if preferences.digits is Digits.NATIVE else "en",
        "said": lambda texts: said_in(texts, locale.code), **values,
    }
    headers = {"Content-Security-Policy": _POLICY.format(nonce=nonce), "Content-Language": locale.code.value, "Vary": "Cookie, HX-Request"}
    return HTMLResponse(_environment().get_template(template).render(told), status_code=status, headers=headers)


def say(locale: Locale, key: str, **values: object) -> Markup:
    """A message with its values: numbers as the language writes them, words in a direction of their own, nothing of them as markup."""
    n = values.get("n")
    text = locale.written(key, n=float(n) if isinstance(n, int | float) else None)
    shown = {name: _shown(locale, value) for name, value in values.items()}
    return escape(text).format_map(shown) if shown else escape(text)


class PageRoute(APIRoute):
    """A page's route: whoever is not signed in is sent to do so, and every fault is a page in the visitor's language."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, its faults caught."""
        handle = super().get_route_handler()

        async def caught(request: Request) -> Response:
            try:
                return await handle(request)
            except AuthenticationError:
                return _to_sign_in(request)
            except QaError as error:
                status = next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)
                return await fault(request, status, detail=error.message, hint=error.hint, told=refusal(error))
            except RequestValidationError as error:
                detail = "; ".join(f"{'.'.join(map(str, one['loc'][1:]))}: {one['msg']}" for one in error.errors())
                return await fault(request, HTTPStatus.UNPROCESSABLE_ENTITY, detail=detail)
            except HTTPException as error:
                return await fault(request, error.status_code, detail=str(error.detail), hint=getattr(error, "hint", None))

        return caught


async def fault(request: Request, status: int, *, detail: str = "", hint: str | None = None, told: str | None = None) -> HTMLResponse:
    """What went wrong, as a page; within one, as words for its place. ``detail`` and ``hint``: in English; ``told``: a message."""
    await known_visitor(request)
    part = _HTMX in request.headers
    known = status if status in (403, 404, 409, 410, 412, 422, 429) else 500 if status >= 500 else 422
    template = "fault_part.html" if part else "fault.html"
    return render(request, template, status=status, kind=f"fault.{known}", detail=detail, hint=hint, told=told)


def _to_sign_in(request: Request) -> Response:
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    back = "" if request.method != "GET" or wanted == "/" else f"?next={quote(wanted, safe='')}"
    if _HTMX in request.headers:
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    return RedirectResponse(f"/sign-in{back}", status_code=303)


def _shown(locale: Locale, value: object) -> Markup:
    if isinstance(value, Markup):
        return value
    if isinstance(value, bool):
        raise TypeError("a message tells no truth values")
    if isinstance(value, int):
        return escape(locale.text(f"{value:,}"))
    return Markup("<bdi>{}</bdi>").format(value)


def prepare() -> None:
    """Read every template and all words now, which whoever asks first would wait for; half a second."""
    environment = _environment()
    for name in environment.list_templates(extensions=("html",)):
        environment.get_template(name)
    for language in ReportLanguage:
        catalogue(language)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )
    environment.globals.update(_globals())
    return environment


def _globals() -> Mapping[str, Any]:
    return {"asset": asset, "refusal": refusal, "share_of": lambda value: Amount(value=value, unit=Unit.SHARE)}
