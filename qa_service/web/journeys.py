"""Journeys: all contacts of one customer in the order of time; and promises, due and broken ones first."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from qa_service.api.deps import Cursor, Id, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.estimation import wilson
from qa_service.domain.permission import Right
from qa_service.domain.promise import PromiseStatus
from qa_service.domain.report import Amount, Unit
from qa_service.rendering.locale import Locale
from qa_service.services.journeys import Step
from qa_service.services.reporting import parts
from qa_service.web.courses import mood
from qa_service.web.filters import Wanted
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(route_class=PageRoute, include_in_schema=False)
#: What needs somebody comes first.
STATUSES = (PromiseStatus.DUE, PromiseStatus.BROKEN, PromiseStatus.OPEN, PromiseStatus.KEPT, PromiseStatus.UNKNOWN)
#: A mood that far from neither is good or bad.
_FELT = 0.2


@router.get("/customers/{customer}")
def journey_page(request: Request, services: ServicesDep, who: PageActorDep, customer: Id) -> Response:
    """What they came for, how they left, what was promised, and what became of it."""
    locale = _locale(request, services)
    journey = services.journeys.read(customer, by=who)
    reasons = {one.reason.id: one.reason.title for one in journey.steps if one.reason is not None}
    return render(
        request, "journey.html", journey=journey, statuses=STATUSES, gaps=[_gap(one) for one in journey.steps],
        course=mood(journey.steps, parts.term("journey.mood_end"), locale), felt=felt, score_unit=Unit.SCORE, now=services.clock(),
        repeats=sum(bool(one.repeats) for one in journey.steps), reasons=reasons, may_open=who.may(Right.READ_SCORECARDS),
    )


@router.get("/promises")
def promises_page(
    request: Request, services: ServicesDep, within: PageScopeDep, status: Annotated[PromiseStatus, Query()] = PromiseStatus.DUE,
    team: Wanted = "", agent: Wanted = "", cursor: Cursor = None,
) -> Response:
    """By what became of them; and how each team keeps its own."""
    of_team, of_agent = team.strip() or None, agent.strip() or None
    found = services.history.promise_counts(team=of_team, agent=of_agent, within=within)
    total = {one: sum(counts.get(one, 0) for counts in found.values()) for one in PromiseStatus}
    page = services.history.promises(status=status, team=of_team, agent=of_agent, within=within, cursor=cursor, limit=50)
    urgent = sorted(found, key=lambda name: (-_late(found[name]), name or ""))
    return render(
        request, "promises.html", status_of=status, statuses=STATUSES, total=total, kept=_kept(total),
        teams=[(name, found[name], _kept(found[name])) for name in urgent], page=page, team=team, agent=agent,
        days=services.settings.promise_days,
    )


def felt(value: float) -> str:
    """A mood in a word."""
    return "good" if value > _FELT else "bad" if value < -_FELT else "neither"


def _gap(step: Step) -> timedelta | None:
    return None if step.hours_since is None else timedelta(hours=step.hours_since)


def _kept(counts: dict[PromiseStatus, int]) -> Amount:
    """Share that was kept of those of which somebody tells."""
    kept, broken = counts.get(PromiseStatus.KEPT, 0), counts.get(PromiseStatus.BROKEN, 0)
    return parts.share(wilson(kept, kept + broken))


def _late(counts: dict[PromiseStatus, int]) -> int:
    return counts.get(PromiseStatus.DUE, 0) + counts.get(PromiseStatus.BROKEN, 0)


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)
