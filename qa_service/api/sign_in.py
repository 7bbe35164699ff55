"""Signing in: a login and a password in, a session out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.responses import Response

from qa_service.api.deps import CSRF_HEADER, SESSION_COOKIE, ServicesDep, address_of, slowly
from qa_service.api.problems import documented
from qa_service.services.sessions import Opened
from qa_service.settings import Settings
from qa_service.store.sessions import Session

router = APIRouter(prefix="/sessions")
_COOKIE = {"headers": {"Set-Cookie": {"schema": {"type": "string"}, "description": f"`{SESSION_COOKIE}`: the session"}}}


class SignInBody(BaseModel):
    """Who one says to be, and what only they know."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"login": "rita", "password": "olive tram window 41"}})

    #: Login; capitals do not matter.
    login: str = Field(min_length=1, max_length=200)
    #: Password.
    password: SecretStr = Field(min_length=1, max_length=1000)


class SignedIn(BaseModel):
    """A session, for the pages that use it."""

    model_config = ConfigDict(extra="forbid")

    #: The session.
    session: Session
    #: What pages send as the header X-CSRF-Token with everything that changes something.
    csrf_token: str
    #: The password was chosen by somebody else: nothing but choosing another is allowed.
    must_change_password: bool = False


@router.post(
    "", response_model=SignedIn, status_code=201, responses={201: _COOKIE, **documented(401, 413, 422, 429)},
    summary="Sign in with a password", description=f"Sets the cookie `{SESSION_COOKIE}`; send `{CSRF_HEADER}` with what changes something. "
    "Whatever is wrong is answered alike; after too many tries 429 with `Retry-After`.",
)
async def sign_in(services: ServicesDep, request: Request, response: Response, body: SignInBody) -> SignedIn:
    """Open a session."""
    client, address = request.headers.get("user-agent"), address_of(request)
    secret = body.password.get_secret_value()
    opened = await slowly(request, lambda: services.sessions.sign_in(body.login, secret, address=address, client=client))
    set_cookie(response, request, opened, settings=services.settings)
    return SignedIn(session=opened.session, csrf_token=opened.csrf, must_change_password=opened.newcomer)


def set_cookie(response: Response, request: Request, opened: Opened, *, settings: Settings) -> None:
    """Give the session to the browser; scripts and other sites cannot read it."""
    response.set_cookie(
        SESSION_COOKIE, opened.token, max_age=settings.session_hours * 3600, path="/", httponly=True, samesite="lax",
        secure=is_secure(request, settings),
    )


def drop_cookie(response: Response, request: Request, *, settings: Settings) -> None:
    """Take it back."""
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax", secure=is_secure(request, settings))


def is_secure(request: Request, settings: Settings) -> bool:
    """Whether cookies go over HTTPS alone."""
    https = request.url.scheme == "https" or settings.public_url.startswith("https://")
    return https or settings.secure_cookies == "always"
