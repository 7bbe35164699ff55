"""Webhooks: which other systems are told of acts, whether messages reach them, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import RedirectResponse
from starlette.responses import Response

from qa_service.api.deps import Cursor, ServicesDep
from qa_service.api.webhooks import WebhookIn
from qa_service.bootstrap import Services
from qa_service.domain.webhook import GONE, PING, SILENT, WAITS, Delivery, DeliveryState, Event, Webhook
from qa_service.errors import ConflictError, InputError, QaError, StaleVersionError
from qa_service.web.forms import ChoicesDep, Fields, FieldsDep, checked, revision_of
from qa_service.web.pages import PageRoute, render
from qa_service.web.visitor import PageActorDep, visitor

router = APIRouter(prefix="/webhooks", route_class=PageRoute, include_in_schema=False, dependencies=[Depends(visitor)])
#: Why one was switched off, as messages.
STOPPED: Mapping[str, str] = {GONE: "webhooks.gone", SILENT: "webhooks.silent"}
#: What is tried within so long is looked at while the page is open.
_SOON = timedelta(minutes=2)
_MOST = 500
DeliveryFilter = Annotated[DeliveryState | Literal[""], Query(alias="state")]


@router.get("")
def webhooks_page(request: Request, services: ServicesDep) -> Response:
    """The last added first; never their secrets."""
    return render(request, "webhooks.html", hooks=services.webhooks.list(limit=_MOST).items, stopped=STOPPED)


@router.get("/new")
def new_webhook_page(request: Request) -> Response:
    """Where messages go, and what they tell of."""
    return render(request, "webhook_new.html", **_form({}, ()))


@router.post("/new")
def add_webhook_page(
    request: Request, services: ServicesDep, who: PageActorDep, sent: FieldsDep, chosen: ChoicesDep
) -> Response:
    """Its secret is on the answer, and nowhere else."""
    try:
        told = _told(sent, chosen)
        made, secret = services.webhooks.add(told.url, told.events, description=told.description, by=who)
    except (InputError, ConflictError) as error:
        return render(request, "webhook_new.html", status=422, **_form(sent, chosen.get("events", ()), error))
    return render(request, "webhook_secret.html", status=201, hook=made, secret=secret, renewed=False)


@router.get("/{webhook}")
def webhook_page(request: Request, services: ServicesDep, webhook: str, state: DeliveryFilter = "", cursor: Cursor = None) -> Response:
    """One, and its messages, the last first."""
    return _page(request, services, webhook, state=state, cursor=cursor)


@router.get("/{webhook}/deliveries")
def webhook_deliveries_page(
    request: Request, services: ServicesDep, webhook: str, state: DeliveryFilter = "", cursor: Cursor = None
) -> Response:
    """Its messages as they are now: a part of its page."""
    return render(request, "webhook_deliveries.html", **_deliveries(services, services.webhooks.get(webhook), state, cursor))


@router.post("/{webhook}")
def change_webhook_page(
    request: Request, services: ServicesDep, who: PageActorDep, webhook: str, sent: FieldsDep, chosen: ChoicesDep
) -> Response:
    """Another address, other acts."""
    try:
        told = _told(sent, chosen)
        services.webhooks.change(
            webhook, url=told.url, events=told.events, description=told.description, expected=revision_of(sent), by=who
        )
    except StaleVersionError:
        raise
    except (InputError, ConflictError) as error:
        return _page(request, services, webhook, status=422, **_form(sent, chosen.get("events", ()), error))
    return _back(webhook)


@router.post("/{webhook}/switch")
def switch_webhook_page(
    services: ServicesDep, who: PageActorDep, webhook: str, active: Annotated[bool, Form()], revision: Annotated[int, Form(ge=1)]
) -> Response:
    """Off, or on again: then it is told what happened meanwhile."""
    services.webhooks.change(webhook, active=active, expected=revision, by=who)
    return _back(webhook)


@router.post("/{webhook}/secret")
def renew_webhook_secret_page(request: Request, services: ServicesDep, who: PageActorDep, webhook: str) -> Response:
    """Shown on the answer, and nowhere else."""
    found, secret = services.webhooks.renew(webhook, by=who)
    return render(request, "webhook_secret.html", status=201, hook=found, secret=secret, renewed=True)


@router.post("/{webhook}/ping")
def ping_webhook_page(services: ServicesDep, who: PageActorDep, webhook: str) -> Response:
    """Send it a message that tells of nothing."""
    services.webhooks.ping(webhook, by=who)
    return _back(webhook, "#messages")


@router.post("/{webhook}/deliveries/{delivery}/repeat")
def repeat_webhook_delivery_page(services: ServicesDep, who: PageActorDep, webhook: str, delivery: str) -> Response:
    """Once more, whatever became of it."""
    services.webhooks.repeat(webhook, delivery, by=who)
    return _back(webhook, "#messages")


@router.post("/{webhook}/remove")
def remove_webhook_page(services: ServicesDep, who: PageActorDep, webhook: str) -> Response:
    """With what is not sent yet."""
    services.webhooks.remove(webhook, by=who)
    return RedirectResponse("/webhooks", status_code=303)


def _back(webhook: str, place: str = "") -> Response:
    return RedirectResponse(f"/webhooks/{webhook}{place}", status_code=303)


def _page(
    request: Request, services: Services, webhook: str, *, state: DeliveryState | Literal[""] = "", cursor: str | None = None,
    status: int = 200, **more: Any,
) -> Response:
    hook = services.webhooks.get(webhook)
    told = {"url": hook.url, "description": hook.description or ""}
    form = _form(told, [one.value for one in hook.events])
    shown = {**form, **_deliveries(services, hook, state, cursor), **more}
    return render(request, "webhook.html", status=status, stopped=STOPPED, states=list(DeliveryState), **shown)


def _form(sent: Mapping[str, str], ticked: Sequence[str], refused: QaError | None = None) -> dict[str, Any]:
    return {"events": list(Event), "sent": sent, "ticked": set(ticked), "refused": refused}


def _told(sent: Fields, chosen: Mapping[str, tuple[str, ...]]) -> WebhookIn:
    """Raises :class:`InputError`."""
    told: dict[str, Any] = {"url": sent.get("url", ""), "events": list(chosen.get("events", ())), "description": sent.get("description")}
    return checked(WebhookIn, {name: value for name, value in told.items() if value})


def _deliveries(services: Services, hook: Webhook, state: DeliveryState | Literal[""], cursor: str | None) -> dict[str, Any]:
    chosen = state if isinstance(state, DeliveryState) else None
    page = services.webhooks.deliveries(hook.id, state=chosen, cursor=cursor, limit=50)
    live = cursor is None and any(_soon(one, services.clock()) for one in page.items)
    return {"hook": hook, "page": page, "state": chosen, "live": live, "tries": len(WAITS) + 1, "ping": PING}


def _soon(one: Delivery, now: datetime) -> bool:
    return one.next_at is not None and one.next_at <= now + _SOON
