"""Webhooks, and the messages to them until they arrive."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from qa_service.domain.webhook import Delivery, DeliveryState, Event, Webhook
from qa_service.errors import NotFoundError, StaleVersionError
from qa_service.store.pages import Page
from qa_service.store.repository import Repository, given
from qa_service.store.tables import WebhookDeliveryRow, WebhookRow, core

_HOOKS, _SENT = core(WebhookRow).c, core(WebhookDeliveryRow).c


class Told(NamedTuple):
    """A webhook and how far in the ledger it is told."""

    webhook: Webhook
    sequence: int


class Message(NamedTuple):
    """What is to be sent."""

    delivery: Delivery
    url: str
    body: str
    #: The one in force first.
    secrets: tuple[str, ...]


class Webhooks(Repository):
    """Where messages go."""

    def add(self, webhook: Webhook, *, secret: str, told: int) -> None:
        """One more; acts behind ``told`` are told to it."""
        known = webhook.model_dump(exclude={"events", "both_secrets_until"})
        self._insert(WebhookRow, [{
            **known, "events": json.dumps(webhook.events), "secret": secret, "secret_before": None, "both_until": None, "told": told,
        }])  # fmt: skip

    def get(self, webhook: str) -> Webhook:
        """The webhook; raises :class:`NotFoundError`."""
        return _webhook(self._row(webhook))

    def list(self, *, cursor: str | None = None, limit: int = 50) -> Page[Webhook]:
        """The last made first."""
        page = self._page(WebhookRow, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_webhook(row) for row in rows])

    def save(self, webhook: Webhook, *, expected: int | None) -> Webhook:
        """The next revision; raises :class:`NotFoundError` and :class:`StaleVersionError`."""
        values = {
            "url": webhook.url, "events": json.dumps(webhook.events), "description": webhook.description, "active": webhook.active,
            "stopped_because": webhook.stopped_because, "failing_since": webhook.failing_since,
        }
        return self._change(webhook.id, expected, values)

    def renew(self, webhook: str, *, secret: str, until: datetime) -> Webhook:
        """Another secret; that of before signs too, until then."""
        before = self._row(webhook).secret
        return self._change(webhook, None, {"secret": secret, "secret_before": before, "both_until": until})

    def remove(self, webhook: str) -> None:
        """With its messages; raises :class:`NotFoundError`."""
        self._row(webhook)
        self._execute(sa.delete(core(WebhookDeliveryRow)).where(_SENT.webhook_id == webhook))
        self._execute(sa.delete(core(WebhookRow)).where(_HOOKS.id == webhook))

    def listening(self) -> tuple[Told, ...]:
        """The active ones, held until the unit ends, so that two processes do not tell the same."""
        chosen = sa.select(WebhookRow).where(_HOOKS.active).order_by(_HOOKS.id).with_for_update()
        return tuple(Told(_webhook(row), row.told) for row in self._session.scalars(chosen))

    def behind(self, sequence: int) -> bool:
        """Whether an active one has not been told all up to there."""
        return self._session.scalar(sa.select(_HOOKS.id).where(_HOOKS.active, _HOOKS.told < sequence).limit(1)) is not None

    def tell(self, webhook: str, messages: Sequence[tuple[Delivery, str]], *, told: int | None = None) -> None:
        """Messages with their bodies, to be sent; ``told``: how far in the ledger it is now."""
        self._insert(WebhookDeliveryRow, [
            {**one.model_dump(exclude={"webhook"}), "webhook_id": webhook, "state": one.state.value, "body": body}
            for one, body in messages
        ])  # fmt: skip
        if told is not None:
            self._update(WebhookRow, _HOOKS.id == webhook, values={"told": told})

    def due(self, *, at: datetime, limit: int = 200) -> tuple[tuple[str, int], ...]:
        """Messages to be sent by now, with how often each was tried, the longest due first."""
        due = (_SENT.state == DeliveryState.WAITING.value, _SENT.next_at <= at)
        chosen = sa.select(_SENT.id, _SENT.attempts).where(*due, _SENT.webhook_id.in_(sa.select(_HOOKS.id).where(_HOOKS.active)))
        return tuple((row.id, row.attempts) for row in self._session.execute(chosen.order_by(_SENT.next_at).limit(limit)))

    def message(self, delivery: str, *, at: datetime) -> Message | None:
        """What is to be sent; ``None`` where the webhook is gone or off, or it was sent."""
        row = self._first(WebhookDeliveryRow, _SENT.id == delivery, _SENT.state == DeliveryState.WAITING.value)
        hook = None if row is None else self._first(WebhookRow, _HOOKS.id == row.webhook_id, _HOOKS.active)
        if row is None or hook is None:
            return None
        before = hook.secret_before if hook.both_until is not None and at < hook.both_until else None
        return Message(_delivery(row), hook.url, row.body, (hook.secret,) if before is None else (hook.secret, before))

    def tried(self, delivery: Delivery) -> bool:
        """What a try has led to; false where another process noted the same try."""
        values = delivery.model_dump(include={"attempts", "next_at", "status", "error", "tried_at"})
        where = (_SENT.id == delivery.id, _SENT.attempts == delivery.attempts - 1, _SENT.state == DeliveryState.WAITING.value)
        return bool(self._update(WebhookDeliveryRow, *where, values={**values, "state": delivery.state.value}))

    def heard(self, webhook: str, *, failing_since: datetime | None, stopped: str | None = None) -> None:
        """Whether messages reach it; ``stopped``: why it is switched off."""
        values: dict[str, Any] = {"failing_since": failing_since}
        if stopped is not None:
            values |= {"active": False, "stopped_because": stopped, "revision": _HOOKS.revision + 1}
        self._update(WebhookRow, _HOOKS.id == webhook, values=values)

    def deliveries(
        self, webhook: str, *, state: DeliveryState | None = None, cursor: str | None = None, limit: int = 50
    ) -> Page[Delivery]:
        """Its messages, the last first; raises :class:`NotFoundError`."""
        self._row(webhook)
        where = (_SENT.webhook_id == webhook, *given((state, _SENT.state.__eq__)))
        page = self._page(WebhookDeliveryRow, *where, by="created_at", cursor=cursor, limit=limit)
        return page.of(lambda rows: [_delivery(row) for row in rows])

    def delivery(self, webhook: str, delivery: str) -> Delivery:
        """One message; raises :class:`NotFoundError`."""
        row = self._first(WebhookDeliveryRow, _SENT.id == delivery, _SENT.webhook_id == webhook)
        if row is None:
            raise NotFoundError(f"no delivery {delivery!r} of this webhook", field="delivery")
        return _delivery(row)

    def repeat(self, delivery: str, *, at: datetime) -> None:
        """Have it sent as if for the first time."""
        values = {"state": DeliveryState.WAITING.value, "attempts": 0, "next_at": at}
        self._update(WebhookDeliveryRow, _SENT.id == delivery, values=values)

    def forget(self, *, before: datetime) -> int:
        """Delete messages that ended and were made before then; how many."""
        ended = _SENT.state != DeliveryState.WAITING.value
        return self._execute(sa.delete(core(WebhookDeliveryRow)).where(ended, _SENT.created_at < before))

    def _row(self, webhook: str) -> WebhookRow:
        row = self._first(WebhookRow, _HOOKS.id == webhook)
        if row is None:
            raise NotFoundError(f"no webhook {webhook!r}", field="webhook")
        return row

    def _change(self, webhook: str, expected: int | None, values: dict[str, Any]) -> Webhook:
        where: Iterable[sa.ColumnElement[bool]] = (_HOOKS.id == webhook, *given((expected, _HOOKS.revision.__eq__)))
        if not self._update(WebhookRow, *where, values={**values, "revision": _HOOKS.revision + 1}):
            now = self._row(webhook).revision
            message = f"the webhook was changed meanwhile: it has revision {now}, not {expected}"
            raise StaleVersionError(message, field="If-Match", hint="read it again and repeat the change")
        self._session.expire_all()
        return _webhook(self._row(webhook))


def _webhook(row: WebhookRow) -> Webhook:
    return Webhook(
        id=row.id, url=row.url, events=tuple(Event(one) for one in json.loads(row.events)), description=row.description,
        active=row.active, stopped_because=row.stopped_because, failing_since=row.failing_since, both_secrets_until=row.both_until,
        created_by=row.created_by, created_at=row.created_at, revision=row.revision,
    )


def _delivery(row: WebhookDeliveryRow) -> Delivery:
    return Delivery(
        id=row.id, webhook=row.webhook_id, type=row.type, sequence=row.sequence, state=DeliveryState(row.state), attempts=row.attempts,
        next_at=row.next_at, status=row.status, error=row.error, created_at=row.created_at, tried_at=row.tried_at,
    )
