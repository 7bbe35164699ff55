"""Alerts: what saved searches found often enough to be told."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from qa_service.api.deps import ActorDep, Cursor, Filter, Id, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.saved_search import Alert, AlertState

router = APIRouter(prefix="/alerts", route_class=Door)


class AlertPage(PageOf[Alert]):
    """A page of alerts."""


@router.get("", response_model=AlertPage, responses=documented(401, 403, 422), summary="List alerts")
def list_alerts(
    services: ServicesDep, who: ActorDep, state: Annotated[AlertState | None, Query()] = None,
    saved_search: Filter = None, cursor: Cursor = None, limit: Limit = 50,
) -> AlertPage:
    """Of your own saved searches and of shared ones; the last raised first, one for each search and period."""
    return AlertPage.of(services.saved_searches.alerts(by=who, state=state, saved=saved_search, cursor=cursor, limit=limit))


@router.get("/{alert}", response_model=Alert, responses=documented(401, 403, 404, 422), summary="Read an alert")
def get_alert(services: ServicesDep, who: ActorDep, alert: Id) -> Alert:
    """What was found when it was raised, of how many, and who has seen it."""
    return services.saved_searches.alert(alert, by=who)


@router.post("/{alert}/acknowledge", response_model=Alert, responses=documented(401, 403, 404, 422), summary="Acknowledge an alert")
def acknowledge_alert(services: ServicesDep, who: ActorDep, once: OnceDep, alert: Id) -> Response:
    """Say that you have seen it; the first who does so stands in the record."""
    return once.run(lambda: (200, services.saved_searches.acknowledge(alert, by=who)), request="")
