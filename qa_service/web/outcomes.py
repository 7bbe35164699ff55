"""Outcomes: how many customers are satisfied, those included who never answered; who leaves, and how hard it was."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi import Path as InPath
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.churn import LEAST_CUSTOMERS
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.domain.report import Table
from qa_service.rendering.locale import Locale
from qa_service.rendering.page import view
from qa_service.services.reporting import parts
from qa_service.services.satisfaction_learning import SATISFACTION
from qa_service.store.outcomes import Place
from qa_service.web import outcome_tables as tables
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import MonthName, month_span, months
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/outcomes", route_class=PageRoute, include_in_schema=False)
_Channel = OneOf[Channel]
_By = Annotated[Literal["channel", "team", "queue", "language", "agent"], Query()]
_BY = ("channel", "team", "queue", "language", "agent")


@router.get("")
def outcomes_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, month: MonthName = "", team: Wanted = "",
    channel: _Channel = "", by: _By = "channel",
) -> Response:
    """Satisfaction, and who answers."""
    locale, chosen = _locale(request, services), _channel(channel)
    report = services.satisfaction.report(_place(month, chosen, within, locale, team=team), by=by)
    learns = who.may(Right.LEARN)
    models = services.satisfaction.models() if learns else ()
    model = next((one.model for one in models if one.model.version == report.model), None)
    return render(
        request, "outcomes.html", report=report, by=by, ways=_BY, told=tables.told(report.total), learns=learns, models=models,
        groups=_shown(tables.groups(report, by), locale), errors=None if model is None else _shown(tables.errors(model), locale),
        bands=None if model is None else _shown(tables.bands(model), locale), model=model, job=_job(services, who),
        **_form(services, locale, month, chosen, team=team, teams=services.teams.all(within=within)), **tabs(who),
    )


@router.get("/customers")
def outcome_customers_page(
    request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, month: MonthName = "", channel: _Channel = ""
) -> Response:
    """Who leaves, and how hard it was."""
    locale, chosen = _locale(request, services), _channel(channel)
    place = _place(month, chosen, within, locale)
    churn, effort = services.churns.churn(place), services.churns.effort(place)
    return render(
        request, "outcome_customers.html", churn=churn, effort=effort, least=LEAST_CUSTOMERS, rate=tables.rate(churn.total),
        segments=_shown(tables.segments(churn), locale), signs=_shown(tables.churn_signs(churn), locale),
        ease=tables.ease(effort), easy=parts.share(effort.easy), efforts=_shown(tables.effort_signs(effort), locale),
        at_risk=parts.share(churn.risk.at_risk), **_form(services, locale, month, chosen, team="", teams=()), **tabs(who),
    )


@router.get("/training")
def outcome_training_page(request: Request, services: ServicesDep, who: PageActorDep) -> Response:
    """How far the training is: a part of the page, which asks again while it runs."""
    if "HX-Request" not in request.headers:
        return RedirectResponse("/outcomes#training", status_code=303)
    return render(request, "outcome_training.html", job=_job(services, who))


@router.post("/training")
def train_outcomes_page(services: ServicesDep, who: PageActorDep) -> Response:
    """Learn from all answers, in the background."""
    services.satisfaction_learning.submit(by=who)
    return RedirectResponse("/outcomes#training", status_code=303)


@router.post("/models/{version}/use")
def use_outcome_model_page(
    services: ServicesDep, who: PageActorDep, version: Annotated[int, InPath(ge=1, le=1_000_000)]
) -> Response:
    """Predict new contacts with a version from now on."""
    services.satisfaction_learning.use(version, by=who)
    return RedirectResponse("/outcomes#training", status_code=303)


def tabs(who: Actor) -> dict[str, Any]:
    """The pages beside this one."""
    found = (
        ("/outcomes", "outcomes.tab_satisfaction", Right.READ_OUTCOMES),
        ("/outcomes/criteria", "outcomes.tab_criteria", Right.WRITE_RUBRICS),
        ("/outcomes/customers", "outcomes.tab_customers", Right.READ_OUTCOMES),
    )
    return {"tabs": [(path, key) for path, key, right in found if who.may(right)]}


def _job(services: Services, who: Actor) -> Any:
    """The last training, to those who may start one."""
    if not who.may(Right.LEARN):
        return None
    return next(iter(services.jobs.list(kind=SATISFACTION, limit=1).items), None)


def _place(month: str, channel: Channel | None, within: Scope, locale: Locale, *, team: str = "") -> Place:
    span = month_span(month, locale)
    return Place(span.since, span.until, channel, team=team or None, within=within)


def _form(services: Services, locale: Locale, month: str, channel: Channel | None, *, team: str, teams: Any) -> dict[str, Any]:
    return {
        "month": month, "months": months(locale, services.clock(), chosen=month), "channel": channel, "channels": list(Channel),
        "team": team, "teams": teams, "own": True, "queue": "",
    }


def _shown(table: Table, locale: Locale) -> Any:
    return view(table, locale) if table.rows else None


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)


def _channel(told: Channel | str) -> Channel | None:
    return told if isinstance(told, Channel) else None
