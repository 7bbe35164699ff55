"""The review policy: deadlines, the blind share, and what may be final without a person; with how right the machine was found to be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.bootstrap import Services
from qa_service.domain.permission import Actor, Right
from qa_service.domain.policy import Policy
from qa_service.domain.report import Unit
from qa_service.errors import ConflictError, InputError, StaleVersionError
from qa_service.services.automation import AutomationReport
from qa_service.web.forms import Fields, FieldsDep, checked, revision_of
from qa_service.web.pages import PageRoute, render
from qa_service.web.tables import Words
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/policy", route_class=PageRoute, include_in_schema=False)
#: What is told in percent; everything else is a whole number, but for what is allowed or not.
SHARES = ("blind_share", "accept_at", "auto_at")
NUMBERS = ("due_days", "claim_minutes", "dispute_days", "decide_days", "accept_least", "auto_after_hours")
_HUNDRED = 100


@router.get("")
def policy_page(request: Request, services: ServicesDep, who: PageActorDep) -> Response:
    """What counts; for leads how right the machine is on each criterion, and every version."""
    return render(request, "policy.html", **_shown(services, who))


@router.post("")
def change_policy_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """From now on; what counts already stays the version it is."""
    try:
        services.policies.change(_policy(sent), expected=revision_of(sent), by=who)
    except (InputError, StaleVersionError) as error:
        told = {**_shown(services, who), "form": {**sent, "auto_finalize": bool(sent.get("auto_finalize"))}, "refused": error}
        return render(request, "policy.html", status=412 if isinstance(error, StaleVersionError) else 422, **told)
    return RedirectResponse("/policy", status_code=303)


@router.post("/automatic")
def finalize_automatically_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """How many scorecards would become final without a person, and why the others would not; or make them."""
    done: AutomationReport | None = None
    refused: ConflictError | None = None
    try:
        done = services.automating.run(by=who) if sent.get("act") else services.automating.plan(by=who)
    except ConflictError as error:
        refused = error
    told = {**_shown(services, who), "automatic": done, "not_run": refused}
    return render(request, "policy.html", status=409 if refused else 200, **told)


def _shown(services: Services, who: Actor) -> dict[str, Any]:
    stored, manages = services.policies.current(), who.may(Right.MANAGE_POLICY)
    accuracy = services.accuracies.report(by=who) if who.may(Right.READ_AUDIT_LANE) else None
    return {
        "stored": stored, "form": _form(stored.policy), "manages": manages, "shares": SHARES, "numbers": NUMBERS, "refused": None,
        "versions": services.policies.versions(by=who) if manages else (), "accuracy": accuracy, "words": Words.of(services),
        "automatic": None, "not_run": None, "share_unit": Unit.SHARE, "count_unit": Unit.COUNT,
    }


def _form(policy: Policy) -> Mapping[str, Any]:
    shares = {name: f"{getattr(policy, name) * _HUNDRED:.6g}" for name in SHARES}
    return {**shares, **{name: str(getattr(policy, name)) for name in NUMBERS}, "auto_finalize": policy.auto_finalize}


def _policy(sent: Fields) -> Policy:
    """The whole policy: a field that is left empty must not silently become what is shipped."""
    shares = {name: _share(sent, name) for name in SHARES}
    numbers = {name: sent.get(name, "") for name in NUMBERS}
    return checked(Policy, {**shares, **numbers, "auto_finalize": bool(sent.get("auto_finalize"))})


def _share(sent: Fields, field: str) -> float:
    told = sent.get(field, "")
    try:
        return float(told) / _HUNDRED
    except ValueError as error:
        raise InputError(f"{told!r} is no percentage", field=field, hint="0 to 100") from error
