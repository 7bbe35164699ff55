"""Sampling: plans that say which scorecards people review, what they picked and how fair that was, and who has how much to do."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.sampling import RunIn
from qa_service.bootstrap import Services
from qa_service.domain.interaction import Channel
from qa_service.domain.report import Unit
from qa_service.errors import ConflictError, InputError, NotFoundError, QaError, StaleVersionError
from qa_service.rendering.locale import Locale
from qa_service.services.sample import RunView
from qa_service.store.sampling import SamplingRun, StoredPlan
from qa_service.web.filters import OneOf, Wanted
from qa_service.web.forms import ChoicesDep, FieldsDep, checked, revision_of
from qa_service.web.pages import PageRoute, render
from qa_service.web.periods import month_span, months
from qa_service.web.plan_form import form_of, offered, plan_of, sent_form
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/sampling", route_class=PageRoute, include_in_schema=False)
_Month = Annotated[str | None, Query(alias="month", max_length=7, pattern=r"^(\d{4}-\d{2})?$")]
_UNITS: dict[str, Any] = {"share_unit": Unit.SHARE, "count_unit": Unit.COUNT, "number_unit": Unit.NUMBER}


@router.get("")
def sampling_page(
    request: Request, services: ServicesDep, who: PageActorDep, chosen_month: _Month = None, team: Wanted = "",
    channel: OneOf[Channel] = "", given: Annotated[int, Query(ge=0, le=500)] = 0,
    left: Annotated[int, Query(ge=0, le=500)] = 0, cursor: Cursor = None,
) -> Response:
    """Plans, who has how much to do, and how evenly agents are looked at: this month unless another, or everything, is asked for."""
    locale = _locale(request, services)
    month = months(locale, services.clock())[0].name if chosen_month is None else chosen_month
    span = month_span(month, locale)
    chosen = channel if isinstance(channel, Channel) else None
    plans = services.sampling.plans(cursor=cursor, limit=50)
    covered = services.workloads.coverage(by=who, since=span.since, until=span.until, team=team or None, channel=chosen)
    return render(
        request, "sampling.html", plans=plans, last={one.id: _last(services, one) for one in plans.items},
        reviewers=services.workloads.reviewers(by=who, since=span.since, until=span.until), covered=_uneven_first(covered), month=month,
        months=months(locale, services.clock(), chosen=month), team=team, channel=chosen, channels=list(Channel), given=given, left=left,
        unassigned=services.queue.list(by=who, unassigned=True, limit=500), **_UNITS,
    )


@router.post("/assign")
def assign_queue_page(services: ServicesDep, who: PageActorDep) -> Response:
    """Give out what lies with nobody, by language and load."""
    items = services.queue.distribute(None, by=who)
    left = sum(one.assigned_to is None for one in items)
    return RedirectResponse(f"/sampling?given={len(items) - left}&left={left}#load", status_code=303)


@router.get("/new")
def new_sampling_plan_page(request: Request, services: ServicesDep, who: PageActorDep) -> Response:
    """A form, filled in with what many begin with."""
    return render(request, "sampling_plan.html", stored=None, form=form_of(None), refused=None, **offered(services))


@router.post("/new")
def add_sampling_plan_page(
    request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep, chosen: ChoicesDep
) -> Response:
    """Active from now on; what it would have picked of the last period can be looked at first."""
    try:
        plan = plan_of(sent, chosen)
        if sent.get("preview"):
            preview = services.sampling.preview(plan, by=who)
            told: dict[str, Any] = {"preview": preview, "stored": None, "form": sent_form(sent, chosen), "refused": None}
            return render(request, "sampling_plan.html", **told, **offered(services), **_UNITS)
        made = services.sampling.add(plan, by=who)
    except (InputError, NotFoundError) as error:
        told = {"stored": None, "form": sent_form(sent, chosen), "refused": error}
        return render(request, "sampling_plan.html", status=422, **told, **offered(services))
    return RedirectResponse(f"/sampling/{made.id}", status_code=303)


@router.get("/{plan}")
def sampling_plan_page(request: Request, services: ServicesDep, who: PageActorDep, plan: str, cursor: Cursor = None) -> Response:
    """What it says, and what it picked."""
    return render(request, "sampling_plan.html", **_shown(services, services.sampling.plan(plan), cursor=cursor))


@router.post("/{plan}")
def change_sampling_plan_page(
    request: Request, services: ServicesDep, who: PageActorDep, plan: str, sent: FieldsDep, chosen: ChoicesDep
) -> Response:
    """A new version; what was sampled stays as it is."""
    try:
        to = plan_of(sent, chosen)
        if sent.get("preview"):
            preview = services.sampling.preview(to, by=who, plan=plan)
            told: dict[str, Any] = {**_shown(services, services.sampling.plan(plan)), "form": sent_form(sent, chosen), "preview": preview}
            return render(request, "sampling_plan.html", **told)
        services.sampling.change(plan, by=who, to=to, expected=revision_of(sent))
    except (InputError, NotFoundError, StaleVersionError) as error:
        stored = services.sampling.plan(plan)
        told = {**_shown(services, stored), "form": sent_form(sent, chosen), "refused": error}
        return render(request, "sampling_plan.html", status=412 if isinstance(error, StaleVersionError) else 422, **told)
    return RedirectResponse(f"/sampling/{plan}", status_code=303)


@router.post("/{plan}/state")
def switch_sampling_plan_page(
    services: ServicesDep, who: PageActorDep, plan: str, sent: FieldsDep, active: Annotated[bool, Form()]
) -> Response:
    """Whether periods that end are sampled by themselves."""
    services.sampling.change(plan, by=who, active=active, expected=revision_of(sent))
    return RedirectResponse(f"/sampling/{plan}", status_code=303)


@router.post("/{plan}/runs")
def run_sampling_plan_page(request: Request, services: ServicesDep, who: PageActorDep, plan: str, sent: FieldsDep) -> Response:
    """Sample a period that is over; once."""
    try:
        made = services.sampling.run(plan, by=who, period=checked(RunIn, {"period": sent.get("period") or None}).period)
    except (InputError, ConflictError) as error:
        told = {**_shown(services, services.sampling.plan(plan)), "not_run": error, "period": sent.get("period", "")}
        return render(request, "sampling_plan.html", status=_status(error), **told)
    return RedirectResponse(f"/sampling/{plan}/runs/{made.run.id}", status_code=303)


@router.get("/{plan}/runs/{run}")
def sampling_run_page(request: Request, services: ServicesDep, who: PageActorDep, plan: str, run: str) -> Response:
    """What was picked, from how many, with which seed, and how fair that was."""
    return render(request, "sampling_run.html", **_of_run(services.sampling.get_run(plan, run)))


def _of_run(view: RunView) -> dict[str, Any]:
    return {"view": view, "run": view.run, "plan": view.run.figures.plan, **_UNITS}


def _shown(services: Services, stored: StoredPlan, *, cursor: str | None = None) -> dict[str, Any]:
    return {
        "stored": stored, "form": form_of(stored.plan), "refused": None, "preview": None, "not_run": None, "period": "",
        "runs": services.sampling.runs(stored.id, cursor=cursor, limit=20), **offered(services), **_UNITS,
    }


def _last(services: Services, stored: StoredPlan) -> SamplingRun | None:
    return next(iter(services.sampling.runs(stored.id, limit=1).items), None)


def _uneven_first(covered: Any) -> list[Any]:
    """Whoever is looked at too much or too little first."""
    return sorted(covered, key=lambda one: (one.fairness.verdict == "fair", -abs(one.fairness.deviation), one.agent or ""))


def _status(error: QaError) -> int:
    return 409 if isinstance(error, ConflictError) else 422


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)
