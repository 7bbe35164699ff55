"""Forms of targets: what a figure should reach, everywhere or in one team, channel or queue; every change is a new version."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.base import Record
from qa_service.domain.indicator import FigureUnit, Indicator
from qa_service.domain.indicators import INDICATORS
from qa_service.domain.interaction import Channel
from qa_service.domain.permission import Actor, Right
from qa_service.domain.target import Target, TargetSet
from qa_service.errors import InputError, NotFoundError
from qa_service.web.figures import Filters, told_of
from qa_service.web.forms import Fields, FieldsDep, revision_of
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/figures", route_class=PageRoute, include_in_schema=False)
_Back = Annotated[str, Form(max_length=600, pattern=r"^[^\x00-\x1f\x7f]*$")]
#: Signs of Persian and Arabic numbers; digits of any script are read as they are.
_SIGNS = str.maketrans({"٫": ".", "٬": "", ",": "", "٪": "", "%": "", "−": "-"})
_R = TypeVar("_R", bound=Record)
_PLACES = ("team", "channel", "queue")


@router.post("/{indicator}/targets")
def set_target_page(
    request: Request, services: ServicesDep, who: PageActorDep, indicator: str, sent: FieldsDep, back: _Back = ""
) -> Response:
    """Set one, say that there is none, or take it away, so that the shipped one counts."""
    try:
        _set(services, who, indicator, sent)
    except InputError as error:
        return _again(request, services, who, indicator, sent, error)
    return RedirectResponse(f"/figures/{indicator}?{back}#targets", status_code=303)


@router.post("/service_level/rules")
def set_answer_rules_page(
    request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep, back: _Back = ""
) -> Response:
    """Within how many seconds an answer is in time, and a contact given up counts nowhere."""
    current = services.targets.current()
    try:
        told = {name: _seconds(sent.get(name, ""), name) for name in ("answer_within_seconds", "short_abandon_seconds")}
        services.targets.change(_checked({**dict(current.targets), **told}), expected=revision_of(sent), by=who)
    except InputError as error:
        return _again(request, services, who, "service_level", sent, error)
    return RedirectResponse(f"/figures/service_level?{back}#targets", status_code=303)


def _set(services: Services, who: Actor, indicator: str, sent: Fields) -> None:
    what = INDICATORS.get(indicator)
    if what is None:
        raise NotFoundError(f"no indicator {indicator!r}", field="indicator")
    current, place = services.targets.current(), {name: sent.get(name) or None for name in _PLACES}
    target = _target(what, sent, place)
    kept = tuple(one for one in current.targets.targets if one.place != target.place)
    changed = kept if sent.get("act") == "remove" else (*kept, target)
    services.targets.change(_checked({**dict(current.targets), "targets": changed}), expected=revision_of(sent), by=who)


def _again(request: Request, services: Services, who: Actor, indicator: str, sent: Fields, error: InputError) -> Response:
    """The page of the figure with what was typed, and why that was not taken."""
    chosen = Filters(None, "", None, "")
    told = told_of(request, services, who, who.scope(Right.READ_FIGURES), indicator, chosen, refused=error.message, sent=sent)
    return render(request, "figure.html", status=422, **told)


def _target(what: Indicator, sent: Fields, place: dict[str, str | None]) -> Target:
    told: dict[str, Any] = {"indicator": what.id, **place, "value": None}
    if sent.get("act") == "set":
        value = _number(sent.get("value", ""), "value") if what.unit is not FigureUnit.SECONDS else _seconds(sent.get("value", ""), "value")
        told["value"] = value / 100 if what.unit is FigureUnit.SHARE else value
    if place["channel"] is not None and place["channel"] not in {one.value for one in Channel}:
        raise InputError(f"no channel {place['channel']!r}", field="channel")
    return _valid(Target, told)


def _checked(values: dict[str, Any]) -> TargetSet:
    return _valid(TargetSet, values)


def _valid(kind: type[_R], values: dict[str, Any]) -> _R:
    try:
        return kind(**values)
    except ValidationError as error:
        first = error.errors()[0]
        raise InputError(first["msg"], field=str(first["loc"][-1]) if first["loc"] else "value") from error


def _number(told: str, field: str) -> float:
    try:
        return float(told.translate(_SIGNS).strip())
    except ValueError as error:
        raise InputError(f"{told!r} is no number", field=field, hint="as in 80, or 4.5") from error


def _seconds(told: str, field: str) -> float:
    """``90`` or ``1:30``."""
    total = 0.0
    for part in told.translate(_SIGNS).split(":"):
        total = total * 60 + _number(part, field)
    return total
