"""What handlers ask for: the services, who calls, and the parameters that many operations share."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Generic, Self, TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import BackgroundTasks, Depends, Header, Query, Request
from fastapi import Path as InPath
from fastapi.security import APIKeyCookie, APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from qa_service.api.problems import HttpProblem
from qa_service.api.rights import RIGHTS
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Scope
from qa_service.errors import InputError, PermissionDeniedError
from qa_service.services.authentication import Caller, is_csrf_token
from qa_service.store.jobs import Urgency
from qa_service.store.pages import MOST, Page

T = TypeVar("T")
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
#: Words of any kind, and in one line or several in which something is said. PostgreSQL stores no NUL.
TEXT = r"^[^\x00]*$"
LINE = r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$"
SAID = r"^[^\x00]*[^\s\x00][^\x00]*$"
_DAY = len("2026-11-02")

#: Cookie of a session.
SESSION_COOKIE = "qa_session"
#: Header that shows that one of our own pages makes the request.
CSRF_HEADER = "X-CSRF-Token"
#: Methods that change nothing.
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

_bearer = HTTPBearer(scheme_name="bearer", description="`Authorization: Bearer KEY`", auto_error=False)
_header = APIKeyHeader(name="X-API-Key", scheme_name="api_key", description="`X-API-Key: KEY`", auto_error=False)
_cookie = APIKeyCookie(
    name=SESSION_COOKIE, scheme_name="session", auto_error=False,
    description=f"The cookie of `POST /v1/sessions`; what changes something needs its `{CSRF_HEADER}` too.",
)


async def services_of(request: Request) -> Services:
    """The services of this application."""
    services = request.app.state.services
    assert isinstance(services, Services), "the application was not started"
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def address_of(request: Request) -> str:
    """Network address of whoever calls, as the server or a proxy that it trusts tells it."""
    return request.client.host if request.client is not None else "unknown"


async def slowly(request: Request, act: Callable[[], T]) -> T:
    """What is slow by design (hashing passwords), a few at once in threads of its own: nothing else waits for it."""
    limiter = request.app.state.slow
    assert isinstance(limiter, CapacityLimiter)
    return await to_thread.run_sync(act, limiter=limiter)


class Brief:
    """Runs acts that take a few milliseconds, most of them with the database held, in few threads of their own.

    One that holds the database and waits for the interpreter holds up all the others: with two at a time 20 reviewers wait an eighth less
    than with eight (``qa-service bench review``).
    """

    def __init__(self, limiter: CapacityLimiter) -> None:
        self._limiter = limiter

    async def __call__(self, act: Callable[[], T]) -> T:
        """What the act returns."""
        return await to_thread.run_sync(act, limiter=self._limiter)


async def brief(request: Request) -> Brief:
    """For saves of reviewers."""
    limiter = request.app.state.brief
    assert isinstance(limiter, CapacityLimiter)
    return Brief(limiter)


BriefDep = Annotated[Brief, Depends(brief)]


async def who_calls(
    request: Request, services: ServicesDep, background: BackgroundTasks,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)], header: Annotated[str | None, Depends(_header)],
    cookie: Annotated[str | None, Depends(_cookie)],
) -> Caller:
    """Whoever calls, by a key or, without one, by the session of the cookie; raises :class:`AuthenticationError`."""
    known = services.authentication
    found = await _identified(request, bearer, header, cookie)
    if known.is_due(found):
        # After the response: nobody waits for it.
        background.add_task(known.note, found)
    return found


async def _identified(request: Request, bearer: HTTPAuthorizationCredentials | None, header: str | None, cookie: str | None) -> Caller:
    seen: Caller | None = getattr(request.state, "caller", None)
    if seen is not None:
        return seen
    known = (await services_of(request)).authentication
    key = bearer.credentials if bearer is not None else header
    found: Caller
    if key or not cookie:
        recalled = known.recall_key(key)
        found = await run_in_threadpool(known.by_key, key) if recalled is None else recalled
    else:
        recalled = known.recall_session(cookie)
        found = await run_in_threadpool(known.by_session, cookie) if recalled is None else recalled
        if request.method not in _SAFE and not is_csrf_token(request.headers.get(CSRF_HEADER), token=cookie):
            hint = "send the csrf_token that came with the session; GET /v1/sessions/current tells it again"
            raise PermissionDeniedError("a session that changes something shows its token", field=CSRF_HEADER, hint=hint)
    request.state.caller = found
    return found


WhoDep = Annotated[Caller, Depends(who_calls)]


async def actor(request: Request, who: WhoDep) -> Actor:
    """Whoever calls, with the right to this operation (:mod:`qa_service.api.rights`): here, and nowhere else, it is asked for.

    Raises :class:`AuthenticationError` and :class:`PermissionDeniedError`.
    """
    who.actor.check(RIGHTS[request.scope["route"].name])
    return who.actor


ActorDep = Annotated[Actor, Depends(actor)]


async def admit(request: Request) -> None:
    """The same question, asked before anything of the request is read; raises as :func:`actor`."""
    await actor(request, await _identified(request, await _bearer(request), await _header(request), await _cookie(request)))


async def scope(request: Request, who: ActorDep) -> Scope:
    """Whose things this operation may touch for whoever calls."""
    return who.scope(RIGHTS[request.scope["route"].name])


ScopeDep = Annotated[Scope, Depends(scope)]


async def caller(who: ActorDep) -> str:
    """User id of whoever calls."""
    return who.id


CallerDep = Annotated[str, Depends(caller)]


def _moment(value: Any) -> Any:
    return f"{value}T00:00:00Z" if isinstance(value, str) and len(value) == _DAY else value


def _in_utc(value: datetime) -> datetime:
    if not 1900 <= value.year <= 9000:
        raise ValueError("the year should be between 1900 and 9000")
    return value.astimezone(UTC)


#: A moment with its zone, or a day, which begins at midnight UTC.
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_utc)]
#: An id in a path.
Id = Annotated[str, InPath(max_length=200, pattern=_PRINTABLE)]
#: A filter that is a name or id.
Filter = Annotated[str | None, Query(min_length=1, max_length=200, pattern=_PRINTABLE)]
Cursor = Annotated[str | None, Query(max_length=1000, description="`next` of the page before; leave out for the first page.")]
Limit = Annotated[int, Query(ge=1, le=MOST, description="Most items on the page.")]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=1000, description="ETag of the revision that you have seen.")]
IfNoneMatch = Annotated[
    str | None, Header(alias="If-None-Match", max_length=1000, description="ETag that you have; 304 when it is current.")
]


@dataclass(frozen=True, kw_only=True)
class Period:
    """``since <= contact < until``."""

    since: datetime | None
    until: datetime | None


def period(
    since: Annotated[Moment | None, Query(alias="from", description="Contacts from this moment or day (UTC) on.")] = None,
    until: Annotated[Moment | None, Query(alias="to", description="Contacts before this moment or day.")] = None,
) -> Period:
    """The period of a list; raises :class:`InputError` when it ends before it starts."""
    if since is not None and until is not None and until <= since:
        raise InputError("the period ends before it starts", field="to", hint="'from' comes before 'to'")
    return Period(since=since, until=until)


PeriodDep = Annotated[Period, Depends(period)]


class PageOf(BaseModel, Generic[T]):
    """A page and the way to the next one."""

    model_config = ConfigDict(extra="forbid")

    #: In the order of the list.
    items: tuple[T, ...]
    #: Cursor of the next page; null on the last.
    next: str | None

    @classmethod
    def of(cls, page: Page[Any], items: Iterable[T] | None = None) -> Self:
        """A page of the store, its items as they are or as given."""
        return cls(items=tuple(page.items if items is None else items), next=page.next)


class Asked(BaseModel):
    """What whoever asks for work wants differently."""

    model_config = ConfigDict(extra="forbid")

    #: Rubric id instead of the one in force for the channel.
    rubric: str | None = Field(default=None, min_length=1, max_length=200, pattern=_PRINTABLE)
    #: Speech engine instead of the one in the settings.
    engine: str | None = Field(default=None, min_length=1, max_length=200, pattern=_PRINTABLE)
    #: How urgent it is; batches wait for what comes by itself, unless told.
    priority: Urgency | None = None


def asked(
    rubric: Annotated[Filter, Query(description="Rubric id instead of the one in force for the channel.")] = None,
    engine: Annotated[Filter, Query(description="Speech engine instead of the one in the settings.")] = None,
    priority: Annotated[
        Urgency | None, Query(description="How urgent it is; batches wait for what comes by itself, unless told.")
    ] = None,
) -> Asked:
    """Rubric, engine and urgency from the query."""
    return Asked(rubric=rubric, engine=engine, priority=priority)


AskedDep = Annotated[Asked, Depends(asked)]


def media_type(request: Request, allowed: Iterable[str]) -> str:
    """Media type of the body, lower case and without parameters; raises :class:`HttpProblem` (415) for any but the allowed ones."""
    told = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    known = tuple(allowed)
    if told not in known:
        raise HttpProblem(
            HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"the body is {told or 'of no told type'}", field="Content-Type",
            hint=f"one of: {', '.join(known)}",
        )
    return told
