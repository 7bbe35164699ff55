"""Interactions: what came in, what was said, what was measured, and where it was judged."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.disclosure import shown_to
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right, Scope
from qa_service.domain.report import Unit
from qa_service.domain.signal import Signal, SignalSpec
from qa_service.domain.signal import Unit as Measure
from qa_service.errors import NotFoundError
from qa_service.rendering.locale import Locale
from qa_service.services.journeys import Step
from qa_service.store.interactions import State, StoredInteraction
from qa_service.web.corrections import corrections
from qa_service.web.filters import Day, OneOf, Wanted, begin
from qa_service.web.listening import listening
from qa_service.web.pages import PageRoute, render, say
from qa_service.web.preferences import Preferences
from qa_service.web.visitor import PageActorDep, PageScopeDep

router = APIRouter(prefix="/interactions", route_class=PageRoute, include_in_schema=False)

#: Errors that pages have words of their own for, by code.
_FAULTS = frozenset({"audio", "conversation", "email", "engine", "judge", "processing", "provider"})


@router.get("")
def interactions_page(
    request: Request, services: ServicesDep, within: PageScopeDep, channel: OneOf[Channel] = "",
    agent: Wanted = "", team: Wanted = "", queue: Wanted = "", state: OneOf[State] = "",
    since: Annotated[Day, Query(alias="from")] = "", until: Annotated[Day, Query(alias="to")] = "", cursor: Cursor = None,
) -> Response:
    """The last taken in first."""
    locale = _locale(request, services)
    chosen = channel if isinstance(channel, Channel) else None
    reached = state if isinstance(state, State) else None
    page = services.interactions.list(
        channel=chosen, state=reached, agent=agent or None, team=team or None, queue=queue or None,
        since=begin(since, field="from", locale=locale), until=begin(until, field="to", locale=locale, after=1), within=within,
        cursor=cursor, limit=50,
    )
    told = {"channel": chosen or "", "state": reached or "", "agent": agent, "team": team, "queue": queue, "from": since, "to": until}
    return render(
        request, "interactions.html", page=page, filters=told, channels=list(Channel), states=list(State), faults=_told_faults(page.items)
    )


@router.get("/{interaction}")
def interaction_page(request: Request, services: ServicesDep, who: PageActorDep, within: PageScopeDep, interaction: str) -> Response:
    """One of them, as it is: nothing is reviewed here."""
    stored = services.interactions.get(interaction, within=within)
    hidden = services.calibrating.answering(by=who)
    return render(
        request, "interaction.html", one=stored, erased=stored.state is State.ERASED, faults=_told_faults([stored]),
        cards=[shown_to(card, who, calibrating=hidden) for card in services.interactions.scorecards(interaction, within=within)],
        topic=services.topics.of([interaction]).get(interaction), others=_others(services, stored, who),
        journey=who.may(Right.READ_HISTORY) and stored.state is State.SCORED, score_unit=Unit.SCORE,
        **_measured(services, interaction, within, locale=_locale(request, services)), **listening(services, interaction, who=who),
        **corrections(services, stored, who),
    )


def _locale(request: Request, services: Services) -> Locale:
    return Preferences.of(request).locale(services.settings.time_zone)


def _told_faults(stored: Any) -> dict[str, str]:
    """Message of what stopped each of them, by interaction."""
    faults = {one.interaction.id: one.error.code for one in stored if one.error is not None}
    return {name: f"contact_fault.{code if code in _FAULTS else 'other'}" for name, code in faults.items()}


def _others(services: Services, stored: StoredInteraction, who: Actor) -> tuple[Step, ...]:
    """Other contacts of the same customer, the newest first, where whoever reads may see them."""
    if stored.interaction.customer is None or not who.may(Right.READ_HISTORY):
        return ()
    try:
        steps = services.journeys.read(stored.interaction.customer.id, by=who).steps
    except NotFoundError:
        return ()
    return tuple(step for step in reversed(steps) if step.interaction != stored.interaction.id)


def _measured(services: Services, interaction: str, within: Scope, *, locale: Locale) -> dict[str, Any]:
    """Signals with a value as rows of name, value and method; names of the others."""
    try:
        found = (*services.interactions.signals(interaction, within=within), *services.history.signals(interaction))
    except NotFoundError:
        found = ()
    specs = services.analysis.catalogue
    rows = [(one.name, _value(one, specs.get(one.name), locale), specs.get(one.name)) for one in found if one.value is not None]
    return {"signals": rows, "unmeasured": [one.name for one in found if one.value is None]}


def _value(signal: Signal, spec: SignalSpec | None, locale: Locale) -> Any:
    """A value as people read it, with its unit."""
    value = signal.value
    assert value is not None
    if spec is None:
        return locale.number(value)
    if spec.unit is Measure.FLAG:
        return say(locale, "signal_unit.yes" if value else "signal_unit.no")
    whole = spec.unit is Measure.COUNT
    shown = locale.number(value * 100 if spec.unit is Measure.SHARE else value, Unit.COUNT if whole else Unit.NUMBER)
    return shown if spec.unit in (Measure.COUNT, Measure.SCORE) else say(locale, f"signal_unit.{spec.unit.name.lower()}", value=shown)
