"""Sessions: where one is signed in, and signing out."""

from __future__ import annotations

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from qa_service.api.deps import SESSION_COOKIE, ActorDep, Id, ServicesDep, WhoDep
from qa_service.api.door import Door
from qa_service.api.problems import documented
from qa_service.api.sign_in import SignedIn, drop_cookie
from qa_service.errors import AuthenticationError, NotFoundError
from qa_service.services.authentication import Caller, csrf_token
from qa_service.store.sessions import Session

router = APIRouter(prefix="/sessions", route_class=Door)


class OwnSession(Session):
    """One of one's own sessions."""

    #: The one that this request came with.
    current: bool


class OwnSessions(BaseModel):
    """Where one is signed in."""

    model_config = ConfigDict(extra="forbid")

    #: The last opened first.
    sessions: tuple[OwnSession, ...]


@router.get("", response_model=OwnSessions, responses=documented(401), summary="List your sessions")
def list_sessions(services: ServicesDep, who: WhoDep) -> OwnSessions:
    """Where you are signed in, with address and browser; the last opened first."""
    found = services.sessions.list(who.actor.id)
    return OwnSessions(sessions=tuple(OwnSession(**dict(one), current=one.id == who.session) for one in found))


@router.get("/current", response_model=SignedIn, responses=documented(401, 404), summary="Read the session in use")
def get_current_session(services: ServicesDep, who: WhoDep, request: Request) -> SignedIn:
    """With the token that pages send along, for pages that were loaded anew. 404 for a key."""
    current = _current(who)
    session = next((one for one in services.sessions.list(who.actor.id) if one.id == current), None)
    if session is None:
        raise AuthenticationError("this session is over", hint="sign in again")
    token = csrf_token(request.cookies[SESSION_COOKIE])
    return SignedIn(session=session, csrf_token=token, must_change_password=who.actor.rights is not None)


@router.delete("/current", status_code=204, responses=documented(401, 403, 404), summary="Sign out")
def end_current_session(services: ServicesDep, who: WhoDep, request: Request, response: Response) -> None:
    """The session ends and the cookie goes. 404 for a key."""
    services.sessions.end(_current(who), by=who.actor)
    drop_cookie(response, request, settings=services.settings)


@router.delete("/{session}", status_code=204, responses=documented(401, 403, 404, 422), summary="End one of your sessions")
def end_session(services: ServicesDep, who: ActorDep, session: Id) -> None:
    """Sign out in another browser."""
    services.sessions.end(session, by=who)


@router.delete("", status_code=204, responses=documented(401, 403), summary="Sign out everywhere")
def end_sessions(services: ServicesDep, who: ActorDep, request: Request, response: Response) -> None:
    """All your sessions end, this one too; keys stay."""
    services.sessions.end_all(who.id, by=who)
    drop_cookie(response, request, settings=services.settings)


def _current(who: Caller) -> str:
    if who.session is None:
        raise NotFoundError("this request came with a key, not with a session", field="session")
    return who.session
