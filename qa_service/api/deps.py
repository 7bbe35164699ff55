"""What handlers ask for: the services, who calls, and the parameters that many operations share."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated, Any, Generic, Self, TypeVar

from fastapi import Depends, Header, Query, Request
from fastapi import Path as InPath
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from qa_service.api.problems import HttpProblem
from qa_service.bootstrap import Services
from qa_service.errors import InputError
from qa_service.store.pages import MOST, Page

T = TypeVar("T")
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"
_DAY = len("2026-11-02")

_bearer = HTTPBearer(scheme_name="bearer", description="`Authorization: Bearer KEY`", auto_error=False)
_header = APIKeyHeader(name="X-API-Key", scheme_name="api_key", description="`X-API-Key: KEY`", auto_error=False)


def services_of(request: Request) -> Services:
    """The services of this application."""
    services = request.app.state.services
    assert isinstance(services, Services), "the application was not started"
    return services


ServicesDep = Annotated[Services, Depends(services_of)]


def caller(
    services: ServicesDep, bearer: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
    header: Annotated[str | None, Depends(_header)],
) -> str:
    """Name of whoever calls; raises :class:`AuthenticationError`."""
    return services.keys.caller(bearer.credentials if bearer is not None else header)


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


def asked(
    rubric: Annotated[Filter, Query(description="Rubric id instead of the one in force for the channel.")] = None,
    engine: Annotated[Filter, Query(description="Speech engine instead of the one in the settings.")] = None,
) -> Asked:
    """Rubric and engine from the query."""
    return Asked(rubric=rubric, engine=engine)


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
