"""Signing in with an OpenID provider: there and back, in a browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Cookie, Query, Request
from starlette.responses import RedirectResponse, Response

from qa_service.api.deps import ServicesDep, address_of
from qa_service.api.problems import documented
from qa_service.api.sign_in import set_cookie
from qa_service.bootstrap import Services
from qa_service.errors import AuthenticationError, NotFoundError, ProviderError, QaError, SignInError, TooManyTriesError
from qa_service.services.oidc_attempt import LIFETIME, Answer

if TYPE_CHECKING:
    from qa_service.services.oidc import ProviderSignIn

router = APIRouter(prefix="/oidc")

#: Cookie of a browser that is at the provider's.
ATTEMPT_COOKIE = "qa_oidc"
_PATH = "/v1/oidc"
Asked = Annotated[str | None, Query(max_length=4000, pattern=r"^[^\x00-\x1f\x7f]+$")]


@router.get(
    "/login", status_code=303, response_class=Response, summary="Sign in with the OpenID provider",
    responses={303: {"description": "To the provider"}, **documented(404, 422, 503)},
)
def begin_oidc_sign_in(
    services: ServicesDep, request: Request,
    target: Annotated[str, Query(alias="next", max_length=1000, description="Path in this service to go to at the end.")] = "/docs",
) -> Response:
    """Sends the browser to the provider that the operator named; 404 where there is none. It comes back to `/v1/oidc/callback`."""
    provider = _provider(services)
    try:
        departure = provider.begin(target=target)
    except ProviderError as error:
        return _told(error, request)
    response = RedirectResponse(departure.address, status_code=303)
    response.set_cookie(
        ATTEMPT_COOKIE, departure.cookie, max_age=int(LIFETIME.total_seconds()), path=_PATH, httponly=True, samesite="lax",
        secure=provider.is_https,
    )
    return response


@router.get(
    "/callback", status_code=303, response_class=Response, summary="Come back from the OpenID provider",
    responses={303: {"description": "Signed in, to where `next` said"}, **documented(401, 404, 409, 422, 429, 503)},
)
def finish_oidc_sign_in(
    services: ServicesDep, request: Request, state: Asked = None, code: Asked = None, error: Asked = None, iss: Asked = None,
    cookie: Annotated[str | None, Cookie(alias=ATTEMPT_COOKIE, max_length=4000)] = None,
) -> Response:
    """Opens a session, as `POST /v1/sessions` does. 401 with the `field` that was wrong: `state`, `nonce`, `id_token`, `email` ..."""
    provider = _provider(services)
    answer = Answer(state=state or "", code=code, error=error, issuer=iss)
    try:
        arrival = provider.finish(answer, cookie=cookie, address=address_of(request), client=request.headers.get("user-agent"))
    except (AuthenticationError, TooManyTriesError, ProviderError) as refusal:
        return _told(refusal, request)
    response = RedirectResponse(arrival.target, status_code=303)
    response.delete_cookie(ATTEMPT_COOKIE, path=_PATH, httponly=True, samesite="lax", secure=provider.is_https)
    set_cookie(response, request, arrival.session, settings=services.settings)
    return response


def _told(error: QaError, request: Request) -> Response:
    """What went wrong: on the page where people sign in for whoever looks at pages, else as every other error."""
    if "text/html" not in request.headers.get("accept", ""):
        raise error
    wrong = error.field if isinstance(error, SignInError) and error.field else error.code
    return RedirectResponse(f"/sign-in?{urlencode({'refused': wrong})}", status_code=303)


def _provider(services: Services) -> ProviderSignIn:
    if services.oidc is None:
        hint = "the operator sets QA_OIDC_ISSUER; sign in with a password"
        raise NotFoundError("nobody has set up an OpenID provider", field="QA_OIDC_ISSUER", hint=hint)
    return services.oidc
