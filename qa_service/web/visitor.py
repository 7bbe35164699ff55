"""The visitor: whoever has a page open, by the session of their browser; what pages change, they change on purpose."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Annotated

from fastapi import BackgroundTasks, Depends, Request
from starlette.concurrency import run_in_threadpool

from qa_service.api.deps import CSRF_HEADER, SESSION_COOKIE, services_of
from qa_service.api.problems import HttpProblem
from qa_service.domain.permission import Actor, Scope
from qa_service.errors import AuthenticationError
from qa_service.services.authentication import Caller, csrf_token, is_csrf_token
from qa_service.web.rights import PAGE_RIGHTS

#: Field of forms that shows that one of our own pages sent them.
CSRF_FIELD = "csrf"
_SAFE = frozenset({"GET", "HEAD"})


async def known_visitor(request: Request) -> Caller | None:
    """Whoever is signed in; ``None``: nobody, or not any more."""
    if not hasattr(request.state, "visitor"):
        request.state.visitor = await _found(request)
    found: Caller | None = request.state.visitor
    return found


async def visitor(request: Request, background: BackgroundTasks) -> Caller:
    """Whoever is signed in, with the right to this page (:mod:`qa_service.web.rights`): here, and nowhere else, it is asked for.

    Raises :class:`AuthenticationError`, :class:`PermissionDeniedError` and, for a change that no page of ours sent, :class:`HttpProblem`.
    """
    found = await _present(request, background)
    if request.method not in _SAFE:
        await _check_token(request)
    return _entitled(request, found)


async def sender(request: Request, background: BackgroundTasks) -> Caller:
    """Whoever sends files, asked for before any of it is read; whoever reads it checks the token that stands in it (:func:`check_token`).

    Raises as :func:`visitor`.
    """
    return _entitled(request, await _present(request, background))


async def _present(request: Request, background: BackgroundTasks) -> Caller:
    found = await known_visitor(request)
    if found is None:
        raise AuthenticationError("nobody is signed in")
    known = (await services_of(request)).authentication
    if known.is_due(found):
        # After the response: nobody waits for it, and whoever only reads pages is not signed out as idle.
        background.add_task(known.note, found)
    if request.method not in _SAFE:
        await check_origin(request)
    return found


def _entitled(request: Request, found: Caller) -> Caller:
    right = PAGE_RIGHTS[request.scope["route"].name]
    if right is not None:
        found.actor.check(right)
    return found


async def page_actor(who: Annotated[Caller, Depends(visitor)]) -> Actor:
    """Whoever acts."""
    return who.actor


async def page_scope(request: Request, who: Annotated[Caller, Depends(visitor)]) -> Scope:
    """Whose things this page may show."""
    right = PAGE_RIGHTS[request.scope["route"].name]
    assert right is not None, "a page about other people's things asks for a right"
    return who.actor.scope(right)


VisitorDep = Annotated[Caller, Depends(visitor)]
PageActorDep = Annotated[Actor, Depends(page_actor)]
PageScopeDep = Annotated[Scope, Depends(page_scope)]
SenderDep = Annotated[Caller, Depends(sender)]


async def check_origin(request: Request) -> None:
    """Raises :class:`HttpProblem` for what another site's page sends."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    told = origin is not None and origin != "null" and not hmac.compare_digest(origin.partition("://")[2].encode(), host.encode())
    if site not in ("same-origin", "none") or told:
        raise HttpProblem(HTTPStatus.FORBIDDEN, "another site sent this", field="Origin")


def token_of(request: Request) -> str:
    """What forms of this visitor show; empty for nobody."""
    cookie = request.cookies.get(SESSION_COOKIE)
    return csrf_token(cookie) if cookie else ""


async def _check_token(request: Request) -> None:
    shown = request.headers.get(CSRF_HEADER)
    if shown is None and request.headers.get("content-type", "").startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        field = (await request.form()).get(CSRF_FIELD)
        shown = field if isinstance(field, str) else None
    check_token(request, shown)


def check_token(request: Request, shown: str | None) -> None:
    """Raises :class:`HttpProblem` for a change that no page of ours sent."""
    if not is_csrf_token(shown, token=request.cookies[SESSION_COOKIE]):
        raise HttpProblem(HTTPStatus.FORBIDDEN, "the page is out of date", field=CSRF_FIELD, hint="load it again")


async def _found(request: Request) -> Caller | None:
    token = request.cookies.get(SESSION_COOKIE)
    if not token:
        return None
    known = (await services_of(request)).authentication
    try:
        return known.recall_session(token) or await run_in_threadpool(known.by_session, token)
    except AuthenticationError:
        return None
