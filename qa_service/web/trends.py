"""Trends: how often something is said, and what is measured, period by period, with how sure that is."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.period import PeriodKind
from qa_service.domain.permission import Actor
from qa_service.domain.report import Unit
from qa_service.domain.search import LONGEST
from qa_service.errors import InputError
from qa_service.rendering.locale import Locale
from qa_service.rendering.messages import catalogue
from qa_service.services.reporting import parts
from qa_service.web.courses import large, measured, signal, unit_of
from qa_service.web.filters import Day, begin
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.query_faults import QueryFault, query_fault
from qa_service.web.search_form import Word
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/trends", route_class=PageRoute, include_in_schema=False)
QueryText = Annotated[str, Query(max_length=2 * LONGEST, pattern=r"^[^\x00]*$")]


@router.get("")
def trends_page(
    request: Request, services: ServicesDep, who: PageActorDep, q: QueryText = "", name: Annotated[Word, Query(alias="signal")] = "",
    filters: QueryText = "", every: Annotated[PeriodKind, Query()] = PeriodKind.WEEK, first: Annotated[Day, Query(alias="from")] = "",
    last: Annotated[Day, Query(alias="to")] = "",
) -> Response:
    """Words, or a signal; what cannot be followed is told beside its field."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    said: dict[str, Any] | None = None
    heard: dict[str, Any] | None = None
    refused: tuple[str, QueryFault] | None = None
    span = {"every": every}
    try:
        since, until = begin(first, field="from", locale=locale), begin(last, field="to", locale=locale, after=1)
        if q.strip():
            said = _said(services, who, q, locale, since=since, until=until, **span)
        elif name:
            heard = _measured(services, who, name, filters, locale, since=since, until=until, **span)
    except InputError as error:
        told = q if q.strip() else filters
        refused = ("words" if q.strip() else "signal", query_fault(error, told, locale))
    words = catalogue(locale.code)
    keys = {one: f"measured.{one.replace('.', '_')}" for one in services.analysis.catalogue}
    return render(
        request, "trends.html", status=200 if refused is None else 422, q=q, name=name, filters=filters, first=first, last=last, kind=every,
        every=list(PeriodKind), said_trend=said, heard=heard, refused=refused, chosen=services.analysis.catalogue.get(name),
        signals=[(one, keys[one] if keys[one] in words else None) for one in sorted(keys, key=lambda one: (keys[one] not in words, one))],
        label=keys[name] if name in keys and keys[name] in words else None,
    )


def _said(services: Services, who: Actor, q: str, locale: Locale, **told: Any) -> dict[str, Any]:
    found = services.trends.phrase(q, by=who, **told)
    rows = [(one, locale.value(parts.share(one.share)), locale.interval(parts.share(one.share))) for one in found.points]
    return {
        "rows": rows, "course": large("phrase", parts.said(q), found.points, locale), "found": sum(one.found for one in found.points),
        "of": sum(one.of for one in found.points),
    }


def _measured(services: Services, who: Actor, name: str, filters: str, locale: Locale, **told: Any) -> dict[str, Any]:
    found = services.trends.signal(name, by=who, query=filters.strip() or None, **told)
    spec = services.analysis.catalogue.get(name)
    key = f"measured.{name.replace('.', '_')}"
    label = parts.term(key) if key in catalogue(locale.code) else parts.said(name)
    amounts = [(one, measured(one, spec)) for one in found.points]
    return {
        "rows": [(one, locale.value(amount), locale.interval(amount)) for one, amount in amounts],
        "course": signal(name, label, found.points, spec, locale), "share": unit_of(spec) is Unit.SHARE,
        "n": sum(one.mean.n for one in found.points),
        "of": sum(one.of for one in found.points),
    }
