"""Retention: how long words are kept, legal holds, and erasing a contact or a customer, with what exactly goes told before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import ServicesDep
from qa_service.api.erasures import CustomerIn, ReasonIn
from qa_service.bootstrap import Services
from qa_service.domain.report import Unit
from qa_service.errors import ConflictError, HeldError, InputError, NotFoundError, QaError
from qa_service.web.filters import Wanted
from qa_service.web.forms import Fields, FieldsDep, checked
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep

router = APIRouter(prefix="/retention", route_class=PageRoute, include_in_schema=False)
#: Contacts of a customer that are listed; all are counted.
_LISTED = 100
_HOUR = 3600
#: Entries of the ledger that are checked while somebody waits for another page.
_CHECKED_AT_ONCE = 50_000


@router.get("")
def retention_page(request: Request, services: ServicesDep, who: PageActorDep) -> Response:
    """The periods, what is due by them, and the holds."""
    return _overview(request, services)


@router.get("/interaction")
def interaction_to_erase_page(request: Request, services: ServicesDep, who: PageActorDep, id: Wanted = "") -> Response:
    """What exactly would go of a contact; asks for its id once more, and why."""
    try:
        return _of_interaction(request, services, id)
    except NotFoundError as error:
        return _overview(request, services, status=404, missing="interaction", sent={"id": id}, refused=error)


@router.post("/interaction")
def erase_interaction_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """Gone for good."""
    interaction = sent.get("id", "")
    try:
        _confirm(sent, interaction)
        done = services.retaining.erase(interaction, reason=checked(ReasonIn, {"reason": sent.get("reason", "")}).reason, by=who)
    except (InputError, ConflictError) as error:
        return _of_interaction(request, services, interaction, sent=sent, refused=error)
    return render(request, "erased.html", erased=(done,), kept=(), records=0, customer=None, **_checked_ledger(services))


@router.get("/customer")
def customer_to_erase_page(request: Request, services: ServicesDep, who: PageActorDep, id: Wanted = "") -> Response:
    """What exactly would go of a customer."""
    try:
        return _of_customer(request, services, id)
    except NotFoundError as error:
        return _overview(request, services, status=404, missing="customer", sent={"id": id}, refused=error)


@router.post("/customer")
def erase_customer_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """Gone for good, but for what is held or being worked on, which is named."""
    customer = sent.get("id", "")
    try:
        _confirm(sent, customer)
        told = checked(CustomerIn, {"customer": customer, "reason": sent.get("reason", "")})
        done = services.retaining.erase_customer(told.customer, reason=told.reason, by=who)
    except (InputError, ConflictError) as error:
        return _of_customer(request, services, customer, sent=sent, refused=error)
    kept = (*((one, "held") for one in done.held), *((one, "busy") for one in done.busy))
    told_ledger = _checked_ledger(services)
    return render(request, "erased.html", erased=done.erased, kept=kept, records=done.records, customer=customer, **told_ledger)


@router.post("/holds")
def hold_interaction_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """Nobody can erase it until it is released."""
    try:
        services.retaining.hold(sent.get("id", ""), reason=checked(ReasonIn, {"reason": sent.get("reason", "")}).reason, by=who)
    except (InputError, ConflictError, NotFoundError) as error:
        return _overview(request, services, status=_status(error), missing="hold", sent=sent, refused=error)
    return RedirectResponse("/retention#holds", status_code=303)


@router.post("/holds/release")
def release_interaction_page(request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep) -> Response:
    """It may be erased again."""
    try:
        services.retaining.release(sent.get("id", ""), reason=checked(ReasonIn, {"reason": sent.get("reason", "")}).reason, by=who)
    except (InputError, NotFoundError) as error:
        return _overview(request, services, status=_status(error), missing="release", sent=sent, refused=error)
    return RedirectResponse("/retention#holds", status_code=303)


def _overview(
    request: Request, services: Services, *, status: int = 200, missing: str = "", sent: Fields | None = None,
    refused: QaError | None = None,
) -> Response:
    found = services.retaining.show()
    due = sum(one.interactions for one in found.due)
    return render(
        request, "retention.html", status=status, retention=found, due=due, next_run=_next_run(services), missing=missing,
        sent=sent or {}, refused=refused, count_unit=Unit.COUNT,
    )


def _of_interaction(
    request: Request, services: Services, interaction: str, *, sent: Fields | None = None, refused: QaError | None = None
) -> Response:
    loss = services.erasure_previews.interaction(interaction)
    told = {"loss": loss, "sent": sent or {}, "refused": None if isinstance(refused, HeldError) else refused}
    return render(request, "erase_interaction.html", status=_status(refused), **told)


def _of_customer(
    request: Request, services: Services, customer: str, *, sent: Fields | None = None, refused: QaError | None = None
) -> Response:
    loss = services.erasure_previews.customer(customer)
    going = [one for one in loss.interactions if one.can_go]
    told: dict[str, Any] = {"loss": loss, "going": going, "staying": [one for one in loss.interactions if not one.can_go]}
    return render(request, "erase_customer.html", status=_status(refused), listed=_LISTED, sent=sent or {}, refused=refused, **told)


def _confirm(sent: Fields, wanted: str) -> None:
    """Whoever erases types what it is that goes."""
    if not wanted or sent.get("typed", "") != wanted:
        raise InputError("what was typed is not its id", field="typed", hint="type it exactly as it stands there")


def _checked_ledger(services: Services) -> dict[str, Any]:
    """That it still verifies; a long one is checked on its own page, where somebody waits for it on purpose."""
    short = services.audit.head().sequence <= _CHECKED_AT_ONCE
    return {"ledger": services.audit.verify() if short else None, "count_unit": Unit.COUNT}


def _next_run(services: Services) -> datetime | None:
    """When words whose time is over go; nothing where they only go on command, or none do."""
    settings = services.settings
    if settings.retain_every_hours <= 0 or not any(settings.retain_days.values()):
        return None
    now = services.clock()
    slot = settings.retain_every_hours * _HOUR
    return datetime.fromtimestamp((now.timestamp() // slot + 1) * slot, now.tzinfo)


def _status(error: QaError | None) -> int:
    if error is None:
        return 200
    return 404 if isinstance(error, NotFoundError) else 409 if isinstance(error, ConflictError) else 422
