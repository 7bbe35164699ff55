"""Calibration sessions set up by a lead: first the form, then who answers what."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Right
from qa_service.errors import InputError, QaError
from qa_service.store.interactions import State
from qa_service.web.filters import begin
from qa_service.web.forms import ChoicesDep, Fields, FieldsDep
from qa_service.web.pages import PageRoute, render
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/calibrations", route_class=PageRoute, include_in_schema=False)
_MOST_SHOWN = 50


@router.get("/new")
def new_calibration_page(
    request: Request, services: ServicesDep, who: PageActorDep, rubric: Annotated[str, Query(max_length=200)] = ""
) -> Response:
    """Without a form: which one; with it: its latest contacts and the reviewers, to be ticked."""
    return render(request, "calibration_new.html", **_offered(services, rubric, who))


@router.post("/new")
def create_calibration_page(
    request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep, chosen: ChoicesDep
) -> Response:
    """Set it up; what is wrong is told beside what was written."""
    interactions = [*chosen.get("interactions", ()), *_listed(sent, "others")]
    participants = [*chosen.get("participants", ()), *_listed(sent, "people")]
    try:
        title = sent.get("title", "")
        if not title or "\n" in title or len(title) > 300:
            raise InputError("a session needs a title of one line", field="title")
        made = services.calibrating.create(
            title=title, rubric=sent.get("rubric", ""), interactions=interactions, participants=participants,
            expert=sent.get("expert") or None, due=_due(request, services, sent), by=who,
        )
    except QaError as error:
        told = {**_offered(services, sent.get("rubric", ""), who), "sent": sent, "declined": error}
        return render(request, "calibration_new.html", status=422, **{**told, "ticked": {*interactions, *participants}})
    return RedirectResponse(f"/calibrations/{made.session.id}", status_code=303)


def _offered(services: Services, rubric: str, who: Actor) -> dict[str, Any]:
    forms = services.rubrics.list()
    form = next((one for one in forms if one.rubric == rubric), None)
    latest = () if form is None else services.interactions.list(
        channel=form.channel, state=State.SCORED, within=who.scope(Right.READ_INTERACTIONS), limit=_MOST_SHOWN
    ).items
    people = () if form is None else services.workloads.reviewers(by=who)
    return {"forms": forms, "form": form, "latest": latest, "people": people, "sent": {}, "declined": None, "ticked": set()}


def _listed(sent: Fields, field: str) -> list[str]:
    """One a line."""
    return [line.strip() for line in sent.get(field, "").splitlines() if line.strip()]


def _due(request: Request, services: Services, sent: Fields) -> datetime | None:
    """The end of the day that was told."""
    locale = Preferences.of(request).locale(services.settings.time_zone)
    return begin(sent.get("due", ""), field="due", locale=locale, after=1)
