"""Webhooks: other systems are told of acts, by messages that are signed and sent until they arrive."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict
from starlette.responses import Response

from qa_service.api.deps import LINE, ActorDep, Cursor, Id, IfMatch, Limit, PageOf, ServicesDep
from qa_service.api.door import Door
from qa_service.api.etags import etag, expected
from qa_service.api.idempotency import OnceDep
from qa_service.api.problems import documented
from qa_service.domain.webhook import Delivery, DeliveryState, Event, Webhook

router = APIRouter(prefix="/webhooks", route_class=Door)
_TAGGED: dict[str, Any] = {"headers": {"ETag": {"schema": {"type": "string"}, "description": "The revision"}}}
_EXAMPLE: JsonDict = {"url": "https://hooks.example.com/qa", "events": ["scorecard.finalized", "dispute.opened"], "description": "CRM"}
_ADDRESS = r"^[^\s\x00-\x1f\x7f]+$"


class WebhookIn(BaseModel):
    """A webhook to add."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": _EXAMPLE})

    #: Its address: https, and public unless the operator has named its network.
    url: str = Field(min_length=8, max_length=2000, pattern=_ADDRESS)
    #: What it is told of.
    events: list[Event] = Field(min_length=1, max_length=len(Event))
    #: What it is for.
    description: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)


class WebhookChange(BaseModel):
    """What to change; what is left out stays."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"active": False}})

    #: Its address.
    url: str | None = Field(default=None, min_length=8, max_length=2000, pattern=_ADDRESS)
    #: What it is told of.
    events: list[Event] | None = Field(default=None, min_length=1, max_length=len(Event))
    #: What it is for.
    description: str | None = Field(default=None, min_length=1, max_length=200, pattern=LINE)
    #: Whether it is told anything; switched on again, it is told what happened meanwhile.
    active: bool | None = Field(default=None, strict=True)


class NewWebhook(BaseModel):
    """A webhook with its secret."""

    model_config = ConfigDict(extra="forbid")

    #: The webhook.
    webhook: Webhook
    #: What messages are signed with; shown this once.
    secret: str = Field(repr=False)


class WebhookPage(PageOf[Webhook]):
    """A page of webhooks."""


class DeliveryPage(PageOf[Delivery]):
    """A page of messages."""


@router.get("", response_model=WebhookPage, responses=documented(401, 403, 422), summary="List webhooks")
def list_webhooks(services: ServicesDep, cursor: Cursor = None, limit: Limit = 50) -> WebhookPage:
    """The last added first; never their secrets."""
    return WebhookPage.of(services.webhooks.list(cursor=cursor, limit=limit))


@router.post("", response_model=NewWebhook, status_code=201, responses=documented(401, 403, 409, 413, 422), summary="Add a webhook")
def add_webhook(services: ServicesDep, who: ActorDep, body: WebhookIn) -> NewWebhook:
    """Told of acts from now on. Its secret is in the answer and nowhere else, which is why no answer is kept for a retry.

    Messages follow Standard Webhooks: headers `webhook-id` (the same at every try), `webhook-timestamp`, and `webhook-signature`, which is
    `v1,` and the base64 of HMAC-SHA256 over `ID.TIMESTAMP.BODY`."""
    webhook, secret = services.webhooks.add(body.url, body.events, description=body.description, by=who)
    return NewWebhook(webhook=webhook, secret=secret)


@router.get(
    "/{webhook}", response_model=Webhook, responses={200: _TAGGED, **documented(401, 403, 404, 422)}, summary="Read a webhook"
)
def get_webhook(services: ServicesDep, response: Response, webhook: Id) -> Webhook:
    """Where it goes, and whether messages reach it."""
    found = services.webhooks.get(webhook)
    response.headers["ETag"] = etag(found.revision)
    return found


@router.patch(
    "/{webhook}", response_model=Webhook, summary="Change a webhook", responses={200: _TAGGED, **documented(401, 403, 404, 412, 413, 422)}
)
def change_webhook(
    services: ServicesDep, who: ActorDep, response: Response, webhook: Id, body: WebhookChange, if_match: IfMatch = None
) -> Webhook:
    """With `If-Match` only if nobody changed it meanwhile."""
    saved = services.webhooks.change(
        webhook, url=body.url, events=body.events, description=body.description, active=body.active, expected=expected(if_match), by=who
    )
    response.headers["ETag"] = etag(saved.revision)
    return saved


@router.delete("/{webhook}", status_code=204, responses=documented(401, 403, 404, 422), summary="Remove a webhook")
def remove_webhook(services: ServicesDep, who: ActorDep, webhook: Id) -> None:
    """With the messages to it that are not sent yet."""
    services.webhooks.remove(webhook, by=who)


@router.post("/{webhook}/secret", response_model=NewWebhook, responses=documented(401, 403, 404, 422), summary="Renew a webhook's secret")
def renew_webhook_secret(services: ServicesDep, who: ActorDep, webhook: Id) -> NewWebhook:
    """Shown this once. For a day messages are signed with the one before, too, so that none is lost while the receiver changes."""
    found, secret = services.webhooks.renew(webhook, by=who)
    return NewWebhook(webhook=found, secret=secret)


@router.post(
    "/{webhook}/ping", response_model=Delivery, status_code=202, responses=documented(401, 403, 404, 409, 422), summary="Try a webhook"
)
def ping_webhook(services: ServicesDep, who: ActorDep, once: OnceDep, webhook: Id) -> Response:
    """Sends `webhook.pinged`, which tells of nothing."""
    return once.run(lambda: (202, services.webhooks.ping(webhook, by=who)), request=webhook)


@router.get(
    "/{webhook}/deliveries", response_model=DeliveryPage, responses=documented(401, 403, 404, 422), summary="List messages to a webhook"
)
def list_webhook_deliveries(
    services: ServicesDep, webhook: Id,
    state: Annotated[DeliveryState | None, Query(description="`waiting`, `delivered`, or `failed` for good.")] = None,
    cursor: Cursor = None, limit: Limit = 50,
) -> DeliveryPage:
    """The last first, with what became of each; those that ended are kept for a month."""
    return DeliveryPage.of(services.webhooks.deliveries(webhook, state=state, cursor=cursor, limit=limit))


@router.post(
    "/{webhook}/deliveries/{delivery}/repeat", response_model=Delivery, status_code=202, responses=documented(401, 403, 404, 422),
    summary="Send a message again",
)
def repeat_webhook_delivery(services: ServicesDep, who: ActorDep, once: OnceDep, webhook: Id, delivery: Id) -> Response:
    """Whatever became of it; with the same `webhook-id`."""
    return once.run(lambda: (202, services.webhooks.repeat(webhook, delivery, by=who)), request=delivery)
