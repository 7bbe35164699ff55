"""Saved searches: kept under a name, with what they found since one last looked, and the alerts that they raised."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NoReturn

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from qa_service.api.deps import Cursor, Id, ServicesDep
from qa_service.api.sign_in import is_secure
from qa_service.bootstrap import Services
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor, Right
from qa_service.domain.saved_search import AlertState, SavedSearch, SearchSpec, Threshold
from qa_service.errors import InputError
from qa_service.web.forms import Fields, FieldsDep, revision_of
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/saved-searches", route_class=PageRoute, include_in_schema=False)

#: When a browser last showed what each search had found: first letters of its id, and seconds.
_COOKIE = "qa_looked"
_LOOK = re.compile(r"([0-9a-f]{12})\.([0-9]{13})")
_LETTERS, _LOOKS, _YEAR = 12, 60, 365 * 24 * 3600


@router.get("")
def saved_searches_page(request: Request, services: ServicesDep, who: PageActorDep, cursor: Cursor = None) -> Response:
    """One's own and shared ones, with what is new in each; alerts that nobody has seen yet come first."""
    page = services.saved_searches.list(by=who, cursor=cursor, limit=50)
    counts = services.saved_searches.counts(page.items, by=who, since=_looks(request, page.items))
    alerts = services.saved_searches.alerts(by=who, state=AlertState.OPEN, limit=20)
    return render(request, "saved_searches.html", page=page, counts=counts, alerts=alerts, cursor=cursor)


@router.post("")
def save_search_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """Keep one; what cannot be kept is told beside what was written."""
    try:
        made = services.saved_searches.add(_spec(sent, sent.get("query", "")), by=who)
    except InputError as error:
        return render(request, "saved_search_new.html", status=422, sent=sent, declined=error, **_form(who, query=sent.get("query", "")))
    return RedirectResponse(f"/saved-searches/{made.id}", status_code=303)


@router.get("/{search}")
def saved_search_page(request: Request, services: ServicesDep, who: PageActorDep, search: Id, cursor: Cursor = None) -> Response:
    """What it found, its alerts, and how it is changed."""
    answer = _shown(request, services, who, search, cursor=cursor)
    if cursor is None:
        _look(request, answer, search, at=services.clock())
    return answer


@router.post("/{search}")
def change_saved_search_page(request: Request, services: ServicesDep, who: PageActorDep, search: Id, sent: FieldsDep) -> Response:
    """Another name, query or threshold; at rest, or looking again."""
    before = services.saved_searches.get(search, by=who)
    try:
        if sent.get("active"):
            services.saved_searches.change(search, by=who, active=sent["active"] == "true", expected=revision_of(sent))
        else:
            to = _spec(sent, sent.get("query", before.search.query))
            services.saved_searches.change(search, by=who, to=to, expected=revision_of(sent))
    except InputError as error:
        return _shown(request, services, who, search, declined=error)
    return RedirectResponse(f"/saved-searches/{search}", status_code=303)


@router.post("/{search}/delete")
def drop_saved_search_page(services: ServicesDep, who: PageActorDep, search: Id) -> Response:
    """Forget it."""
    services.saved_searches.drop(search, by=who)
    return RedirectResponse("/saved-searches", status_code=303)


@router.post("/alerts/{alert}")
def acknowledge_alert_page(services: ServicesDep, who: PageActorDep, alert: Id) -> Response:
    """Say that one has seen it, and go to what was found."""
    found = services.saved_searches.acknowledge(alert, by=who)
    return RedirectResponse(f"/saved-searches/{found.saved_search}", status_code=303)


def _shown(
    request: Request, services: Services, who: Actor, search: str, *, cursor: str | None = None, declined: InputError | None = None
) -> Response:
    one = services.saved_searches.get(search, by=who)
    last = _looks(request, [one]).get(one.id, one.created_at)
    found = services.saved_searches.counts([one], by=who, since={one.id: last})[one.id]
    return render(
        request, "saved_search.html", status=200 if declined is None else 422, one=one, last=last, counts=found,
        page=services.saved_searches.hits(search, by=who, cursor=cursor, limit=50), cursor=cursor, declined=declined,
        alerts=services.saved_searches.alerts(by=who, saved=search, limit=20), **_form(who, query=one.search.query),
        may_change=one.owner == who.id or who.may(Right.SHARE_SEARCHES),
    )


def _form(who: Actor, *, query: str) -> Mapping[str, Any]:
    return {"every": list(PeriodKind), "may_share": who.may(Right.SHARE_SEARCHES), "query": query}


def _spec(sent: Fields, query: str) -> SearchSpec:
    """What a form asks to be kept; raises :class:`InputError`."""
    threshold = _threshold(sent)
    try:
        return SearchSpec(name=sent.get("name", ""), query=query, threshold=threshold, shared=sent.get("shared") == "true")
    except ValidationError as error:
        _refuse(error)


def _threshold(sent: Fields) -> Threshold | None:
    if not sent.get("reach"):
        return None
    try:
        number = float(sent.get("number", ""))
        every = PeriodKind(sent.get("every", ""))
        if sent["reach"] == "share":
            return Threshold(every=every, share=number / 100)
        return Threshold(every=every, count=int(number) if number.is_integer() else -1)
    except ValidationError as error:
        _refuse(error)
    except (ValueError, OverflowError) as error:
        raise InputError("say from which number on you want to be told", field="number", hint="such as 5, or of shares 2.5") from error


def _refuse(error: ValidationError) -> NoReturn:
    first = error.errors(include_url=False)[0]
    raise InputError(first["msg"], field=".".join(map(str, first["loc"]))) from error


def _looks(request: Request, saved: Any) -> dict[str, datetime]:
    """When this browser last showed what they had found."""
    told = {short: int(ms) / 1000 for short, ms in _LOOK.findall(request.cookies.get(_COOKIE, ""))}
    known: list[SavedSearch] = [one for one in saved if one.id[:_LETTERS] in told]
    return {one.id: datetime.fromtimestamp(told[one.id[:_LETTERS]], UTC) for one in known}


def _look(request: Request, answer: Response, search: str, *, at: datetime) -> None:
    """Remember that it was shown just now; of many searches, the last ones."""
    told = [one for one in _LOOK.findall(request.cookies.get(_COOKIE, "")) if one[0] != search[:_LETTERS]]
    looks = [*told, (search[:_LETTERS], f"{int(at.timestamp() * 1000)}")][-_LOOKS:]
    value = "_".join(f"{short}.{ms}" for short, ms in looks)
    secure = is_secure(request, request.app.state.settings)
    answer.set_cookie(_COOKIE, value, max_age=_YEAR, path="/saved-searches", httponly=True, samesite="lax", secure=secure)
